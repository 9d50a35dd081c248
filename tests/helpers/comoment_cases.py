"""Small models with known parts, and the definitions written out with Kronecker products."""

import numpy as np

from bayesfolio.comoments.dynamics import FactorParameters
from bayesfolio.comoments.moments import CoMoments

ACD_PARAMETERS = FactorParameters(
    0.02, 0.05, 0.93, -0.3, 0.25, 0.03, 0.9, -2.2, 0.05, -0.15, 0.85, 1.1
)


def random_comoments(
    n_assets: int, n_factors: int, n_dates: int = 3, seed: int = 1, residual: bool = False
) -> CoMoments:
    rng = np.random.default_rng(seed)
    return CoMoments(
        means=rng.normal(size=(n_dates, n_assets)),
        mixing=rng.normal(size=(n_assets, n_factors)) + 0.3,
        variances=rng.uniform(0.5, 2.0, (n_dates, n_factors)),
        skewness=rng.normal(size=(n_dates, n_factors)),
        excess_kurtosis=rng.uniform(3.0, 6.0, (n_dates, n_factors)),
        residual_variances=rng.uniform(0.1, 0.5, n_assets) if residual else np.zeros(n_assets),
    )


def factor_matrices(moments: CoMoments, t: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Second, third and fourth moments of the factors, residuals among them, entry by entry."""
    h = np.concatenate([moments.variances[t], moments.residual_variances])
    zeros = np.zeros(len(moments.residual_variances))
    s = np.concatenate([moments.skewness[t], zeros])
    k = np.concatenate([moments.excess_kurtosis[t], zeros])
    n = len(h)
    third, fourth = np.zeros((n,) * 3), np.zeros((n,) * 4)
    for i in range(n):
        third[i, i, i] = h[i] ** 1.5 * s[i]
        for j in range(n):
            fourth[i, i, j, j] = fourth[i, j, i, j] = fourth[i, j, j, i] = h[i] * h[j]
    for i in range(n):
        fourth[i, i, i, i] = h[i] ** 2 * (k[i] + 3)
    return np.diag(h), third.reshape(n, -1), fourth.reshape(n, -1)


def kronecker_moments(moments: CoMoments, t: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """M2, M3 and M4 of the assets by the printed formulas, M4 = A M4f (A x A x A)'."""
    A = np.hstack([moments.mixing, np.eye(moments.n_assets)])
    second, third, fourth = factor_matrices(moments, t)
    AA = np.kron(A, A)
    return A @ second @ A.T, A @ third @ AA.T, A @ fourth @ np.kron(AA, A).T
