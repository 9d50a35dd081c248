"""The joint density of data and parameters, written out, and draws from it.

    y_t = beta y_{t-1} + Lambda f_t + eps_t,                eps_it ~ N(0, exp(h_it))
    f_t = Phi_1 f_{t-1} + .. + Phi_L f_{t-L} + eta_t,        eta_t ~ N(0, Q) or N(0, diag exp(k_t))
    h_it = mu_i + psi_i h_{i,t-1} + gamma_i z_it, and the same for the factors' log variances k_t

(Basturk et al. 2017, eq. (1), and Appendix A, eq. (20) to (28); f_t = 0 before the sample, h_1 and
k_1 stationary; priors in `models.priors`.) Members of the class switch parts of it off.

This is the definition that both engines are held to: log-density parity for the Stan program,
joint-distribution tests for Gibbs blocks, simulation-based calibration for either. It is meant to
be read against the paper, not to be fast.

What to watch: the density is in gamma^2 and sigma^2, not in their roots or logarithms. It is that
of Lambda's free entries on the whole line, so that the restriction to a positive diagonal would add
a constant. Without factor volatility Phi | Q has columns N(0, omega_lj Q); with it, entries of
fixed variance q_i omega_lj.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from bayesfolio.core.types import FloatArray
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import ModelSpec


@dataclass(frozen=True)
class VolatilityParameters:
    """h_it = mu_i + psi_i h_{i,t-1} + gamma_i z_it for n series; all arrays (n,).

    ``mu`` is the intercept (the level is mu / (1 - psi)) and ``gamma`` the innovations' standard
    deviation.
    """

    mu: FloatArray
    psi: FloatArray
    gamma: FloatArray


@dataclass(frozen=True)
class Parameters:
    """Parameters and latent states of the class; ``None`` where a model has no such part.

    Attributes
    ----------
    beta : (N, N) array or None
        Coefficients of y_{t-1}.
    loadings : (N, K) array
        Lambda, lower trapezoidal with a positive diagonal.
    phi : (L, K, K) array
        Autoregressive matrices of the factors.
    factor_cov : (K, K) array or None
        Q; None with factor volatility.
    factors : (T, K) array
        f_t.
    log_variance : (T, N) array
        h_t; T equal rows for constant variances.
    volatility : VolatilityParameters or None
        Of h.
    factor_log_variance : (T, K) array or None
        Log variances of eta_t.
    factor_volatility : VolatilityParameters or None
        Of the factors' log variances.
    """

    beta: FloatArray | None
    loadings: FloatArray
    phi: FloatArray
    factor_cov: FloatArray | None
    factors: FloatArray
    log_variance: FloatArray
    volatility: VolatilityParameters | None
    factor_log_variance: FloatArray | None
    factor_volatility: VolatilityParameters | None


def _normal(value: FloatArray, mean: FloatArray | float, variance: FloatArray | float) -> float:
    return float(np.sum(stats.norm.logpdf(value, mean, np.sqrt(variance))))


def _volatility_log_density(h: FloatArray, sv: VolatilityParameters, priors: Priors) -> float:
    """Log p(h, mu, psi, gamma^2), a density in gamma^2; the level's floor is not normalised."""
    level = sv.mu / (1 - sv.psi)
    lower, upper = ((edge - priors.psi_mean) / priors.psi_sd for edge in (-1, 1))
    return (
        _normal(sv.mu, priors.mu_mean, priors.mu_sd**2)
        - float(np.sum(np.exp(priors.log_variance_floor - level)))
        + float(
            np.sum(stats.truncnorm.logpdf(sv.psi, lower, upper, priors.psi_mean, priors.psi_sd))
        )
        + float(
            np.sum(
                stats.invgamma.logpdf(sv.gamma**2, priors.gamma2_shape, scale=priors.gamma2_scale)
            )
        )
        + _normal(h[0], level, sv.gamma**2 / (1 - sv.psi**2))
        + _normal(h[1:], sv.mu + sv.psi * h[:-1], sv.gamma**2)
    )


def log_joint(
    spec: ModelSpec,
    y: FloatArray,
    x: FloatArray,
    q_scale: FloatArray,
    parameters: Parameters,
    priors: Priors,
) -> float:
    """Log p(y, states, parameters | x) of the model class.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    y, x : (T, N) array
        Returns and their lags (``x`` is ignored where the model has no beta), per cent.
    q_scale : (K,) array
        Scale of the prior of Q.
    parameters : Parameters
        The point. The density is one of beta, Lambda, Phi, Q, f and of sigma^2 or
        (h, mu, psi, gamma^2).
    priors : Priors
        Hyperparameters.

    Returns
    -------
    float
        The log density, up to the normalising constant of the level's floor.
    """
    p = parameters
    n_assets, n_factors = y.shape[1], spec.n_factors
    mean = np.zeros_like(y)
    total = 0.0
    if p.beta is not None:
        mean += x @ p.beta.T
        total += _normal(p.beta, 0.0, priors.beta_sd**2)
    if spec.has_factors:
        mean += p.factors @ p.loadings.T
        rows, columns = np.tril_indices(n_assets, 0, n_factors)
        total += _normal(p.loadings[rows, columns], 0.0, priors.loading_sd**2)
        innovations = p.factors.copy()
        for lag, phi in enumerate(p.phi, start=1):
            innovations[lag:] -= p.factors[:-lag] @ phi.T
        lags = np.arange(1, spec.n_lags + 1)
        # Prior variances by column, (L, K), in units of the variance of a row's innovation.
        omega = priors.phi_sd**2 / (lags[:, None] * q_scale)
        if p.factor_cov is not None:
            dof = n_assets + n_factors + 2
            total += stats.invwishart.logpdf(p.factor_cov, dof, np.diag(q_scale))
            total += np.sum(
                stats.multivariate_normal.logpdf(innovations, np.zeros(n_factors), p.factor_cov)
            )
            for phi, variances in zip(p.phi, omega, strict=True):
                for column, variance in zip(phi.T, variances, strict=True):
                    total += stats.multivariate_normal.logpdf(
                        column, np.zeros(n_factors), p.factor_cov * variance
                    )
        elif p.factor_log_variance is not None and p.factor_volatility is not None:
            total += _normal(innovations, 0.0, np.exp(p.factor_log_variance))
            total += _normal(p.phi, 0.0, q_scale[:, None] * omega[:, None, :])
            total += _volatility_log_density(p.factor_log_variance, p.factor_volatility, priors)
    total += _normal(y, mean, np.exp(p.log_variance))
    if p.volatility is not None:
        total += _volatility_log_density(p.log_variance, p.volatility, priors)
    else:
        sigma2 = np.exp(p.log_variance[0])
        total += np.sum(
            stats.invgamma.logpdf(sigma2, priors.sigma2_shape, scale=priors.sigma2_scale)
        )
    return float(total)


def _draw_volatility(
    n_series: int, n_obs: int, priors: Priors, rng: np.random.Generator
) -> tuple[FloatArray, VolatilityParameters]:
    mu, psi = np.empty((2, n_series))
    for i in range(n_series):
        while True:
            psi[i] = rng.normal(priors.psi_mean, priors.psi_sd)
            mu[i] = rng.normal(priors.mu_mean, priors.mu_sd)
            log_excess = priors.log_variance_floor - mu[i] / (1 - psi[i])
            if -1 < psi[i] < 1 and np.log(rng.exponential()) > log_excess:
                break
    gamma = (priors.gamma2_scale / rng.gamma(priors.gamma2_shape, 1.0, n_series)) ** 0.5
    h = np.empty((n_obs, n_series))
    h[0] = mu / (1 - psi) + gamma / np.sqrt(1 - psi**2) * rng.standard_normal(n_series)
    for t in range(1, n_obs):
        h[t] = mu + psi * h[t - 1] + gamma * rng.standard_normal(n_series)
    return h, VolatilityParameters(mu, psi, gamma)


def draw_prior(
    spec: ModelSpec,
    n_obs: int,
    n_assets: int,
    q_scale: FloatArray,
    priors: Priors,
    rng: np.random.Generator,
) -> Parameters:
    """Draw parameters and states of ``n_obs`` months from the prior.

    Other arguments are as for :func:`log_joint`. (mu, psi) are drawn by rejection, which gives the
    level's floor and psi in (-1, 1).
    """
    n_factors, n_lags = spec.n_factors, spec.n_lags
    beta = rng.normal(0, priors.beta_sd, (n_assets, n_assets)) if spec.has_lagged_returns else None
    volatility = factor_log_variance = factor_volatility = factor_cov = None
    if spec.has_idiosyncratic_sv:
        log_variance, volatility = _draw_volatility(n_assets, n_obs, priors, rng)
    else:
        sigma2 = priors.sigma2_scale / rng.gamma(priors.sigma2_shape, 1.0, n_assets)
        log_variance = np.tile(np.log(sigma2), (n_obs, 1))
    loadings = np.tril(rng.normal(0, priors.loading_sd, (n_assets, n_factors)))
    diagonal = np.diag_indices(n_factors)
    loadings[diagonal] = np.abs(loadings[diagonal])
    phi = np.zeros((n_lags, n_factors, n_factors))
    factors = np.zeros((n_obs, n_factors))
    if n_factors:
        if spec.has_factor_sv:
            factor_log_variance, factor_volatility = _draw_volatility(n_factors, n_obs, priors, rng)
            innovations = np.exp(0.5 * factor_log_variance) * rng.standard_normal(factors.shape)
            row_root = np.diag(np.sqrt(q_scale))
        else:
            dof = n_assets + n_factors + 2
            factor_cov = np.atleast_2d(
                stats.invwishart.rvs(dof, np.diag(q_scale), random_state=rng)
            )
            row_root = np.linalg.cholesky(factor_cov)
            innovations = rng.standard_normal(factors.shape) @ row_root.T
        for lag in range(n_lags):
            phi[lag] = (
                priors.phi_sd
                * row_root
                @ rng.standard_normal((n_factors, n_factors))
                / np.sqrt((lag + 1) * q_scale)
            )
        for t in range(n_obs):
            factors[t] = innovations[t] + sum(
                phi[lag] @ factors[t - lag - 1] for lag in range(min(n_lags, t))
            )
    return Parameters(
        beta,
        loadings,
        phi,
        factor_cov,
        factors,
        log_variance,
        volatility,
        factor_log_variance,
        factor_volatility,
    )


def draw_returns(
    parameters: Parameters, presample: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Draw returns (T, N) given parameters and the month before the sample (N,)."""
    p = parameters
    noise = np.exp(0.5 * p.log_variance) * rng.standard_normal(p.log_variance.shape)
    returns = p.factors @ p.loadings.T + noise
    if p.beta is not None:
        previous = presample
        for t in range(returns.shape[0]):
            returns[t] += p.beta @ previous
            previous = returns[t]
    return returns
