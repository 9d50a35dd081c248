"""Claims are tested on the right numbers, with the right verdicts."""

import math

import pandas as pd
import pytest
from scipy.stats import norm

from bayesfolio.models.spec import PAPER_MODELS
from bayesfolio.momentum.claims import CLAIMS, Evidence, claims_page, claims_table
from bayesfolio.momentum.columns import CLAIM_COLUMNS


def table5(means: dict[tuple[str, str], float], sd: float = 0.08) -> pd.DataFrame:
    """Every model with the mean of its family and strategy; other statistics follow from it."""
    rows = []
    for spec in PAPER_MODELS:
        for strategy in ("MM", "RM"):
            mean = means.get((spec.family, strategy), 0.1)
            values = {
                "mean": mean,
                "volatility": 5 - mean,
                "sharpe": mean / 5,
                "largest_loss": -30 + mean,
            }
            row: dict[str, object] = {"model": spec.name, "strategy": strategy}
            for name, value in values.items():
                row |= {name: value, f"{name}_sd": sd, f"{name}_printed": value - 0.5}
            rows.append(row)
    standard = {"model": "standard momentum", "strategy": "", "mean": 0.2, "mean_printed": 0.09}
    return pd.DataFrame([*rows, standard])  # fmt: skip


def mixture(mean: float, volatility: float, parts: list[float], width: float) -> pd.DataFrame:
    rows = []
    for panel, vol in [("mixture", volatility), *(("per model", part) for part in parts)]:
        values = {"mean": mean, "volatility": vol, "sharpe": mean / 4, "largest_loss": -5 * vol}
        row: dict[str, object] = {"panel": panel, "model": "a set"}
        for name, value in values.items():
            row |= {
                name: value,
                f"{name}_lo": value - width / 2,
                f"{name}_hi": value + width / 2,
                f"{name}_printed": value + 1,
            }
        rows.append(row)
    return pd.DataFrame(rows)


def weights(late: float, early: float, width: float = 0.02) -> pd.DataFrame:
    rows = []
    for year in range(1980, 2000):
        mean = late if year >= 1990 else early
        for grouping, group, value in [
            ("n_factors", "K = 1", mean), ("strategy", "MM", mean), ("strategy", "RM", 1 - mean),
        ]:  # fmt: skip
            row = {"grouping": grouping, "group": group, "year": year, "mean": value}
            rows.append(row | {"low": value - width / 2, "high": value + width / 2})
    return pd.DataFrame(rows)


def sensitivity(gain: float) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"set": name, "variant": variant, "log_score": score}
            for name in ("table6", "table7", "table8")
            for variant, score in [("marginal: x", -100 + gain), ("equal weights", -100.0)]
        ]
    )


@pytest.fixture
def evidence() -> Evidence:
    return Evidence(
        table5({("VAR-SV", "MM"): 0.6, ("VAR-N", "MM"): 0.05, ("DFM-SV2", "MM"): 0.9}),
        {
            "table6": mixture(0.1, 4.0, [4.5, 5.0], 0.2),
            "table7": mixture(0.9, 4.0, [3.0, 5.0], 0.2),
            "table8": mixture(0.12, 4.0, [4.02, 5.0], 0.2),
        },
        {"table8": weights(late=0.3, early=0.2)},
        sensitivity(gain=3.0),
    )


def row(table: pd.DataFrame, part: str, claim: str = "") -> pd.Series:
    found = table[(table["part"] == part) & table["claim"].str.contains(claim)]
    assert len(found) == 1
    return found.iloc[0]


def test_differences_of_families_are_averages_of_independent_fits(evidence: Evidence) -> None:
    table = claims_table(evidence)
    one = row(table, "VAR-SV less VAR-N, MM")
    assert one["ours"] == pytest.approx(0.55)
    assert one["sd"] == pytest.approx(0.08 * math.sqrt(2))
    assert one["printed"] == pytest.approx(0.55)
    assert one["probability"] == pytest.approx(norm.cdf(0.55 / one["sd"]))
    assert one["verdict"] == "holds"
    average = row(table, "DFM-SV less DFM-N, RM")
    assert average["sd"] == pytest.approx(0.08 * math.sqrt(2 / 8))
    assert (average["ours"], average["verdict"]) == (pytest.approx(0), "undecided")


def test_bounds_and_directions(evidence: Evidence) -> None:
    table = claims_table(evidence)
    worse = row(table, "DFM-SV2 less DFM-SV, MM")
    assert (worse["claimed"], worse["verdict"]) == ("< 0.05", "does not hold")
    assert row(table, "VAR-N, MM")["ours"] == pytest.approx(0.05 - 0.2)
    assert row(table, "VAR-N, MM")["printed"] == pytest.approx(0.05 - 0.5 - 0.09)
    assert row(table, "SV, RM less MM", "SV model")["ours"] == pytest.approx(0)
    assert row(table, "VAR-SV, MM less RM", "largest loss")["verdict"] == "holds"
    assert row(table, "VAR-SV, MM less RM", "less volatile")["verdict"] == "holds"


def test_mixtures_are_set_against_their_best_part(evidence: Evidence) -> None:
    table = claims_table(evidence)
    verdicts = {
        name: row(table, name, "less volatile than its") for name in ("table6", "table7", "table8")
    }
    assert verdicts["table6"]["ours"] == pytest.approx(-0.5)
    assert verdicts["table7"]["ours"] == pytest.approx(1.0)
    sd = 0.2 / (2 * norm.ppf(0.95))
    assert verdicts["table8"]["sd"] == pytest.approx(sd * math.sqrt(2))
    assert [one["verdict"] for one in verdicts.values()] == ["holds", "does not hold", "undecided"]
    losses = row(table, "table7", "smaller largest loss than its")
    assert losses["ours"] == pytest.approx(-20 + 15)
    assert losses["verdict"] == "does not hold"
    assert row(table, "table7 less table6", "earn more")["verdict"] == "holds"
    assert row(table, "table8 less table6", "earn more")["verdict"] == "undecided"  # fmt: skip


def test_weights_are_judged_by_period(evidence: Evidence) -> None:
    table = claims_table(evidence)
    assert row(table, "table8, one factor, from 1990 on less before")["ours"] == pytest.approx(0.1)
    assert row(table, "table8, MM before 1990")["verdict"] == "does not hold"
    assert row(table, "table8, RM from 1990")["ours"] == pytest.approx(0.7)
    assert row(table, "table8, RM from 1990")["verdict"] == "holds"


@pytest.mark.parametrize(
    ("gain", "verdict"),
    [(3.0, "holds"), (2.9, "undecided"), (-2.9, "undecided"), (-3.0, "does not hold")],
)
def test_log_scores_are_log_odds(evidence: Evidence, gain: float, verdict: str) -> None:
    """0.95 is odds of 19, whose logarithm is 2.94."""
    changed = Evidence(evidence.table5, evidence.mixtures, evidence.weights, sensitivity(gain))
    found = row(claims_table(changed), "table6", "change over time")
    assert found["verdict"] == verdict
    assert found["probability"] == pytest.approx(1 / (1 + math.exp(-gain)))


def test_what_a_run_lacks_is_not_tested(evidence: Evidence) -> None:
    few = evidence.table5[evidence.table5["model"].isin(["VAR-N", "SV", "standard momentum"])]
    table = claims_table(Evidence(few, {}, {}, None))
    lacking = row(table, "VAR-SV less VAR-N, MM")
    assert (lacking["verdict"], lacking["reason"]) == ("not tested", "the run has no VAR-SV")
    assert math.isnan(lacking["ours"])
    assert "and others" in row(table, "DFM-SV less DFM-N, MM")["reason"]
    assert row(table, "table6", "change over time")["reason"] == "the run has no table6"
    assert row(table, "VAR-N, MM")["verdict"] != "not tested"
    assert len(table) == len(claims_table(evidence))


def test_a_set_with_one_part_has_no_best_one(evidence: Evidence) -> None:
    alone = {"table6": mixture(0.1, 4.0, [4.5], 0.2)}
    table = claims_table(Evidence(evidence.table5, alone, {}, None))
    assert row(table, "table6", "less volatile than its")["reason"] == "table6 has one part only"


def test_the_page_has_every_claim(evidence: Evidence) -> None:
    table = claims_table(evidence)
    page = claims_page(table, ["A note."])
    for claim in CLAIMS:
        assert f"## {claim.text}" in page
    assert "* VAR-SV less VAR-N, MM: **holds**. 0.55, standard deviation 0.11" in page
    assert "A note." in page
    counts = table["verdict"].value_counts()
    assert f"{counts['holds']} holds" in page
    assert {column.key for column in CLAIM_COLUMNS} <= set(table.columns)
