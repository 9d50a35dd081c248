"""The M6 competition: what came of each month, and who scored how."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesfolio.core.csv_fields import read_table, require_values, to_names, to_numbers, to_whole
from bayesfolio.core.errors import DataError

_RANKS = tuple(f"Rank{k}" for k in range(1, 6))
_MONTHLY = re.compile(r"rps_m\d\d", re.ASCII)
_LEADERBOARD = ("rps_rank", "team_id", "team_name", "rps_global", "ir_global")


_LARGEST_RETURN = 10.0  # of four weeks, as a fraction

COMPETITION_START = "2022-03-07"
"""Monday on which its first month, of four weeks, started."""


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
        A row for each team: rps_rank (half-way between two places where two teams tie), team_id,
        team_name, rps_global (ranked probability score, less is better), ir_global (information
        ratio), rps_m01 to rps_m12 where the file has them (NaN where empty), and as text what else
        it has.
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
    table, file, _ = read_table(
        Path(path), "realised_quintiles.csv", ("m6_month", "symbol", "return", *_RANKS)
    )
    numbers = to_numbers(require_values(table, str(file)), ("return", *_RANKS), str(file))
    symbols, months = to_names(table, "symbol", str(file)), to_whole(table, "m6_month", str(file))
    _check_returns(numbers["return"].to_numpy(), str(file))
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
    board, file, _ = read_table(Path(path), "leaderboard.csv", _LEADERBOARD)
    scores = to_numbers(
        require_values(board, str(file)), ("rps_rank", "rps_global", "ir_global"), str(file)
    )
    _check_teams(to_names(board, "team_id", str(file)), scores["rps_rank"], str(file))
    monthly = tuple(column for column in board.columns if _MONTHLY.fullmatch(column))
    scores[list(monthly)] = to_numbers(board, monthly, str(file), empty=True)
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
        leaderboard=board.assign(**scores),
    )


def _check_returns(returns: NDArray[np.float64], name: str) -> None:
    bad = np.flatnonzero((returns < -1) | (returns > _LARGEST_RETURN))
    if bad.size:
        raise DataError(
            f"{name}: return of row {bad[0] + 1} is {returns[bad[0]]:g}, expected a fraction from "
            f"-1 to {_LARGEST_RETURN:g}; correct the row"
        )


def _check_teams(teams: pd.Series, ranks: pd.Series, name: str) -> None:
    odd = np.flatnonzero((ranks < 1) | (ranks > len(ranks)) | (2 * ranks % 1 != 0))
    if odd.size:
        raise DataError(
            f"{name}: rps_rank of row {odd[0] + 1} is {ranks.iloc[odd[0]]:g}, expected a rank from "
            f"1 to {len(ranks)}, or half-way between two where teams tie; correct the row"
        )
    twice = np.flatnonzero(teams.duplicated())
    if twice.size:
        raise DataError(
            f"{name}: team_id {teams.iloc[twice[0]]!r} of row {twice[0] + 1} is in two rows, "
            "expected one for each team; remove one"
        )


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
