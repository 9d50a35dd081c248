"""Coefficients given states: rows of (beta, Lambda), Phi with Q, constant variances."""

import numpy as np
from scipy.linalg import solve_triangular

from bayesfolio.core.types import FloatArray
from bayesfolio.models.gibbs.reference.factors import lagged_factors
from bayesfolio.models.gibbs.reference.gaussian import draw_from_equations, gaussian_draw
from bayesfolio.models.gibbs.state import Hyper


def draw_transition(
    rng: np.random.Generator,
    factors: FloatArray,
    transition: FloatArray,
    factor_cov: FloatArray,
    hyper: Hyper,
) -> None:
    """Q from its inverse Wishart with Phi integrated out, then Phi from its matrix normal."""
    n_obs, n_factors = factors.shape
    x = lagged_factors(factors, transition.shape[1] // n_factors)
    root = np.linalg.cholesky(x.T @ x + np.diag(1 / hyper.omega))
    half = solve_triangular(root, x.T @ factors, lower=True)
    scale = np.diag(hyper.q_scale) + factors.T @ factors - half.T @ half
    # Bartlett: B B' ~ W(I, dof) with B lower triangular; Q = X X' with X = chol(scale) B'^-1.
    bartlett = np.zeros((n_factors, n_factors))
    for j in range(n_factors):
        bartlett[j, :j] = rng.standard_normal(j)
        bartlett[j, j] = (2 * rng.standard_gamma(0.5 * (hyper.q_dof + n_obs - j))) ** 0.5
    q_root = solve_triangular(bartlett, np.linalg.cholesky(scale).T, lower=True).T
    factor_cov[:] = q_root @ q_root.T
    noise = rng.standard_normal((n_factors, x.shape[1]))
    transition[:] = solve_triangular(root, half + (q_root @ noise).T, lower=True, trans="T").T


def draw_transition_rows(
    rng: np.random.Generator,
    factors: FloatArray,
    innovation_precision: FloatArray,
    transition: FloatArray,
    hyper: Hyper,
) -> None:
    """Phi row by row: a regression of each factor with known precisions (T, K)."""
    n_factors = factors.shape[1]
    x = lagged_factors(factors, transition.shape[1] // n_factors)
    for k in range(n_factors):
        weighted = innovation_precision[:, k, None] * x
        prior = np.diag(1 / (hyper.q_scale[k] * hyper.omega))
        noise = rng.standard_normal(size=(x.shape[1],))
        transition[k] = gaussian_draw(weighted.T @ x + prior, weighted.T @ factors[:, k], noise)


def draw_rows(
    rng: np.random.Generator,
    y: FloatArray,
    precision: FloatArray,
    design: FloatArray,
    n_lagged: int,
    coefficients: FloatArray,
    hyper: Hyper,
) -> None:
    """Rows of (beta, Lambda): a regression of each series on ``design`` (d, T).

    Row i < K has i + 1 loadings, the others zero.
    """
    sds = np.r_[np.full(n_lagged, hyper.beta_sd), np.full(len(design) - n_lagged, hyper.loading_sd)]
    for i in range(y.shape[1]):
        size = min(len(design), n_lagged + i + 1)
        root = np.sqrt(precision[:, i])
        rows = np.vstack([np.diag(1 / sds[:size]), root[:, None] * design[:size].T])
        targets = np.r_[np.zeros(size), root * y[:, i]]
        coefficients[i, :size] = draw_from_equations(rows, targets, rng.standard_normal(size))


def draw_constant_variances(
    rng: np.random.Generator, residual: FloatArray, log_variance: FloatArray, hyper: Hyper
) -> None:
    """sigma^2_i from its inverse gamma, kept as equal rows of log variances."""
    n_obs, n_assets = residual.shape
    scale = hyper.sigma2_scale + 0.5 * np.sum(residual**2, axis=0)
    log_variance[:] = np.log(
        scale / rng.standard_gamma(hyper.sigma2_shape + 0.5 * n_obs, size=n_assets)
    )
