"""Periods of four weeks: returns of assets, and what is known of each when a period starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesfolio.core.types import FloatArray

if TYPE_CHECKING:
    from bayesfolio.m6.assets import AssetPrices

FEWEST_QUOTES = 3
"""Quotes in a week of five business days, and daily returns, that make its features."""

_DAY = np.timedelta64(1, "D")
_RANGE = ((np.min, np.inf), (np.max, -np.inf))
_CALENDAR = ("start", "end", "base")


@dataclass(frozen=True)
class AssetPeriods:
    """Returns over periods of four weeks and features known before each starts.

    Attributes
    ----------
    returns : DataFrame, periods x assets
        Simple returns as fractions (.01 is one per cent), from the base price to the period's last;
        NaN where not observed.
    recent_return : DataFrame, periods x assets
        Return over the week that ends on the base Friday, standardised; NaN where unknown.
    recent_volatility : DataFrame, periods x assets
        Log standard deviation of that week's daily returns, standardised; NaN where unknown.
    earnings : DataFrame, periods x assets
        1.0 where an asset reports in the period before its last day, else 0.0. Dates are those on
        which it did report, or at last was to: the one value that may not have been known.
    calendar : DataFrame
        Of `four_week_calendar`.
    classes : Series
        Class of each asset.
    """

    returns: pd.DataFrame
    recent_return: pd.DataFrame
    recent_volatility: pd.DataFrame
    earnings: pd.DataFrame
    calendar: pd.DataFrame
    classes: pd.Series


def four_week_calendar(anchor: str | pd.Timestamp, first: int, last: int) -> pd.DataFrame:
    """Periods of four weeks, twenty business days each, one after the other.

    Parameters
    ----------
    anchor : date
        Monday on which period 0 starts; M6 counts from 2005-01-31.
    first, last : int
        Numbers of the first and the last period, negative for those before the anchor.

    Returns
    -------
    DataFrame
        Index "period", the numbers; columns start (Monday), end (the Friday 25 days later) and
        base (the Friday before start, whose close a period's return starts from).

    Raises
    ------
    ValueError
        An anchor that is not a Monday, or `last` before `first`.
    """
    monday = pd.Timestamp(anchor)
    if monday.dayofweek != 0 or monday != monday.normalize():
        raise ValueError(
            f"anchor is {monday} ({monday:%A}), expected a Monday; M6 counts from 2005-01-31"
        )
    if last < first:
        raise ValueError(f"last is period {last}, before the first, {first}; exchange them")
    numbers = pd.RangeIndex(first, last + 1, name="period")
    start = pd.Series(monday + pd.to_timedelta(28 * numbers.to_numpy(), unit="D"), index=numbers)
    return pd.DataFrame(
        {"start": start, "end": start + pd.Timedelta(days=25), "base": start - pd.Timedelta(days=3)}
    )


def check_four_weeks(calendar: pd.DataFrame) -> None:
    """Raise ValueError unless periods follow one another as `four_week_calendar` gives them."""
    missing = [column for column in _CALENDAR if column not in calendar.columns]
    if missing or calendar.empty:
        raise ValueError(
            f"the calendar has {len(calendar)} rows and no column {', '.join(missing) or '-'}, "
            "expected those of four_week_calendar"
        )
    first = int(calendar.index[0])
    anchor = calendar["start"].iloc[0] - pd.Timedelta(days=28 * first)
    expected = four_week_calendar(anchor, first, first + len(calendar) - 1)
    wrong = (calendar[list(_CALENDAR)].to_numpy() != expected.to_numpy()).any(axis=1)
    wrong |= calendar.index.to_numpy() != expected.index.to_numpy()
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        found, right = (
            f"{table.index[row]}: " + ", ".join(f"{c} {table[c].iloc[row]}" for c in _CALENDAR)
            for table in (calendar, expected)
        )
        raise ValueError(
            f"row {row} of the calendar is period {found}; expected period {right}; use "
            "four_week_calendar"
        )


def asset_periods(
    prices: AssetPrices,
    calendar: pd.DataFrame,
    min_periods: int = 24,
    *,
    as_of: str | pd.Timestamp | None = None,
) -> AssetPeriods:
    """Returns of periods of four weeks, and features that are known when each starts.

    The price of a Friday is an asset's last close from Monday to it, and NaN where there is none.
    Features of period t are those of `week_features` for the week that ends on the base Friday,
    less the mean and by the standard deviation (ddof 1) of the asset's values for periods up to t,
    all known when t starts; NaN until there are `min_periods` values, and while these do not vary.

    Parameters
    ----------
    prices : AssetPrices
        Daily prices.
    calendar : DataFrame
        Of `four_week_calendar`. Periods may start before and end after the prices.
    min_periods : int
        Values that a mean and standard deviation need, at least 2.
    as_of : date, optional
        Last day that is known; later prices are not used. None: the prices' last day. A period that
        ends later has no returns, one whose base Friday comes later no features either. If the last
        day's week closes on a holiday, name its Friday here.

    Returns
    -------
    AssetPeriods
        In the calendar's order and that of the prices' columns.

    Raises
    ------
    ValueError
        Not such a calendar, or `min_periods` below 2.
    """
    if min_periods < 2:
        raise ValueError(f"min_periods is {min_periods}, expected at least 2")
    check_four_weeks(calendar)
    columns = prices.closes.columns
    known = pd.Timestamp(as_of) if as_of is not None else prices.closes.index[-1]

    def table(values: FloatArray) -> pd.DataFrame:
        return pd.DataFrame(values, calendar.index, columns)

    friday_prices = {
        day: _friday_closes(prices.closes, calendar[day], known) for day in ("base", "end")
    }
    recent = week_features(prices, calendar["base"], as_of=known)
    standardised = [
        table(_standardise_known(values.to_numpy(dtype=float), min_periods)) for values in recent
    ]
    return AssetPeriods(
        returns=table(friday_prices["end"] / friday_prices["base"] - 1.0),
        recent_return=standardised[0],
        recent_volatility=standardised[1],
        earnings=earnings_in_periods(prices.earnings, calendar, list(columns)),
        calendar=calendar.copy(),
        classes=prices.classes.copy(),
    )


def week_features(
    prices: AssetPrices, fridays: pd.Series, *, as_of: str | pd.Timestamp | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return over the five business days that end on each Friday, and log volatility within them.

    A week without a holiday has five quotes. Days without a quote are left out, not counted as
    days without a change, and a week with fewer than `FEWEST_QUOTES` has no features.

    Parameters
    ----------
    prices : AssetPrices
        Daily prices.
    fridays : Series of Timestamp
        Last days of the weeks, by period.
    as_of : date, optional
        As for `asset_periods`.

    Returns
    -------
    returns : DataFrame, periods x assets
        The week's last adjusted close / adjusted open of its first day with a quote - 1, as a
        fraction.
    log_sds : DataFrame, periods x assets
        Log of the standard deviation (ddof 1) of the daily simple returns, close to close, the
        first from the last close of at most 7 days before; NaN where they are all the same, which
        says that quotes are stale.
    """
    known = pd.Timestamp(as_of) if as_of is not None else prices.closes.index[-1]
    closes, opens = (t.to_numpy(dtype=float) for t in (prices.closes, prices.opens))
    daily = _daily_returns(prices.closes)
    days = prices.closes.index.to_numpy()
    returns = np.full((len(fridays), closes.shape[1]), np.nan)
    log_sds = returns.copy()
    for row, friday in enumerate(fridays.to_numpy()):
        if friday > known.to_datetime64():
            continue
        start, stop = _rows(days, friday)
        if stop - start < FEWEST_QUOTES:
            continue
        week = closes[start:stop]
        enough = np.isfinite(week).sum(axis=0) >= FEWEST_QUOTES
        last, first_open = (
            _last_quoted(week, week),
            _last_quoted(week[::-1], opens[start:stop][::-1]),
        )
        returns[row, enough] = (last / first_open - 1.0)[enough]
        log_sds[row] = _log_sds(daily[start:stop])
    index, columns = fridays.index, prices.closes.columns
    return pd.DataFrame(returns, index, columns), pd.DataFrame(log_sds, index, columns)


def earnings_in_periods(
    earnings: pd.DataFrame, calendar: pd.DataFrame, symbols: Sequence[str]
) -> pd.DataFrame:
    """Whether an asset reports from a period's start to before its end.

    Parameters
    ----------
    earnings : DataFrame
        Columns symbol, report_date; those of other symbols and outside the periods are left out.
    calendar : DataFrame
        Of `four_week_calendar`.
    symbols : sequence of str
        The assets.

    Returns
    -------
    DataFrame, periods x assets
        1.0 or 0.0.
    """
    starts, ends = (calendar[column].to_numpy() for column in ("start", "end"))
    dates = earnings["report_date"].to_numpy(dtype=starts.dtype)
    rows = np.searchsorted(starts, dates, side="right") - 1
    columns = pd.Index(symbols).get_indexer(pd.Index(earnings["symbol"]))
    inside = (rows >= 0) & (columns >= 0) & (dates < ends[rows])
    reports = np.zeros((len(calendar), len(symbols)))
    reports[rows[inside], columns[inside]] = 1.0
    return pd.DataFrame(reports, calendar.index, pd.Index(symbols, name="symbol"))


def _rows(days: NDArray[np.datetime64], friday: np.datetime64) -> tuple[int, int]:
    """Half-open range of the rows from a Friday's Monday to it."""
    start = np.searchsorted(days, friday - 4 * _DAY)
    return int(start), int(np.searchsorted(days, friday, side="right"))


def _last_quoted(quoted: FloatArray, values: FloatArray) -> FloatArray:
    """Value of each column in the last row where `quoted` is there; NaN where it never is."""
    there = np.isfinite(quoted)
    row = len(quoted) - 1 - np.argmax(there[::-1], axis=0)
    return np.where(there.any(axis=0), values[row, np.arange(values.shape[1])], np.nan)


def _friday_closes(closes: pd.DataFrame, fridays: pd.Series, known: pd.Timestamp) -> FloatArray:
    """Last close of each asset in the week up to each Friday (periods, assets)."""
    values, days = closes.to_numpy(dtype=float), closes.index.to_numpy()
    found = np.full((len(fridays), values.shape[1]), np.nan)
    for row, friday in enumerate(fridays.to_numpy()):
        start, stop = _rows(days, friday)
        if stop > start and friday <= known.to_datetime64():
            found[row] = _last_quoted(values[start:stop], values[start:stop])
    return found


def _daily_returns(closes: pd.DataFrame) -> FloatArray:
    """Simple returns since the last close of at most seven days before (days, assets)."""
    values = closes.to_numpy(dtype=float)
    days = closes.index.to_numpy()
    quoted = np.isfinite(values)
    latest = np.maximum.accumulate(np.where(quoted, np.arange(len(days))[:, None], -1), axis=0)
    before = np.vstack([np.full((1, values.shape[1]), -1), latest[:-1]])
    recent = (before >= 0) & (days[:, None] - days[before] <= 7 * _DAY)
    previous = values[before, np.arange(values.shape[1])]
    return cast(FloatArray, np.where(recent, values / previous - 1.0, np.nan))


def _log_sds(daily: FloatArray) -> FloatArray:
    """Log standard deviation of each column's returns, NaN if they are too few or all the same."""
    there = np.isfinite(daily)
    count = there.sum(axis=0)
    filled = np.where(there, daily, 0.0)
    divisor = np.maximum(count, 2)
    centred = np.where(there, daily - filled.sum(axis=0) / divisor, 0.0)
    variance = (centred**2).sum(axis=0) / (divisor - 1)
    lowest, highest = (f(daily, axis=0, where=there, initial=i) for f, i in _RANGE)
    usable = (count >= FEWEST_QUOTES) & (highest > lowest)
    return cast(FloatArray, 0.5 * np.log(variance, where=usable, out=np.full(len(usable), np.nan)))


def _standardise_known(values: FloatArray, min_periods: int) -> FloatArray:
    """Values less the mean and by the standard deviation of those up to each row.

    Each row is computed anew from the rows up to it, so that nothing of later ones can enter.
    """
    there = np.isfinite(values)
    result = np.full(values.shape, np.nan)
    for row in range(len(values)):
        past, known = values[: row + 1], there[: row + 1]
        count = known.sum(axis=0)
        divisor = np.maximum(count, 2)
        mean = np.where(known, past, 0.0).sum(axis=0) / divisor
        variance = (np.where(known, past - mean, 0.0) ** 2).sum(axis=0) / (divisor - 1)
        lowest, highest = (f(past, axis=0, where=known, initial=i) for f, i in _RANGE)
        usable = known[-1] & (count >= min_periods) & (highest > lowest)
        result[row, usable] = (past[-1] - mean)[usable] / np.sqrt(variance[usable])
    return result
