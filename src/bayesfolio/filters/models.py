"""Descriptions of state-space models, vectorised over particles.

x_0 is the state of the first observation. Arrays of states are (M, K), one particle a row; they may
be kept with each state's values together (Fortran order), which is how the filters use them.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesfolio.filters.linear import LinearMap, draw_noise, sum_squares

FloatArray = NDArray[np.float64]

_LOG_2PI = math.log(2 * math.pi)


class StateSpaceModel(ABC):
    """A Markov state x_t (K,) and observations y_t (N,) that depend on it alone.

    A model of your own derives from this class. For what some filters need beyond it see
    :class:`GaussianTransitionModel`.
    """

    @property
    @abstractmethod
    def n_states(self) -> int:
        """Number K of states."""

    @property
    @abstractmethod
    def n_observed(self) -> int:
        """Number N of series observed."""

    @abstractmethod
    def draw_initial(self, rng: np.random.Generator, n: int) -> FloatArray:
        """Draws (n, K) of x_0."""

    @abstractmethod
    def draw_transition(self, rng: np.random.Generator, t: int, previous: FloatArray) -> FloatArray:
        """Draws (n, K) of x_t, one for each row of x_{t-1} (n, K)."""

    @abstractmethod
    def log_initial(self, particles: FloatArray) -> FloatArray:
        """Log density (n,) of x_0 at particles (n, K)."""

    @abstractmethod
    def log_transition(self, t: int, particles: FloatArray, previous: FloatArray) -> FloatArray:
        """Log density (n,) of x_t at particles (n, K) given x_{t-1}, row by row."""

    @abstractmethod
    def log_observation(self, t: int, y_t: FloatArray, particles: FloatArray) -> FloatArray:
        """Log density (n,) of y_t (N,) given x_t at particles (n, K)."""


@dataclass(frozen=True)
class GaussianProposal:
    """Normal proposals of x_t with one covariance, from x_{t-1} and y_t.

    Attributes
    ----------
    means : (M, K) array
        One for each row of x_{t-1}.
    root : LinearMap
        Lower triangular root of the covariance.
    log_look_ahead : (M,) array
        Log p(y_t | x_{t-1}), exact or approximate.
    exact : bool
        Whether this is p(x_t | x_{t-1}, y_t) itself.
    """

    means: FloatArray
    root: LinearMap
    log_look_ahead: FloatArray
    exact: bool

    def repeat(self, n: int) -> "GaussianProposal":
        """A single proposal, n times."""
        means = np.repeat(self.means.T, n, axis=1).T
        return replace(self, means=means, log_look_ahead=np.repeat(self.log_look_ahead, n))

    def draw(self, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """One draw of each proposal, (M, K), and its log density, (M,)."""
        noise = draw_noise(rng, *self.means.shape)
        particles = self.root.apply(noise)
        particles += self.means
        return particles, _log_normal(noise) - self.root.log_det


@runtime_checkable
class HasTransitionMean(Protocol):
    """A model that knows E[x_t | x_{t-1}]: what point look-ahead needs."""

    def transition_mean(self, t: int, previous: FloatArray) -> FloatArray:
        """Means (n, K) of x_t given x_{t-1} (n, K)."""
        ...


@runtime_checkable
class HasConditionalProposal(Protocol):
    """A model that can propose x_t with y_t in mind: what adapted filters need."""

    def conditional_proposal(
        self, t: int, y_t: FloatArray, previous: FloatArray
    ) -> GaussianProposal:
        """Proposals of x_t given y_t (N,) and x_{t-1} (n, K)."""
        ...

    def initial_proposal(self, y0: FloatArray) -> GaussianProposal:
        """One proposal (M = 1) of x_0 given y_0 (N,)."""
        ...


class GaussianTransitionModel(StateSpaceModel):
    """x_0 ~ N(m_0, P), x_t = m(x_{t-1}) + N(0, Q), with a log-concave density of y_t given x_t.

    A model says what these are and gives the derivatives of the observation density; this class
    makes proposals of them: normal ones about the modes x* of p(x_t | x_{t-1}, y_t), with
    covariance Q. With s the gradient of log p(y_t | x_t) at x*, N(x*, Q) is proportional to
    p(x_t | x_{t-1}) exp(s' x_t). A log-concave density lies below its tangent, so importance
    weights are bounded (Pitt and Shephard, 1999). Look-ahead is Laplace's approximation.
    """

    newton_steps = 2
    """Enough where Q is small beside the curvature of the observation density."""

    initial_newton_steps = 20

    @property
    @abstractmethod
    def initial_mean(self) -> FloatArray:
        """m_0, (K,)."""

    @property
    @abstractmethod
    def initial_root(self) -> LinearMap:
        """Lower triangular root of P."""

    @property
    @abstractmethod
    def transition_root(self) -> LinearMap:
        """Lower triangular root of Q."""

    @abstractmethod
    def transition_mean(self, t: int, previous: FloatArray) -> FloatArray:
        """Means m(x_{t-1}), (n, K)."""

    @abstractmethod
    def observation_derivatives(
        self, t: int, y_t: FloatArray, particles: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Gradient (n, K) and negative Hessian (n, K, K) of log p(y_t | x_t) in x_t."""

    def draw_initial(self, rng: np.random.Generator, n: int) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        return _draw_normal(rng, self.initial_mean, self.initial_root, n)

    def draw_transition(self, rng: np.random.Generator, t: int, previous: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        mean = self.transition_mean(t, previous)
        return _draw_normal(rng, mean, self.transition_root, len(previous))

    def log_initial(self, particles: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        return _log_normal_about(self.initial_mean, self.initial_root, particles)

    def log_transition(self, t: int, particles: FloatArray, previous: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        mean = self.transition_mean(t, previous)
        return _log_normal_about(mean, self.transition_root, particles)

    def conditional_proposal(
        self, t: int, y_t: FloatArray, previous: FloatArray
    ) -> GaussianProposal:
        """See :class:`HasConditionalProposal`."""
        mean = self.transition_mean(t, previous)
        return self._propose(t, y_t, mean, self.transition_root, self.newton_steps)

    def initial_proposal(self, y0: FloatArray) -> GaussianProposal:
        """See :class:`HasConditionalProposal`."""
        mean = self.initial_mean[None, :]
        return self._propose(0, y0, mean, self.initial_root, self.initial_newton_steps)

    def _propose(
        self, t: int, y_t: FloatArray, mean: FloatArray, root: LinearMap, steps: int
    ) -> GaussianProposal:
        # In units of the root: x = mean + L e, and e is standard normal before y_t.
        mode, away = mean, np.zeros_like(mean)
        for _ in range(steps):
            gradient, curvature = self.observation_derivatives(t, y_t, mode)
            away = away + _newton_step(root, gradient, curvature, away)
            mode = mean + root.apply(away)
        _, curvature = self.observation_derivatives(t, y_t, mode)
        look_ahead = self.log_observation(t, y_t, mode) - 0.5 * sum_squares(away)
        look_ahead -= 0.5 * np.log(_shrinkage(root, curvature))
        return GaussianProposal(mode, root, look_ahead, exact=False)


def _newton_step(
    root: LinearMap, gradient: FloatArray, curvature: FloatArray, away: FloatArray
) -> FloatArray:
    """Newton's step in e for log p(y | m + L e) - |e|^2 / 2, (n, K)."""
    if away.shape[1] == 1:
        sd = float(root.matrix[0, 0])
        return (sd * gradient - away) / (1 + sd**2 * curvature[:, :, 0])
    lower = root.matrix
    scaled = np.eye(len(lower)) + lower.T @ curvature @ lower
    return np.asarray(np.linalg.solve(scaled, (gradient @ lower - away)[:, :, None])[:, :, 0])


def _shrinkage(root: LinearMap, curvature: FloatArray) -> FloatArray:
    """Determinants (n,) of I + L' C L."""
    if curvature.shape[1] == 1:
        variance = float(root.matrix[0, 0]) ** 2
        return 1 + variance * curvature[:, 0, 0]
    lower = root.matrix
    determinants: FloatArray = np.linalg.det(np.eye(len(lower)) + lower.T @ curvature @ lower)
    return determinants


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
        return _draw_normal(rng, self.initial_mean, self.initial_root, n)

    def draw_transition(self, rng: np.random.Generator, t: int, previous: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        mean = self.transition_map.apply(previous)
        return _draw_normal(rng, mean, self.transition_root, len(previous))

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
        return _log_normal_about(self.initial_mean, self.initial_root, particles)

    def log_transition(self, t: int, particles: FloatArray, previous: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        mean = self.transition_map.apply(previous)
        return _log_normal_about(mean, self.transition_root, particles)

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
    """What y ~ N(Z x, I) says of x ~ N(m, C), for many m."""

    root: LinearMap
    gain: FloatArray
    kept: LinearMap
    evidence: "_QuadraticDensity"

    @classmethod
    def create(cls, loadings: FloatArray, cov: FloatArray, log_scale: float) -> "_Conditioner":
        """From Z (N, K), C (K, K) and the log determinant of what whitened y."""
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
        """Of x given whitened y (N,) and its means (n, K) without y."""
        posterior_means = self.kept.apply(means)
        posterior_means += self.gain @ y
        log_evidence = self.evidence.log_density(y, means)
        return GaussianProposal(posterior_means, self.root, log_evidence, exact=True)


@dataclass(frozen=True)
class _QuadraticDensity:
    """Log density of y ~ N(A x, S) as a function of x: a triangle instead of all of A.

    With S = R R', R^-1 A = Q U and u = R^-1 y,
    |u - R^-1 A x|^2 = |U x - Q' u|^2 + |u|^2 - |Q' u|^2.
    """

    whiten: FloatArray
    basis: FloatArray
    triangle: LinearMap
    log_det: float

    @classmethod
    def create(cls, loadings: FloatArray, cov: FloatArray, log_scale: float) -> "_QuadraticDensity":
        """From A (N, K), S (N, N) and the log determinant of what whitened y already."""
        root = np.linalg.cholesky(cov)
        whiten = np.linalg.inv(root)
        basis, triangle = np.linalg.qr(whiten @ loadings)
        log_det = float(np.log(np.diag(root)).sum()) + log_scale
        return cls(whiten, basis, LinearMap(triangle), log_det)

    def log_density(self, y: FloatArray, states: FloatArray) -> FloatArray:
        """Log density (n,) at states (n, K)."""
        whitened = self.whiten @ y
        centre = self.basis.T @ whitened
        rest = float(whitened @ whitened - centre @ centre)
        away = self.triangle.apply(states)
        away -= centre
        out = sum_squares(away)
        out += rest + 2 * self.log_det + len(y) * _LOG_2PI
        out *= -0.5
        return out


@dataclass(frozen=True)
class StochasticVolatilityModel(GaussianTransitionModel):
    """y_t = sd exp(x_t / 2) N(0, 1), x_t = mu + phi (x_{t-1} - mu) + N(0, q), stationary.

    Basturk et al. (2017), equation (16).

    Attributes
    ----------
    persistence, innovation_var : float
        phi, less than 1 in absolute value, and q.
    observation_sd : float
        sd, the standard deviation of y_t where x_t = 0.
    level : float
        mu, the mean of x_t.
    """

    persistence: float
    innovation_var: float
    observation_sd: float = 1.0
    level: float = 0.0

    def __post_init__(self) -> None:
        if not abs(self.persistence) < 1:
            raise ValueError(f"persistence is {self.persistence}, expected a number in (-1, 1)")
        for name in ("innovation_var", "observation_sd"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} is {value}, expected a finite number above 0")
        if not math.isfinite(self.level):
            raise ValueError(f"level is {self.level}, expected a finite number")

    @property
    def n_states(self) -> int:
        """One state, the log variance."""
        return 1

    @property
    def n_observed(self) -> int:
        """One series."""
        return 1

    @property
    def stationary_var(self) -> float:
        """Variance of x_t."""
        return self.innovation_var / (1 - self.persistence**2)

    @property
    def initial_mean(self) -> FloatArray:
        """See :class:`GaussianTransitionModel`."""
        return np.array([self.level])

    @cached_property
    def initial_root(self) -> LinearMap:
        """See :class:`GaussianTransitionModel`."""
        return LinearMap(np.array([[math.sqrt(self.stationary_var)]]))

    @cached_property
    def transition_root(self) -> LinearMap:
        """See :class:`GaussianTransitionModel`."""
        return LinearMap(np.array([[math.sqrt(self.innovation_var)]]))

    def draw_observation(self, rng: np.random.Generator, t: int, state: FloatArray) -> FloatArray:
        """One observation (1,) given the state (1,) of its date."""
        return self.observation_sd * np.exp(state / 2) * rng.standard_normal(1)

    def transition_mean(self, t: int, previous: FloatArray) -> FloatArray:
        """See :class:`GaussianTransitionModel`."""
        mean = self.persistence * previous
        if self.level:
            mean += (1 - self.persistence) * self.level
        return mean

    def log_observation(self, t: int, y_t: FloatArray, particles: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        out = np.exp(-particles[:, 0])
        out *= (y_t[0] / self.observation_sd) ** 2
        out += particles[:, 0]
        out += _LOG_2PI + 2 * math.log(self.observation_sd)
        out *= -0.5
        return out

    def observation_derivatives(
        self, t: int, y_t: FloatArray, particles: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """See :class:`GaussianTransitionModel`."""
        half = 0.5 * (y_t[0] / self.observation_sd) ** 2 * np.exp(-particles)
        return half - 0.5, half[:, :, None]


class Simulator(Protocol):
    """A model that can make up data."""

    def draw_initial(self, rng: np.random.Generator, n: int) -> FloatArray:
        """Draws (n, K) of x_0."""
        ...

    def draw_transition(self, rng: np.random.Generator, t: int, previous: FloatArray) -> FloatArray:
        """Draws (n, K) of x_t given x_{t-1} (n, K)."""
        ...

    def draw_observation(self, rng: np.random.Generator, t: int, state: FloatArray) -> FloatArray:
        """One observation (N,) given the state (K,) of its date."""
        ...


def simulate(
    model: Simulator, rng: np.random.Generator, n_obs: int
) -> tuple[FloatArray, FloatArray]:
    """States (T, K) and observations (T, N) of a sample of ``n_obs`` dates, one at least."""
    if n_obs < 1:
        raise ValueError(f"n_obs is {n_obs}, expected one date at least")
    state = model.draw_initial(rng, 1)
    states, observations = [], []
    for t in range(n_obs):
        if t:
            state = model.draw_transition(rng, t, state)
        states.append(state[0])
        observations.append(model.draw_observation(rng, t, state[0]))
    return np.array(states), np.array(observations)


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


def check_covariance(name: str, cov: FloatArray) -> None:
    """Raise ValueError unless a matrix is symmetric and positive definite."""
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


def _log_normal(standardised: FloatArray) -> FloatArray:
    """Log density (n,) of the standard normal in K dimensions at (n, K)."""
    out = sum_squares(standardised)
    out += standardised.shape[1] * _LOG_2PI
    out *= -0.5
    return out


def _draw_normal(rng: np.random.Generator, mean: FloatArray, root: LinearMap, n: int) -> FloatArray:
    """Draws (n, K) about a mean (K,) or means (n, K)."""
    particles = root.apply_to_own(draw_noise(rng, n, len(root.matrix)))
    particles += mean
    return particles


def _log_normal_about(mean: FloatArray, root: LinearMap, particles: FloatArray) -> FloatArray:
    """Log density (n,) at particles (n, K) of normals about a mean (K,) or means (n, K)."""
    out = _log_normal(root.inverse.apply_to_own(particles - mean))
    out -= root.log_det
    return out
