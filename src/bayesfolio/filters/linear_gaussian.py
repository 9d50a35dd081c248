"""Linear Gaussian models, and those of the Monte Carlo study.

For x ~ N(m, C) and y ~ N(Z x, I) everything a particle filter asks for is known:

    x | y ~ N(V (C^-1 m + Z'y), V),   V = (C^-1 + Z'Z)^-1,   y ~ N(Z m, Z C Z' + I)

so ancestors can be chosen and states drawn exactly (`AuxiliaryFilter`). Two identities make that
cheap for 50,000 particles. V C^-1 = I - V Z'Z, so that posterior means are one K by K map of the
means. And a density of y as a function of K states needs a triangle K by K in place of Z (N by K),
by a QR factorisation done once for a model.

Models: local level (Basturk et al. 2017, eq. (15)) and dynamic factors (eq. (17)). The paper leaves
their initial laws and the factor model's constants open; here x_0 of the local level has a given
variance, and factors start from their stationary law.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from bayesfolio.core.types import FloatArray
from bayesfolio.filters.linear import (
    LinearMap,
    check_covariance,
    draw_normal,
    log_normal_about,
    sum_squares,
)
from bayesfolio.filters.state_space import GaussianProposal, StateSpaceModel

_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class LinearGaussianModel(StateSpaceModel):
    """x_t = F x_{t-1} + N(0, Q), y_t = d + Z x_t + N(0, H), x_0 ~ N(m, P).

    Attributes
    ----------
    transition, transition_cov : (K, K) arrays
        F and Q.
    loadings : (N, K) array
        Z.
    observation_cov : (N, N) array
        H.
    initial_mean : (K,) array
        m.
    initial_cov : (K, K) array
        P.
    observation_intercept : (N,) array, optional
        d, zero by default.

    Raises
    ------
    ValueError
        If shapes do not fit, entries are not finite, or a covariance is not symmetric and
        positive definite.
    """

    transition: FloatArray
    transition_cov: FloatArray
    loadings: FloatArray
    observation_cov: FloatArray
    initial_mean: FloatArray
    initial_cov: FloatArray
    observation_intercept: FloatArray = field(default_factory=lambda: np.zeros(1))

    def __post_init__(self) -> None:
        loadings = np.array(self.loadings, dtype=float, ndmin=2)
        n_observed, n_states = loadings.shape
        intercept = np.array(self.observation_intercept, dtype=float, ndmin=1)
        if intercept.shape == (1,):
            intercept = np.repeat(intercept, n_observed)
        shapes = {
            "transition": (n_states, n_states),
            "transition_cov": (n_states, n_states),
            "loadings": (n_observed, n_states),
            "observation_cov": (n_observed, n_observed),
            "initial_mean": (n_states,),
            "initial_cov": (n_states, n_states),
            "observation_intercept": (n_observed,),
        }
        given = {name: getattr(self, name) for name in shapes} | {
            "loadings": loadings,
            "observation_intercept": intercept,
        }
        for name, shape in shapes.items():
            value = np.array(given[name], dtype=float, ndmin=len(shape))
            if value.shape != shape:
                raise ValueError(
                    f"{name} has shape {value.shape}, expected {shape} as loadings have shape "
                    f"{loadings.shape}"
                )
            if not np.isfinite(value).all():
                raise ValueError(f"{name} has entries that are not finite")
            if name.endswith("_cov"):
                check_covariance(name, value)
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    @property
    def n_states(self) -> int:
        """Number K of states."""
        return self.loadings.shape[1]

    @property
    def n_observed(self) -> int:
        """Number N of series observed."""
        return self.loadings.shape[0]

    @cached_property
    def transition_map(self) -> LinearMap:
        """F, ready to be applied to particles."""
        return LinearMap(self.transition)

    @cached_property
    def transition_root(self) -> LinearMap:
        """Lower triangular root of Q."""
        return LinearMap.root(self.transition_cov)

    @cached_property
    def initial_root(self) -> LinearMap:
        """Lower triangular root of P."""
        return LinearMap.root(self.initial_cov)

    @cached_property
    def observation_root(self) -> LinearMap:
        """Lower triangular root of H."""
        return LinearMap.root(self.observation_cov)

    @cached_property
    def whitened_loadings(self) -> FloatArray:
        """Loadings (N, K) of observations whose errors have been given unit variances."""
        return np.ascontiguousarray(self.observation_root.inverse.matrix @ self.loadings)

    def whiten(self, y_t: FloatArray) -> FloatArray:
        """Observation (N,) less its intercept, with errors of unit variances."""
        whitened: FloatArray = self.observation_root.inverse.matrix @ (
            y_t - self.observation_intercept
        )
        return whitened

    def draw_initial(self, rng: np.random.Generator, n: int) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        return draw_normal(rng, self.initial_mean, self.initial_root, n)

    def draw_transition(self, rng: np.random.Generator, t: int, previous: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        mean = self.transition_map.apply(previous)
        return draw_normal(rng, mean, self.transition_root, len(previous))

    def draw_observation(self, rng: np.random.Generator, t: int, state: FloatArray) -> FloatArray:
        """One observation (N,) given the state (K,) of its date."""
        noise = self.observation_root.matrix @ rng.standard_normal(self.n_observed)
        observation: FloatArray = self.observation_intercept + self.loadings @ state + noise
        return observation

    def transition_mean(self, t: int, previous: FloatArray) -> FloatArray:
        """Means F x_{t-1}, (n, K)."""
        return self.transition_map.apply(previous)

    def log_initial(self, particles: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        return log_normal_about(self.initial_mean, self.initial_root, particles)

    def log_transition(self, t: int, particles: FloatArray, previous: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        mean = self.transition_map.apply(previous)
        return log_normal_about(mean, self.transition_root, particles)

    def log_observation(self, t: int, y_t: FloatArray, particles: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        return self._observation_density.log_density(self.whiten(y_t), particles)

    def conditional_proposal(
        self, t: int, y_t: FloatArray, previous: FloatArray
    ) -> GaussianProposal:
        """p(x_t | x_{t-1}, y_t) and log p(y_t | x_{t-1}), both exact."""
        mean = self.transition_map.apply(previous)
        return self._transition_conditioner.propose(self.whiten(y_t), mean)

    def initial_proposal(self, y0: FloatArray) -> GaussianProposal:
        """p(x_0 | y_0) and log p(y_0), both exact."""
        return self._initial_conditioner.propose(self.whiten(y0), self.initial_mean[None, :])

    @cached_property
    def _observation_density(self) -> "_QuadraticDensity":
        identity = np.eye(self.n_observed)
        log_det = self.observation_root.log_det
        return _QuadraticDensity.create(self.whitened_loadings, identity, log_det)

    @cached_property
    def _transition_conditioner(self) -> "_Conditioner":
        log_det = self.observation_root.log_det
        return _Conditioner.create(self.whitened_loadings, self.transition_cov, log_det)

    @cached_property
    def _initial_conditioner(self) -> "_Conditioner":
        log_det = self.observation_root.log_det
        return _Conditioner.create(self.whitened_loadings, self.initial_cov, log_det)


@dataclass(frozen=True)
class _Conditioner:
    """The posterior of x ~ N(m, C) given y ~ N(Z x, I), for many m at once."""

    root: LinearMap
    gain: FloatArray
    kept: LinearMap
    evidence: "_QuadraticDensity"

    @classmethod
    def create(cls, loadings: FloatArray, cov: FloatArray, log_scale: float) -> "_Conditioner":
        """Create from Z (N, K), C (K, K) and the log determinant of the root that whitened y."""
        posterior = np.linalg.inv(np.linalg.inv(cov) + loadings.T @ loadings)
        posterior = (posterior + posterior.T) / 2
        gain = posterior @ loadings.T
        return cls(
            LinearMap.root(posterior),
            gain,
            LinearMap(np.eye(len(cov)) - gain @ loadings),
            _QuadraticDensity.create(
                loadings, loadings @ cov @ loadings.T + np.eye(len(loadings)), log_scale
            ),
        )

    def propose(self, y: FloatArray, means: FloatArray) -> GaussianProposal:
        """Propose x given whitened y (N,), from the means (n, K) of x without y."""
        posterior_means = self.kept.apply(means)
        posterior_means += self.gain @ y
        log_evidence = self.evidence.log_density(y, means)
        return GaussianProposal(posterior_means, self.root, log_evidence, exact=True)


@dataclass(frozen=True)
class _QuadraticDensity:
    """Log density of y ~ N(A x, S) as a function of x, with a triangle in place of A.

    With S = R R', R^-1 A = Q U (U upper triangular) and u = R^-1 y,
    |u - R^-1 A x|^2 = |U x - Q' u|^2 + |u|^2 - |Q' u|^2. The last two terms do not depend on x.
    """

    whiten: FloatArray
    project: FloatArray
    triangle: LinearMap
    log_det: float

    @classmethod
    def create(cls, loadings: FloatArray, cov: FloatArray, log_scale: float) -> "_QuadraticDensity":
        """Create from A (N, K), S (N, N) and the log determinant of the root that whitened y."""
        root = np.linalg.cholesky(cov)
        whiten = np.linalg.inv(root)
        basis, triangle = np.linalg.qr(whiten @ loadings)
        log_det = float(np.log(np.diag(root)).sum()) + log_scale
        return cls(whiten, basis.T @ whiten, LinearMap(triangle), log_det)

    def log_density(self, y: FloatArray, states: FloatArray) -> FloatArray:
        """Log density (n,) at states (n, K)."""
        whitened = self.whiten @ y
        centre = self.project @ y
        rest = float(whitened @ whitened - centre @ centre)
        away = self.triangle.apply(states)
        away -= centre
        out = sum_squares(away)
        out += rest + 2 * self.log_det + len(y) * _LOG_2PI
        out *= -0.5
        return out


def local_level(
    state_var: float, observation_var: float, initial_var: float
) -> LinearGaussianModel:
    """Random walk observed with noise (Basturk et al. 2017, equation 15), x_0 ~ N(0, initial)."""
    one = np.eye(1)
    return LinearGaussianModel(
        one, state_var * one, one, observation_var * one, np.zeros(1), initial_var * one
    )


def dynamic_factor(
    loadings: ArrayLike,
    transition: ArrayLike,
    observation_cov: ArrayLike,
    transition_cov: ArrayLike,
) -> LinearGaussianModel:
    """Dynamic factor model with one lag (Basturk et al. 2017, equation 17), stationary start.

    Parameters
    ----------
    loadings : (N, K) array
        Lambda.
    transition : (K, K) array
        Phi, with eigenvalues inside the unit circle.
    observation_cov : (N, N) array
        Sigma.
    transition_cov : (K, K) array
        Q.

    Raises
    ------
    ValueError
        If the factors are not stationary, and as :class:`LinearGaussianModel`.
    """
    from scipy.linalg import solve_discrete_lyapunov

    phi, cov = np.asarray(transition, dtype=float), np.asarray(transition_cov, dtype=float)
    radius = float(np.abs(np.linalg.eigvals(phi)).max())
    if not radius < 1:
        raise ValueError(
            f"transition has an eigenvalue of modulus {radius:.4g}, expected less than 1 for a "
            "stationary start"
        )
    initial = solve_discrete_lyapunov(phi, cov)
    return LinearGaussianModel(
        phi,
        cov,
        np.asarray(loadings, dtype=float),
        np.asarray(observation_cov, dtype=float),
        np.zeros(len(phi)),
        (initial + initial.T) / 2,
    )
