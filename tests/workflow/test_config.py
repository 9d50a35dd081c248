"""Bad configurations are refused in one sentence; good ones mean what they say."""

import copy
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import yaml
from workflow_root import ROOT, Snakemake

from bayesfolio import settings
from bayesfolio.combination import CombinationSettings, Learning
from bayesfolio.comoments import FactorLaw
from bayesfolio.comoments_study.study import ModelSettings
from bayesfolio.config import ConfigError, any_of, check_config
from bayesfolio.core.settings import data_path, replication_chunks
from bayesfolio.leverage import ArmaSettings, LeverageCosts
from bayesfolio.leverage.settings import job_chunks
from bayesfolio.leverage.stochastic_volatility import SvSettings
from bayesfolio.m6 import competition, load_assets, study as rank_study
from bayesfolio.m6.settings import (
    COMPETITION_MONTHS,
    COMPETITION_START,
    M6_POOLS,
    competition_periods,
)
from bayesfolio.models import Thresholds
from bayesfolio.models.gibbs.engine import GibbsSettings
from bayesfolio.models.spec import FAMILIES, PAPER_MODELS
from bayesfolio.models.stan.engine import NutsSettings
from bayesfolio.momentum import INDUSTRIES, Calendar, load_industries, outputs
from bayesfolio.momentum.combination_settings import (
    COMBINATION_VARIANTS,
    RESERVED_FIGURES,
    RESERVED_TABLES,
    combination_variants,
    combined_sets,
)
from bayesfolio.momentum.settings import (
    EMBEDDED_FIRST,
    N_INDUSTRIES,
    decision_years,
    fit_chunks,
    model_specs,
)

DEFAULT = ROOT / "config" / "config.yaml"
CONFIG = yaml.safe_load(DEFAULT.read_text())


def merged(base: dict, overlay: dict) -> dict:
    """What Snakemake makes of a configuration and an overlay."""
    result = copy.deepcopy(base)
    for key, value in overlay.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def overlay(keys: dict[str, Any]) -> dict:
    """An overlay that sets keys with dots."""
    found: dict = {}
    for key, value in keys.items():
        *groups, last = key.split(".")
        group = found
        for name in groups:
            group = group.setdefault(name, {})
        group[last] = value
    return found


def refused(config: dict, *files: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        check_config(config, files)
    return str(caught.value)


WHOLE = "expected a whole number of at least"
DAY = 'expected a day in quotes, such as "2003-01-31"'
HERE = {"momentum.data.source": "file", "momentum.data.path": __file__}


def refusals() -> list[tuple[dict[str, Any], str]]:
    """Rows of refused.txt: keys to set, and the sentence that refuses them."""
    text = (Path(__file__).parent / "refused.txt").read_text()
    marks = {"<file>": __file__, "<folder>": str(Path.cwd()), "<families>": ", ".join(FAMILIES)}
    for mark, meaning in marks.items():
        text = text.replace(mark, meaning)
    rows = [line.split(" => ") for line in text.splitlines() if line[0] != "#"]
    found = []
    for keys, sentence in rows:
        chosen = yaml.safe_load(keys)
        last = list(chosen)[-1] if sentence[0] == "." else ""
        found.append((chosen, f"config key {last}{sentence.removeprefix('.')}"))
    return found


@pytest.mark.parametrize(("keys", "sentence"), refusals(), ids=str)
def test_a_bad_configuration_is_refused_in_one_sentence(
    config: dict, keys: dict[str, Any], sentence: str
) -> None:
    assert refused(merged(config, overlay(keys))) == sentence


def test_a_missing_key_is_named(config: dict) -> None:
    del config["momentum"]["engines"]["stan"]["draws"]
    assert refused(config) == f"config key momentum.engines.stan.draws is missing, {WHOLE} 4."


def test_a_misspelt_key_is_named_before_other_faults(config: dict) -> None:
    config["momentum"]["engine"] = "gibs"
    config["stan"]["cmdstn"] = config["stan"].pop("cmdstan")
    assert "cmdstn is unknown; did you mean stan.cmdstan?" in refused(config)


def test_a_family_without_a_number_of_windows_is_named(config: dict) -> None:
    del config["momentum"]["windows_per_job"]["DFM-SV"]
    assert f"windows_per_job.DFM-SV is missing, {WHOLE} 1: the run has DFM-SV(1,1)." in refused(
        config
    )
    check_config(merged(config, {"momentum": {"models": ["VAR-N"], "engine_agreement": []}}))


# What stands in an overlay, and the sentence that refuses it after "config key ".
TWICE = "expected once: YAML would keep the second only; merge the two or drop one."
WRITTEN = {
    "run: x\nmomentum:\n  engine: gibbs\nmomentum:\n  center: none\n": (
        f"momentum is given twice, in lines 2 and 4 of mine.yaml, {TWICE}"
    ),
    "m6:\n  manual: {A: [0.1, 0.1], A: [0, 0.2]}\n": (
        f"m6.manual.A is given twice, in line 2 of mine.yaml, {TWICE}"
    ),
    "momentum: {engines: {stan: {adapt_delta: 8e-1}}}": (
        "momentum.engines.stan.adapt_delta is '8e-1', expected a number between 0 and 1; YAML "
        "reads 8e-1 as text: write 0.8 (line 1 of mine.yaml)."
    ),
    "\nmomentum: {thresholds: {divergence_rate: 1e-5}}": (
        "momentum.thresholds.divergence_rate is '1e-5', expected a number from 0 to 1; YAML reads "
        "1e-5 as text: write 1.0e-05 (line 2 of mine.yaml)."
    ),
    "combination: {n_particles: 2e4}": (
        "combination.n_particles is '2e4', expected a whole number of at least 100; YAML reads 2e4 "
        "as text: write 20000 (line 1 of mine.yaml)."
    ),
    "seed: '7'": (f"seed is '7', {WHOLE} 0; drop the quotes: write 7 (line 1 of mine.yaml)."),
    f"momentum: {{data: {{source: file, path: {__file__}, assets: [SE, NO, DK]}}}}": (
        "momentum.data.assets.1 is false, expected a name; YAML reads NO as false: put it in "
        "quotes (line 1 of mine.yaml)."
    ),
    "m6: {unchanged: {NO: '2022-10-03'}}": (
        "m6.unchanged has the key false, expected a name in quotes: YAML reads NO as false."
    ),
    "leverage: {start: 2003-01-01}": (
        f"leverage.start is 2003-01-01, {DAY}; YAML reads 2003-01-01 as a date: put it in "
        "quotes (line 1 of mine.yaml)."
    ),
    "comoments:\n  modle: {}\n": (
        "comoments.modle is unknown (line 2 of mine.yaml); did you mean comoments.model?"
    ),
}


@pytest.mark.parametrize("text", WRITTEN)
def test_what_yaml_misreads_is_said_with_its_line(
    config: dict, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").write_text(text)
    files = (DEFAULT, tmp_path / "mine.yaml")
    sentence = refused(merged(config, yaml.safe_load(text)), *files)
    assert sentence == f"config key {WRITTEN[text]}"


def test_a_line_is_named_only_where_it_sets_the_value(config: dict, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("seed: 1\n")
    # such as by --config
    assert refused(config | {"seed": -1}, tmp_path / "mine.yaml").endswith("at least 0.")


def test_json_that_is_not_yaml_is_refused(config: dict, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(r'{"run": "\ud83d\ude00"}')
    assert "mine.json is not YAML, expected it to be: " in refused(config, tmp_path / "mine.json")


def test_snakemake_refuses_a_key_given_twice(snakemake: Snakemake, tmp_path: Path) -> None:
    (tmp_path / "twice.yaml").write_text("seed: 1\nrun: twice\nseed: 2\n")
    found = snakemake("--dry-run", "--configfile", tmp_path / "twice.yaml")
    assert found.returncode == 1
    assert "seed is given twice, in lines 1 and 3 of" in found.stderr.splitlines()[-1]


def test_as_many_factors_as_assets_are_taken(config: dict) -> None:
    keys = {"momentum.data.assets": list("abcdefghijklm"), "momentum.models": ["DFM-N(12,1)"]}
    check_config(merged(config, overlay(HERE | keys)))


def test_a_set_with_a_model_that_the_run_lacks_needs_no_month_skipped(config: dict) -> None:
    keys = {"momentum.models": ["SV"], "momentum.calendar.skip_months": 0}
    check_config(merged(config, overlay(keys)))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, None),
        ({"anchor": "2005-02-28"}, "has 234, expected 222 to 233, the competition's months"),
        ({"anchor": "2005-02-07"}, "anchor is '2005-02-07', expected 2005-01-31 or a day whole"),
        ({"scored_periods": {"first": 222}}, "has 222, expected 223 to 234"),
        ({"scored_periods": {"last": 235}, "forecast_period": 236}, "has 235, expected 223"),
    ],
)
def test_only_months_of_the_competition_are_scored_as_such(
    config: dict, tmp_path: Path, keys: dict, message: str | None
) -> None:
    run = {
        "data": {"source": "file", "path": str(tmp_path)},
        "competition": True,
        "scored_periods": {"first": 223, "last": 234},
        "learning_periods": {"first": 222, "last": 221},
        "forecast_period": 235,
    }
    if "scored_periods" in keys and "first" in keys["scored_periods"]:
        run["learning_periods"] = {"first": 221, "last": 220}
    changed = merged(config, {"m6": merged(run, keys)})
    if message is None:
        check_config(changed)
        assert list(competition_periods(changed["m6"])) == list(range(223, 235))
        assert len(competition_periods(changed["m6"])) == COMPETITION_MONTHS
    else:
        assert message in refused(changed)


@pytest.mark.parametrize("tier", ["config", "smoke", "paper"])
def test_the_tiers_are_valid(
    config: dict, tier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "returns.csv").touch()
    for name in ("INDUSTRIES", "STOCKS", "VIX"):
        monkeypatch.setenv(f"BAYESFOLIO_{name}", str(tmp_path / "returns.csv"))
    monkeypatch.setenv("BAYESFOLIO_M6", str(tmp_path))
    file = ROOT / "config" / f"{tier}.yaml"
    complete = merged(config, yaml.safe_load(file.read_text()))
    before = copy.deepcopy(complete)
    check_config(complete, [DEFAULT, file])
    assert complete == before
    assert complete["run"] == {"config": "workstation"}.get(tier, tier)
    if tier == "paper":
        assert data_path(complete["momentum"]["data"]) == str(tmp_path / "returns.csv")
        assert len(decision_years(complete["momentum"]["calendar"])) == 69


def test_what_is_written_from_the_settings_is_fresh(tmp_path: Path) -> None:
    assert settings.main(["check"], ROOT) is None
    for name in ("config/README.md", "workflow/schemas/config.schema.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("config/README.md", "workflow/schemas/config.schema.yaml"):
        text = (tmp_path / name).read_text()
        (tmp_path / name).write_text(text.replace("The only seed.", "A seed."))
        assert str(settings.main(["check"], tmp_path)).startswith(f"lint: {name} is not what")
        settings.main(["write"], tmp_path)
        assert (tmp_path / name).read_text() == text


def test_schema_default_and_readme_name_the_same_keys(config: dict) -> None:
    named_by_the_user = {"combination.sets", "momentum.windows_per_job"}

    def flat(group: dict, prefix: str = "") -> set[str]:
        names = set()
        for name, value in group.items():
            key = f"{prefix}{name}"
            inside = isinstance(value, dict) and value and key not in named_by_the_user
            names |= flat(value, f"{key}.") if inside else {key}
        return names

    assert flat(config) == set(settings.keys(settings.schema()))
    readme = (ROOT / "config" / "README.md").read_text()
    documented = re.findall(r"^\| `([\w.]+)` \|", readme, flags=re.MULTILINE)
    assert sorted(documented) == sorted(flat(config))


def test_every_key_is_described_and_every_group_closed() -> None:
    def check(node: dict, name: str) -> None:
        assert node.get("description"), name
        if "properties" in node:
            assert node["additionalProperties"] is False, name
            assert sorted(node["required"]) == sorted(node["properties"]), name
            for key, child in node["properties"].items():
                check(child, f"{name}.{key}")

    check(settings.schema(), "config")


def test_checking_imports_nothing_heavy() -> None:
    heavy = "{'pandas', 'scipy', 'matplotlib', 'numba', 'arviz', 'arch', 'jsonschema'}"
    code = f"import sys, bayesfolio.config; print({heavy} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"


def test_groups_of_keys_are_the_library_settings(config: dict) -> None:
    momentum = config["momentum"]
    for section, kind in [
        (momentum["calendar"], Calendar),
        (momentum["engines"]["stan"], NutsSettings),
        (momentum["engines"]["gibbs"], GibbsSettings),
        (momentum["thresholds"], Thresholds),
    ]:
        assert set(section) == {item.name for item in fields(kind)}, kind
        kind(**section)
    assert set(momentum["windows_per_job"]) == set(FAMILIES)
    comoments = config["comoments"]["model"]
    assert set(comoments) == {item.name for item in fields(ModelSettings)}
    assert isinstance(ModelSettings(**comoments).law, FactorLaw)
    combination = dict(config["combination"])
    assert combination.pop("baseline") in COMBINATION_VARIANTS
    del combination["sets"]
    assert set(combination) == {item.name for item in fields(CombinationSettings)}
    leverage = config["leverage"]
    sampler = set(leverage["stochastic_volatility"]) - {"first_window_days", "step_days", "jobs"}
    assert sampler == {item.name for item in fields(SvSettings)}
    costs = set(leverage["strategy"]) - {"constants", "caps"}
    assert costs == {item.name for item in fields(LeverageCosts)}
    for model in leverage["arma"]["models"]:
        ArmaSettings(**model)
    CombinationSettings(**combination)
    Learning(**combination["learning"])
    signature(load_assets).bind(**config["m6"]["data"])


def test_the_embedded_returns_start_where_the_check_says() -> None:
    first = load_industries("embedded").index[0]
    assert (first.year, first.month) == EMBEDDED_FIRST


@pytest.mark.parametrize("first", [1969, 1973])
@pytest.mark.parametrize("thin", [1, 5])
def test_decision_years_are_those_of_the_calendar(config: dict, first: int, thin: int) -> None:
    calendar = config["momentum"]["calendar"] | {"first_decision_year": first, "thin_years": thin}
    decisions = Calendar(**calendar).decisions(load_industries("embedded").index)
    assert decision_years(calendar) == [decision.year for decision in decisions]


def test_the_first_year_allowed_is_the_first_with_a_window(config: dict) -> None:
    calendar = config["momentum"]["calendar"]
    months = load_industries("embedded").index
    for month, window in [(7, 240), (1, 240), (12, 120), (6, 239)]:
        calendar |= {"decision_month": month, "window_months": window}
        first = Calendar(decision_month=month, window_months=window).decisions(months)[0].year
        calendar["first_decision_year"] = first
        check_config(config)
        calendar["first_decision_year"] = first - 1
        assert f"expected {first} or later" in refused(config)


def test_models_are_in_the_order_given(config: dict) -> None:
    momentum = config["momentum"]
    assert model_specs(momentum) == list(PAPER_MODELS)
    momentum["models"] = ["SV", "DFM-N(2,1)", "VAR-N"]
    assert [spec.name for spec in model_specs(momentum)] == ["SV", "DFM-N(2,1)", "VAR-N"]


@pytest.mark.parametrize("size", [1, 3, 4, 10, 99])
def test_chunks_share_out_the_decision_years(config: dict, size: int) -> None:
    momentum = config["momentum"] | {"models": ["SV", "DFM-SV(4,2)"]}
    momentum["windows_per_job"] |= {"DFM-SV": size}
    chunks = fit_chunks(momentum)
    years = decision_years(momentum["calendar"])
    parts = [part for (model, _), part in chunks.items() if model == "DFM-SV_4_2"]
    assert [year for part in parts for year in part] == years
    assert max(map(len, parts)) <= size
    assert all(chunk == f"{part[0]}-{part[-1]}" for (_, chunk), part in chunks.items())


def test_sets_without_all_their_models_are_left_out(config: dict) -> None:
    assert list(combined_sets(config)) == ["table6", "table7", "table8"]
    assert combined_sets(config)["table6"]["models"] == ["VAR-N", "SV", "DFM-N_4_2"]
    config["momentum"]["models"] = ["SV", "DFM-N(4,2)", "VAR-N"]
    assert list(combined_sets(config)) == ["table6"]
    config["momentum"]["models"] = ["SV", "VAR-N"]
    assert combined_sets(config) == {}


def test_the_baseline_comes_first(config: dict) -> None:
    config["combination"]["baseline"] = "path"
    found = combination_variants(config["combination"])
    assert found[0] == "path"
    assert sorted(found) == sorted(COMBINATION_VARIANTS)


def test_no_name_matches_nothing() -> None:
    assert re.fullmatch(any_of(["a.b", "c"]), "a.b")
    assert not re.fullmatch(any_of(["a.b"]), "axb")
    assert not re.fullmatch(any_of([]), "")


def test_names_of_tables_and_figures_are_those_of_the_report() -> None:
    entries = [*outputs.tables(CONFIG), *outputs.figures(CONFIG)]
    sets = {name for name, chosen in CONFIG["combination"]["sets"].items()}
    sets |= {chosen["figure"] for chosen in CONFIG["combination"]["sets"].values()}
    assert {entry.name for entry in entries} - sets == {*RESERVED_TABLES, *RESERVED_FIGURES}
    assert rank_study.POOLS == M6_POOLS
    assert competition.COMPETITION_START == COMPETITION_START
    assert len(INDUSTRIES) == N_INDUSTRIES
    assert job_chunks(2) == {"1-of-2": 1, "2-of-2": 2}


def test_replications_are_dealt_out_to_jobs_once_each() -> None:
    filters = {"replications": 12, "replications_per_job": 5}
    assert replication_chunks(filters) == {
        "0-4": [0, 1, 2, 3, 4],
        "5-9": [5, 6, 7, 8, 9],
        "10-11": [10, 11],
    }
