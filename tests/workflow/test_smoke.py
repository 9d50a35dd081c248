"""Small runs of the real workflow, from returns to tables."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from runs import TINY
from workflow_root import ROOT, Snakemake

from bayesfolio.momentum.industries import load_industries
from bayesfolio.report.tables import read_table

pytestmark = pytest.mark.slow(minutes=4)

OVERLAY = yaml.safe_load(TINY.read_text())
MODELS = yaml.safe_load((ROOT / "config" / "smoke.yaml").read_text())["momentum"]["models"]


@pytest.fixture
def run(snakemake: Snakemake, tmp_path: Path):
    """Run the workflow, or the target named, in a folder of its own and give its results."""

    def run_in(name: str, overlay: dict, target: str = "all") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (ROOT / "build").mkdir(exist_ok=True)
        (folder / "build").symlink_to(ROOT / "build")  # compiling takes minutes: once is enough
        (folder / "overlay.yaml").write_text(yaml.safe_dump(overlay))
        found = snakemake(
            *("--cores", "2", "--configfile", folder / "overlay.yaml", "--", target),
            folder=folder,
        )
        assert found.returncode == 0, found.stdout + found.stderr
        (folder / "output.txt").write_text(found.stdout + found.stderr)
        return folder / "results" / "tiny"

    return run_in


@pytest.fixture
def returns_file(tmp_path: Path) -> Path:
    """The embedded returns as a file of the user's."""
    path = tmp_path / "returns.csv"
    returns = load_industries()
    returns.set_index(returns.index.strftime("%Y%m")).rename_axis("month").to_csv(path)
    return path


def test_tables_are_complete(smoke_results: Path) -> None:
    results = smoke_results
    tables = (results / "momentum" / "tables").iterdir()
    assert {path.stem for path in tables} == {
        "table1", "table5", "table5_agreement", "standard_momentum_audit", "engine_agreement",
        "diagnostics", "claims", "table6", "table7", "table8", "combination_sensitivity",
        "weight_correlations", "combination_grid",
    }  # fmt: skip
    table = read_table(results / "momentum" / "tables" / "table5.csv")
    expected = [(model, strategy) for model in MODELS for strategy in ("MM", "RM")]
    found = list(zip(table["model"], table["strategy"].fillna(""), strict=True))
    assert found == [*expected, ("standard momentum", "")]
    published = read_table(ROOT / "results" / "published" / "table5.csv")
    merged = table.merge(published, on=["model", "strategy"], suffixes=("", "_there"))
    assert len(merged) == len(table)
    for name in ["mean", "volatility", "sharpe", "largest_loss"]:
        np.testing.assert_array_equal(merged[f"{name}_printed"], merged[f"{name}_there"])
        assert table[name].notna().all()
    assert (table["n_months"] == 22).all()

    mixtures = read_table(results / "momentum" / "tables" / "table6.csv")
    assert mixtures["panel"].tolist() == [
        "mixture", *["per model"] * 3, "equal weights", "best component", "standard momentum",
    ]  # fmt: skip
    assert mixtures["mean"].notna().all()
    assert mixtures.loc[1, "mean_printed"] == 0.09  # VAR-N
    sensitivity = read_table(results / "momentum" / "tables" / "combination_sensitivity.csv")
    assert sensitivity.groupby("set", sort=False).size().to_dict() == {
        "table6": 10, "table7": 10, "table8": 10,
    }  # fmt: skip
    # Each component of Table 6 is a class of its own: balancing changes nothing, all else does.
    rows = sensitivity[sensitivity["set"] == "table6"].set_index("variant")["distance"].iloc[1:7]
    same = rows.index.str.startswith("class balanced")
    assert same.sum() == 1
    assert (rows[same] < 1e-9).all()
    assert (rows[~same] > 1e-5).all()
    paths = read_table(results / "momentum" / "weights" / "table6.csv")
    assert paths["year"].unique().tolist() == [1994, 2014]
    for figure in ["figure3", "figure4", "figure5"]:
        assert (results / "momentum" / "figures" / f"{figure}.pdf").stat().st_size > 5_000
    claims = read_table(results / "momentum" / "tables" / "claims.csv")
    assert set(claims["verdict"]) >= {"not tested"}
    assert claims.loc[claims["part"] == "table6", "verdict"].ne("not tested").all()
    assert "## Weights that change over time" in (results / "momentum" / "claims.md").read_text()

    defaults = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["filters"]
    settings = {"table9": "noise_to_signal", "table10": "variation", "table11": "factors"}
    for name, key in settings.items():
        filters = read_table(results / "filters" / "tables" / f"{name}.csv")
        assert (filters["n_replications"] == 2).all()
        assert filters.loc[filters["filter"] == "M-Filter", "mae_printed"].notna().any()
        assert filters.iloc[:, 0].unique().tolist() == defaults[key]
    for figure in ["filter_paths", "filter_frontier"]:
        assert (results / "filters" / "figures" / f"{figure}.pdf").stat().st_size > 5_000

    backtest = read_table(results / "comoments" / "tables" / "var_backtest.csv")
    assert len(backtest) == 2 * 7
    assert (backtest["n_dates"] == backtest.loc[0, "n_dates"]).all()
    assert backtest["mean_var"].notna().all()
    factors = read_table(results / "comoments" / "tables" / "factors.csv")
    assert factors["factor"].tolist() == ["1", "2", "3", "all"]
    assert (factors["n_bootstrap"] == 2).all()
    betas = read_table(results / "comoments" / "tables" / "betas.csv")
    assert len(betas) == 20
    assert betas["covariance"].mean() == pytest.approx(1)
    for figure in ["betas", "portfolio_moments", "news_impact", "value_at_risk"]:
        assert (results / "comoments" / "figures" / f"{figure}.pdf").stat().st_size > 5_000
    record = json.loads((results / "comoments" / "provenance.json").read_text())
    assert record["data"]["last_date"] == "2022-12-23"
    assert "comoments" in record["config"]
    assert len(list((results / "leverage" / "tables").iterdir())) == 3 * 7
    claims = read_table(results / "leverage" / "tables" / "published_claims.csv").set_index("claim")
    assert claims.loc["garch_correlation", "printed"] == 97.6
    assert claims["as_published"].notna().all()
    refits = read_table(results / "leverage" / "tables" / "garch_refits.csv")
    assert refits["worse"].sum() == 0
    market = json.loads((results / "leverage" / "provenance.json").read_text())["data"]
    assert market["index"]["first_day"] == "2014-01-02"

    tables = (results / "m6" / "tables").iterdir()
    assert {path.stem for path in tables} == {
        "rps", "calibration", "parameters", "fits", "pool_weights",
    }  # fmt: skip
    ranked = read_table(results / "m6" / "tables" / "rps.csv").set_index("method")
    assert ranked.index.tolist() == [
        "ar1", "instrumented", "Student t, half-life 60", "equal pool", "linear pool", "log pool",
    ]  # fmt: skip
    assert ranked["rps"].between(0.1, 0.2).all()
    assert ranked.loc["Student t, half-life 60", "difference"] == 0
    assert (results / "m6" / "submission.csv").stat().st_size > 500
    for figure in ["heat_map", "reliability", "predictive_check", "samples", "loadings"]:
        assert (results / "m6" / "figures" / f"{figure}.pdf").stat().st_size > 5_000

    fits = read_table(results / "momentum" / "diagnostics" / "fits.csv")
    assert fits.groupby("model")["year"].agg(list).to_dict() == {
        model: [1994, 2014] for model in MODELS
    }
    for figure in ["figure1", "figure2"]:
        assert (results / "momentum" / "figures" / f"{figure}.pdf").stat().st_size > 5_000

    page = (results / "report" / "index.html").read_text()
    for study in ["momentum", "filters", "comoments", "leverage", "m6"]:
        assert f'<section id="{study}" class="study"' in page
        tables = (results / study / "tables").glob("*.csv")
        for path in tables:
            assert f"<code>{study}/tables/{path.name}</code>" in page
    assert page.count("<svg ") == len(list(results.glob("*/figures/*.svg"))) > 15
    assert "Shown as a bitmap" not in page
    assert "Not on this page" not in page
    assert "fit_models" in page
    assert len(page) < 10_000_000

    record = json.loads((results / "momentum" / "provenance.json").read_text())
    assert record["config"]["momentum"]["models"] == MODELS
    assert record["data"]["first_month"] == "1949-01"
    assert record["seed"] == 20171028
    assert set(record["engines"]) == {"stan", "gibbs"}
    assert "/" not in record["engines"]["stan"]["executable"]
    other = json.loads((results / "filters" / "provenance.json").read_text())
    assert other["config"]["filters"]["n_particles"] == 2000
    assert "filters" not in record["config"]
    assert "momentum" not in other["config"]
    assert other["commit"] == record["commit"]


def test_fits_that_fail_are_kept_with_a_mark_and_combined_as_the_user_likes(run) -> None:
    models = ["VAR-N", "SV"]
    mine = {"models": models, "rows": "family", "figure": "mine", "panels": ["family", "component"]}
    overlay = {
        **OVERLAY,
        "momentum": {
            **OVERLAY["momentum"],
            "models": models,
            "engines": {"stan": {"chains": 2, "warmup": 20, "draws": 4}},
            "thresholds": {"ess": 1e9},
        },
        "combination": OVERLAY["combination"] | {"sets": {"mine": mine}},
    }
    results = run("failing", overlay, "momentum") / "momentum"
    table = read_table(results / "tables" / "table5.csv").set_index("model")
    assert (table.loc[models, "fits"] == "2 of 2").all()
    assert table.loc[models, "mean"].notna().all()
    text = (results / "tables" / "table5.md").read_text()
    assert "| VAR-N | MM | 2 of 2 |" in text
    assert not (results / "figures" / "figure2.pdf").exists()
    assert not (results.parent / "report").exists()

    output = (results.parents[2] / "output.txt").read_text()
    log = (results.parent / "logs/fit_models/stan/VAR-N/2013-2014.log").read_text()
    line = next(line for line in log.splitlines() if line.startswith("VAR-N 2013: "))
    assert line in output
    assert "R-hat" in line
    assert "ESS" in line

    paths = read_table(results / "weights" / "mine.csv")
    assert paths["year"].unique().tolist() == [2013, 2014]
    assert read_table(results / "tables" / "mine.csv")["mean_printed"].isna().all()
    assert (results / "figures" / "mine.pdf").stat().st_size > 5_000
    assert not (results / "tables" / "table6.csv").exists()


def test_missing_returns_are_imputed_or_refused(
    run, snakemake: Snakemake, tmp_path: Path, returns_file: Path
) -> None:
    table = pd.read_csv(returns_file)
    table.loc[table["month"].between(199603, 199605), "Telcm"] = -99.99
    table.to_csv(returns_file, index=False)
    overlay = {
        **OVERLAY,
        "momentum": {
            **OVERLAY["momentum"],
            "data": {"source": "file", "path": str(returns_file)},
            "models": ["VAR-N", "DFM-SV(1,1)"],
            "engine": "gibbs",
            "engine_agreement": [],
        },
    }
    path = tmp_path / "refuse.yaml"
    path.write_text(yaml.safe_dump(overlay))
    found = snakemake("--cores", "1", "--configfile", path, "--", "momentum")
    assert found.returncode != 0
    assert "Telcm in 1996-03 is nan, expected a finite return" in found.stdout + found.stderr

    overlay["momentum"]["missing"] = "impute"
    results = run("impute", overlay, "momentum")
    table = read_table(results / "momentum" / "tables" / "table5.csv")
    assert len(table) == 5
    assert table["mean"].notna().all()
    assert (results / "momentum" / "figures" / "figure1.pdf").exists()
    # No Stan: such a run needs no C++ compiler.
    output = (results.parents[1] / "output.txt").read_text()
    assert "build/gibbs.json" in output
    assert "favar_sv-" not in output
