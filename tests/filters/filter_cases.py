"""Models and yardsticks that several tests of the filters share."""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from bayesfolio.filters.gaussian_transition import GaussianTransitionModel
from bayesfolio.filters.linear import LinearMap
from bayesfolio.filters.linear_gaussian import LinearGaussianModel, dynamic_factor
from bayesfolio.filters.state_space import StateSpaceModel

FloatArray = NDArray[np.float64]


def random_cov(rng: np.random.Generator, size: int) -> FloatArray:
    root = rng.normal(size=(size, size + 2))
    return root @ root.T / size


def dense_model(n_states: int, n_observed: int, seed: int = 0) -> LinearGaussianModel:
    """Every matrix full, an intercept and a start away from zero."""
    rng = np.random.default_rng(seed)
    transition = rng.normal(size=(n_states, n_states))
    transition *= 0.9 / np.abs(np.linalg.eigvals(transition)).max()
    return LinearGaussianModel(
        transition,
        random_cov(rng, n_states),
        rng.normal(size=(n_observed, n_states)),
        random_cov(rng, n_observed),
        rng.normal(size=n_states),
        random_cov(rng, n_states),
        rng.normal(size=n_observed),
    )


def small_factor_model() -> LinearGaussianModel:
    """Two correlated factors of four series."""
    loadings = np.array([[0.8, 0.0], [0.5, 0.7], [-0.3, 0.6], [0.4, -0.2]])
    transition = np.array([[0.7, 0.2], [-0.1, 0.5]])
    cov = np.array([[0.5, 0.2], [0.2, 0.4]])
    return dynamic_factor(loadings, transition, np.diag([1.0, 0.8, 1.2, 0.6]), cov)


def joint_gaussian(model: LinearGaussianModel, y: FloatArray, t: int) -> tuple:
    """Log density of y up to t, and mean and covariance of x_t, from the joint of everything."""
    n, k = t + 1, model.n_states
    F, Q = model.transition, model.transition_cov
    powers = [np.linalg.matrix_power(F, s) for s in range(n)]
    mean = np.concatenate([power @ model.initial_mean for power in powers])
    # Every state is a sum of powers of F times shocks, the first of which is x_0 itself.
    lower = np.zeros((n * k, n * k))
    for i, j in itertools.product(range(n), range(n)):
        if j <= i:
            lower[i * k : (i + 1) * k, j * k : (j + 1) * k] = powers[i - j]
    shocks = np.kron(np.eye(n), Q)
    shocks[:k, :k] = model.initial_cov
    cov = lower @ shocks @ lower.T
    seen = [s for s in range(n) if not np.isnan(y[s, 0])]
    last_mean, last_cov = mean[-k:], cov[-k:, -k:]
    if not seen:
        return 0.0, last_mean, last_cov
    loadings = np.kron(np.eye(n)[seen], model.loadings)
    y_mean = loadings @ mean + np.tile(model.observation_intercept, len(seen))
    y_cov = loadings @ cov @ loadings.T + np.kron(np.eye(len(seen)), model.observation_cov)
    error = y[seen].ravel() - y_mean
    log_density = stats.multivariate_normal(y_mean, y_cov).logpdf(y[seen].ravel())
    between = (cov @ loadings.T)[-k:]
    last_mean = last_mean + between @ np.linalg.solve(y_cov, error)
    last_cov = last_cov - between @ np.linalg.solve(y_cov, between.T)
    return float(log_density), last_mean, last_cov


@dataclass(frozen=True)
class FiniteModel(StateSpaceModel):
    """A Markov chain on 0, 1, ..., and symbols seen with probabilities that depend on it."""

    initial: FloatArray
    moves: FloatArray
    symbols: FloatArray

    @property
    def n_states(self) -> int:
        return 1

    @property
    def n_observed(self) -> int:
        return 1

    def draw_initial(self, rng: np.random.Generator, n: int) -> FloatArray:
        return rng.choice(len(self.initial), n, p=self.initial)[:, None].astype(float)

    def draw_transition(self, rng: np.random.Generator, t: int, previous: FloatArray) -> FloatArray:
        ends = np.cumsum(self.moves, axis=1)[previous[:, 0].astype(int)]
        return (ends[:, :-1] < rng.random((len(previous), 1))).sum(axis=1)[:, None].astype(float)

    def log_initial(self, particles: FloatArray) -> FloatArray:
        return np.log(self.initial[particles[:, 0].astype(int)])

    def log_transition(self, t: int, particles: FloatArray, previous: FloatArray) -> FloatArray:
        return np.log(self.moves[previous[:, 0].astype(int), particles[:, 0].astype(int)])

    def log_observation(self, t: int, y_t: FloatArray, particles: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.log(self.symbols[particles[:, 0].astype(int), int(y_t[0])])

    def enumerate(self, y: FloatArray) -> tuple[float, float]:
        """Likelihood and filtered mean at the last date, from all paths."""
        total, first_moment = 0.0, 0.0
        for path in itertools.product(range(len(self.initial)), repeat=len(y)):
            p = self.initial[path[0]]
            for t, state in enumerate(path):
                if t:
                    p *= self.moves[path[t - 1], state]
                if not np.isnan(y[t]):
                    p *= self.symbols[state, int(y[t])]
            total += p
            first_moment += p * path[-1]
        return total, first_moment / total


def finite_model() -> FiniteModel:
    """Three states, of which the second cannot be followed by what the third shows."""
    return FiniteModel(
        np.array([0.5, 0.3, 0.2]),
        np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.3, 0.3, 0.4]]),
        np.array([[0.6, 0.3, 0.1], [0.2, 0.8, 0.0], [0.1, 0.3, 0.6]]),
    )


@dataclass(frozen=True)
class PoissonModel(GaussianTransitionModel):
    """Counts (2,) with log intensities c + B x of two dependent states."""

    scale: float = 1.0

    loadings = np.array([[0.8, 0.3], [-0.2, 0.6]])
    intercept = np.array([0.5, 1.0])
    phi = np.array([[0.7, 0.1], [0.2, 0.6]])

    @property
    def n_states(self) -> int:
        return 2

    @property
    def n_observed(self) -> int:
        return 2

    @property
    def initial_mean(self) -> FloatArray:
        return np.array([0.2, -0.3])

    @property
    def initial_root(self) -> LinearMap:
        return LinearMap(self.scale * np.array([[0.6, 0.0], [0.2, 0.5]]))

    @property
    def transition_root(self) -> LinearMap:
        return LinearMap(self.scale * np.array([[0.4, 0.0], [-0.2, 0.3]]))

    def transition_mean(self, t: int, previous: FloatArray) -> FloatArray:
        return previous @ self.phi.T

    def log_observation(self, t: int, y_t: FloatArray, particles: FloatArray) -> FloatArray:
        log_mean = self.intercept + particles @ self.loadings.T
        terms = y_t * log_mean - np.exp(log_mean) - special.gammaln(y_t + 1)
        return terms.sum(axis=1)

    def observation_derivatives(
        self, t: int, y_t: FloatArray, particles: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        mean = np.exp(self.intercept + particles @ self.loadings.T)
        gradient = (y_t - mean) @ self.loadings
        curvature = np.einsum("nj,jk,jl->nkl", mean, self.loadings, self.loadings)
        return gradient, curvature


@dataclass(frozen=True)
class SquareModel(StateSpaceModel):
    """x_t = .5 x_{t-1} + N(0, 10), y_t = x_t^2 / 20 + N(0, sd^2): the sign of x_t is not seen."""

    sd: float = 0.3
    persistence: float = 0.5
    innovation_sd: float = 10**0.5
    initial_sd: float = 4.0

    @property
    def n_states(self) -> int:
        return 1

    @property
    def n_observed(self) -> int:
        return 1

    def draw_initial(self, rng: np.random.Generator, n: int) -> FloatArray:
        return self.initial_sd * rng.standard_normal((n, 1))

    def draw_transition(self, rng: np.random.Generator, t: int, previous: FloatArray) -> FloatArray:
        noise = rng.standard_normal(previous.shape)
        return self.persistence * previous + self.innovation_sd * noise

    def draw_observation(self, rng: np.random.Generator, t: int, state: FloatArray) -> FloatArray:
        return state**2 / 20 + self.sd * rng.standard_normal(1)

    def log_initial(self, particles: FloatArray) -> FloatArray:
        return _log_normal(particles[:, 0], self.initial_sd)

    def log_transition(self, t: int, particles: FloatArray, previous: FloatArray) -> FloatArray:
        return _log_normal((particles - self.persistence * previous)[:, 0], self.innovation_sd)

    def log_observation(self, t: int, y_t: FloatArray, particles: FloatArray) -> FloatArray:
        return _log_normal(y_t[0] - particles[:, 0] ** 2 / 20, self.sd)


class Plain(StateSpaceModel):
    """A model without the abilities that filters may use where they find them."""

    def __init__(self, model: StateSpaceModel) -> None:
        self._model = model
        for name in (
            "draw_initial",
            "draw_transition",
            "log_initial",
            "log_transition",
            "log_observation",
        ):
            setattr(self, name, getattr(model, name))

    n_states = property(lambda self: self._model.n_states)
    n_observed = property(lambda self: self._model.n_observed)
    draw_initial = draw_transition = log_initial = log_transition = log_observation = None


def _log_normal(error: FloatArray, sd: float) -> FloatArray:
    return -0.5 * (error / sd) ** 2 - math.log(sd) - 0.5 * math.log(2 * math.pi)


def standard_errors(values: FloatArray, expected: float | FloatArray) -> float:
    """Largest distance of means of rows from what is expected, in standard errors."""
    values = np.asarray(values, dtype=float)
    spread = values.std(axis=0, ddof=1) / len(values) ** 0.5
    return float(np.max(np.abs(values.mean(axis=0) - expected) / spread))


def z_bound(false_alarm: float, n_tests: int = 1) -> float:
    """Number of standard errors that the largest of so many normals exceeds so rarely."""
    return float(stats.norm.isf(false_alarm / 2 / n_tests))


def replicate(run: Callable[[np.random.Generator], object], n: int, seed: int) -> list:
    return [run(rng) for rng in np.random.default_rng(seed).spawn(n)]
