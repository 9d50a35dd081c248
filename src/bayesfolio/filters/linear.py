"""Arithmetic on particles: linear maps, normal noise, sums of squares.

States are arrays (n, K) with each state's values in one piece of memory.
"""

import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesfolio.filters._kernels import fill_normals

FloatArray = NDArray[np.float64]


class LinearMap:
    """A matrix A (J, K) that takes states (n, K) to (n, J), row by row."""

    def __init__(self, matrix: FloatArray) -> None:
        self.matrix = matrix

    @cached_property
    def _diagonal(self) -> FloatArray | None:
        """Diagonal (K, 1) of a diagonal matrix."""
        matrix = self.matrix
        if matrix.size == 1:
            return matrix
        n_rows, n_columns = matrix.shape
        if n_rows != n_columns or not n_rows or matrix[-1, 0]:  # most others end here
            return None
        diagonal = matrix.diagonal()
        return None if np.any(matrix - np.diag(diagonal)) else diagonal[:, None].copy()

    @classmethod
    def root(cls, cov: FloatArray) -> "LinearMap":
        """Lower triangular root of a positive definite matrix."""
        return cls(np.asarray(np.linalg.cholesky(cov)))

    @cached_property
    def log_det(self) -> float:
        """Log determinant of a triangular matrix with a positive diagonal."""
        return sum(map(math.log, self.matrix.diagonal().tolist()))

    @cached_property
    def inverse(self) -> "LinearMap":
        """The map back, of a square matrix that has one."""
        if self._diagonal is not None:
            return LinearMap(np.diag(1 / self._diagonal[:, 0]))
        return LinearMap(np.asarray(np.linalg.inv(self.matrix)))

    def apply(self, states: FloatArray) -> FloatArray:
        """A new array (n, J) with each column in one piece of memory."""
        if self._diagonal is not None:
            return (states.T * self._diagonal).T
        return (self.matrix @ states.T).T

    def apply_to_own(self, states: FloatArray) -> FloatArray:
        """As :meth:`apply`, for states that the caller needs no more: they may be overwritten."""
        if self._diagonal is None:
            return self.apply(states)
        np.multiply(states.T, self._diagonal, out=states.T)
        return states


def draw_noise(rng: np.random.Generator, n: int, n_states: int) -> FloatArray:
    """Standard normals (n, K), state by state in the order of ``rng.standard_normal``."""
    noise = np.empty((n_states, n))
    fill_normals(rng, noise)
    return noise.T


def sum_squares(states: FloatArray) -> FloatArray:
    """Sums of squares (n,) of the rows of (n, K)."""
    if states.shape[1] == 1:
        return np.square(states[:, 0])
    return np.einsum("nk,nk->n", states, states)
