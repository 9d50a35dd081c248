"""The priors of the model class, stated once (Basturk et al. 2017, Appendix A).

IG(a, b) has the density proportional to x^(-a-1) exp(-b / x), iW(S, nu) the scale S and nu degrees
of freedom, N(m, v) the variance v. Returns are in per cent a month.

====================  =======================================================================
quantity              prior
====================  =======================================================================
sigma2_i (constant)   IG(1, 2.5)
Lambda                N(0, 1) entries, lower trapezoidal, positive diagonal
beta                  N(0, 1) entries (the paper leaves it open)
Q                     iW(diag(q), N + K + 2), q_k the residual variance of an AR(1) of the k-th
                      principal component, scaled so that loadings have mean square one; in models
                      with lagged returns, components of a ridge regression's residuals
Phi_l | Q             N(0, Q_ii / (l q_j)) entries; with factor volatility, where Q is not one
                      matrix, the fixed variance q_i / (l q_j)
mu_i                  N(0, 10): intercept of the log variance, whose level is mu / (1 - psi); times
                      exp(-exp(log c - level)), c = 1e-8, which keeps variances above about c
psi_i                 N(0.95, 1e-6) on (-1, 1)
gamma_i^2             1 / gamma^2 ~ G(mean 100, 1 degree of freedom), that is IG(1/2, 0.005)
h_i1                  stationary
====================  =======================================================================

Phi and beta are not restricted to stationary values, nor are they in the paper: the sample begins
at f_0 = 0, fits are conditional on it, and predictions reach one month ahead.

Where the source leaves room: G(1/k, 1) for 1 / gamma^2, k = 0.01, can be read as (mean, degrees of
freedom) or as (shape, rate). The first is weak and is what its posterior step 5 implies; the second
holds gamma near 0.1. mu is an intercept: with psi near .95 its variance of 10 is one of 4,000 for
the level. Q0 is made of residual variances of univariate autoregressions of the factors, which are
not observed; principal components stand in for them.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

GAMMA_READINGS: dict[str, tuple[float, float]] = {
    "mean_dof": (0.5, 0.005),
    "shape_rate": (100.0, 1.0),
}


@dataclass(frozen=True)
class Priors:
    """Hyperparameters; the defaults are the paper's. Returns in per cent a month.

    Attributes
    ----------
    sigma2_shape, sigma2_scale : float
        Inverse gamma of constant idiosyncratic variances.
    loading_sd, beta_sd : float
        Standard deviations of loadings and of lag coefficients.
    phi_sd : float
        Multiplies the standard deviations of the factors' autoregressive coefficients.
    mu_mean, mu_sd, psi_mean, psi_sd : float
        Normal priors of the log variances' intercept and persistence.
    log_variance_floor : float
        Where the prior of a log variance's level ends. The paper's sampler ends it there by taking
        log(eps^2 + c) for log eps^2. The end is needed because the level's prior standard deviation
        is 63: where the factors can fit a series exactly, nothing else would keep its level from
        going to minus infinity.
    gamma2_shape, gamma2_scale : float
        Inverse gamma of the variance of log-variance innovations. The paper's G(1/k, 1), k = 0.01,
        is read as (mean, degrees of freedom), see :meth:`with_gamma_reading`.
    """

    sigma2_shape: float = 1.0
    sigma2_scale: float = 2.5
    loading_sd: float = 1.0
    beta_sd: float = 1.0
    phi_sd: float = 1.0
    mu_mean: float = 0.0
    mu_sd: float = 10.0**0.5
    psi_mean: float = 0.95
    psi_sd: float = 1e-3
    log_variance_floor: float = -8 * np.log(10.0)
    gamma2_shape: float = 0.5
    gamma2_scale: float = 0.005

    def __post_init__(self) -> None:
        free = ("mu_mean", "psi_mean", "log_variance_floor")
        for name in (n for n in self.__dataclass_fields__ if n not in free):
            if not getattr(self, name) > 0:
                raise ValueError(
                    f"prior {name} is {getattr(self, name)}, expected a number above 0"
                )
        if not -1 < self.psi_mean < 1:
            raise ValueError(f"prior psi_mean is {self.psi_mean}, expected a number in (-1, 1)")

    @classmethod
    def with_gamma_reading(cls, reading: Literal["mean_dof", "shape_rate"]) -> "Priors":
        """Priors under one reading of the paper's G(1/k, 1) for 1 / gamma^2."""
        shape, scale = GAMMA_READINGS[reading]
        return cls(gamma2_shape=shape, gamma2_scale=scale)


def factor_innovation_variances(
    returns: NDArray[np.float64], n_factors: int, *, lagged: bool = False
) -> NDArray[np.float64]:
    """Scale q (K,) of the prior of Q: AR(1) residual variances of principal components.

    Parameters
    ----------
    returns : (T, N) array
        The estimation window, per cent.
    n_factors : int
        K, at most N.
    lagged : bool
        Whether the model has lagged returns. The components are then those of the residuals of a
        ridge regression on the month before, with a penalty of one.

    Returns
    -------
    (K,) array
        Variances, per cent squared, for factors whose loadings have mean square one.
    """
    if lagged:
        x, y = returns[:-1], returns[1:]
        returns = y - x @ np.linalg.solve(x.T @ x + np.eye(x.shape[1]), x.T @ y)
    _, vectors = np.linalg.eigh(returns.T @ returns)
    # Loadings sqrt(N) v have mean square one, as under Lambda ~ N(0, 1).
    scores = returns @ vectors[:, ::-1][:, :n_factors] / np.sqrt(returns.shape[1])
    before, current = scores[:-1], scores[1:]
    slope = (before * current).sum(0) / (before**2).sum(0)
    return np.mean((current - slope * before) ** 2, axis=0)
