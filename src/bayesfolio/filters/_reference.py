"""The compiled loops of the filters in plain numpy: the same results, to be read first.

Each function has the name and arguments of its compiled twin in `_kernels`. Resampling takes the
cumulated weights and looks points up in them. The Kalman update is the textbook one, with a gain
and an innovation covariance. The EM algorithm is that of `filters.mitisem`.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import digamma
from scipy.stats import multivariate_t

from bayesfolio.core.types import FloatArray

IndexArray = NDArray[np.int64]


def stratified_ancestors(
    weights: FloatArray, total: float, uniforms: FloatArray, out: IndexArray
) -> None:
    """Index of the weight under which (j + uniforms[j]) / n of the total falls, for all j."""
    n = len(out)
    sorted_ancestors(weights, total, (np.arange(n) + uniforms) / n, out)


def sorted_ancestors(
    weights: FloatArray, total: float, points: FloatArray, out: IndexArray
) -> None:
    """Index of the weight under which each of the ascending points in [0, 1) falls."""
    found = np.searchsorted(np.cumsum(weights), points * total, side="right")
    out[:] = np.minimum(found, np.flatnonzero(weights)[-1])


def kalman_update(mean: FloatArray, cov: FloatArray, loadings: FloatArray, y: FloatArray) -> float:
    """Bring in observations with unit variances, in place; return their log density."""
    innovation_cov = loadings @ cov @ loadings.T + np.eye(len(y))
    gain = np.linalg.solve(innovation_cov, loadings @ cov).T
    error = y - loadings @ mean
    mean += gain @ error
    cov -= gain @ loadings @ cov
    log_det = np.linalg.slogdet(innovation_cov)[1]
    distance = error @ np.linalg.solve(innovation_cov, error)
    return float(-0.5 * (len(y) * math.log(2 * math.pi) + log_det + distance))


def kalman_run(
    mean: FloatArray,
    cov: FloatArray,
    transition: FloatArray,
    transition_cov: FloatArray,
    loadings: FloatArray,
    y: FloatArray,
    means: FloatArray,
    increments: FloatArray,
) -> None:
    """Filter a sample of whitened observations (T, N), NaN where missing, in place."""
    for t, y_t in enumerate(y):
        if t:
            mean[:] = transition @ mean
            cov[:] = transition @ cov @ transition.T + transition_cov
        increments[t] = 0.0 if np.isnan(y_t[0]) else kalman_update(mean, cov, loadings, y_t)
        means[t] = mean


def solve_dof(constant: float, lowest: float, highest: float) -> float:
    """Root of log(nu / 2) - digamma(nu / 2) + constant, which falls in nu, or the nearer end."""

    def slope(log_nu: float) -> float:
        half = 0.5 * math.exp(log_nu)
        return float(math.log(half) - digamma(half) + constant)

    low, high = math.log(lowest), math.log(highest)
    if slope(low) <= 0 or slope(high) >= 0:
        return lowest if slope(low) <= 0 else highest
    return float(math.exp(brentq(slope, low, high, xtol=1e-13)))


def student_em(
    draws: FloatArray,
    weights: FloatArray,
    probs: FloatArray,
    means: FloatArray,
    scales: FloatArray,
    dofs: FloatArray,
    ridge: FloatArray,
    lowest_dof: float,
    highest_dof: float,
    iterations: int,
    tolerance: float,
) -> tuple[float, int]:
    """Importance-weighted EM of a mixture of multivariate t densities, in place.

    The weights of the draws stand beside the probabilities of the components: with gamma_h the
    share of component h in a draw and u_h = (nu_h + D) / (nu_h + distance_h),
    probs_h = sum w gamma_h, means_h = sum w gamma_h u_h v / sum w gamma_h u_h,
    scales_h = sum w gamma_h u_h (v - means_h)(v - means_h)' / sum w gamma_h, and nu_h solves the
    likelihood equation given u_h. Arguments and result as of the compiled function.
    """
    size, points = len(draws), draws.T
    objective = -math.inf
    for iteration in range(iterations + 1):
        terms = np.stack(
            [
                np.log(prob) + multivariate_t(mean, scale, dof).logpdf(points)
                for prob, mean, scale, dof in zip(probs, means, scales, dofs, strict=True)
            ]
        )
        log_density = np.logaddexp.reduce(terms, axis=0)
        before, objective = objective, float(weights @ log_density)
        if iteration == iterations or objective - before < tolerance:
            return objective, iteration
        shares = weights * np.exp(terms - log_density)
        for h, share in enumerate(shares):
            away = points - means[h]
            distance = np.einsum("nd,nd->n", away, np.linalg.solve(scales[h], away.T).T)
            pull = (dofs[h] + size) / (dofs[h] + distance)
            mass = probs[h] = share.sum()
            means[h] = (share * pull) @ points / (share @ pull)
            away = points - means[h]
            scales[h] = (away * (share * pull)[:, None]).T @ away / mass + np.diag(ridge)
            half = (dofs[h] + size) / 2
            logs = share @ (np.log(pull) - pull) / mass
            dofs[h] = solve_dof(1 + logs + digamma(half) - math.log(half), lowest_dof, highest_dof)
    return objective, iterations
