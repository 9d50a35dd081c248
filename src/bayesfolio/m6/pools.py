"""Pools of several forecasts of quintiles, with weights from past scores.

With forecasts p_mik (forecast m, asset i, quintile k) and weights w on the simplex,

    linear pool: sum_m w_m p_mik            log pool: prod_m p_mik^w_m, divided by its sum over k

(Genest and Zidek 1986 review both). Weights minimise the mean ranked probability score of past
periods. For a linear pool that is a quadratic form in w, since errors e_m = cumulated (p_m -
target) are averaged with weights that sum to one: score = w' E w with E_ml = mean e_m e_l. For a
log pool it need not be convex, and several starts are tried.

Timing: the caller passes past periods only; weights then apply to the next. Our addition: the
winner of the M6 competition forecast with one model.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from bayesfolio.core.errors import ForecastError
from bayesfolio.core.types import FloatArray
from bayesfolio.m6.quintiles import check_probabilities

PoolKind = Literal["linear", "log"]


def linear_pool(forecasts: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted mean of forecasts.

    Parameters
    ----------
    forecasts : array (M, N, 5)
        Probabilities of M forecasts.
    weights : array (M,)
        Not negative, sum 1.

    Returns
    -------
    array (N, 5)

    Raises
    ------
    ForecastError
        Other shapes, rows that are not probabilities, or such weights.
    """
    forecasts, weights = _checked(forecasts, weights)
    return np.asarray(np.tensordot(weights, forecasts, axes=1))


def log_pool(forecasts: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted geometric mean of forecasts, divided by its sum.

    A quintile to which a forecast of positive weight gives 0 has 0 in the pool.

    Parameters
    ----------
    forecasts : array (M, N, 5)
        Probabilities of M forecasts.
    weights : array (M,)
        Not negative, sum 1.

    Returns
    -------
    array (N, 5)

    Raises
    ------
    ForecastError
        As for `linear_pool`, or an asset without a quintile to which all forecasts of positive
        weight give more than 0.
    """
    forecasts, weights = _checked(forecasts, weights)
    used = weights > 0
    return _log_mean(_logs(forecasts[used][None])[0], weights[used])


def pool_weights(
    forecasts: FloatArray, targets: FloatArray, kind: PoolKind = "linear"
) -> FloatArray:
    """Weights that would have had the least mean ranked probability score in past periods.

    Parameters
    ----------
    forecasts : array (P, M, N, 5)
        Forecasts of P past periods by the M that are to be pooled.
    targets : array (P, N, 5)
        Of `quintile_targets`, for those periods.
    kind : {"linear", "log"}
        The pool.

    Returns
    -------
    array (M,)
        Not negative, sum 1; equal where P is 0. The score is convex in a linear pool's weights. In
        a log pool's it need not be: the best of descents from equal weights and from near each
        single forecast, or a single forecast, is taken. No choice is random.

    Raises
    ------
    ForecastError
        An unknown kind, other shapes, rows that are not probabilities; for the log pool as there.
    """
    if kind not in ("linear", "log"):
        raise ForecastError(f"kind is {kind!r}, expected 'linear' or 'log'")
    forecasts = check_probabilities(forecasts, "forecasts")
    targets = check_probabilities(targets, "targets")
    if forecasts.ndim != 4 or targets.shape != forecasts[:, 0].shape or forecasts.shape[1] < 1:
        raise ForecastError(
            f"forecasts have shape {forecasts.shape} and targets {targets.shape}, expected "
            "(periods, forecasts, assets, 5) and (periods, assets, 5)"
        )
    n_forecasts = forecasts.shape[1]
    equal = np.full(n_forecasts, 1.0 / n_forecasts)
    if len(forecasts) == 0 or n_forecasts == 1:
        return equal
    score = (_linear_score if kind == "linear" else _log_score)(forecasts, targets)
    singles = np.eye(n_forecasts)
    starts = [equal] if kind == "linear" else [equal, *(0.8 * singles + 0.2 * equal)]
    candidates = [equal, *singles, *(_descend(score, start) for start in starts)]
    return candidates[int(np.argmin([score(weights)[0] for weights in candidates]))]


Score = Callable[[FloatArray], tuple[float, FloatArray]]


def _descend(score: Score, start: FloatArray) -> FloatArray:
    """Weights of a local minimum on the simplex."""
    from scipy.optimize import minimize

    found = minimize(
        score,
        start,
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * len(start),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1.0, "jac": np.ones_like},
        options={"ftol": 1e-13, "maxiter": 500},
    )
    weights = np.where(found.x > 1e-9, found.x, 0.0)  # bounds hold up to rounding
    return np.asarray(weights / weights.sum())


def _linear_score(forecasts: FloatArray, targets: FloatArray) -> Score:
    """Mean score of a linear pool: a quadratic form, as the weights sum to 1."""
    errors = np.cumsum(forecasts - targets[:, None], axis=-1)
    products = np.einsum("pmnk,plnk->ml", errors, errors, optimize=True) / targets.size

    def score(weights: FloatArray) -> tuple[float, FloatArray]:
        slope = products @ weights
        return float(weights @ slope), 2.0 * slope

    return score


def _log_score(forecasts: FloatArray, targets: FloatArray) -> Score:
    logs = _logs(forecasts)
    # A quintile that any forecast gives 0 stays at 0 in a pool of all; its log must not enter.
    finite = np.where(np.isfinite(logs), logs, 0.0)

    def score(weights: FloatArray) -> tuple[float, FloatArray]:
        used = weights > 0
        pooled = _log_mean(logs[:, used], weights[used])
        error = np.cumsum(pooled - targets, axis=-1)
        # d error_k / d pooled_j is 1 for j <= k, so the slope is a sum from the other end.
        slope = 2.0 * np.cumsum(error[..., ::-1], axis=-1)[..., ::-1] / targets.size
        expected = (pooled[:, None] * finite).sum(axis=-1, keepdims=True)
        change = pooled[:, None] * (finite - expected)
        return float((error**2).mean()), np.asarray((slope[:, None] * change).sum(axis=(0, 2, 3)))

    return score


def _logs(forecasts: FloatArray) -> FloatArray:
    """Logs of probabilities (P, M, N, 5); each asset has a quintile that all give more than 0."""
    shut = np.argwhere(~(forecasts > 0).all(axis=1).any(axis=-1))
    if shut.size:
        period, asset = (int(i) for i in shut[0])
        raise ForecastError(
            f"the forecasts of asset {asset} in period {period} have no quintile to which all give "
            "a probability above 0, so they have no log pool; use a linear pool"
        )
    return np.log(forecasts, where=forecasts > 0, out=np.full(forecasts.shape, -np.inf))


def _log_mean(logs: FloatArray, weights: FloatArray) -> FloatArray:
    """Normalised geometric means (..., N, 5) of logs (..., M, N, 5) with positive weights."""
    log_pool = (weights[:, None, None] * logs).sum(axis=-3)
    pool = np.exp(log_pool - log_pool.max(axis=-1, keepdims=True))
    return np.asarray(pool / pool.sum(axis=-1, keepdims=True))


def _checked(forecasts: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    forecasts = check_probabilities(forecasts, "forecasts")
    weights = np.asarray(weights, dtype=float)
    if forecasts.ndim != 3 or weights.shape != forecasts.shape[:1]:
        raise ForecastError(
            f"forecasts have shape {forecasts.shape} and weights {weights.shape}, expected "
            "(forecasts, assets, 5) and (forecasts,)"
        )
    if not ((weights >= 0).all() and abs(weights.sum() - 1.0) <= 1e-8):
        raise ForecastError(
            f"the weights are {weights.tolist()}, expected numbers from 0 on that sum to 1 +- 1e-8"
        )
    return forecasts, weights
