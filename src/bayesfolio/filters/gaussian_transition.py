"""Models with normal innovations and an observation density of known derivatives.

Such models can propose x_t with y_t in mind, for adapted filters and for the first fit of the
M-Filter. The mode x* of p(x_t | x_{t-1}, y_t) is found by a few steps of Newton in units of the
transition's root L, x = m(x_{t-1}) + L e:

    maximise log p(y_t | m + L e) - |e|^2 / 2,   step (I + L' C L)^-1 (L' s - e)

with s the gradient and C the negative Hessian of log p(y_t | x_t). Laplace's approximation at the
mode then gives the look-ahead p(y_t | x_{t-1}). Proposals are N(x*, Q), as wide as the transition;
narrower ones, with Laplace's covariance, could have unbounded weights.

The stochastic volatility model is that of Basturk et al. (2017), eq. (16), with mu the mean of x_t
where the paper's is the intercept.
"""

import math
from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.filters.linear import LinearMap, draw_normal, log_normal_about, sum_squares
from bayesfolio.filters.state_space import GaussianProposal, StateSpaceModel

_LOG_2PI = math.log(2 * math.pi)


class GaussianTransitionModel(StateSpaceModel):
    """x_0 ~ N(m_0, P), x_t = m(x_{t-1}) + N(0, Q), with a log-concave density of y_t given x_t.

    A model defines these and the derivatives of the observation density. This class makes proposals
    of them: normal ones about the modes x* of p(x_t | x_{t-1}, y_t), with covariance Q. With s the
    gradient of log p(y_t | x_t) at x*, N(x*, Q) is proportional to p(x_t | x_{t-1}) exp(s' x_t). A
    log-concave density lies below its tangent, so importance weights are bounded (Pitt and
    Shephard, 1999). Look-ahead is Laplace's approximation.
    """

    newton_steps = 2
    """Steps to the mode; two are enough where Q times the curvature of the log density is small."""

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
        return draw_normal(rng, self.initial_mean, self.initial_root, n)

    def draw_transition(self, rng: np.random.Generator, t: int, previous: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        mean = self.transition_mean(t, previous)
        return draw_normal(rng, mean, self.transition_root, len(previous))

    def log_initial(self, particles: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        return log_normal_about(self.initial_mean, self.initial_root, particles)

    def log_transition(self, t: int, particles: FloatArray, previous: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        mean = self.transition_mean(t, previous)
        return log_normal_about(mean, self.transition_root, particles)

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
