"""Realised returns of standard, model and residual momentum.

Weights omega are set in a decision month t and held over H months, so that month h of the holding
period earns omega' y_{t+skip+h} (Basturk et al. 2017, eq. (2) and (5), before the sum over months).
Standard momentum ranks by past returns (eq. (7)) and has one path; strategies of a model rank by
each posterior draw and have D paths, of which draw d joins the d-th draws of all decisions.

Timing (`momentum.calendar`): weights held in a month use returns up to the decision month before
it; the skip month between them is predicted and scored, not held. Eq. (3) sums months t - P + 1 to
t and eq. (7) months t - 1 to t - P, which leaves the decision month out; `Calendar.skip_recent`
chooses. The statistics of Table 5 are monthly, so months are kept apart and not summed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bayesfolio.models.windows import Decision
from bayesfolio.momentum.calendar import Calendar, check_months
from bayesfolio.momentum.weights import DECILES, momentum_weights

# Sums of returns with two digits that are equal on paper differ by rounding noise; the tie rule
# of `momentum_weights` must see them as equal whatever the order of summation.
_SUM_DIGITS = 8

STANDARD = "standard momentum"
"""Name of the strategy without a model, in tables."""


class StrategyDraws(NamedTuple):
    """Realised returns of a strategy with posterior draws.

    Attributes
    ----------
    values : ndarray, (D, T)
        Realised monthly returns in the unit of the returns, one row per draw.
    months : PeriodIndex, T
        Months held, in order of time.
    """

    values: NDArray[np.float64]
    months: pd.PeriodIndex


def realised_returns(asset_weights: ArrayLike, returns: ArrayLike) -> NDArray[np.float64]:
    """Monthly returns of portfolios with constant weights.

    Parameters
    ----------
    asset_weights : array_like, (..., N)
        Weights, set before the first month of `returns`.
    returns : array_like, (T, N)
        Monthly returns of the assets, finite.

    Returns
    -------
    ndarray, (..., T)
        Weighted sum of returns, month by month; the same unit as `returns`.

    Raises
    ------
    ValueError
        Numbers of assets that differ, or values that are not finite.

    Notes
    -----
    Basturk et al. (2017), eq. (2) and (5), before the sum over months.
    """
    weights, values = np.asarray(asset_weights, dtype=float), np.asarray(returns, dtype=float)
    if values.ndim != 2 or weights.ndim == 0 or weights.shape[-1] != values.shape[1]:
        raise ValueError(
            f"asset_weights have shape {weights.shape} and returns {values.shape}, expected "
            "(..., N) and (T, N)"
        )
    for name, array in (("asset_weights", weights), ("returns", values)):
        if not np.isfinite(array).all():
            place = tuple(int(i[0]) for i in np.nonzero(~np.isfinite(array)))
            raise ValueError(f"{name}{list(place)} is {array[place]}, expected finite values")
    return weights @ values.T


def standard_momentum(
    returns: pd.DataFrame,
    calendar: Calendar | None = None,
    breakpoints: tuple[float, float] = DECILES,
) -> pd.Series:
    """Realised returns of the standard momentum strategy, which ranks assets by past returns.

    Parameters
    ----------
    returns : DataFrame, T x N
        Monthly returns by month (PeriodIndex), per cent.
    calendar : Calendar, optional
        When to decide and hold; None is the paper's. Its `skip_recent` says whether the sum
        leaves the decision month out, as eq. (7) does.
    breakpoints : (float, float)
        Quantiles of losers and winners.

    Returns
    -------
    Series
        Return of every month held, per cent, indexed by month, named "standard_momentum".
        Weights held in a month use returns up to the decision month before it.

    Raises
    ------
    ValueError
        Data too short or with gaps, or a return used that is not finite.

    Notes
    -----
    Basturk et al. (2017), Section 3.1, eq. (7).
    """
    calendar = calendar or Calendar()
    decisions = calendar.decisions(returns.index)
    values = returns.to_numpy(dtype=float)
    shift = int(calendar.skip_recent)
    realised: list[NDArray[np.float64]] = []
    for decision in decisions:
        rows = slice(decision.formation.start - shift, decision.formation.stop - shift)
        _check_finite(returns, values, rows)
        _check_finite(returns, values, decision.holding)
        scores = np.round(values[rows].sum(axis=0), _SUM_DIGITS)
        weights = momentum_weights(scores, breakpoints)
        realised.append(realised_returns(weights, values[decision.holding]))
    months = _held_months(returns.index, decisions)
    return pd.Series(np.concatenate(realised), index=months, name="standard_momentum")


def model_strategy_returns(
    weights_by_decision: Sequence[ArrayLike],
    returns: pd.DataFrame,
    decisions: Sequence[Decision],
) -> StrategyDraws:
    """Realised returns, per posterior draw, of a strategy that weighs assets by a model's output.

    Parameters
    ----------
    weights_by_decision : sequence of array_like, (D, N) each
        For every decision and draw the weight of each asset, such as those of
        `bayesfolio.momentum.strategy_weights`.
    returns : DataFrame, T x N
        Monthly returns by month (PeriodIndex), per cent.
    decisions : sequence of Decision
        Of `Calendar.decisions` on ``returns.index``, in the order of the weights.

    Returns
    -------
    StrategyDraws
        Values (D, T'), per cent, and the T' months held, all decisions one after the other. Draw
        d joins the d-th draws of all decisions; they are independent given the data.

    Raises
    ------
    ValueError
        Numbers of weights and decisions, of draws, or of assets that differ; weights or returns
        not finite; decisions out of order or beyond the data.

    Notes
    -----
    Basturk et al. (2017), Section 3, eq. (4) and (5).
    """
    check_months(returns.index)
    values = returns.to_numpy(dtype=float)
    if not decisions or len(weights_by_decision) != len(decisions):
        raise ValueError(
            f"{len(weights_by_decision)} arrays of weights for {len(decisions)} decisions, "
            "expected one array for each of at least one decision"
        )
    _check_holdings(decisions, len(values))
    realised: list[NDArray[np.float64]] = []
    n_draws: int | None = None
    for decision, item in zip(decisions, weights_by_decision, strict=True):
        weights = np.asarray(item, dtype=float)
        expected = f"({'D' if n_draws is None else n_draws}, {values.shape[1]})"
        if (
            weights.ndim != 2
            or weights.shape[1] != values.shape[1]
            or not len(weights)
            or n_draws not in (None, len(weights))
        ):
            raise ValueError(
                f"weights of decision {decision.year} have shape {weights.shape}, expected "
                f"{expected}: the same number of draws for every decision"
            )
        n_draws = len(weights)
        _check_finite(returns, values, decision.holding)
        try:
            realised.append(realised_returns(weights, values[decision.holding]))
        except ValueError as error:
            raise ValueError(f"decision {decision.year}: {error}") from error
    return StrategyDraws(np.concatenate(realised, axis=1), _held_months(returns.index, decisions))


def _check_finite(returns: pd.DataFrame, values: NDArray[np.float64], rows: slice) -> None:
    """Refuse returns in these rows that are not finite."""
    bad = ~np.isfinite(values[rows])
    if bad.any():
        row, column = (int(i[0]) for i in np.nonzero(bad))
        raise ValueError(
            f"{returns.columns[column]} in {returns.index[rows][row]} is "
            f"{values[rows][row, column]}, expected finite returns in the months used; cut the "
            "sample or drop the asset"
        )


def _check_holdings(decisions: Sequence[Decision], n_obs: int) -> None:
    """Refuse holding periods that overlap, are out of order or reach beyond the data."""
    previous = 0
    for decision in decisions:
        start, stop = decision.holding.start, decision.holding.stop
        if not previous <= start < stop <= n_obs:
            raise ValueError(
                f"decision {decision.year} holds rows [{start}, {stop}), expected rows from "
                f"{previous} on within {n_obs} rows of returns; pass the decisions that "
                "Calendar.decisions gives for these returns"
            )
        previous = stop


def _held_months(months: pd.Index, decisions: Sequence[Decision]) -> pd.PeriodIndex:
    rows = np.concatenate([np.arange(d.holding.start, d.holding.stop) for d in decisions])
    return pd.PeriodIndex(months[rows], name="month")
