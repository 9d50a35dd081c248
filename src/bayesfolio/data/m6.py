"""The M6 competition: what came of each month, who scored how, and its winner's own features."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesfolio.data._errors import DataError
from bayesfolio.data._tables import read_table, to_days, to_numbers
from bayesfolio.data.assets import RENAMED, read_classes, read_earnings
from bayesfolio.features.four_weeks import AssetPeriods, check_four_weeks, earnings_in_periods

_RANKS = tuple(f"Rank{k}" for k in range(1, 6))
_LEADERBOARD = ("rps_rank", "team_id", "team_name", "rps_global", "ir_global")
_PANEL = ("d20_r", "d5_r_lag1_z", "d5_std_lag1_z")


@dataclass(frozen=True)
class Competition:
    """Outcome of the forecasting track.

    Attributes
    ----------
    returns : DataFrame, months x assets
        Simple returns as fractions, by month 1, 2, ...; an acquired asset's price stays as it is.
    targets : array (months, assets, 5)
        Share of each asset in each quintile of returns, the lowest first.
    leaderboard : DataFrame
        A row for each team: rps_rank, team_id, team_name, rps_global (ranked probability score,
        less is better), ir_global (information ratio), and what else the file has.
    """

    returns: pd.DataFrame
    targets: NDArray[np.float64]
    leaderboard: pd.DataFrame


def read_competition(path: str | Path) -> Competition:
    """Realised quintiles and the final table.

    Parameters
    ----------
    path : path
        A folder with ``realised_quintiles.csv`` (m6_month, symbol, return, Rank1 to Rank5) and
        ``leaderboard.csv`` (rps_rank, team_id, team_name, rps_global, ir_global), each perhaps
        ``.gz``.

    Returns
    -------
    Competition
        Months in order, assets in that of the file's first month.

    Raises
    ------
    DataError
        A missing file or column; a number that cannot be read; months without the same assets, each
        once; targets that are negative, do not sum to 1 by asset or not to a fifth of the assets by
        quintile; a table that is not in the order of its scores.
    """
    table, file, _ = _read(
        path, "realised_quintiles.csv", ("m6_month", "symbol", "return", *_RANKS)
    )
    numbers = to_numbers(table, ("m6_month", "return", *_RANKS), str(file))
    symbols, months = table["symbol"].astype(str), numbers["m6_month"].astype(int)
    assets = list(symbols[months == months.min()])
    index = range(1, months.nunique() + 1)
    order = pd.MultiIndex.from_product([index, assets], names=["month", "symbol"])
    rows = pd.MultiIndex.from_arrays([months, symbols])
    if not order.is_unique or len(order) != len(rows) or not order.isin(rows).all():
        odd = rows[~rows.isin(order) | rows.duplicated()].append(order[~order.isin(rows)])
        raise DataError(
            f"{file}: month {odd[0][0]} and symbol {odd[0][1]} go with no row or with several, "
            f"expected months 1 to {len(index)}, each with the {len(set(assets))} symbols of the "
            "first; add or remove rows"
        )
    places = rows.get_indexer(order)
    targets = numbers[list(_RANKS)].to_numpy()[places].reshape(len(index), len(assets), 5)
    for month, shares in zip(index, targets, strict=True):
        _check_targets(shares, f"{file}, month {month}", assets)
    returns = numbers["return"].to_numpy()[places].reshape(len(index), len(assets))
    board, file, _ = _read(path, "leaderboard.csv", _LEADERBOARD)
    scores = to_numbers(board, ("rps_rank", "rps_global", "ir_global"), str(file))
    falls = np.flatnonzero((np.diff(scores[["rps_rank", "rps_global"]], axis=0) < 0).any(axis=1))
    if falls.size:
        raise DataError(
            f"{file}: row {falls[0] + 2} has a lower rank or score than the row before, expected "
            "teams from the best to the worst; sort the rows"
        )
    return Competition(
        returns=pd.DataFrame(
            returns, pd.Index(index, name="month"), pd.Index(assets, name="symbol")
        ),
        targets=targets,
        leaderboard=board.assign(**scores.astype({"rps_rank": int})),
    )


def read_author_panel(path: str | Path) -> AssetPeriods:
    """Returns and features as the winner of the forecasting track had them.

    They serve to check against the winner's own results only. Both features are standardised over
    the whole sample, later periods included, and the recent return divides an adjusted close by an
    open that is not adjusted, which makes it mostly a trend: `bayesfolio.features.asset_periods`
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
    table, file, _ = _read(path, "period_panel.csv", ("symbol", "period_i", *_PANEL))
    numbers = to_numbers(table, ("period_i", *_PANEL), str(file))
    symbols = table["symbol"].astype(str)
    rows = calendar.index.get_indexer(pd.Index(numbers["period_i"]))
    columns = classes.index.get_indexer(pd.Index(symbols))
    twice = pd.DataFrame({"row": rows, "column": columns}).duplicated().to_numpy()
    bad = np.flatnonzero((rows < 0) | (columns < 0) | twice)
    if bad.size:
        raise DataError(
            f"{file}: row {bad[0] + 1}, {symbols.iloc[bad[0]]} in period "
            f"{numbers['period_i'].iloc[bad[0]]:g}, is there twice or not in universe.csv and "
            "calendar.csv; correct the row or remove it"
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


def _read(path: str | Path, stem: str, columns: tuple[str, ...]) -> tuple[pd.DataFrame, Path, str]:
    return cast(tuple[pd.DataFrame, Path, str], read_table(Path(path), stem, columns))


def _read_calendar(folder: Path) -> pd.DataFrame:
    table, file, _ = _read(folder, "calendar.csv", ("period_i", "period_start", "period_end"))
    numbers = to_numbers(table, ("period_i",), str(file))["period_i"].astype(int)
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
        raise DataError(f"{file}: {error}") from error
    return calendar


def _check_targets(shares: NDArray[np.float64], name: str, assets: list[str]) -> None:
    bad = np.flatnonzero((shares < 0).any(axis=1) | (np.abs(shares.sum(axis=1) - 1) > 1e-8))
    if bad.size:
        raise DataError(
            f"{name}: the targets of {assets[bad[0]]} are {shares[bad[0]].tolist()}, expected five "
            "shares that sum to 1; correct the row"
        )
    fifth = len(assets) / 5
    totals = shares.sum(axis=0)
    if np.abs(totals - fifth).max() > 1e-6 * len(assets):
        raise DataError(
            f"{name}: the quintiles hold {totals.tolist()} assets, expected {fifth:g} each; "
            "compute the targets again from the returns"
        )
