"""A draw from a Gaussian given its precision, which most blocks end in."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

FloatArray = NDArray[np.float64]


def gaussian_draw(precision: FloatArray, information: FloatArray, noise: FloatArray) -> FloatArray:
    """Draw from N(J^-1 b, J^-1), J = C C', as C'^-1 (C^-1 b + z)."""
    root = np.linalg.cholesky(precision)
    half = solve_triangular(root, information, lower=True)
    return solve_triangular(root, half + noise, lower=True, trans="T")
