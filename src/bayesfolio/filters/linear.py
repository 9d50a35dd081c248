"""Arithmetic on particles: linear maps, normal draws and densities, sums of squares.

States are arrays (n, K) with each state's values in one piece of memory (Fortran order), so that
elementwise work on a state is contiguous and a map is one matrix product (J, K) (K, n). Diagonal
maps are recognised and cost n K.
"""

import math
from functools import cached_property

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.filters._kernels import fill_normals

_LOG_2PI = math.log(2 * math.pi)


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


def check_covariance(name: str, cov: FloatArray) -> None:
    """Raise ValueError unless a matrix is finite, symmetric and positive definite."""
    if not np.isfinite(cov).all():
        raise ValueError(f"{name} has entries that are not finite")
    if np.abs(cov - cov.T).max() > 1e-10 * np.abs(cov).max():
        raise ValueError(f"{name} is not symmetric")
    try:
        np.linalg.cholesky(cov)
    except np.linalg.LinAlgError:
        smallest = np.linalg.eigvalsh(cov)[0]
        raise ValueError(
            f"{name} is not positive definite: its smallest eigenvalue is {smallest:.4g}, expected "
            "one above 0"
        ) from None


def log_normal(standardised: FloatArray) -> FloatArray:
    """Log density (n,) of the standard normal in K dimensions at (n, K)."""
    out = sum_squares(standardised)
    out += standardised.shape[1] * _LOG_2PI
    out *= -0.5
    return out


def draw_normal(rng: np.random.Generator, mean: FloatArray, root: LinearMap, n: int) -> FloatArray:
    """Return normal draws (n, K) about a mean (K,) or means (n, K)."""
    particles = root.apply_to_own(draw_noise(rng, n, len(root.matrix)))
    particles += mean
    return particles


def log_normal_about(mean: FloatArray, root: LinearMap, particles: FloatArray) -> FloatArray:
    """Log density (n,) at particles (n, K) of normals about a mean (K,) or means (n, K)."""
    out = log_normal(root.inverse.apply_to_own(particles - mean))
    out -= root.log_det
    return out
