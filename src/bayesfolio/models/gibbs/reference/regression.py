"""Coefficients given states: rows of (beta, Lambda), Phi with Q, constant variances.

Given the factors and the log variances, every block here is a conjugate regression (Basturk et al.
2017, Appendix A, steps 1 to 3 of the DFM; the coefficients beta of the FAVAR join Lambda's rows):

* row i of (beta, Lambda): y_it = beta_i x_t + lambda_i' f_t + eps_it with precisions exp(-h_it) and
  normal priors;
* (Phi, Q): f_t = Phi (f_{t-1}, .., f_{t-L}) + eta_t with the normal inverse Wishart prior. Q is
  drawn with Phi integrated out, then Phi given Q;
* Phi alone with factor volatility, row by row with known precisions;
* sigma_i^2, an inverse gamma.

Where the source slips, and what is done here:

* The prior of Phi is N(0, Q (x) Omega0), and the text gives q_i / (lag q_j) for Omega0. That ratio
  is the variance of Phi's entry, of which Q supplies q_i; so omega_lj = phi_sd^2 / (l q_j).
* With factor volatility there is no one Q for this prior. Its variances are q_i omega_lj, fixed.
* The posterior scale of sigma_i^2 is (s + d) / 2 with the prior's s, not with v s^2.
* lambda_ii > 0 comes from reflecting factors afterwards, not from truncation, see :mod:`.sweep`.
"""

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
    """Draw Q (K, K) from its inverse Wishart with Phi integrated out, then Phi given Q."""
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
    """Draw Phi row by row, each a regression of one factor with known precisions (T, K)."""
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
    """Draw rows of (beta, Lambda), each a regression of one series on ``design`` (d, T).

    Row i < K has i + 1 loadings; its others are zero.
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
    """Draw sigma^2_i from its inverse gamma; they are kept as equal rows of log variances."""
    n_obs, n_assets = residual.shape
    scale = hyper.sigma2_scale + 0.5 * np.sum(residual**2, axis=0)
    log_variance[:] = np.log(
        scale / rng.standard_gamma(hyper.sigma2_shape + 0.5 * n_obs, size=n_assets)
    )
