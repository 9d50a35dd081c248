"""A rough fit that tells the sampler where loadings, factors and scales are.

The model is r_it = w_i' z_t + s_i eps_it with z_t ~ N(0, I), eps_it ~ t_7 and constant scales. A
t variable is a normal one divided by the root of an unknown precision, so that EM has closed forms:

    E: precision_it = weight_it (7 + 1) / (7 + (residual_it / s_i)^2) / s_i^2, and z_t given these
    M: each w_i a ridge regression on z_t, each s_i the weighted mean square of what is left

Nothing here touches the posterior: the pilot chooses, among equivalent rotations and scales of
factors, the one that stan/m6_factor.stan is normalised to, and where and in which units to sample.
"""

from dataclasses import dataclass

import numpy as np

from bayesfolio.core.types import FloatArray

DOF = 7.0
"""Degrees of freedom of the noise in the pilot, the mean of their prior."""

LOADING_SD = 0.1
"""Prior standard deviation of the pilot's loadings; a short history leaves them open without it."""

PRIOR_PERIODS = 2.0
"""Periods that the prior of a noise's scale, half of the asset's own volatility, counts for.
Without it the pilot would fit a history of about as many periods as factors exactly."""

ROUNDS = 60
"""Rounds of expectation and maximisation."""


@dataclass(frozen=True)
class FactorPilot:
    """Pilot estimates of T periods, N assets and K factors.

    Attributes
    ----------
    loadings : (N, K) array
        On factors of unit innovations, as fractions.
    scale : (N,) array
        Scale of the noise, as fractions.
    precision : (T, N) array
        Precision of each cell's noise given its residual; 0 where unobserved.
    factors : (T, K) array
        Posterior means of the factors.
    roots : (T, K, K) array
        Roots R of their posterior covariances R R'.
    """

    loadings: FloatArray
    scale: FloatArray
    precision: FloatArray
    factors: FloatArray
    roots: FloatArray


def pilot_factors(returns: FloatArray, weight: FloatArray, n_factors: int) -> FactorPilot:
    """Estimate a factor model with Student-t noise of constant scale by EM.

    Parameters
    ----------
    returns : (T, N) array
        Returns as fractions; cells of weight 0 are not read.
    weight : (T, N) array
        Weight of each cell, 0 where unobserved.
    n_factors : int
        K.

    Returns
    -------
    FactorPilot
    """
    observed = np.where(weight > 0, returns, 0.0)
    count = np.maximum(weight.sum(axis=0), 1.0)
    scale = np.sqrt((weight * observed**2).sum(axis=0) / count).clip(1e-4)
    prior_square = PRIOR_PERIODS * (0.5 * scale) ** 2
    _, values, vectors = np.linalg.svd(observed / scale, full_matrices=False)
    loadings = vectors[:n_factors].T * values[:n_factors] / np.sqrt(len(returns)) * scale[:, None]
    identity = np.eye(n_factors)
    residual = observed
    for _ in range(ROUNDS):
        precision = weight * (DOF + 1) / (DOF + (residual / scale) ** 2) / scale**2
        information = np.einsum("ti,ik,il->tkl", precision, loadings, loadings, optimize=True)
        cov = np.linalg.inv(information + identity)
        factors = np.einsum("tkl,tl->tk", cov, (precision * observed) @ loadings)
        second = factors[:, :, None] * factors[:, None, :] + cov
        gram = np.einsum("ti,tkl->ikl", precision, second, optimize=True)
        gram += identity / LOADING_SD**2
        loadings = np.linalg.solve(gram, ((precision * observed).T @ factors)[..., None])[..., 0]
        residual = observed - factors @ loadings.T
        spread = np.einsum("tkl,ik,il->ti", cov, loadings, loadings, optimize=True)
        share = precision * scale**2
        squares = (share * (residual**2 + spread)).sum(axis=0)
        scale = np.sqrt((squares + prior_square) / (count + PRIOR_PERIODS))
    return FactorPilot(loadings, scale, precision, factors, np.linalg.cholesky(cov))
