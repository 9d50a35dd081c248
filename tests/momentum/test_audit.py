"""The audit of standard momentum."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesfolio.momentum.audit import standard_momentum_audit
from bayesfolio.momentum.industries import load_industries
from bayesfolio.momentum.performance_measures import performance
from bayesfolio.momentum.strategies import standard_momentum

KEYS = ["formation", "skipped", "holding"]


@pytest.fixture(scope="module")
def embedded() -> pd.DataFrame:
    return load_industries()


@pytest.fixture(scope="module")
def audit(reference_data: Path) -> pd.DataFrame:
    folder = reference_data / "data/kenfrench"
    file = folder / "10_Industry_Portfolios_202309.csv"
    return standard_momentum_audit(
        {
            ("201903", "value"): load_industries(
                "file", path=folder / "10_industries_201903_vw.csv", end="2015-06"
            ),
            ("201903", "equal"): load_industries(
                "file", "equal", folder / "10_industries_201903_ew.csv", end="2015-06"
            ),
            ("202309", "value"): load_industries("file", path=file, end="2015-06"),
            ("202309", "equal"): load_industries("file", "equal", file, end="2015-06"),
        }
    )


def test_first_rows(audit: pd.DataFrame) -> None:
    assert audit.loc[0, KEYS].tolist() == ["Jul-Jun", 2, "Sep-Aug"]
    assert audit.loc[1, KEYS].tolist() == ["May-Apr", 2, "Jul-Jun"]
    assert set(audit.loc[:1, "vintage"] + audit.loc[:1, "weighting"]) == {"201903value"}
    assert audit.loc[0, ["mean", "volatility"]].astype(float).round(3).tolist() == [0.232, 5.549]
    assert audit.loc[1, ["first_month", "last_month"]].tolist() == ["1946-07", "2015-06"]


def test_every_source_and_calendar_once(audit: pd.DataFrame) -> None:
    assert len(audit) == 4 * 12
    assert not audit.duplicated(["vintage", "weighting", *KEYS]).any()


@pytest.mark.parametrize(
    ("vintage", "dates", "mean", "volatility", "worst", "n_months", "worst_month"),
    [
        ("201903", ["Jul-Jun", 2, "Sep-Aug"], 0.232, 5.55, -37.43, 826, "2009-04"),
        ("201903", ["Aug-Jul", 1, "Sep-Aug"], 0.297, 5.89, -37.43, 826, "2009-04"),
        ("201903", ["May-Apr", 1, "Jun-May"], 0.083, 5.67, -26.14, 828, "2000-11"),
        ("202309", ["Jul-Jun", 2, "Sep-Aug"], 0.257, 5.61, -40.99, 826, "2009-04"),
    ],
)
def test_known_rows(
    audit: pd.DataFrame, vintage: str, dates: list, mean: float, volatility: float, worst: float,
    n_months: int, worst_month: str,
) -> None:  # fmt: skip
    keys = ["vintage", "weighting", *KEYS]
    row = audit.set_index(keys).loc[(vintage, "value", *dates)]
    assert round(row["mean"], 3) == mean
    assert round(row["volatility"], 2) == volatility
    assert row["largest_loss"] == pytest.approx(worst, abs=1e-9)
    assert (row["n_months"], row["worst_month"]) == (n_months, worst_month)


def test_no_equal_weighted_calendar_has_the_worst_month_of_table_5(audit: pd.DataFrame) -> None:
    equal = audit[audit["weighting"] == "equal"]
    assert (equal["largest_loss"] + 37.4).abs().min() > 1.0


def test_printed_figures_and_differences(audit: pd.DataFrame) -> None:
    printed = {"mean": 0.09, "volatility": 5.7, "sharpe": 0.02, "largest_loss": -26.2}
    for name, value in printed.items():
        assert (audit[f"{name}_printed"] == value).all()
        np.testing.assert_allclose(audit[f"{name}_difference"], audit[name] - value, atol=1e-12)


def test_first_row_is_the_default_strategy(embedded: pd.DataFrame) -> None:
    row = standard_momentum_audit({("embedded", "value"): embedded}).iloc[0]
    found = performance(standard_momentum(embedded))
    for name in ("mean", "volatility", "sharpe", "largest_loss"):
        assert row[name] == pytest.approx(getattr(found, name), abs=1e-12)
    assert row["n_months"] == 550


def test_grid_over_the_turn_of_the_year(embedded: pd.DataFrame) -> None:
    table = standard_momentum_audit({("embedded", "value"): embedded}, (11, 12), (1, 2))
    assert table[KEYS].iloc[2:].to_numpy().tolist() == [
        ["Dec-Nov", 1, "Jan-Dec"],
        ["Dec-Nov", 2, "Feb-Jan"],
        ["Jan-Dec", 1, "Feb-Jan"],
        ["Jan-Dec", 2, "Mar-Feb"],
    ]
    first = table["first_month"].iloc[2:].tolist()
    assert first == ["1970-01", "1970-02", "1970-02", "1970-03"]


def test_calendars_have_the_years_that_the_data_hold(embedded: pd.DataFrame) -> None:
    """The text's calendar decides in 2014; after July and two months there is none to hold."""
    cut = embedded.loc[:"2014-09"]
    table = standard_momentum_audit({("embedded", "value"): cut}).set_index(KEYS)
    assert table.loc[("Jul-Jun", 2, "Sep-Aug"), "last_month"] == "2014-09"
    assert table.loc[("Aug-Jul", 2, "Oct-Sep"), "last_month"] == "2014-09"
    assert table.loc[("Aug-Jul", 2, "Oct-Sep"), "n_months"] == 540
    assert table.loc[("Aug-Jul", 1, "Sep-Aug"), "n_months"] == 541


def test_data_too_short_for_a_long_window_have_all_their_years(embedded: pd.DataFrame) -> None:
    table = standard_momentum_audit({("short", "value"): embedded.loc["2000-01":]})
    assert table.loc[0, ["first_month", "last_month"]].tolist() == ["2001-09", "2015-06"]
    assert table["mean"].notna().all()
    table = standard_momentum_audit({("shorter", "value"): embedded.loc["2000-01":"2001-10"]})
    short = table.loc[table["mean"].isna(), KEYS].to_numpy().tolist()
    assert short == [["Aug-Jul", 2, "Oct-Sep"]]  # one month held
    table = standard_momentum_audit({("none", "value"): embedded.loc["2000-01":"2000-12"]})
    assert table["mean"].isna().all()
    assert table.loc[0, "n_months"] is None
    with pytest.raises(ValueError, match="must follow each other"):
        standard_momentum_audit({("gap", "value"): embedded.drop(embedded.index[100])})


def test_errors(embedded: pd.DataFrame) -> None:
    source = {("embedded", "value"): embedded}
    with pytest.raises(ValueError, match="returns_by_source is empty"):
        standard_momentum_audit({})
    with pytest.raises(ValueError, match="gaps hold 3"):
        standard_momentum_audit(source, gaps=(1, 3))
    with pytest.raises(ValueError, match="last_formation_months hold 0"):
        standard_momentum_audit(source, (0,))
