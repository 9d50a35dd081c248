"""Return and risk of a strategy: mean, volatility, Sharpe ratio and largest loss.

The statistics of a series of monthly returns are its mean, standard deviation (ddof 1), their ratio
without a risk-free rate (the portfolios have zero cost) and without annualising, and the worst
month. These are Mean, Vol., S.R. and L.L. of Basturk et al. (2017), Tables 5 to 8; only monthly
statistics agree with the printed ratios.

A strategy with posterior draws has one series for each draw. A table's cell is the mean over draws
of a statistic of the whole series, and its interval the 5 and 95 per cent quantiles over draws, so
the interval of the Sharpe ratio is that of the ratio draw by draw.
"""

from dataclasses import dataclass, fields
from typing import Generic, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

INTERVAL = (0.05, 0.95)
"""Quantiles of a credible interval."""

Statistic = TypeVar("Statistic", float, NDArray[np.float64])


@dataclass(frozen=True)
class Performance(Generic[Statistic]):
    """Statistics of realised monthly returns; floats, or arrays with one entry per series.

    Attributes
    ----------
    mean : float or ndarray
        Mean, per cent a month.
    volatility : float or ndarray
        Standard deviation (ddof 1), per cent a month.
    sharpe : float or ndarray
        Monthly Sharpe ratio, mean / volatility, no risk-free rate; NaN where volatility is 0.
    largest_loss : float or ndarray
        Return of the worst month, per cent, with its sign.
    """

    mean: Statistic
    volatility: Statistic
    sharpe: Statistic
    largest_loss: Statistic


@dataclass(frozen=True)
class StrategyPerformance:
    """A table cell of a strategy with posterior draws.

    Attributes
    ----------
    cell : Performance
        Mean over draws of each statistic of the whole realised series.
    draw_sd : Performance
        Standard deviation over draws (ddof 1) of the same; NaN with one draw.
    low, high : Performance
        5 and 95 per cent quantiles over draws of the same: a 90 per cent credible interval.
    n_draws, n_months : int
        Size of the array of realised returns.
    """

    cell: Performance[float]
    draw_sd: Performance[float]
    low: Performance[float]
    high: Performance[float]
    n_draws: int
    n_months: int


def performance(returns: ArrayLike | pd.Series) -> Performance:
    """Performance of realised returns.

    Parameters
    ----------
    returns : Series or array_like, (T,) or (..., T)
        Realised monthly returns in per cent, time on the last axis, T at least 2, all finite.

    Returns
    -------
    Performance
        Floats for one series, arrays of the leading shape otherwise.

    Raises
    ------
    ValueError
        Fewer than two months, or a return that is not finite.

    Notes
    -----
    Basturk et al. (2017), Table 5: Mean, Vol., S.R. and L.L.
    """
    values = np.asarray(returns, dtype=float)
    n_months = values.shape[-1] if values.ndim else 0
    if n_months < 2 or values.size == 0:
        raise ValueError(
            f"returns have shape {values.shape}, expected at least two months on the last axis"
        )
    if not np.isfinite(values).all():
        place = tuple(int(i[0]) for i in np.nonzero(~np.isfinite(values)))
        raise ValueError(f"returns{list(place)} is {values[place]}, expected finite returns")
    mean = values.mean(axis=-1)
    volatility = values.std(axis=-1, ddof=1)
    # Rounding leaves a constant series a standard deviation just above 0.
    volatility = np.where(np.ptp(values, axis=-1) == 0, 0.0, volatility)
    sharpe = np.divide(mean, volatility, out=np.full_like(mean, np.nan), where=volatility > 0)
    worst = values.min(axis=-1)
    if values.ndim == 1:
        return Performance(float(mean), float(volatility), float(sharpe), float(worst))
    return Performance(mean, volatility, sharpe, worst)


def strategy_performance(draws: ArrayLike) -> StrategyPerformance:
    """Table cell of a strategy whose realised returns have a posterior distribution.

    Parameters
    ----------
    draws : array_like, (D, T)
        Realised monthly returns in per cent, one row per posterior draw.

    Returns
    -------
    StrategyPerformance
        Mean over draws of the statistics of each draw's whole series, and their spread.

    Raises
    ------
    ValueError
        Not two-dimensional, no draw, fewer than two months, or a return that is not finite.
    """
    values = np.asarray(draws, dtype=float)
    if values.ndim != 2:
        raise ValueError(f"draws have shape {values.shape}, expected (D, T)")
    by_draw = performance(values)
    n_draws, n_months = values.shape
    cell: dict[str, float] = {}
    spread: dict[str, float] = {}
    low: dict[str, float] = {}
    high: dict[str, float] = {}
    for item in fields(by_draw):
        name, statistic = item.name, getattr(by_draw, item.name)
        cell[name] = float(statistic.mean())
        spread[name] = float(statistic.std(ddof=1)) if n_draws > 1 else float("nan")
        low[name], high[name] = map(float, np.quantile(statistic, INTERVAL))
    return StrategyPerformance(
        cell=Performance(**cell),
        draw_sd=Performance(**spread),
        low=Performance(**low),
        high=Performance(**high),
        n_draws=n_draws,
        n_months=n_months,
    )
