"""The Kalman filter: exact for linear Gaussian models, KF in Basturk et al. (2017), Tables 2 to 4.

With x_t ~ N(m, C) before y_t, and observations whitened by the root of H so that their errors are
independent with variance one, each series z'x + e can be brought in by itself:

    v = 1 + z'C z,   m <- m + C z (y - z'm) / v,   C <- C - C z z'C / v,   log N(y | z'm, v)

This costs N K^2 for a date, and no matrix is inverted on the way. The log evidence of a date is the
sum over series less the log determinant of H's root. Between dates m <- F m and C <- F C F' + Q.
"""

import time
from dataclasses import dataclass

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.filters._kernels import kalman_run, kalman_update
from bayesfolio.filters.linear_gaussian import LinearGaussianModel
from bayesfolio.filters.protocol import FilterInfo, FilterResult, is_missing


@dataclass(frozen=True)
class GaussianBelief:
    """A normal distribution of the state.

    Attributes
    ----------
    mean : (K,) array
    covariance : (K, K) array
    log_evidence : float
        Exact log density of the observations so far.
    """

    mean: FloatArray
    covariance: FloatArray
    log_evidence: float

    @property
    def ess(self) -> float:
        """Infinite: nothing is sampled."""
        return float("inf")

    def cov(self) -> FloatArray:
        """The covariance (K, K)."""
        return self.covariance


@dataclass(frozen=True)
class KalmanFilter:
    """Exact filter of a linear Gaussian model.

    Observations are whitened once by the root of their covariance and then brought in one by one,
    so no matrix is inverted on the way.
    """

    model: LinearGaussianModel

    @property
    def n_observed(self) -> int:
        """Number of series observed."""
        return self.model.n_observed

    def init(self, rng: np.random.Generator, y0: FloatArray) -> GaussianBelief:
        """Distribution of x_0 given y_0; ``rng`` is not used."""
        model = self.model
        return self._update(model.initial_mean.copy(), model.initial_cov.copy(), 0.0, y0)

    def step(
        self, rng: np.random.Generator, belief: GaussianBelief, t: int, y_t: FloatArray
    ) -> tuple[GaussianBelief, FilterInfo]:
        """Distribution of x_t given y up to t; ``rng`` is not used."""
        model = self.model
        mean = model.transition @ belief.mean
        cov = model.transition @ belief.covariance @ model.transition.T + model.transition_cov
        new = self._update(mean, cov, belief.log_evidence, y_t)
        return new, FilterInfo(new.log_evidence - belief.log_evidence, new.ess)

    def run(self, y: FloatArray) -> FilterResult[GaussianBelief]:
        """Filter a sample (T, N) in one go: the same as date by date, many times faster."""
        started = time.process_time()
        model, root, n_obs = self.model, self.model.observation_root, len(y)
        mean, cov = model.initial_mean.copy(), model.initial_cov.copy()
        means, increments = np.empty((n_obs, model.n_states)), np.empty(n_obs)
        whitened = (y - model.observation_intercept) @ root.inverse.matrix.T
        kalman_run(
            mean,
            cov,
            model.transition,
            model.transition_cov,
            model.whitened_loadings,
            whitened,
            means,
            increments,
        )
        increments -= root.log_det * ~np.isnan(y[:, 0])
        return FilterResult(
            means=means,
            log_evidence_increments=increments,
            ess=np.full(n_obs, np.inf),
            resampled=np.zeros(n_obs, dtype=bool),
            n_components=np.zeros(n_obs, dtype=np.int64),
            last=GaussianBelief(mean, cov, float(increments.sum())),
            seconds=time.process_time() - started,
        )

    def _update(
        self, mean: FloatArray, cov: FloatArray, log_evidence: float, y_t: FloatArray
    ) -> GaussianBelief:
        model = self.model
        if not is_missing(y_t):
            log_evidence += kalman_update(mean, cov, model.whitened_loadings, model.whiten(y_t))
            log_evidence -= model.observation_root.log_det
        return GaussianBelief(mean, cov, log_evidence)
