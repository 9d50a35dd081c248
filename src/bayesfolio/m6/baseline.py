"""A forecast to be beaten: Student-t returns around zero with a recent covariance.

    r ~ t with nu degrees of freedom, mean 0 and covariance horizon S,   S = diag(s) C diag(s)

s are the assets' daily volatilities and C their correlations, both with weights that halve every so
many days, and C shrunk to the identity. It has no factors, no means and no features, so that a
model's gain over it shows what they add. It is our own and comes from no source document.

Timing: closes up to and including the base day, the last before the period. Returns around zero
with symmetric draws cannot tell winners from losers; they say which assets move more, and which
together.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from bayesfolio.core.errors import ForecastError
from bayesfolio.core.types import FloatArray

FEWEST_RETURNS = 20
"""Daily returns that an asset's variance needs."""

_SMALLEST_EIGENVALUE = 1e-8


def student_baseline(
    closes: pd.DataFrame,
    base: str | pd.Timestamp,
    *,
    n_days: int = 750,
    half_life: float = 60.0,
    shrinkage: float = 0.05,
    dof: float = 6.0,
    n_draws: int = 20_000,
    horizon: int = 20,
    unchanged: Collection[str] = (),
    rng: np.random.Generator,
) -> FloatArray:
    """Draws of returns after a day, from a multivariate t with mean zero.

    Daily log returns up to and including `base` are weighted by 2^(-age / half_life). They are
    taken from one quote of an asset to its next; days without a quote have none. Variances use an
    asset's own days. Correlations use the days that both assets have: the weighted sum of products,
    divided by the roots of both weighted sums of squares on just those days. Correlations from
    different days may not make a positive definite matrix: eigenvalues below 1e-8 are then raised
    to it and the diagonal is scaled back to 1. At last correlations are shrunk to the identity.

    Draws come in pairs r and -r. This leaves their law as it is. It takes nearly all the noise out
    of the probabilities of quintiles, most of which comes from how often the market rises.

    Parameters
    ----------
    closes : DataFrame, days x assets
        Adjusted closes, NaN where there is no quote.
    base : date
        Last day that is used; a period's base Friday.
    n_days : int
        Days with a return, at most, among those of the table.
    half_life : float
        In days.
    shrinkage : float
        From 0 to 1, of correlations.
    dof : float
        Above 2. It widens all returns of a draw alike, so it has no influence on their order.
    n_draws : int
        Draws D, an even number.
    horizon : int
        Days that a draw covers: the variance of a day times it.
    unchanged : collection of str
        Assets whose price will not change, such as one that was acquired: their draws are 0.
    rng : Generator
        Source of randomness.

    Returns
    -------
    array (D, N)
        Log returns over the horizon, as decimals, in the order of the columns.

    Raises
    ------
    ForecastError
        An argument out of its range, a close that is not positive, an unknown asset in `unchanged`,
        or an asset with fewer than `FEWEST_RETURNS` returns that is not in it or has constant
        closes.
    """
    for name, value, right, expected in (
        ("n_days", n_days, n_days >= FEWEST_RETURNS, f"at least {FEWEST_RETURNS}"),
        ("half_life", half_life, half_life > 0, "above 0"),
        ("shrinkage", shrinkage, 0 <= shrinkage <= 1, "from 0 to 1"),
        ("dof", dof, dof > 2, "above 2"),
        ("n_draws", n_draws, n_draws >= 2 and n_draws % 2 == 0, "an even number above 0"),
        ("horizon", horizon, horizon >= 1, "at least 1"),
    ):
        if not right:
            raise ForecastError(f"{name} is {value}, expected {expected}")
    strangers = sorted(set(unchanged) - set(closes.columns))
    if strangers:
        raise ForecastError(f"{strangers[0]} is to be unchanged but has no column of closes")
    moving = ~closes.columns.isin(list(unchanged))
    draws = np.zeros((n_draws, closes.shape[1]))
    if not moving.any():
        return draws
    returns = _daily_log_returns(closes.loc[: pd.Timestamp(base), moving]).iloc[-n_days:]
    sds, correlations = _weighted_moments(returns, half_life)
    correlations = (1.0 - shrinkage) * _valid(correlations) + shrinkage * np.eye(len(sds))
    # A t has the variance dof / (dof - 2) times its scale.
    scale = sds * np.sqrt(horizon * (dof - 2.0) / dof)
    normals = rng.standard_normal((n_draws // 2, len(sds))) @ np.linalg.cholesky(correlations).T
    halves = normals * scale / np.sqrt(rng.chisquare(dof, (n_draws // 2, 1)) / dof)
    draws[:, moving] = np.concatenate([halves, -halves])
    return draws


def _daily_log_returns(closes: pd.DataFrame) -> pd.DataFrame:
    values = closes.to_numpy(dtype=float)
    bad = np.argwhere(~(np.isnan(values) | ((values > 0) & np.isfinite(values))))
    if bad.size:
        row, column = (int(i) for i in bad[0])
        raise ForecastError(
            f"the close of {closes.columns[column]} on {closes.index[row]:%Y-%m-%d} is "
            f"{values[row, column]}, expected a positive number or NaN"
        )
    logs = pd.DataFrame(np.log(values), closes.index, closes.columns)
    return (logs - logs.ffill().shift(1)).iloc[1:]


def _weighted_moments(returns: pd.DataFrame, half_life: float) -> tuple[FloatArray, FloatArray]:
    """Weighted standard deviations (N,) and correlations (N, N) around zero."""
    # The layout of a table in memory must not move a product's last digit.
    values = np.ascontiguousarray(returns.to_numpy())
    there = np.isfinite(values)
    squares = np.where(there, values, 0.0) ** 2
    poor = np.flatnonzero((there.sum(axis=0) < FEWEST_RETURNS) | (squares.sum(axis=0) == 0.0))
    if poor.size:
        raise ForecastError(
            f"{returns.columns[poor[0]]} has {there[:, poor[0]].sum()} daily returns among the "
            f"last {len(values)} days, expected at least {FEWEST_RETURNS} that are not all 0; "
            "leave the asset out or name it in `unchanged`"
        )
    weights = 0.5 ** (np.arange(len(values))[::-1, None] / half_life)
    filled = np.where(there, values, 0.0)
    variances = (weights * squares).sum(axis=0) / (weights * there).sum(axis=0)
    products = (weights * filled).T @ filled
    common = (weights * squares).T @ there.astype(float)  # asset i's squares on days that j has
    norms = np.sqrt(common * common.T)
    correlations = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
    np.fill_diagonal(correlations, 1.0)
    return np.sqrt(variances), correlations


def _valid(correlations: FloatArray) -> FloatArray:
    """Positive definite correlations: themselves, or with the smallest eigenvalues raised."""
    values, vectors = np.linalg.eigh(correlations)
    if values[0] >= _SMALLEST_EIGENVALUE:
        return correlations
    raised = (vectors * np.maximum(values, _SMALLEST_EIGENVALUE)) @ vectors.T
    diagonal = np.sqrt(np.diag(raised))
    return np.asarray(raised / np.outer(diagonal, diagonal))
