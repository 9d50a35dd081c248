"""Missing returns are let through only where the models can draw them."""

import numpy as np
import pandas as pd
import pytest

from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.missing import check_missing

CALENDAR = Calendar(window_months=36, first_decision_year=2004, last_decision_year=2005)
MONTHS = pd.period_range("2001-06", "2006-08", freq="M", name="month")


def check(month: str, value: float, **options: bool) -> None:
    returns = pd.DataFrame(1.0, index=MONTHS, columns=["a", "b"])
    returns.loc[month, "b"] = value
    check_missing(returns, CALENDAR.decisions(MONTHS), **options)


@pytest.mark.parametrize("month", ["2001-06", "2001-08", "2003-06"])
def test_before_formation_and_holding_a_missing_return_can_be_imputed(month: str) -> None:
    check(month, np.nan, impute=True, skip_recent=True)
    with pytest.raises(ValueError, match=f"b in {month} is nan, .*set momentum.missing to impute"):
        check(month, np.nan, impute=False, skip_recent=True)


@pytest.mark.parametrize(
    "month", ["2003-07", "2004-07", "2004-08", "2004-09", "2005-07", "2006-08"]
)
def test_formation_and_holding_must_be_complete(month: str) -> None:
    with pytest.raises(ValueError, match=f"b in {month} is nan, .*drop the asset"):
        check(month, np.nan, impute=True, skip_recent=True)


def test_the_month_that_forecasts_are_scored_by_must_be_there() -> None:
    """Where years are left out it belongs to no other decision's formation or holding."""
    calendar = Calendar(
        window_months=36, first_decision_year=2004, last_decision_year=2006, thin_years=2
    )
    months = pd.period_range("2001-06", "2007-08", freq="M", name="month")
    decisions = calendar.decisions(months)
    assert [decision.year for decision in decisions] == [2004, 2006]
    returns = pd.DataFrame(1.0, index=months, columns=["a", "b"])
    returns.loc["2006-08", "b"] = np.nan
    with pytest.raises(ValueError, match="b in 2006-08 is nan"):
        check_missing(returns, decisions, impute=True, skip_recent=True)
    check_missing(returns, decisions[:1], impute=True, skip_recent=True)


def test_formation_starts_a_month_later_where_the_recent_month_counts() -> None:
    check("2003-07", np.nan, impute=True, skip_recent=False)
    with pytest.raises(ValueError, match="b in 2003-08 is nan"):
        check("2003-08", np.nan, impute=True, skip_recent=False)


def test_infinite_returns_are_never_imputed() -> None:
    with pytest.raises(ValueError, match="b in 2001-06 is inf"):
        check("2001-06", np.inf, impute=True, skip_recent=True)
