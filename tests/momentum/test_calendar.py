"""The decision calendar against dates written out and rules that hold for all calendars."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from bayesfolio.models.windows import EstimationWindow
from bayesfolio.momentum.calendar import Calendar

FULL = pd.period_range("1926-07", "2015-06", freq="M")
EMBEDDED = pd.period_range("1949-01", "2015-06", freq="M")


def span(months: pd.PeriodIndex, rows: slice) -> tuple[str, str]:
    return str(months[rows][0]), str(months[rows][-1])


def test_the_text_on_the_whole_sample() -> None:
    decisions = Calendar().decisions(FULL)
    assert [d.year for d in decisions] == list(range(1946, 2015))
    first, last = decisions[0], decisions[-1]
    assert span(FULL, first.window.rows) == ("1926-08", "1946-07")
    assert first.window.length == 240
    assert span(FULL, first.formation) == ("1945-08", "1946-07")
    assert str(FULL[first.skip_row]) == "1946-08"
    assert span(FULL, first.holding) == ("1946-09", "1947-08")
    assert span(FULL, last.window.rows) == ("1994-08", "2014-07")
    assert str(FULL[last.skip_row]) == "2014-08"
    assert span(FULL, last.holding) == ("2014-09", "2015-06")
    assert sum(len(FULL[d.holding]) for d in decisions) == 826


def test_the_text_on_the_embedded_data() -> None:
    decisions = Calendar().decisions(EMBEDDED)
    assert [d.year for d in decisions] == list(range(1969, 2015))
    assert span(EMBEDDED, decisions[0].window.rows) == ("1949-08", "1969-07")


def test_expanding() -> None:
    rolling, expanding = (Calendar(expanding=e).decisions(FULL) for e in (False, True))
    assert [d.window for d in expanding] == [EstimationWindow(0, d.window.stop) for d in rolling]
    assert [d.holding for d in expanding] == [d.holding for d in rolling]


def test_year_limits_and_thinning() -> None:
    calendar = Calendar(first_decision_year=1990, last_decision_year=2000, thin_years=4)
    assert [d.year for d in calendar.decisions(FULL)] == [1990, 1994, 1998]


def test_no_skip_month() -> None:
    decision = Calendar(skip_months=0).decisions(FULL)[0]
    assert decision.skip_row is None
    assert decision.holding.start == decision.window.stop


def test_last_year_needs_a_month_held() -> None:
    months = pd.period_range("1926-07", "2015-08", freq="M")
    assert Calendar().decisions(months)[-1].year == 2014
    longer = pd.period_range("1926-07", "2015-09", freq="M")
    assert Calendar().decisions(longer)[-1].year == 2015


@settings(max_examples=300, deadline=None)
@given(
    start=st.integers(0, 11),
    n_obs=st.integers(2, 160),
    month=st.integers(1, 12),
    formation=st.integers(1, 14),
    extra=st.integers(0, 30),
    skip=st.integers(0, 3),
    holding=st.integers(1, 12),
    expanding=st.booleans(),
    recent=st.booleans(),
    thin=st.integers(1, 3),
)
def test_rules_of_every_calendar(
    start: int, n_obs: int, month: int, formation: int, extra: int, skip: int, holding: int,
    expanding: bool, recent: bool, thin: int,
) -> None:  # fmt: skip
    months = pd.period_range(pd.Period("1980-01", "M") + start, periods=n_obs, freq="M")
    window_months = formation + recent + extra
    calendar = Calendar(
        decision_month=month, formation_months=formation, skip_months=skip, holding_months=holding,
        window_months=window_months, expanding=expanding, skip_recent=recent, thin_years=thin,
    )  # fmt: skip
    # All months that can be decision months, by looking at each.
    possible = [
        row
        for row in range(n_obs)
        if months[row].month == month and row + 1 >= window_months and row + skip + 1 < n_obs
    ][::thin]
    if not possible:
        with pytest.raises(ValueError, match="hold no decision"):
            calendar.decisions(months)
        return
    decisions = calendar.decisions(months)
    assert [d.window.stop - 1 for d in decisions] == possible
    for row, decision in zip(possible, decisions, strict=True):
        assert decision.year == months[row].year
        assert decision.window.start == (0 if expanding else row + 1 - window_months)
        assert decision.formation == slice(row + 1 - formation, row + 1)
        assert decision.formation.start >= decision.window.start
        assert decision.skip_row == (row + 1 if skip else None)
        assert decision.holding.start == row + 1 + skip
        assert decision.holding.stop == min(row + 1 + skip + holding, n_obs)
    held = np.concatenate([np.arange(d.holding.start, d.holding.stop) for d in decisions])
    assert (np.diff(held) > 0).all(), "no month is held twice"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"decision_month": 13}, "decision_month is 13, expected 1 to 12"),
        ({"decision_month": 7.0}, "decision_month is 7.0, expected an integer"),
        ({"decision_month": True}, "decision_month is True, expected an integer"),
        ({"formation_months": 0}, "formation_months is 0, expected at least 1"),
        ({"skip_months": -1}, "skip_months is -1"),
        ({"holding_months": 13}, "holding_months is 13, expected 1 to 12"),
        ({"thin_years": 0}, "thin_years is 0"),
        ({"window_months": 12}, "window_months is 12, expected at least 13"),
        ({"window_months": 11, "skip_recent": False}, "expected at least 12"),
        ({"expanding": 1}, "expanding is 1, expected True or False"),
        ({"first_decision_year": "1946"}, "first_decision_year is '1946'"),
        ({"first_decision_year": 2000, "last_decision_year": 1999}, "expected first <= last"),
    ],
)
def test_impossible_calendars(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Calendar(**arguments)


@pytest.mark.parametrize(
    ("calendar", "message"),
    [
        (Calendar(window_months=1068), "hold no decision .* expected at least 1070 months"),
        (Calendar(first_decision_year=1945), "first_decision_year is 1945, expected 1946 to 2014"),
        (Calendar(first_decision_year=2015), "first_decision_year is 2015, expected 1946 to 2014"),
        (Calendar(last_decision_year=2015), "last_decision_year is 2015, expected 1946 to 2014"),
        (Calendar(last_decision_year=1940), "last_decision_year is 1940, expected 1946 to 2014"),
    ],
)
def test_data_that_do_not_cover_the_calendar(calendar: Calendar, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        calendar.decisions(FULL)


@pytest.mark.parametrize(
    ("months", "message"),
    [
        (FULL.delete(7), "row 7 is 1927-03 after 1927-01, expected 1927-02"),
        (FULL.insert(7, FULL[6]), "row 7 is 1927-01 after 1927-01"),
        (FULL[::-1], "row 1 is 2015-05 after 2015-06"),
        (FULL[:0], "no months"),
        (FULL.to_timestamp(), "is a DatetimeIndex, expected a PeriodIndex"),
        (pd.RangeIndex(500), "is a RangeIndex"),
        (pd.period_range("1926-07-01", periods=500, freq="D"), "PeriodIndex of frequency D"),
    ],
)
def test_months_are_checked(months: pd.Index, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Calendar().decisions(months)
