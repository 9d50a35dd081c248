"""The joint density of returns and parameters of the M6 factor model, written out.

    r_it = mu_it + sigma_it eps_it,   eps_it ~ t with nu_i degrees of freedom (sigma is a scale)
    mu_it = w_i' z_t + beta_i recent_return_it + alpha_i
    log sigma_it = theta_i + delta_i recent_volatility_it + kappa_i earnings_it
    z_t = rho z_{t-1} + e_t,   e_t ~ N(0, I)      (or the other dynamics of `FactorSpec`)

Assets' coefficients are drawn around means of their class (stock, ETF, fixed-income ETF), with the
priors of `FactorPriors`. The log density of a cell is multiplied by its period's weight. Source:
the talk "My M6 model: a Bayesian dynamic factor model with heteroskedasticity" by the winner of the
M6 competition's forecasting track, and his published code.

This is the definition that stan/m6_factor.stan is held to. It is meant to be read, not to be fast.

What differs from the source: z_1 of ar1 has its stationary law, where the author's code gives it no
prior. delta_i is t_10 about its class's mean, as in the code; the slides say Normal. Timing:
features are known when a period starts, z_t and the noise are those of the period itself.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from bayesfolio.core.types import FloatArray
from bayesfolio.m6.spec import LAST_LAG, FactorObservations, FactorPriors, FactorSpec


@dataclass(frozen=True)
class FactorParameters:
    """Parameters of N assets, K factors, T periods and C classes.

    Attributes
    ----------
    loadings : (q, K) array
        G: on characteristics, or of assets where these are the identity.
    factors : (T, K) array
        z_t.
    dynamics : (n,) array
        rho; rho and phi; or the entries of Phi by columns.
    alpha_scale : float
    alpha : (N,) array
        Expected returns that factors leave, s_alpha a_i.
    beta_mean, beta_scale : (C,) arrays
    beta : (N,) array
        Slopes of recent returns.
    theta_dof : float
    theta_mean, theta_scale : (C,) arrays
    theta : (N,) array
        Log scales.
    delta_mean, delta_scale : (C,) arrays
    delta : (N,) array
        Slopes of recent volatility.
    kappa_mean, kappa_scale : float
    kappa : (N,) array
        Effects of earnings.
    nu_sd : float
    nu : (N,) array
        Degrees of freedom.
    """

    loadings: FloatArray
    factors: FloatArray
    dynamics: FloatArray
    alpha_scale: float
    alpha: FloatArray
    beta_mean: FloatArray
    beta_scale: FloatArray
    beta: FloatArray
    theta_dof: float
    theta_mean: FloatArray
    theta_scale: FloatArray
    theta: FloatArray
    delta_mean: FloatArray
    delta_scale: FloatArray
    delta: FloatArray
    kappa_mean: float
    kappa_scale: float
    kappa: FloatArray
    nu_sd: float
    nu: FloatArray


def _gamma(mean: float, sd: float) -> stats.rv_continuous:
    return stats.gamma(a=(mean / sd) ** 2, scale=sd**2 / mean)


def expected_factors(spec: FactorSpec, factors: FloatArray, dynamics: FloatArray) -> FloatArray:
    """Means (T, K) of z_t given the periods before it; z_t is 0 before the sample."""
    n_periods, n_factors = factors.shape
    before = np.vstack([np.zeros((LAST_LAG, n_factors)), factors])
    mean = np.zeros_like(factors)
    for t in range(n_periods):
        lags = before[t : t + LAST_LAG][::-1]  # lags[j - 1] is z_{t-j}
        if spec.dynamics == "var":
            mean[t] = dynamics.reshape(n_factors, n_factors, order="F") @ lags[0]
        else:
            mean[t] = dynamics[0] * lags[0]
        if spec.dynamics == "reversal_momentum":
            mean[t] += dynamics[1] * lags[1:].sum(axis=0)
    return mean


def factor_log_density(spec: FactorSpec, p: FactorParameters) -> float:
    """Log density of the factors given their dynamics; with ar1 the first period is stationary."""
    sd = np.ones(len(p.factors))
    if spec.dynamics == "ar1":
        sd[0] = (1 - p.dynamics[0] ** 2) ** -0.5
    mean = expected_factors(spec, p.factors, p.dynamics)
    return float(stats.norm.logpdf(p.factors, mean, sd[:, None]).sum())


def log_prior(
    spec: FactorSpec, observations: FactorObservations, priors: FactorPriors, p: FactorParameters
) -> float:
    """Log density of the parameters."""
    c, dof = observations.classes, priors.effect_dof
    total = stats.t.logpdf(p.loadings, priors.loading_dof, 0, priors.loading_sd).sum()
    total += factor_log_density(spec, p)
    total += stats.norm.logpdf(p.dynamics, 0, priors.dynamics_sd).sum()
    total += stats.halfnorm.logpdf(p.alpha_scale, scale=priors.alpha_scale)
    total += stats.t.logpdf(p.alpha, dof, 0, p.alpha_scale).sum()
    total += stats.norm.logpdf(p.beta_mean, 0, priors.beta_mean_sd).sum()
    total += stats.halfnorm.logpdf(p.beta_scale, scale=priors.beta_scale).sum()
    total += stats.t.logpdf(p.beta, dof, p.beta_mean[c], p.beta_scale[c]).sum()
    total += stats.norm.logpdf(p.theta_mean, priors.theta_mean_mean, priors.theta_mean_sd).sum()
    total += stats.halfnorm.logpdf(p.theta_scale, scale=priors.theta_scale).sum()
    total += _gamma(priors.theta_dof_mean, priors.theta_dof_sd).logpdf(p.theta_dof)
    total += stats.t.logpdf(p.theta, p.theta_dof, p.theta_mean[c], p.theta_scale[c]).sum()
    total += stats.norm.logpdf(p.delta_mean, priors.delta_mean_mean, priors.delta_mean_sd).sum()
    total += stats.halfnorm.logpdf(p.delta_scale, scale=priors.delta_scale).sum()
    total += stats.t.logpdf(p.delta, dof, p.delta_mean[c], p.delta_scale[c]).sum()
    total += stats.norm.logpdf(p.kappa_mean, 0, priors.kappa_mean_sd)
    total += stats.halfnorm.logpdf(p.kappa_scale, scale=priors.kappa_scale)
    total += stats.norm.logpdf(p.kappa, p.kappa_mean, p.kappa_scale).sum()
    total += stats.halfnorm.logpdf(p.nu_sd, scale=priors.nu_scale)
    total += _gamma(priors.nu_mean, p.nu_sd).logpdf(p.nu).sum()
    return float(total)


def expected_returns(
    spec: FactorSpec, observations: FactorObservations, p: FactorParameters
) -> FloatArray:
    """Expected returns mu (T, N) given factors, as fractions."""
    loadings = observations.instruments(spec) @ p.loadings
    return p.factors @ loadings.T + p.beta * observations.recent_return + p.alpha


def log_likelihood(
    spec: FactorSpec, observations: FactorObservations, p: FactorParameters
) -> float:
    """Weighted log likelihood of the returns observed."""
    seen = observations.observed()
    mean = expected_returns(spec, observations, p)
    log_scale = p.theta + p.delta * observations.recent_volatility + p.kappa * observations.earnings
    each = stats.t.logpdf(observations.returns, p.nu, mean, np.exp(log_scale))
    return float(np.sum(np.where(seen, observations.weight[:, None] * each, 0.0)))


def log_manual(spec: FactorSpec, observations: FactorObservations, p: FactorParameters) -> float:
    """Log density of the manual forecasts of the last period."""
    mean = expected_returns(spec, observations, p)[-1]
    return float(sum(stats.norm.logpdf(f.mean, mean[f.asset], f.sd) for f in observations.manual))
