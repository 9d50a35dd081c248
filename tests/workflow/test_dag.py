"""The workflow's shape: job counts, what every rule declares, what an edit reruns."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import yaml
from workflow_root import ROOT, Snakemake, run_snakemake

MOST_JOBS = 3_000


def job_counts(output: str) -> dict[str, int]:
    table = output.split("Job stats:")[1]
    rows = re.findall(r"^(\w+) +(\d+)$", table, flags=re.MULTILINE)
    return {rule: int(count) for rule, count in rows}


def rules() -> Iterator[tuple[str, str]]:
    """Name and text of every rule that runs a script."""
    for file in sorted((ROOT / "workflow" / "rules").glob("*.smk")):
        for name, body in re.findall(
            r"^rule (\w+):\n((?:[ \t].*\n|\n)+)", file.read_text(), flags=re.MULTILINE
        ):
            if "script:" in body:
                yield name, body


RULES = dict(rules())
SNAKEFILE = (ROOT / "Snakefile").read_text()


def copy_of_the_workflow(root: Path) -> Path:
    """Copy what the workflow is made of."""
    for part in ["Snakefile", "config", "envs", "profiles", "scripts", "src", "stan", "workflow"]:
        source = ROOT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, root / part, ignore=ignored)
        else:
            root.mkdir()
            shutil.copy(source, root / part)
    shutil.copytree(ROOT / "results" / "published", root / "results" / "published")
    return root


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Snakemake]:
    """A copy of what the workflow is made of, and Snakemake where its smoke tier is up to date."""
    root = copy_of_the_workflow(tmp_path_factory.mktemp("dag") / "root")
    smoke = ["--configfile", root / "config" / "smoke.yaml"]
    snakemake = partial(
        run_snakemake,
        *smoke,
        root=root,
        folder=root.parent / "run",
        PYTHONPATH=str(root / "src"),
    )
    touched = snakemake("--executor", "touch")
    assert touched.returncode == 0, touched.stderr
    return root, snakemake


@contextmanager
def edited(path: Path, old: str, new: str) -> Iterator[None]:
    """Replace the first `old` in a file, and put it back."""
    text = path.read_text()
    assert old in text, "the edit of this test does not apply any more"
    path.write_text(text.replace(old, new, 1))
    try:
        yield
    finally:
        path.write_text(text)


@pytest.mark.parametrize(
    ("tier", "fits", "strategies", "filters", "bootstraps", "factor_models"),
    [
        ("config", 65, 43, 6, 2, 32),
        ("smoke", 10, 6, 3, 2, 8),
        ("paper", 171, 43, 12, 2, 53),
    ],
)
def test_jobs_of_each_tier(
    snakemake: Snakemake,
    tmp_path: Path,
    tier: str,
    fits: int,
    strategies: int,
    filters: int,
    bootstraps: int,
    factor_models: int,
) -> None:
    (tmp_path / "returns.csv").touch()
    for name in ["prices_daily", "universe", "period_panel", "calendar", "realised_quintiles"]:
        (tmp_path / f"{name}.csv").touch()
    overlay = ROOT / "config" / f"{tier}.yaml"
    found = snakemake(
        "--dry-run",
        "--configfile",
        overlay,
        BAYESFOLIO_INDUSTRIES=str(tmp_path / "returns.csv"),
        BAYESFOLIO_STOCKS=str(tmp_path / "returns.csv"),
        BAYESFOLIO_VIX=str(tmp_path / "returns.csv"),
        BAYESFOLIO_M6=str(tmp_path),
    )
    assert found.returncode == 0, found.stdout + found.stderr
    counts = job_counts(found.stdout + found.stderr)
    assert counts["total"] < MOST_JOBS
    assert counts["fit_models"] == fits
    assert counts["compute_strategy_returns"] == strategies
    assert counts["run_filters"] == filters
    assert counts["bootstrap_factors"] == bootstraps
    assert counts["combine_densities"] == 3
    assert counts["forecast_garch"] == 2
    assert counts["forecast_sv"] == (1 if tier == "smoke" else 2)
    assert counts["fit_factor_model"] == factor_models
    assert counts["tabulate"] == {"config": 32, "smoke": 32, "paper": 33}[tier]
    assert counts["plot"] == 21
    # The winner's features are in a folder of the user's.
    own = set() if tier == "paper" else {"build_author_periods"}
    assert set(counts) == {*RULES, "all", "total"} - own


@pytest.mark.parametrize("name", RULES)
def test_every_rule_declares_what_a_cluster_and_a_reader_need(name: str) -> None:
    body = RULES[name]
    for directive in ["log:", "benchmark:", "resources:", "mem_mb=", "runtime=", '"""']:
        assert directive in body, f"rule {name} has no {directive}"
    script = re.search(rf'"../../scripts/(\w+/{name}\.py)"', body)
    assert script, f"rule {name} has another script"
    digest = rf'(code|made_by)\("{script[1]}"'
    assert re.search(digest, re.sub(r"\(\s+", "(", body)), f"rule {name} has no digest"


def test_snakemakes_linter_finds_nothing_else(snakemake: Snakemake) -> None:
    """One environment serves all rules; small functions may stand beside rules that they serve."""
    found = snakemake("--lint")
    titles = set(re.findall(r"^    \* (.*):$", found.stdout + found.stderr, flags=re.MULTILINE))
    assert titles == {
        "Specify a conda environment or container for each rule.",
        "Mixed rules and functions in same snakefile.",
    }


def test_scripts_are_thin_and_have_rules() -> None:
    scripts = {path.stem: path for path in (ROOT / "scripts").glob("*/*.py")}
    assert set(scripts) == set(RULES)
    for name, path in scripts.items():
        text = path.read_text()
        assert len(text.splitlines()) <= 55, name
        assert "with Job(snakemake)" in text, name
        assert not re.search(r"^(def|class) ", text, flags=re.MULTILINE), name


def test_a_new_table_is_one_function_and_one_entry(tmp_path: Path) -> None:
    """Without a word in a rule or a script: added to a copy, it is planned, made and written."""
    root = copy_of_the_workflow(tmp_path / "root")
    package = root / "src" / "bayesfolio" / "filters_study"
    with (package / "tables.py").open("a") as file:
        file.write(
            "\n\ndef sizes_table(files, run):\n"
            "    import pandas as pd\n"
            "    sizes = run['config']['filters']['frontier_particles']\n"
            "    return Contents(pd.DataFrame({'particles': sizes}), ('A note.',))\n"
        )
    with (package / "outputs.py").open("a") as file:
        file.write(
            "\n\nSIZES = Table('sizes', 'Sizes', 'bayesfolio.filters_study.tables:sizes_table', (),"
            " 'Numbers of particles.', (Column('particles', 'Particles'),))\n"
            "from dataclasses import replace\n"
            "STUDY = replace(STUDY, tables=lambda config: (*tables(config), SIZES))\n"
        )
    smoke = ["--configfile", root / "config" / "smoke.yaml", "--cores", "1"]
    run = partial(run_snakemake, root=root, folder=tmp_path / "run", PYTHONPATH=str(root / "src"))
    planned = run("--dry-run", *smoke, "--", "filters")
    assert "filters/tables/sizes.csv" in planned.stdout + planned.stderr
    made = run(*smoke, "--", "results/smoke/filters/tables/sizes.csv")
    assert made.returncode == 0, made.stderr
    table = tmp_path / "run" / "results" / "smoke" / "filters" / "tables" / "sizes"
    assert table.with_suffix(".csv").read_text() == "particles\n250\n1000\n"
    assert "**Sizes**" in table.with_suffix(".md").read_text()
    assert "A note." in table.with_suffix(".md").read_text()


MADE = {"tabulate", "plot"}
SEEDED = {"simulate_filter_samples"}
COMOMENTS = {"fit_comoments", "backtest_value_at_risk"}


@pytest.mark.parametrize(
    ("file", "old", "new", "rerun"),
    [
        ("src/bayesfolio/filters_study/study.py", "- 1) // 2", "+ 1) // 2",
         {"simulate_filter_samples"}),
        ("src/bayesfolio/core/arrays.py", "value.ndim else", "value.size > 1 else",
         {"load_assets", "fit_comoments", "backtest_value_at_risk", "forecast_garch", "forecast_sv",
          "fit_models", "simulate_filter_samples", "compile_gibbs", *MADE}),
        ("src/bayesfolio/leverage/outputs.py", '"Forecasts of volatility"', '"Volatility"',
         {"tabulate"}),
        ("src/bayesfolio/leverage/garch.py", '"""GARCH', '"""The GARCH', set()),
        ("config/config.yaml", "seed: 2017", "seed: 3017",
         {"fit_models", "forecast_sv", "fit_factor_model", *SEEDED, *COMOMENTS}),
        ("config/config.yaml", "n_obs: 100", "n_obs: 90", SEEDED),
        ("config/config.yaml", "caps: [1, 2, 3]", "caps: [1, 2]", {"tabulate", "plot"}),
        ("config/config.yaml", "initial_sd: 1", "initial_sd: 2", {"score_components"}),
        ("config/config.yaml", "baseline: marginal", "baseline: draws",
         {"compare_combinations"}),
        ("config/config.yaml", "warmup: 1", "warmup: 2", {"fit_models"}),
        ("config/config.yaml", "levels: [0.01, 0.05]", "levels: [0.01]",
         {"backtest_value_at_risk"}),
        ("config/config.yaml", "skip_months: 1", "skip_months: 2", {"load_industries"}),
    ],
)  # fmt: skip
def test_an_edit_reruns_what_depends_on_it(
    finished: tuple[Path, Snakemake], file: str, old: str, new: str, rerun: set[str]
) -> None:
    """The first rules that an edit reruns; those after them follow by their inputs."""
    root, snakemake = finished
    with edited(root / file, old, new):
        found = snakemake("--dry-run")
    assert found.returncode == 0, found.stderr
    match = re.search(
        r"params have changed since last execution:\n +(.*)\n", found.stdout + found.stderr
    )
    changed = set(match[1].split(", ")) if match else set()
    if "config" in file:  # tables and figures have their study's section, the page has all of them
        assert changed & MADE == rerun & MADE or not rerun & MADE
        changed -= {"write_provenance", "write_report", *MADE - rerun}
    assert changed == rerun


def test_profiles_have_no_key_in_common() -> None:
    """Snakemake reads profiles/default last, and what it says of a key hides another profile's."""
    both = [
        yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())
        for name in ("default", "slurm")
    ]
    assert not set(both[0]) & set(both[1])
    assert all(both)


def test_a_page_can_be_of_one_study(snakemake: Snakemake) -> None:
    smoke = ["--configfile", ROOT / "config" / "smoke.yaml"]
    found = snakemake("--dry-run", *smoke, "--", "results/smoke/report/filters.html")
    assert found.returncode == 0, found.stderr
    counts = job_counts(found.stdout + found.stderr)
    assert counts["write_report"] == counts["write_provenance"] == 1
    assert not {"fit_models", "fit_comoments", "forecast_garch", "fit_factor_model"} & set(counts)
    found = snakemake("--dry-run", *smoke, "--", "filters")
    assert "write_report" not in job_counts(found.stdout + found.stderr)


def test_executables_are_named_by_what_their_stan_program_says(
    finished: tuple[Path, Snakemake],
) -> None:
    """So none is taken for another's, whatever Snakemake remembers of earlier runs."""
    root, snakemake = finished

    def inputs(old: str, new: str) -> dict[str, set[str]]:
        with edited(root / "stan" / "favar_sv.stan", old, new):
            found = snakemake("--dry-run", "--forceall")
        jobs = re.split(r"^rule ", found.stdout + found.stderr, flags=re.MULTILINE)[1:]
        named: dict[str, set[str]] = {}
        for job in jobs:
            files = re.findall(r"build/favar_sv-[0-9a-f]+", job)
            if files:
                named.setdefault(job.split(":")[0], set()).update(files)
        return named

    before = inputs("real", "real")
    assert set(before) == {"compile_stan", "fit_models", "forecast_sv", "write_provenance"}
    assert len(set.union(*before.values())) == 1
    assert inputs("// months with a likelihood", "// with a likelihood") == before
    after = inputs("real<lower=0> loading_sd", "real loading_sd")
    assert set(after) == set(before)
    assert not set.union(*after.values()) & set.union(*before.values())


def test_a_bad_configuration_ends_at_once(snakemake: Snakemake, tmp_path: Path) -> None:
    overlay = tmp_path / "mine.yaml"
    overlay.write_text("momentum:\n  modles: all\n")
    found = snakemake("--configfile", overlay)
    assert found.returncode == 1
    place = "line 2 of ../mine.yaml"
    sentence = f"config key momentum.modles is unknown ({place}); did you mean momentum.models?"
    assert found.stderr.splitlines()[-1] == sentence
    assert "Traceback" not in found.stdout + found.stderr
    assert "Snakefile" not in found.stdout + found.stderr
    assert not (tmp_path / "run" / "results").exists()


def test_returns_that_do_not_fit_the_calendar_leave_nothing(
    snakemake: Snakemake, tmp_path: Path
) -> None:
    names = "NoDur,Durbl,Manuf,Enrgy,HiTec,Telcm,Shops,Hlth,Utils,Other"
    months = [f"{year}{month:02d}" for year in range(1990, 2000) for month in range(1, 13)]
    rows = [f"{month},1,2,3,4,5,6,7,8,9,{i % 7}.5" for i, month in enumerate(months)]
    (tmp_path / "short.csv").write_text("\n".join([f"month,{names}", *rows]) + "\n")
    overlay = tmp_path / "mine.yaml"
    overlay.write_text(
        f"momentum:\n  data: {{source: file, path: '{tmp_path / 'short.csv'}', end: null}}\n"
    )
    data = "results/workstation/momentum/data/industry_returns.csv"
    found = snakemake(data, "--configfile", overlay)
    assert found.returncode != 0
    sentence = (
        "load_industries: data from 1990-01 to 1999-12 (120 months) hold no decision in month 7"
    )
    assert sentence in found.stderr
    left = [path for path in (tmp_path / "run" / "results").rglob("*") if path.is_file()]
    assert [path.name for path in left] == ["load_industries.log"]


def test_assets_of_ones_own_leave_out_what_compares_with_print(
    snakemake: Snakemake, tmp_path: Path
) -> None:
    (tmp_path / "returns.csv").touch()
    overlay = tmp_path / "mine.yaml"
    overlay.write_text(
        f"momentum: {{data: {{source: file, path: {tmp_path}/returns.csv, assets: [A, B, C, D]}}}}"
    )
    found = snakemake("--dry-run", "--configfile", overlay, "--", "momentum")
    assert found.returncode == 0, found.stdout + found.stderr
    text = found.stdout + found.stderr
    assert {"table5.csv", "table6.csv"} <= set(re.findall(r"tables/(\w+\.csv)", text))
    left_out = {"claims.csv", "table5_agreement.csv", "standard_momentum_audit.csv"}
    assert not left_out & set(re.findall(r"tables/(\w+\.csv)", text))
    assert "results/published" not in text
