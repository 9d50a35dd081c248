"""Moves that leave beta x + Lambda f as it is; all in place.

Replacing (f, Lambda, Phi_l, Q) by (R f, Lambda R^-1, R Phi_l R^-1, R Q R') changes no likelihood,
nor does replacing (f_t, beta) by (f_t + D x_t, beta - Lambda D) in models with lagged returns.
Along these directions only priors hold the parameters, and a sampler that draws block after block
takes tiny steps. Each move here redraws one coordinate of such a transformation at once, from its
exact conditional: the density of the transformed point, times the Jacobian, against the
transformations' invariant measure (Liu and Sabatti 2000, generalised Gibbs sampling).

Which R are allowed: those that keep Lambda lower trapezoidal, that is a change of a factor's unit
or sign, and a later factor plus a multiple of an earlier one. With factor volatility Q_t is
diagonal at every date, and only units and signs are left.

The paper's Appendix A has none of these moves. They change how fast the chain mixes, not its
target.
"""

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.models.gibbs.reference.factors import factor_innovations
from bayesfolio.models.gibbs.reference.gaussian import gaussian_draw
from bayesfolio.models.gibbs.state import Hyper


def _transform(
    r: FloatArray, factors: FloatArray, loadings: FloatArray, transition: FloatArray
) -> None:
    """f -> R f, Lambda -> Lambda R^-1, Phi_l -> R Phi_l R^-1."""
    inverse = np.linalg.inv(r)
    n_lags = transition.shape[1] // len(r)
    factors[:] = factors @ r.T
    loadings[:] = loadings @ inverse
    transition[:] = r @ transition @ np.kron(np.eye(n_lags), inverse)


def rescale_factors(
    rng: np.random.Generator,
    factors: FloatArray,
    loadings: FloatArray,
    transition: FloatArray,
    factor_cov: FloatArray,
    hyper: Hyper,
) -> None:
    """f_k -> c f_k with c^2 from its exact conditional, an inverse gamma.

    The density is taken against the group's invariant measure dc / c, with k counted from 1. The
    loadings give c^-(N - k + 1), Q and Phi | Q together c^-(nu + K L), and each an exponential in
    -1 / (2 c^2). The factors' density is cancelled by their Jacobian c^T.
    """
    n_factors = factors.shape[1]
    for k in range(n_factors):
        inverse = np.linalg.inv(factor_cov)
        own = transition[:, k::n_factors]
        total = hyper.q_scale[k] * inverse[k, k]
        total += np.sum(loadings[k:, k] ** 2) / hyper.loading_sd**2
        total += np.sum(own * (inverse @ own) / hyper.omega[k::n_factors])
        shape = 0.5 * (hyper.q_dof + transition.shape[1] + len(loadings) - k)
        r = np.eye(n_factors)
        r[k, k] = (0.5 * total / rng.standard_gamma(shape)) ** 0.5
        _transform(r, factors, loadings, transition)
        factor_cov[:] = r @ factor_cov @ r.T


def shear_factors(
    rng: np.random.Generator,
    factors: FloatArray,
    loadings: FloatArray,
    transition: FloatArray,
    factor_cov: FloatArray,
    hyper: Hyper,
) -> None:
    """f_k -> f_k + a f_j for j < k, with a from its exact conditional, a Gaussian.

    Three terms of the priors change. Column j of Lambda loses a times column k, and so does column
    j of Phi_l in the coordinates that Q^-1 measures. Of Q^-1 its prior sees the diagonal, where
    [Q^-1]_jj becomes a quadratic form in (1, -a). The Jacobian is one, and Lambda stays lower
    trapezoidal with the same diagonal.
    """
    n_factors = factors.shape[1]
    for k in range(1, n_factors):
        for j in range(k):
            inverse = np.linalg.inv(factor_cov)
            first, second = transition[:, j::n_factors], transition[:, k::n_factors]
            omega = hyper.omega[j::n_factors]
            curvature = (
                hyper.q_scale[j] * inverse[k, k]
                + np.sum(loadings[:, k] ** 2) / hyper.loading_sd**2
                + np.sum(second * (inverse @ second) / omega)
            )
            slope = (
                hyper.q_scale[j] * inverse[j, k]
                + np.sum(loadings[:, j] * loadings[:, k]) / hyper.loading_sd**2
                + np.sum(first * (inverse @ second) / omega)
            )
            r = np.eye(n_factors)
            r[k, j] = slope / curvature + rng.standard_normal() / curvature**0.5
            _transform(r, factors, loadings, transition)
            factor_cov[:] = r @ factor_cov @ r.T


def rescale_volatile_factors(
    rng: np.random.Generator,
    factors: FloatArray,
    loadings: FloatArray,
    transition: FloatArray,
    factor_log_variance: FloatArray,
    factor_volatility: FloatArray,
    hyper: Hyper,
) -> None:
    """f_k -> c f_k and h_k -> h_k + 2 log c, with c proposed from the loadings' prior.

    The priors of mu and of Phi's off-diagonal elements, which are nearly flat in c, decide on it.
    """
    n_factors = factors.shape[1]
    variance = np.outer(hyper.q_scale, hyper.omega)

    def log_prior(mu: float, psi: float, phi: FloatArray) -> float:
        floor = np.exp(hyper.log_variance_floor - mu / (1 - psi))
        return float(
            -0.5 * ((mu - hyper.mu_mean) / hyper.mu_sd) ** 2
            - floor
            - 0.5 * np.sum(phi**2 / variance)
        )

    for k in range(n_factors):
        squares = np.sum(loadings[k:, k] ** 2) / hyper.loading_sd**2
        shape = 0.5 * (len(loadings) - k)
        r = np.eye(n_factors)
        r[k, k] = (0.5 * squares / rng.standard_gamma(shape)) ** 0.5
        uniform = rng.random()
        shift = 2 * np.log(r[k, k])
        mu, psi, _ = factor_volatility[:, k]
        new_mu = mu + shift * (1 - psi)
        proposal = factors.copy(), loadings.copy(), transition.copy()
        _transform(r, *proposal)
        if np.log(uniform) < log_prior(new_mu, psi, proposal[2]) - log_prior(mu, psi, transition):
            factors[:], loadings[:], transition[:] = proposal
            factor_volatility[0, k] = new_mu
            factor_log_variance[:, k] += shift


def _shift(
    rng: np.random.Generator,
    factors: FloatArray,
    coefficients: FloatArray,
    transition: FloatArray,
    innovation_precisions: FloatArray,
    lagged: FloatArray,
    hyper: Hyper,
) -> None:
    """f_t -> f_t + D x_t and beta -> beta - Lambda D, with D from its exact conditional.

    beta x_t + Lambda f_t does not change. The innovation e_t becomes
    e_t + D x_t - sum_l Phi_l D x_{t-l}, which is linear in D, so that with beta's prior D is
    Gaussian. Since lagged returns are close to functions of lagged factors, D and Phi can stand in
    for each other; hence Phi is drawn again after D.
    """
    n_obs, n_factors = factors.shape
    n_assets = len(lagged)
    n_lags = transition.shape[1] // n_factors
    beta, loadings = coefficients[:, :n_assets], coefficients[:, n_assets:]
    # Regressors of month t for the rows of D one after another: (T, K, K N).
    regressors = np.einsum("kl,jt->tklj", np.eye(n_factors), lagged)
    for lag in range(1, n_lags + 1):
        phi = transition[:, (lag - 1) * n_factors : lag * n_factors]
        regressors[lag:] -= np.einsum("kl,jt->tklj", phi, lagged[:, :-lag])
    regressors = regressors.reshape(n_obs, n_factors, -1)
    weighted = innovation_precisions @ regressors
    precision = np.einsum("tka,tkb->ab", regressors, weighted)
    precision += np.kron(loadings.T @ loadings, np.eye(n_assets)) / hyper.beta_sd**2
    information = (loadings.T @ beta).ravel() / hyper.beta_sd**2
    information -= np.einsum("tka,tk->a", weighted, factor_innovations(factors, transition))
    noise = rng.standard_normal(size=(n_factors * n_assets,))
    d = gaussian_draw(precision, information, noise).reshape(n_factors, n_assets)
    factors += (d @ lagged).T
    beta -= loadings @ d


def shift_factors(
    rng: np.random.Generator,
    factors: FloatArray,
    coefficients: FloatArray,
    transition: FloatArray,
    factor_cov: FloatArray,
    lagged: FloatArray,
    hyper: Hyper,
) -> None:
    """Redraw what factors owe to lagged returns (N, T), with one innovation covariance."""
    inverse = np.tile(np.linalg.inv(factor_cov), (len(factors), 1, 1))
    _shift(rng, factors, coefficients, transition, inverse, lagged, hyper)


def shift_volatile_factors(
    rng: np.random.Generator,
    factors: FloatArray,
    coefficients: FloatArray,
    transition: FloatArray,
    innovation_precision: FloatArray,
    lagged: FloatArray,
    hyper: Hyper,
) -> None:
    """Redraw what factors owe to lagged returns, with innovation precisions (T, K) that move."""
    inverse = innovation_precision[:, :, None] * np.eye(factors.shape[1])
    _shift(rng, factors, coefficients, transition, inverse, lagged, hyper)


def reflect_factors(
    factors: FloatArray, loadings: FloatArray, transition: FloatArray, factor_cov: FloatArray
) -> None:
    """Turn the signs of factors whose diagonal loading is negative."""
    r = np.diag(np.where(np.diag(loadings) < 0, -1.0, 1.0))
    if loadings.shape[1]:
        _transform(r, factors, loadings, transition)
        factor_cov[:] = r @ factor_cov @ r
