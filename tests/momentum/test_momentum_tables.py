"""Contents of Tables 1 and 5, the diagnostics and the notes."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from bayesfolio.core.errors import DataError
from bayesfolio.models.posterior import Diagnostics
from bayesfolio.models.spec import PAPER_MODELS, ModelSpec
from bayesfolio.momentum.columns import TABLE5_AGREEMENT_COLUMNS, TABLE5_COLUMNS
from bayesfolio.momentum.fit_diagnostics import diagnostics_summary, fit_diagnostics
from bayesfolio.momentum.notes import draws_note, sample_note, windows_note
from bayesfolio.momentum.performance_measures import Performance, StrategyPerformance
from bayesfolio.momentum.results import (
    audit_sources,
    table1,
    table5,
    table5_agreement,
)

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


def test_table1_lists_the_paper_models() -> None:
    table = table1(PAPER_MODELS).set_index("model")
    assert len(table) == 43
    switches = ["lagged_returns", "factors", "idiosyncratic_sv", "factor_sv"]
    assert table.loc["FAVAR-SV2(4,2)", switches].tolist() == [True] * 4
    assert table.loc["DFM-N(1,2)", switches].tolist() == [False, True, False, False]
    assert table.loc["DFM-N(1,2)", ["n_factors", "n_lags"]].tolist() == [1, 2]
    assert table.groupby("family", sort=False).size().to_dict() == {
        "VAR-N": 1, "SV": 1, "VAR-SV": 1, "DFM-N": 8, "DFM-SV": 8, "DFM-SV2": 8, "FAVAR-SV": 8,
        "FAVAR-SV2": 8,
    }  # fmt: skip


@pytest.fixture
def published() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ["VAR-N", "MM", 0.02, 5.0, 0.005, -24.1],
            ["VAR-N", "RM", 0.09, np.nan, 0.015, -35.0],
            ["standard momentum", np.nan, 0.09, 5.7, 0.02, -26.2],
        ],
        columns=["model", "strategy", "mean", "volatility", "sharpe", "largest_loss"],
    )


def test_table5_sets_ours_beside_the_printed(published: pd.DataFrame) -> None:
    ours = Performance(0.10, 5.5, 0.018, -30.0)
    spread = Performance(0.05, 0.1, 0.009, 4.0)
    cell = StrategyPerformance(ours, spread, ours, ours, n_draws=500, n_months=550)
    cells = {(model, s): cell for model in ("VAR-N", "VAR-SV") for s in ("MM", "RM")}
    standard = Performance(0.23, 5.6, 0.04, -37.4)
    table = table5(cells, {"VAR-N": 2, "VAR-SV": 0}, 69, standard, 826, published)
    assert table[["model", "strategy"]].to_numpy().tolist() == [
        ["VAR-N", "MM"], ["VAR-N", "RM"], ["VAR-SV", "MM"], ["VAR-SV", "RM"],
        ["standard momentum", ""],
    ]  # fmt: skip
    first = table.iloc[0]
    assert (first["mean"], first["mean_sd"], first["mean_printed"]) == (0.10, 0.05, 0.02)
    assert first["mean_difference"] == pytest.approx(0.08, abs=1e-15)
    assert first["largest_loss_difference"] == pytest.approx(-5.9, abs=1e-12)
    assert (first["fits"], first["failed_windows"], first["n_draws"]) == ("2 of 69", 2, 500)
    second = table.iloc[1]
    assert np.isnan(second["volatility_printed"])
    assert np.isnan(second["volatility_difference"])
    assert second["volatility"] == 5.5
    assert table.iloc[2].filter(like="_printed").isna().all()
    last = table.iloc[4]
    assert (last["mean"], last["mean_printed"], last["n_months"]) == (0.23, 0.09, 826)
    assert pd.isna(last["failed_windows"])
    assert {column.key for column in TABLE5_COLUMNS} <= set(table.columns)


def test_agreement_counts_what_is_within_two_sd_and_rounding() -> None:
    # Mean: off by 2 sd and half a digit, by more, by less, and not printed.
    ours, sd = np.array([0.304, 0.32, 0.07, 0.9]), np.array([0.1, 0.1, 0.1, 0.1])
    printed = np.array([0.1, 0.11, 0.12, np.nan])
    columns = {"model": ["A", "B", "C", "D"], "strategy": "MM"}
    for name in ("mean", "volatility", "sharpe", "largest_loss"):
        columns |= {
            name: ours,
            f"{name}_sd": sd,
            f"{name}_printed": printed,
            f"{name}_difference": ours - printed,
        }
    standard = {"model": "standard momentum", "strategy": "", "mean": 5.0, "mean_printed": 0.0}
    table = pd.concat([pd.DataFrame(columns), pd.DataFrame([standard])])
    found = table5_agreement(table)
    assert found[["strategy", "statistic"]].to_numpy().tolist() == [
        ["MM", label]
        for label in (
            "Mean (% a month)",
            "Volatility (% a month)",
            "Sharpe ratio (monthly)",
            "Largest loss (%)",
        )
    ]
    first = found.iloc[0]
    assert (first["n_printed"], first["n_within"], first["farthest"]) == (3, 2, "B")
    assert first["mean"] == pytest.approx((0.304 + 0.32 + 0.07) / 3)
    assert first["mean_printed"] == pytest.approx(0.11)
    assert first["rmsd"] == pytest.approx(np.sqrt((0.204**2 + 0.21**2 + 0.05**2) / 3))
    # A printed digit more of the Sharpe ratio, and the first is off as well.
    assert found.iloc[2]["n_within"] == 1
    assert found.iloc[1]["farthest"] == ""
    assert {column.key for column in TABLE5_AGREEMENT_COLUMNS} <= set(found.columns)


def test_agreement_ranks_the_models() -> None:
    names = ("mean", "volatility", "sharpe", "largest_loss")
    printed = np.array([1.0, 3.0, 2.0])
    columns = {"model": list("ABC"), "strategy": "RM"}
    for name, sign in zip(names, (1, -1, 1, 1), strict=True):
        columns |= {
            name: sign * printed**3,
            f"{name}_sd": 0.0,
            f"{name}_printed": printed,
            f"{name}_difference": sign * printed**3 - printed,
        }
    found = table5_agreement(pd.DataFrame(columns))
    assert found["rank_correlation"].tolist() == pytest.approx([1, -1, 1, 1])
    # Without a spread only what is printed alike is within.
    assert found["n_within"].tolist() == [1, 0, 1, 1]


def test_diagnostics_keep_the_worst() -> None:
    good = Diagnostics(1.001, 1.002, 500, 600, 0.1, 0, 500, 0, 3.0)
    bad = Diagnostics(1.3, 1.0, 20, 900, 0.9, 4, 500, 7, 5.0, refitted=True, passed=False)
    fits = pd.concat(
        [
            fit_diagnostics(ModelSpec.parse("SV"), {1969: good}),
            fit_diagnostics(ModelSpec.parse("DFM-SV(4,2)"), {1969: good, 1974: bad, 1979: good}),
        ]
    )
    assert fits["year"].tolist() == [1969, 1969, 1974, 1979]
    summary = diagnostics_summary(fits, ["DFM-SV(4,2)", "SV"])
    assert summary["model"].tolist() == ["DFM-SV(4,2)", "SV"]
    worst = summary.iloc[0]
    expected = {
        "n_windows": 3, "failed_windows": 1, "rhat_sums": 1.3, "rhat_predictive": 1.002,
        "ess_sums": 20, "ess_predictive": 600, "chain_spread": 0.9, "divergences": 4,
        "max_depth_hits": 7, "seconds": 11.0,
    }  # fmt: skip
    assert worst.drop("model").to_dict() == expected


def test_audit_sources_have_names() -> None:
    tables = [pd.DataFrame({"a": [float(k)]}) for k in range(4)]
    facts = {"source": "file", "weighting": "equal", "vintage": "201903"}
    unstated = facts | {"vintage": "not stated"}
    embedded = {"source": "embedded", "weighting": "value", "vintage": "not stated"}
    found = audit_sources(
        [
            (embedded, None, tables[0]),
            (facts, "data/x.csv", tables[1]),
            (unstated, "data/x_vw.csv", tables[2]),
        ]
    )
    assert list(found) == [("embedded", "value"), ("201903", "equal"), ("x_vw", "equal")]
    assert [found[key] is table for key, table in zip(found, tables, strict=False)] == [True] * 3
    with pytest.raises(DataError, match=r"two sources .* 'x_vw' and equal-weighted, .* rename"):
        audit_sources([(unstated, "a/x_vw.csv", tables[0]), (unstated, "b/x_vw.csv", tables[3])])


def test_notes_say_what_was_run() -> None:
    momentum = CONFIG["momentum"]
    months = pd.period_range("1949-01", "2015-06", freq="M")
    assert sample_note(momentum["data"], months).endswith(
        "value-weighted, 1949-01 to 2015-06, per cent a month."
    )
    calendar = momentum["calendar"]
    assert windows_note(calendar | {"thin_years": 5}) == (
        "10 moving windows of 240 months, decisions at the end of July (1969-2014, every 5 years), "
        "formation 12 months, 1 month skipped, held 12 months."
    )
    expanding = calendar | {"expanding": True, "thin_years": 4, "last_decision_year": 1974}
    assert windows_note(expanding).startswith(
        "2 expanding windows of 240 months or more, decisions at the end of July (1969-1973, every "
        "4 years)"
    )
    one_year = calendar | {"last_decision_year": 1969}
    assert windows_note(one_year).startswith("1 moving window of 240 months")
    engines = {engine: {**momentum["engines"][engine]} for engine in ("stan", "gibbs")}
    engines["stan"] |= {"chains": 3, "draws": 11}
    engines["gibbs"] |= {"chains": 1, "thin": 5}
    note = draws_note("trial", 7, momentum | {"engines": engines})
    assert note.startswith("Run trial: engine stan, 3 chains of 11 kept draws after 150 of warm-up")
    assert ", seed 7." in note
    assert note.endswith("below 400 or more than 0.001 divergences per transition.")
    note = draws_note("trial", 7, momentum | {"engines": engines, "engine": "gibbs"})
    assert note.startswith("Run trial: engine gibbs, 1 chain of 1000 kept draws, every 5th, after")
    assert note.endswith("R-hat above 1.01 or an effective sample size below 400.")
