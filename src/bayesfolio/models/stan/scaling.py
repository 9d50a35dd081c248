"""Where to sample and in which units: a Gaussian approximation of loadings and scales.

NUTS runs with a unit metric, so the block theta of stan/functions/favar_sv/block.stanfunctions is
sampled as z with theta = centre + root z. Centre and root are the mode, and the root of the inverse
Hessian, of an approximate posterior of theta = (A, a, L). With the log variances of a pilot fit it
treats months as independent,

    e_t = A g_t + eps_t,   g_t ~ N(0, G_t),   eps_t ~ N(0, D_t),   so   e_t ~ N(0, A G_t A' + D_t)

where A = Lambda L are the loadings of factors with unit innovations, Q = L L', and a gives the
scales sigma = log(1 + exp(2 a)) / 2. The softplus is about linear where sigma is large and
exponential where it is small. With factor volatility theta holds Lambda = A L^-1 in A's place.

The mode is found by L-BFGS with exact gradients, those of the complete data's likelihood averaged
over the factors' posterior. The approximation sets units only: the posterior does not depend on it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from bayesfolio.core.types import FloatArray
from bayesfolio.models.priors import Priors

MAX_SD = 2.0
"""Cap on the approximation's standard deviations: no flat direction may start chains far out."""

FACTOR_LEVEL_SD = 1.0
"""Standard deviation of log L_kk around the scale of returns, with factor volatility: the levels'
own prior is nearly flat and would let a weak factor vanish from the mode."""


def softplus_scale(a: FloatArray) -> FloatArray:
    """Idiosyncratic scale sigma = log(1 + exp(2 a)) / 2."""
    return 0.5 * np.logaddexp(0.0, 2 * a)


def inverse_softplus(sigma: FloatArray) -> FloatArray:
    """Inverse of :func:`softplus_scale`: the a of a scale sigma."""
    return sigma + 0.5 * np.log(-np.expm1(-2 * sigma))


@dataclass(frozen=True)
class StaticPosterior:
    """Posterior of theta = (A by columns, a, L by columns) given log variances.

    Attributes
    ----------
    residuals : (T, N) array
        e_t, returns less lagged effects, per cent.
    idio_deviation : (T, N) array
        Log variances of eps less their levels 2 log sigma; zeros for constant variances.
    factor_deviation : (T, K) array
        The same of the factors.
    q_scale : (K,) array
        Scale of the prior of Q.
    priors : Priors
        Hyperparameters.
    factor_volatility : bool
        Whether L is diagonal. Its logarithms then have a normal prior around the scale of returns,
        a stand-in for the levels' own, see FACTOR_LEVEL_SD.
    """

    residuals: FloatArray
    idio_deviation: FloatArray
    factor_deviation: FloatArray
    q_scale: FloatArray
    priors: Priors
    factor_volatility: bool

    @property
    def n_entries(self) -> int:
        """Free entries of A."""
        n_assets, k = self.residuals.shape[1], self.q_scale.size
        return n_assets * k - k * (k - 1) // 2

    def unpack(self, theta: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """A (N, K), a (N,) and L (K, K)."""
        n_assets, k = self.residuals.shape[1], self.q_scale.size
        columns, rows = np.nonzero(_free(n_assets, k).T)
        loadings = np.zeros((n_assets, k))
        loadings[rows, columns] = theta[: rows.size]
        scale = np.zeros((k, k))
        scale[self._scale_index()] = theta[rows.size + n_assets :]
        np.fill_diagonal(scale, np.exp(np.diag(scale)))
        return loadings, theta[rows.size : rows.size + n_assets], scale

    def pack(self, loadings: FloatArray, a: FloatArray, scale: FloatArray) -> FloatArray:
        """Theta of A, a and a matrix in L's place, its diagonal as in theta."""
        entries = loadings.T[_free(*loadings.shape).T]
        return np.concatenate([entries, a, scale[self._scale_index()]])

    def _scale_index(self) -> tuple[NDArray[np.int_], ...]:
        k = self.q_scale.size
        if self.factor_volatility:
            return np.diag_indices(k)
        columns, rows = np.triu_indices(k)
        return rows, columns

    def moments(
        self, loadings: FloatArray, sigma: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, float]:
        """Factors given A and sigma.

        Returns
        -------
        mean, cov : (T, K), (T, K, K) arrays
            Posterior moments of the factors.
        squares : (T, N) array
            Posterior expectation of eps squared.
        log_likelihood : float
        """
        k = loadings.shape[1]
        precision = np.exp(-self.idio_deviation) / sigma**2
        outer = (loadings[:, :, None] * loadings[:, None, :]).reshape(len(sigma), k * k)
        information = (precision @ outer).reshape(len(precision), k, k)
        information[:, range(k), range(k)] += np.exp(-self.factor_deviation)
        cov = np.linalg.inv(information).astype(np.float64)
        projected = (self.residuals * precision) @ loadings
        mean: FloatArray = np.einsum("tkl,tl->tk", cov, projected)
        squares: FloatArray = (self.residuals - mean @ loadings.T) ** 2
        squares += cov.reshape(len(cov), k * k) @ outer.T
        log_likelihood = 0.5 * (
            np.sum(np.log(precision))
            - np.sum(self.factor_deviation)
            - np.sum(np.linalg.slogdet(information)[1])
            - np.sum(self.residuals**2 * precision)
            + np.sum(mean * projected)
        )
        return mean, cov, squares, float(log_likelihood)

    def negative(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Minus the log posterior and its gradient, up to a constant."""
        loadings, a, scale = self.unpack(theta)
        n_assets, k = loadings.shape
        priors = self.priors
        sigma = softplus_scale(a)
        slope = 1 / (1 + np.exp(-2 * a))  # d sigma / d a
        mean, cov, squares, value = self.moments(loadings, sigma)
        precision = np.exp(-self.idio_deviation) / sigma**2
        # The gradient of a likelihood with latent factors is the complete data's, averaged over
        # the factors given the data (Fisher's identity).
        scaled = precision * (self.residuals - mean @ loadings.T)
        weights = (precision.T @ cov.reshape(len(cov), k * k)).reshape(n_assets, k, k)
        d_loadings = scaled.T @ mean - np.einsum("ikl,il->ik", weights, loadings)
        d_log_sigma = np.sum(squares * precision - 1, axis=0)

        # sigma^2 ~ IG as a density of a. It serves SV models too: their own prior of the level is
        # nearly flat and would leave a mode at a scale of zero.
        power = 1 - 2 * (priors.sigma2_shape + 1)
        value += np.sum(power * np.log(sigma) - priors.sigma2_scale / sigma**2 + np.log(slope))
        d_log_sigma += power + 2 * priors.sigma2_scale / sigma**2
        d_a = d_log_sigma / sigma * slope + 2 * (1 - slope)

        # Lambda = A L^-1 ~ N(0, loading_sd^2), and the prior of L.
        inverse = solve_triangular(scale, np.eye(k), lower=True)
        structural = loadings @ inverse / priors.loading_sd
        log_diagonal = np.log(np.diag(scale))
        order = np.arange(k)
        d_loadings -= structural @ inverse.T / priors.loading_sd
        d_scale = structural.T @ structural @ inverse.T
        power = (order - n_assets).astype(float)
        value -= 0.5 * np.sum(structural**2)
        if not self.factor_volatility:
            value -= 0.5 * np.sum((inverse * np.sqrt(self.q_scale)) ** 2)
            d_scale += inverse.T @ (inverse * self.q_scale) @ inverse.T
            power -= n_assets + k + 2 + order
        d_log_diagonal = np.diag(d_scale) * np.diag(scale) + power
        value += power @ log_diagonal
        if self.factor_volatility:
            excess = (log_diagonal - 0.5 * np.log(self.q_scale)) / FACTOR_LEVEL_SD
            value -= 0.5 * np.sum(excess**2)
            d_log_diagonal -= excess / FACTOR_LEVEL_SD
        np.fill_diagonal(d_scale, d_log_diagonal)
        return -float(value), -self.pack(d_loadings, d_a, d_scale)

    def start(self) -> FloatArray:
        """Theta from principal components of returns divided by their volatility."""
        n_assets, k = self.residuals.shape[1], self.q_scale.size
        moment = np.einsum(
            "ti,tj->ij", *2 * [self.residuals * np.exp(-0.5 * self.idio_deviation)]
        ) / len(self.residuals)
        values, vectors = np.linalg.eigh(moment)
        noise = values[: n_assets - k].mean() if k < n_assets else values[0]
        strength = np.maximum(values[::-1][:k] - noise, 0.1 * noise)
        loadings = vectors[:, ::-1][:, :k] * np.sqrt(strength)
        unexplained = np.diag(moment) - np.sum(loadings**2, axis=1)
        sigma = np.sqrt(np.maximum(unexplained, 0.05 * np.diag(moment)))
        rms = np.sqrt(np.mean(loadings**2, axis=0))
        return self.pack(lower_trapezoid(loadings), inverse_softplus(sigma), np.diag(np.log(rms)))

    def mode(self, start: FloatArray) -> FloatArray:
        """Mode of theta."""
        from scipy.optimize import minimize

        low = inverse_softplus(1e-3 * np.std(self.residuals, axis=0))
        first, size = self.n_entries, start.size
        bounds: list[tuple[float | None, float | None]] = [(None, None)] * size
        # Away from a series without noise, where the covariance becomes singular.
        bounds[first : first + low.size] = [(value, None) for value in low]
        return minimize(
            self.negative,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxcor": 30, "gtol": 0.01, "maxiter": 300},
        ).x

    def covariance(self, mode: FloatArray) -> FloatArray:
        """Inverse Hessian at the mode, with standard deviations capped."""
        step = 1e-4 * np.eye(mode.size)
        hessian = np.stack(
            [(self.negative(mode + h)[1] - self.negative(mode - h)[1]) / 2e-4 for h in step]
        )
        values, vectors = np.linalg.eigh(0.5 * (hessian + hessian.T))
        values = np.maximum(values, MAX_SD**-2)
        cov = (vectors / values) @ vectors.T
        turning = self._turning(mode, cov)
        cov[np.ix_(turning, ~turning)] = cov[np.ix_(~turning, turning)] = 0
        precision = np.sum(vectors**2 * values, axis=1)
        cov[np.ix_(turning, turning)] = np.diag((np.diag(cov) / precision)[turning] ** 0.5)
        return cov

    def _turning(self, mode: FloatArray, cov: FloatArray) -> NDArray[np.bool_]:
        """Which parameters belong to factors whose sign or rotation the data leave open.

        Where A_kk may be zero, its factor and those after it can change sign or, with constant Q,
        rotate among themselves. The posterior then curves around, and correlations at the mode
        do not hold elsewhere.
        """
        n_assets, k = self.residuals.shape[1], self.q_scale.size
        diagonal = np.diag(self.unpack(mode)[0])
        turning = np.zeros(mode.size, dtype=bool)
        columns, rows = np.nonzero(_free(n_assets, k).T)
        pivots = np.flatnonzero(rows == columns)
        weak = np.flatnonzero(np.abs(diagonal) < 3 * np.sqrt(np.diag(cov)[pivots]))
        if weak.size:
            turning[: columns.size] = columns >= weak[0]
            if not self.factor_volatility:
                scale_columns, scale_rows = np.triu_indices(k)
                turning[columns.size + n_assets :] = (scale_rows >= weak[0]) & (
                    scale_rows != scale_columns
                )
        return turning

    def structural(self, mode: FloatArray, cov: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mode and covariance with Lambda = A L^-1 in A's place, L diagonal."""
        loadings, a, scale = self.unpack(mode)
        slopes = np.eye(mode.size)
        diagonal = np.diag(scale)
        n_entries = self.n_entries
        entries = self.pack(loadings / diagonal, a, np.log(scale, where=scale > 0, out=0 * scale))
        columns = np.nonzero(_free(*loadings.shape).T)[0]
        slopes[range(n_entries), range(n_entries)] = 1 / diagonal[columns]
        at_scale = mode.size - diagonal.size + columns
        slopes[range(n_entries), at_scale] = -entries[:n_entries]
        return entries, slopes @ cov @ slopes.T


def _free(n_assets: int, n_factors: int) -> NDArray[np.bool_]:
    return np.tril(np.ones((n_assets, n_factors), dtype=bool))


def lower_trapezoid(loadings: FloatArray) -> FloatArray:
    """Representative of A's orbit under rotations with zeros above a positive diagonal."""
    n_factors = loadings.shape[1]
    rotation, triangle = np.linalg.qr(loadings[:n_factors].T)
    return np.tril(loadings @ (rotation * np.where(np.diag(triangle) < 0, -1.0, 1.0)))
