"""A draw from a Gaussian given its precision, with which most blocks end.

J is the precision and b = J times the mean. The root of J gives mean and noise in one solution, and
no covariance is formed.
"""

import numpy as np
from scipy.linalg import solve_triangular

from bayesfolio.core.types import FloatArray


def gaussian_draw(precision: FloatArray, information: FloatArray, noise: FloatArray) -> FloatArray:
    """Draw from N(J^-1 b, J^-1), J = C C', as C'^-1 (C^-1 b + z)."""
    root = np.linalg.cholesky(precision)
    half = solve_triangular(root, information, lower=True)
    return solve_triangular(root, half + noise, lower=True, trans="T")


def draw_from_equations(rows: FloatArray, targets: FloatArray, noise: FloatArray) -> FloatArray:
    """Draw from N(J^-1 b, J^-1), J = A'A and b = A'c, from equations A x = c + N(0, I).

    R of A = Q R is the root of J, which is not formed: an equation of precision 1e17 would drown
    the others.
    """
    q, r = np.linalg.qr(rows)
    signs = np.sign(np.diag(r))
    return solve_triangular(signs[:, None] * r, signs * (q.T @ targets) + noise)
