"""Where to sample and in which units: a Gaussian approximation of loadings and scales.

NUTS runs with a unit metric, so the block theta of stan/functions/block.stanfunctions is sampled
as z with theta = centre + root z. Centre and root are the mode and the root of the inverse Hessian
of a posterior in closed form, that of i.i.d. returns e_t ~ N(0, A A' + diag(sigma^2)). The
approximation sets units only: the posterior does not depend on it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag, solve_triangular
from scipy.optimize import minimize

from bayesfolio.models.priors import Priors

FloatArray = NDArray[np.float64]

MAX_SD = 2.0
"""Cap on the approximation's standard deviations, lest a flat direction starts chains far out."""

RIDGE_SD = 10.0
"""Loose normal prior of loadings and factor scales in the approximation, per cent a month."""


@dataclass(frozen=True)
class BlockScaling:
    """Affine map of (loadings, a, factor scale), and what its centre stands for.

    Attributes
    ----------
    centre, root : (B,), (B, B) arrays
        The map; the root is lower triangular.
    loadings : (N, K) array
        A at the centre, lower trapezoidal.
    idio_sd : (N,) array
        sigma at the centre.
    """

    centre: FloatArray
    root: FloatArray
    loadings: FloatArray
    idio_sd: FloatArray


def softplus_scale(a: FloatArray) -> FloatArray:
    """Idiosyncratic scale sigma = log(1 + exp(2 a)) / 2."""
    return 0.5 * np.logaddexp(0.0, 2 * a)


def _inverse_softplus(sigma: FloatArray) -> FloatArray:
    return sigma + 0.5 * np.log(-np.expm1(-2 * sigma))


def lower_trapezoid(loadings: FloatArray) -> FloatArray:
    """Representative of A's orbit under rotations with zeros above a positive diagonal."""
    n_factors = loadings.shape[1]
    rotation, triangle = np.linalg.qr(loadings[:n_factors].T)
    return np.tril(loadings @ (rotation * np.where(np.diag(triangle) < 0, -1.0, 1.0)))


def _negative_log_posterior(
    theta: FloatArray, n_factors: int, moment: FloatArray, n_obs: int, priors: Priors
) -> tuple[float, FloatArray]:
    """Minus the log posterior of (full A by columns, a), i.i.d. residuals, and its gradient."""
    n_assets = moment.shape[0]
    loadings = theta[: n_assets * n_factors].reshape(n_factors, n_assets).T
    a = theta[n_assets * n_factors :]
    sigma = softplus_scale(a)
    slope = 1 / (1 + np.exp(-2 * a))  # d sigma / d a
    cov = loadings @ loadings.T + np.diag(sigma**2)
    inverse = np.linalg.inv(cov)
    # sigma^2 ~ IG as a density of a; also for SV models, whose own prior of the level is nearly
    # flat and leaves the mode at a zero scale unguarded.
    power = 1 - 2 * (priors.sigma2_shape + 1)
    value = (
        -0.5 * n_obs * (np.linalg.slogdet(cov)[1] + np.sum(inverse * moment))
        - 0.5 * np.sum((loadings / RIDGE_SD) ** 2)
        + np.sum(power * np.log(sigma) - priors.sigma2_scale / sigma**2 + np.log(slope))
    )
    d_cov = -0.5 * n_obs * (inverse - inverse @ moment @ inverse)
    d_loadings = 2 * d_cov @ loadings - loadings / RIDGE_SD**2
    d_sigma = 2 * np.diag(d_cov) * sigma + power / sigma + 2 * priors.sigma2_scale / sigma**3
    gradient = np.concatenate([d_loadings.T.ravel(), d_sigma * slope + 2 * (1 - slope)])
    return -float(value), -gradient


def _start(moment: FloatArray, n_factors: int) -> FloatArray:
    """Principal components."""
    n_assets = moment.shape[0]
    values, vectors = np.linalg.eigh(moment)
    noise = values[: n_assets - n_factors].mean() if n_factors < n_assets else values[0]
    strength = np.maximum(values[::-1][:n_factors] - noise, 0.1 * noise)
    loadings = vectors[:, ::-1][:, :n_factors] * np.sqrt(strength)
    unexplained = np.diag(moment) - np.sum(loadings**2, axis=1)
    sigma = np.sqrt(np.maximum(unexplained, 0.05 * np.diag(moment)))
    return np.concatenate([loadings.T.ravel(), _inverse_softplus(sigma)])


def _covariance(hessian: FloatArray) -> FloatArray:
    """Inverse of a Hessian, with standard deviations capped."""
    values, vectors = np.linalg.eigh(0.5 * (hessian + hessian.T))
    return (vectors / np.maximum(values, MAX_SD**-2)) @ vectors.T


def _factor_scale(
    loadings: FloatArray, q_scale: FloatArray, priors: Priors, *, diagonal: bool
) -> tuple[FloatArray, FloatArray]:
    """Mode and covariance of the factor scale L (log diagonal first by column) given loadings."""
    n_assets, n_factors = loadings.shape
    columns, rows = np.triu_indices(n_factors)
    index = np.diag_indices(n_factors) if diagonal else (rows, columns)
    order = np.arange(n_factors)

    def negative(theta: FloatArray) -> float:
        scale = np.zeros((n_factors, n_factors))
        scale[index] = theta
        log_diagonal = np.diag(scale).copy()
        scale[order, order] = np.exp(log_diagonal)
        inverse = solve_triangular(scale, np.eye(n_factors), lower=True)
        value = -0.5 * np.sum((loadings @ inverse / priors.loading_sd) ** 2)
        weight = -(n_assets - order).astype(float)
        if diagonal:
            excess = 2 * (1 - priors.psi_mean) * log_diagonal - priors.mu_mean
            value -= 0.5 * np.sum((excess / priors.mu_sd) ** 2)
        else:
            dof = n_assets + n_factors + 2
            weight += (n_factors - order) + 1 - (dof + n_factors + 1)
            value -= 0.5 * np.sum((inverse * np.sqrt(q_scale)) ** 2)
        return -float(value + weight @ log_diagonal)

    start = np.diag(0.5 * np.log(q_scale))[index]
    mode = minimize(negative, start, method="BFGS", options={"gtol": 1e-2}).x
    step, size = 1e-3, start.size
    hessian = np.empty((size, size))
    unit = step * np.eye(size)
    for i in range(size):
        for j in range(i, size):
            hessian[i, j] = hessian[j, i] = (
                negative(mode + unit[i] + unit[j])
                - negative(mode + unit[i] - unit[j])
                - negative(mode - unit[i] + unit[j])
                + negative(mode - unit[i] - unit[j])
            ) / (4 * step**2)
    return mode, _covariance(hessian)


def block_scaling(
    moment: FloatArray,
    n_obs: int,
    n_factors: int,
    q_scale: FloatArray,
    priors: Priors,
    *,
    factor_volatility: bool,
    level_sd: float,
) -> BlockScaling:
    """Mode and inverse-Hessian root of the block's posterior under i.i.d. returns.

    Parameters
    ----------
    moment : (N, N) array
        Second moments of the returns less lagged effects; SV models pass moments of returns
        divided by their rolling volatility, so that a crisis does not set the units.
    n_obs : int
        T, months behind ``moment``.
    n_factors : int
        K, 0 to N.
    q_scale : (K,) array
        Scale of the prior of Q.
    priors : Priors
        Hyperparameters.
    factor_volatility : bool
        Whether factors have stochastic volatility, and with it a diagonal scale.
    level_sd : float
        Standard deviation of a log variance's mean over the window; 0 for constant variances.
    """
    n_assets = moment.shape[0]
    arguments = (n_factors, moment, n_obs, priors)
    found = minimize(
        _negative_log_posterior,
        _start(moment, n_factors),
        args=arguments,
        jac=True,
        method="L-BFGS-B",
        # Away from a series without noise, where the covariance becomes singular.
        bounds=[(None, None)] * (n_assets * n_factors)
        + [(low, None) for low in _inverse_softplus(1e-3 * np.sqrt(np.diag(moment)))],
        options={"maxcor": 30, "gtol": 0.01},
    ).x
    loadings = lower_trapezoid(found[: n_assets * n_factors].reshape(n_factors, n_assets).T)
    a = found[n_assets * n_factors :]
    free = np.tril(np.ones((n_assets, n_factors), dtype=bool)).T.ravel()
    entries = loadings.T.ravel()[free]

    mode = np.concatenate([entries, a])
    lift = np.eye(n_assets * (n_factors + 1))[:, np.append(free, np.ones(n_assets, dtype=bool))]
    step = 1e-4
    hessian = np.stack(
        [
            lift.T
            @ (
                _negative_log_posterior(lift @ (mode + step * unit), *arguments)[1]
                - _negative_log_posterior(lift @ (mode - step * unit), *arguments)[1]
            )
            / (2 * step)
            for unit in np.eye(mode.size)
        ]
    )
    cov = _covariance(hessian)

    # A log variance wanders, so its level is less certain than constant variances make it: the
    # level of eps's moves a, that of a factor's the scale of its column of loadings.
    idio_sd = softplus_scale(a)
    if level_sd:
        at = entries.size + np.arange(n_assets)
        slope = 1 / (1 + np.exp(-2 * a))
        cov[at, at] += (0.5 * level_sd * idio_sd / slope) ** 2
    for k in range(n_factors if factor_volatility else 0):
        column = np.zeros_like(loadings)
        column[:, k] = loadings[:, k]
        direction = np.concatenate([column.T.ravel()[free], np.zeros(n_assets)])
        cov += (0.5 * level_sd) ** 2 * np.outer(direction, direction)
    if n_factors:
        scale, scale_cov = _factor_scale(loadings, q_scale, priors, diagonal=factor_volatility)
        mode, cov = np.concatenate([mode, scale]), block_diag(cov, scale_cov)
    return BlockScaling(mode, np.linalg.cholesky(cov).astype(np.float64), loadings, idio_sd)
