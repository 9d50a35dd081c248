"""A rough fit in closed form that tells the sampler where factors and log variances are.

Nothing here touches the posterior: the pilot fills the data of stan/favar_sv.stan that say where
and in which units to sample.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

FloatArray = NDArray[np.float64]

INFORMATION = 0.5
"""Fisher information of one squared normal residual about its log variance."""


@dataclass(frozen=True)
class Pilot:
    """Pilot estimates by month.

    Attributes
    ----------
    factor_unit : (T,) array
        Posterior scale of the factors in each month relative to that under constant variances.
    idio_pseudo : (T, N) array
        Pseudo-observations of the log variances of eps.
    factor_pseudo : (T, K) array
        Pseudo-observations of log variance plus log squared loading norm, by factor.
    """

    factor_unit: FloatArray
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
    loadings: FloatArray,
    idio_sd: FloatArray,
    psi: float,
    gamma: float,
) -> Pilot:
    """Factors by regression on the loadings, then smoothed log variances of what is left.

    Parameters
    ----------
    residuals : (T, N) array
        Returns less lagged effects, per cent.
    loadings : (N, K) array
        Loadings of unit-variance factors.
    idio_sd : (N,) array
        Idiosyncratic standard deviations.
    psi, gamma : float
        As in :func:`smoothed_log_variance`.
    """
    n_factors = loadings.shape[1]
    scaled = loadings / idio_sd[:, None]
    cov = np.linalg.inv(np.eye(n_factors) + scaled.T @ scaled)
    factors = residuals / idio_sd @ scaled @ cov
    unexplained = residuals - factors @ loadings.T
    # Squares in expectation over the factors, so that a series which the factors fit exactly keeps
    # a variance.
    squares = unexplained**2 + np.einsum("ik,kl,il->i", loadings, cov, loadings)
    mode, idio_pseudo = smoothed_log_variance(squares, psi, gamma)
    _, factor_pseudo = smoothed_log_variance(factors**2 + np.diag(cov), psi, gamma)
    # Traces of the posterior precisions of f_t, with volatility and without; K is the prior's.
    precision = n_factors + np.exp(-mode) @ np.sum(loadings**2, axis=1)
    reference = n_factors + np.sum(scaled**2)
    return Pilot(
        factor_unit=np.sqrt(reference / precision) if n_factors else np.ones(len(residuals)),
        idio_pseudo=idio_pseudo,
        factor_pseudo=factor_pseudo + np.log(np.sum(loadings**2, axis=0)),
    )
