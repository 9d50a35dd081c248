"""Log variances and their autoregressions; arrays (T, n), months by series.

The model of each series (Basturk et al. 2017, Appendix A, after eq. (23)):

    eps_t = exp(h_t / 2) u_t,   h_t = mu + psi h_{t-1} + gamma z_t,   h_1 stationary

Taking logs of squares, log eps_t^2 = h_t + log u_t^2. Kim, Shephard and Chib (1998) approximate the
law of log u_t^2 by a mixture of seven normals; given which of them each month belongs to, h is a
Gaussian autoregression observed with normal noise, and all its months are drawn at once.

Parameters are drawn twice, given two representations of the path (interweaving, Yu and Meng 2011):
level and gamma given (h - level) / gamma, which mixes well where the data say little of h, and mu,
psi and gamma given h, which mixes well where they say much.

Where the source slips, and what is done here:

* Eq. (24) has 2 h_t in place of h_t, which is right for a log standard deviation, not a log
  variance.
* The offset c in log(eps^2 + c) is left out. What it does, to keep variances above about c, is left
  to the prior of the level (`models.priors`). A square below 1e-12 counts as missing in the
  proposal, and its exact likelihood decides.
* The mixture is a proposal only: moves are accepted with the ratio of the exact to the approximate
  likelihood, so the posterior is that of the model and not that of the mixture.
* mu is the intercept, the level is mu / (1 - psi), and h_1 belongs to the likelihood. The paper's
  covariance of (mu, psi) lacks an inverse.
* 1 / gamma^2 ~ G(1 / k, 1) is read as mean and degrees of freedom, see `models.priors`.
"""

import numpy as np
from numpy.typing import NDArray

from bayesfolio.core.types import FloatArray
from bayesfolio.models.gibbs.mixture import (
    CELLS,
    COLUMN_BITS,
    LOWEST,
    SHARE_BITS,
    TINY_SQUARE,
    MixtureTables,
    log_weight,
)
from bayesfolio.models.gibbs.reference.gaussian import gaussian_draw
from bayesfolio.models.gibbs.state import Hyper


def _random_bits(rng: np.random.Generator, size: int) -> NDArray[np.int64]:
    """``size`` integers of 26 random bits, two from each uniform."""
    bits = (rng.random((size + 1) // 2) * 2.0**52).astype(np.int64)
    return np.concatenate([bits >> 26, bits & (2**26 - 1)])[:size]


def draw_volatility(
    rng: np.random.Generator,
    residual: FloatArray,
    log_variance: FloatArray,
    volatility: FloatArray,
    tables: MixtureTables,
    hyper: Hyper,
) -> None:
    """Draw log variances (T, n) and their (mu, psi, gamma^2) (3, n) given disturbances (T, n).

    The target is extended by the mixture's components s with their conditional probabilities
    given h. A move of h by which the mixture's posterior given s stays invariant is accepted with
    the ratio of exact to approximate likelihoods, :func:`_log_weights`, in which s cancels.
    """
    n = residual.shape[1]
    mu, psi, gamma2 = volatility
    square = residual**2
    known = square >= TINY_SQUARE
    log_square = np.log(np.maximum(square, TINY_SQUARE))
    component = _draw_components(rng, log_square - log_variance, tables)
    precision = np.where(known, tables.precision[component], 0.0)
    centred = log_square - tables.mean[component]
    proposal = _draw_path(rng, precision, centred, mu, psi, gamma2)
    weight = _log_weights(log_square, log_variance, square)
    new_weight = _log_weights(log_square, proposal, square)
    accepted = np.log(rng.random(n)) < new_weight - weight
    log_variance[:, accepted] = proposal[:, accepted]
    weight = np.where(accepted, new_weight, weight)

    # Interweaving: (level, gamma) given (h - level) / gamma. gamma takes either sign.
    level, gamma = mu / (1 - psi), np.sqrt(gamma2)
    unit = (log_variance - level) / gamma
    level_sd = hyper.mu_sd / (1 - psi)
    new_level, new_gamma = np.empty(n), np.empty(n)
    noise = rng.standard_normal((n, 2))
    for i in range(n):
        x = np.column_stack([np.ones(len(unit)), unit[:, i]])
        weighted = precision[:, i, None] * x
        information = weighted.T @ centred[:, i]
        information[0] += hyper.mu_mean / (1 - psi[i]) / level_sd[i] ** 2
        prior = np.diag([level_sd[i] ** -2, 0.0])
        new_level[i], new_gamma[i] = gaussian_draw(weighted.T @ x + prior, information, noise[i])
    proposal = new_level + new_gamma * unit

    def outside(level: FloatArray, gamma: FloatArray) -> FloatArray:
        # The Gaussian proposal leaves out the prior of gamma and the level's floor.
        power = 2 * hyper.gamma2_shape + 1
        floor = np.exp(hyper.log_variance_floor - level)
        return -power * np.log(np.abs(gamma)) - hyper.gamma2_scale / gamma**2 - floor

    change = _log_weights(log_square, proposal, square) - weight
    change += outside(new_level, new_gamma) - outside(level, gamma)
    accepted = np.log(rng.random(n)) < change
    log_variance[:, accepted] = proposal[:, accepted]
    mu[accepted] = (new_level * (1 - psi))[accepted]
    gamma2[accepted] = new_gamma[accepted] ** 2
    _draw_autoregression(rng, log_variance, volatility, hyper)


def _draw_components(
    rng: np.random.Generator, e: FloatArray, tables: MixtureTables
) -> NDArray[np.int64]:
    """Draw the component of each month and series given e = log eps^2 - h, by Walker's tables."""
    cell = np.clip((e - LOWEST) * CELLS, 0, len(tables.alias) - 1).astype(int)
    bits = _random_bits(rng, e.size).reshape(e.shape)
    column, share = bits >> SHARE_BITS, bits & (2**SHARE_BITS - 1)
    entry = tables.alias[cell, column].astype(np.int64)
    return np.where(share < entry >> COLUMN_BITS, column, entry & (2**COLUMN_BITS - 1))


def _draw_path(
    rng: np.random.Generator,
    precision: FloatArray,
    centred: FloatArray,
    mu: FloatArray,
    psi: FloatArray,
    gamma2: FloatArray,
) -> FloatArray:
    """Draw paths (T, n) given components; the precision, an AR(1)'s plus data, is tridiagonal."""
    n_obs, n = centred.shape
    noise = rng.standard_normal((n_obs, n))
    path = np.empty((n_obs, n))
    for i in range(n):
        diagonal = np.full(n_obs, 1 + psi[i] ** 2)
        diagonal[[0, -1]] = 1.0
        ar = np.diag(diagonal) - psi[i] * (np.eye(n_obs, k=1) + np.eye(n_obs, k=-1))
        level = np.full(n_obs, mu[i] / (1 - psi[i]))
        path[:, i] = gaussian_draw(
            ar / gamma2[i] + np.diag(precision[:, i]),
            ar @ level / gamma2[i] + precision[:, i] * centred[:, i],
            noise[:, i],
        )
    return path


def _log_weights(
    log_square: FloatArray, log_variance: FloatArray, square: FloatArray
) -> FloatArray:
    """Exact less approximate log likelihood (n,) of the paths, up to terms free of them."""
    exact = -0.5 * (log_variance + square * np.exp(-log_variance))
    each = np.where(square >= TINY_SQUARE, log_weight(log_square - log_variance), exact)
    return each.sum(axis=0)


def _draw_autoregression(
    rng: np.random.Generator, log_variance: FloatArray, volatility: FloatArray, hyper: Hyper
) -> None:
    """Draw (mu, psi), proposed from the regression without h_1, then gamma^2."""
    n_obs, n = log_variance.shape
    mu, psi, gamma2 = volatility
    noises = rng.standard_normal((n, 2))
    prior = np.diag([hyper.mu_sd**-2, hyper.psi_sd**-2])
    centre = np.array([hyper.mu_mean, hyper.psi_mean])
    for i in range(n):
        h = log_variance[:, i]

        def outside(mu: float, psi: float, first: float = h[0], var: float = gamma2[i]) -> float:
            # The regression leaves out the density of h_1 and the level's floor.
            level, share = mu / (1 - psi), 1 - psi**2
            floor = np.exp(hyper.log_variance_floor - level)
            return 0.5 * np.log(share) - 0.5 * share * (first - level) ** 2 / var - floor

        x = np.column_stack([np.ones(n_obs - 1), h[:-1]])
        new_mu, new_psi = gaussian_draw(
            x.T @ x / gamma2[i] + prior, x.T @ h[1:] / gamma2[i] + prior @ centre, noises[i]
        )
        uniform = rng.random()
        if abs(new_psi) < 1 and np.log(uniform) < outside(new_mu, new_psi) - outside(mu[i], psi[i]):
            mu[i], psi[i] = new_mu, new_psi
    ssr = (1 - psi**2) * (log_variance[0] - mu / (1 - psi)) ** 2
    ssr += np.sum((log_variance[1:] - mu - psi * log_variance[:-1]) ** 2, axis=0)
    shape = hyper.gamma2_shape + 0.5 * n_obs
    gamma2[:] = (hyper.gamma2_scale + 0.5 * ssr) / rng.standard_gamma(shape, size=n)
