"""Which fifth of the assets each one's return will fall in: forecasts, their score, their file.

The rules are those of the M6 competition. Assets are put in order of their returns, quintile 1
holds the lowest fifth, and equal returns share their places. A forecast of the five probabilities
f_ik is scored by the ranked probability score (Epstein 1969) against the target q_ik,

    RPS_i = (1 / 5) sum_k (F_ik - Q_ik)^2,   F and Q the sums of f and q over quintiles up to k

whose mean over assets is .16 for a forecast that gives each quintile .2. It is a proper score: the
true probabilities have the least expectation.

A forecast comes from joint draws of all returns: each draw is ranked like realised returns, and an
asset's probabilities are the shares of draws in which it is in each quintile. Joint draws matter,
since only the order of the assets counts and what moves all alike does not.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesfolio.core.errors import ForecastError
from bayesfolio.core.types import FloatArray

QUINTILES = 5

RANK_COLUMNS = tuple(f"Rank{k}" for k in range(1, QUINTILES + 1))

_BLOCK = 4096  # draws with ties that are worked on at a time, to bound the memory
_DIGITS = 5


def quintile_targets(returns: FloatArray) -> FloatArray:
    """Share of each asset in each quintile of realised returns.

    Parameters
    ----------
    returns : array (N,)
        Finite, in any unit, at least one.

    Returns
    -------
    array (N, 5)
        The lowest fifth first; rows sum to 1 and columns to N/5. The i-th lowest asset lies on
        [(i-1)/N, i/N) of the unit interval and belongs to a quintile by what it has in common with
        that fifth, so it may belong to two or more where N is not a multiple of 5. Assets with
        equal returns get the mean of their places' shares.

    Raises
    ------
    ForecastError
        Not one row, or a return that is not finite.
    """
    if np.ndim(returns) != 1:
        raise ForecastError(f"returns have shape {np.shape(returns)}, expected (assets,)")
    return quintile_probabilities(np.asarray(returns)[None, :])


def quintile_probabilities(draws: FloatArray) -> FloatArray:
    """Probability of each quintile for each asset: the mean of its targets over draws.

    Parameters
    ----------
    draws : array (D, N)
        Joint draws of the assets' returns, finite, in any unit.

    Returns
    -------
    array (N, 5)
        The lowest fifth first; rows sum to 1.

    Raises
    ------
    ForecastError
        Not such a table, or a draw that is not finite.
    """
    draws = np.asarray(draws, dtype=float)
    if draws.ndim != 2 or 0 in draws.shape:
        raise ForecastError(f"draws have shape {draws.shape}, expected (draws, assets)")
    if not np.isfinite(draws).all():
        row, column = (int(i[0]) for i in np.nonzero(~np.isfinite(draws)))
        raise ForecastError(
            f"the return of asset {column} in draw {row} is {draws[row, column]}, expected finite "
            "numbers; leave out the asset or give it a value"
        )
    n_draws, n_assets = draws.shape
    order = np.argsort(draws, axis=1, kind="stable")
    ordered = np.take_along_axis(draws, order, axis=1)
    starts = np.ones(draws.shape, dtype=bool)  # whether a place starts a group of equal returns
    starts[:, 1:] = ordered[:, 1:] > ordered[:, :-1]
    tied = ~starts.all(axis=1)
    shares = _place_shares(n_assets)
    total = _place_counts(order[~tied]) @ shares
    below = np.vstack([np.zeros(QUINTILES), np.cumsum(shares, axis=0)])
    rows = np.flatnonzero(tied)
    for block in np.split(rows, range(_BLOCK, len(rows), _BLOCK)):
        total += _tied_totals(order[block], starts[block], below)
    return total / n_draws


def _place_shares(n_assets: int) -> FloatArray:
    """Share of each place in each quintile (N, 5), by whole numbers: exact before the division."""
    place = QUINTILES * np.arange(n_assets)[:, None]
    fifth = n_assets * np.arange(QUINTILES)
    common = np.minimum(place + QUINTILES, fifth + n_assets) - np.maximum(place, fifth)
    return np.maximum(common, 0) / QUINTILES


def _place_counts(order: NDArray[np.intp]) -> FloatArray:
    """How often each asset holds each place (N, N)."""
    n_assets = order.shape[1]
    cells = order * n_assets + np.arange(n_assets)
    counts = np.bincount(cells.ravel(), minlength=n_assets**2)
    return counts.reshape(n_assets, n_assets).astype(float)


def _tied_totals(
    order: NDArray[np.intp], starts: NDArray[np.bool_], below: FloatArray
) -> FloatArray:
    """Sums of targets over draws in which assets are equal (N, 5)."""
    n_assets = order.shape[1]
    places = np.arange(n_assets)
    first = np.maximum.accumulate(np.where(starts, places, 0), axis=1)
    ends = np.where(np.roll(starts, -1, axis=1), places + 1, n_assets)
    stop = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    size = stop - first
    assets = order.ravel()
    columns = [
        np.bincount(assets, ((b[stop] - b[first]) / size).ravel(), n_assets) for b in below.T
    ]
    return np.column_stack(columns)


def ranked_probability_score(forecast: FloatArray, target: FloatArray) -> FloatArray:
    """Ranked probability score of each asset: mean squared error of cumulated probabilities.

    Parameters
    ----------
    forecast : array (N, 5)
        Probabilities, the lowest quintile first.
    target : array (N, 5)
        Of `quintile_targets`.

    Returns
    -------
    array (N,)
        0 is best; the mean over assets is a month's score. If each quintile has .2 and no returns
        are equal, N a multiple of 5, that mean is .16.

    Raises
    ------
    ForecastError
        Other shapes, a negative or missing probability, or a row that does not sum to 1 within
        1e-8; names the row.
    """
    forecast = check_probabilities(forecast, "forecast")
    target = check_probabilities(target, "target")
    if forecast.ndim != 2 or forecast.shape != target.shape:
        raise ForecastError(
            f"forecast has shape {forecast.shape} and target {target.shape}, expected (assets, 5) "
            "for both"
        )
    error = np.cumsum(forecast - target, axis=1)
    return np.asarray((error**2).mean(axis=1))


def check_probabilities(values: FloatArray, name: str) -> FloatArray:
    """Array of floats (..., 5) of probabilities that sum to 1 within 1e-8, else ForecastError."""
    values = np.asarray(values, dtype=float)
    if values.ndim < 2 or values.shape[-1] != QUINTILES:
        raise ForecastError(f"{name} has shape {values.shape}, expected (..., assets, 5)")
    sums = values.sum(axis=-1)
    # The negated comparison catches NaN too.
    bad = np.argwhere(~((values >= 0).all(axis=-1) & (np.abs(sums - 1.0) <= 1e-8)))
    if bad.size:
        place = tuple(int(i) for i in bad[0])
        raise ForecastError(
            f"{name} row {place[0] if len(place) == 1 else place} is {values[place].tolist()} and "
            f"sums to {sums[place]:.10g}, expected probabilities that sum to 1 +- 1e-8; divide "
            "the row by its sum"
        )
    return values


def submission_frame(
    probabilities: FloatArray, symbols: Sequence[str], decision: float | FloatArray = 0.0
) -> pd.DataFrame:
    """Table in the competition's format.

    Parameters
    ----------
    probabilities : array (N, 5)
        Of `quintile_probabilities`.
    symbols : sequence of str
        The assets.
    decision : float or array (N,)
        Investment weights, fractions of the capital; 0 invests nothing.

    Returns
    -------
    DataFrame
        Columns ID, Rank1, ..., Rank5, Decision. Probabilities have 5 digits and sum to 1: rounded
        down, with the missing units given to the largest remainders, so none moves by 1e-5 or more.

    Raises
    ------
    ForecastError
        Other shapes, rows that are not probabilities, or a table that `check_submission` refuses.
    """
    values = check_probabilities(probabilities, "probabilities")
    if values.shape != (len(symbols), QUINTILES):
        raise ForecastError(
            f"probabilities have shape {values.shape}, expected ({len(symbols)}, 5), a row for "
            "each symbol"
        )
    units = 10**_DIGITS
    scaled = values / values.sum(axis=1, keepdims=True) * units
    floors = np.floor(scaled)
    missing = (units - floors.sum(axis=1)).astype(int)
    place = np.argsort(np.argsort(floors - scaled, axis=1, kind="stable"), axis=1)
    rounded = (floors + (place < missing[:, None])) / units
    frame = pd.DataFrame(rounded, columns=list(RANK_COLUMNS))
    frame.insert(0, "ID", list(symbols))
    frame["Decision"] = decision
    check_submission(frame, symbols)
    return frame


def check_submission(frame: pd.DataFrame, symbols: Sequence[str]) -> None:
    """Refuse a table that the competition would not take.

    Parameters
    ----------
    frame : DataFrame
        As `submission_frame` gives it; rows in any order.
    symbols : sequence of str
        The assets that it must name, each once.

    Raises
    ------
    ForecastError
        Other columns, a symbol that is missing, twice or unknown, probabilities that do not sum to
        1 within 1e-8, or decisions that are not finite or exceed the capital: more than 1 in
        absolute sum.
    """
    expected = ["ID", *RANK_COLUMNS, "Decision"]
    if list(frame.columns) != expected:
        raise ForecastError(
            f"the columns are {', '.join(map(str, frame.columns))}, expected {', '.join(expected)}"
        )
    found = frame["ID"].tolist()
    if len(found) != len(set(found)) or set(found) != set(symbols):
        twice = [symbol for symbol in found if found.count(symbol) > 1]
        wrong = twice + sorted(set(found) ^ set(symbols))
        raise ForecastError(
            f"{wrong[0]} is missing, there twice or not one of the {len(symbols)} assets, expected "
            "one row for each"
        )
    check_probabilities(frame[list(RANK_COLUMNS)].to_numpy(dtype=float), "submission")
    total = float(np.abs(frame["Decision"].to_numpy(dtype=float)).sum())
    if not total <= 1.0 + 1e-8:
        raise ForecastError(
            f"the decisions are {total:.6g} in absolute sum, expected finite weights of at most 1; "
            "scale them down"
        )
