"""A rough fit that tells the sampler where loadings, factors and log variances are.

Nothing here touches the posterior: the pilot fills the data of stan/favar_sv.stan that say where
and in which units to sample. It alternates a few times between two steps:

* loadings and scales at their mode given the log variances (`models.stan.scaling`);
* log variances at their mode given the expected squares of what the loadings leave. For
  eps_t ~ N(0, exp(h_t)) the Fisher information about h_t is 1/2 in every month, so that each step
  of Fisher scoring is a smoothing of pseudo-observations h_t + eps_t^2 exp(-h_t) - 1 with one
  tridiagonal matrix for all months and series.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import solveh_banded

from bayesfolio.core.types import FloatArray
from bayesfolio.models.priors import Priors
from bayesfolio.models.stan.scaling import StaticPosterior, softplus_scale

INFORMATION = 0.5
"""Fisher information of one squared normal residual about its log variance."""

ROUNDS = 3
"""Alternations between loadings given log variances and log variances given loadings."""


@dataclass(frozen=True)
class Pilot:
    """Pilot estimates.

    Attributes
    ----------
    centre, cov : (B,), (B, B) arrays
        Mode and approximate posterior covariance of theta = (A, a, L), with factor volatility of
        (Lambda, a, L).
    factor_scale : (K,) array
        Diagonal of L at the mode.
    reliability : (K,) array
        One less the mean posterior variance of the factors, whose prior variance is about one.
    idio_deviation : (T, N) array
        Log variances of eps less their levels.
    factor_deviation : (T, K) array
        Log variances of the factors less their levels.
    idio_pseudo, factor_pseudo : (T, N), (T, K) arrays
        Pseudo-observations of the log variances of eps and of the factors, less the logarithm of
        the mean of squares over exp(deviation), which is the level that the squares imply.
    """

    centre: FloatArray
    cov: FloatArray
    factor_scale: FloatArray
    reliability: FloatArray
    idio_deviation: FloatArray
    factor_deviation: FloatArray
    idio_pseudo: FloatArray
    factor_pseudo: FloatArray


def smoothed_log_variance(
    squares: FloatArray, psi: float, gamma: float
) -> tuple[FloatArray, FloatArray]:
    """Posterior mode of log variances given squared residuals, by Fisher scoring.

    Parameters
    ----------
    squares : (T, n) array
        Squared residuals, positive.
    psi, gamma : float
        Autoregression and innovation standard deviation of the log variances.

    Returns
    -------
    mode, pseudo : (T, n) arrays
        The mode, and the pseudo-observations of information 1/2 whose smoothing gives it.
    """
    n_obs = squares.shape[0]
    precision = np.zeros((2, n_obs))
    precision[0, 1:] = -psi / gamma**2
    precision[1] = (1 + psi**2) / gamma**2 + INFORMATION
    precision[1, [0, -1]] = 1 / gamma**2 + INFORMATION
    mode = np.tile(np.log(squares.mean(axis=0)), (n_obs, 1))
    for _ in range(30):
        level = mode.mean(axis=0)
        pseudo = mode + (squares * np.exp(-mode) - 1).clip(-1, 20)
        target = level + solveh_banded(precision, INFORMATION * (pseudo - level))
        mode = mode + 0.7 * np.clip(target - mode, -1, 1)
    return mode, pseudo


def pilot_fit(
    residuals: FloatArray,
    q_scale: FloatArray,
    priors: Priors,
    gamma: float,
    *,
    idio_volatility: bool,
    factor_volatility: bool,
) -> Pilot:
    """Mode of loadings and scales, and smoothed log variances of the disturbances they imply.

    Parameters
    ----------
    residuals : (T, N) array
        Returns less lagged effects, per cent.
    q_scale : (K,) array
        Scale of the prior of Q.
    priors : Priors
        Hyperparameters.
    gamma : float
        Innovation standard deviation of the log variances to smooth with.
    idio_volatility, factor_volatility : bool
        Which log variances move.
    """
    n_obs, n_factors = len(residuals), q_scale.size
    psi = priors.psi_mean
    idio, factor = np.zeros_like(residuals), np.zeros((n_obs, n_factors))
    idio_pseudo, factor_pseudo = idio, factor
    if idio_volatility:
        idio, _ = _deviations(residuals**2, psi, gamma)
    static = StaticPosterior(residuals, idio, factor, q_scale, priors, factor_volatility)
    theta = static.start()
    for _ in range(ROUNDS if idio_volatility else 1):
        static = replace(static, idio_deviation=idio, factor_deviation=factor)
        theta = static.mode(theta)
        loadings, a, scale = static.unpack(theta)
        mean, cov, squares, _ = static.moments(loadings, softplus_scale(a))
        variance = np.diagonal(cov, axis1=1, axis2=2)
        if idio_volatility:
            idio, idio_pseudo = _deviations(squares, psi, gamma)
        if factor_volatility:
            factor, factor_pseudo = _deviations(mean**2 + variance, psi, gamma)
    spread = static.covariance(theta)
    if idio_volatility:
        # A log variance wanders, so its level is less certain than constant variances make it: the
        # level of eps's moves a, that of a factor's the scale of its column of loadings.
        level_sd = gamma / (1 - psi) / n_obs**0.5
        slope = softplus_scale(a) * (1 + np.exp(-2 * a))  # d a / d log sigma
        moved = [static.pack(0 * loadings, row, 0 * scale) for row in np.diag(slope)]
        if factor_volatility:
            moved += [static.pack(loadings * unit, 0 * a, 0 * scale) for unit in np.eye(n_factors)]
        spread += (0.5 * level_sd) ** 2 * np.einsum("mi,mj->ij", moved, moved)
    if factor_volatility:
        theta, spread = static.structural(theta, spread)
    return Pilot(
        centre=theta,
        cov=spread,
        factor_scale=np.diag(scale),
        reliability=1 - variance.mean(axis=0),
        idio_deviation=idio,
        factor_deviation=factor,
        idio_pseudo=idio_pseudo,
        factor_pseudo=factor_pseudo,
    )


def _deviations(squares: FloatArray, psi: float, gamma: float) -> tuple[FloatArray, FloatArray]:
    """Log variances less their means, and pseudo-observations about the squares' scale."""
    mode, pseudo = smoothed_log_variance(squares, psi, gamma)
    deviation = mode - mode.mean(axis=0)
    return deviation, pseudo - np.log(np.mean(squares * np.exp(-deviation), axis=0))
