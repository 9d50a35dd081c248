"""Returns and features of the M6 competition's winner, to check against the winner's results."""

from pathlib import Path

import numpy as np
import pandas as pd

from bayesfolio.core.csv_fields import (
    read_table,
    require_values,
    to_days,
    to_names,
    to_numbers,
    to_whole,
)
from bayesfolio.core.errors import DataError
from bayesfolio.m6.assets import RENAMED, read_classes, read_earnings
from bayesfolio.m6.four_weeks import AssetPeriods, check_four_weeks, earnings_in_periods

_PANEL = ("d20_r", "d5_r_lag1_z", "d5_std_lag1_z")


def read_author_panel(path: str | Path) -> AssetPeriods:
    """Returns and features as the winner of the forecasting track had them.

    They serve to check against the winner's own results only. Both features are standardised over
    the whole sample, later periods included, and the recent return divides an adjusted close by an
    open that is not adjusted, which makes it mostly a trend: `bayesfolio.m6.asset_periods`
    gives the features that a forecast may use.

    Parameters
    ----------
    path : path
        A folder with ``period_panel.csv`` (symbol, period_i, d20_r, d5_r_lag1_z, d5_std_lag1_z),
        ``calendar.csv`` (period_i, period_start, period_end), ``universe.csv`` and
        ``earnings_dates.csv`` as for `load_assets`, each perhaps ``.gz``.

    Returns
    -------
    AssetPeriods
        Periods of the calendar, assets of the universe; NaN where the panel has no row.

    Raises
    ------
    DataError
        A missing file or column, a date or number that cannot be read, a calendar that is not one
        of four weeks, a symbol or period twice or unknown.
    """
    folder, digests = Path(path), dict[str, str]()
    classes = read_classes(folder, digests)
    earnings, _ = read_earnings(folder, classes, RENAMED, digests)
    calendar = _read_calendar(folder)
    table, file, _ = read_table(folder, "period_panel.csv", ("symbol", "period_i", *_PANEL))
    numbers = to_numbers(require_values(table, str(file)), _PANEL, str(file))
    symbols, periods = to_names(table, "symbol", str(file)), to_whole(table, "period_i", str(file))
    rows = calendar.index.get_indexer(pd.Index(periods))
    columns = classes.index.get_indexer(pd.Index(symbols))
    twice = pd.DataFrame({"row": rows, "column": columns}).duplicated().to_numpy()
    bad = np.flatnonzero((rows < 0) | (columns < 0) | twice)
    if bad.size:
        raise DataError(
            f"{file}: row {bad[0] + 1}, {symbols.iloc[bad[0]]} in period "
            f"{periods.iloc[bad[0]]}, is there twice or not in universe.csv and calendar.csv; "
            "correct the row or remove it"
        )

    def wide(column: str) -> pd.DataFrame:
        values = np.full((len(calendar), len(classes)), np.nan)
        values[rows, columns] = numbers[column]
        return pd.DataFrame(values, calendar.index, classes.index)

    return AssetPeriods(
        returns=wide("d20_r"),
        recent_return=wide("d5_r_lag1_z"),
        recent_volatility=wide("d5_std_lag1_z"),
        earnings=earnings_in_periods(earnings, calendar, list(classes.index)),
        calendar=calendar,
        classes=classes,
    )


def _read_calendar(folder: Path) -> pd.DataFrame:
    table, file, _ = read_table(folder, "calendar.csv", ("period_i", "period_start", "period_end"))
    numbers = to_whole(require_values(table, str(file)), "period_i", str(file))
    start = to_days(table, "period_start", str(file))
    calendar = pd.DataFrame(
        {
            "start": start,
            "end": to_days(table, "period_end", str(file)),
            "base": start - pd.Timedelta(days=3),
        }
    ).set_axis(pd.Index(numbers, name="period"))
    try:
        check_four_weeks(calendar)
    except ValueError as error:
        raise DataError(f"{file}: {error}; correct the calendar, or get it again") from error
    return calendar
