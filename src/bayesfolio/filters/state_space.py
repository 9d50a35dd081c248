"""Descriptions of state-space models, vectorised over particles.

A model is x_0 ~ p(x_0), x_t ~ p(x_t | x_{t-1}), y_t ~ p(y_t | x_t) (Basturk et al. 2017, eq. (13)
and (14)). The bootstrap filter needs draws of the first two and the density of the third. Adapted
filters and the M-Filter also evaluate the first two, and what some models can do beyond that is
named by the protocols `HasTransitionMean` and `HasConditionalProposal`.

x_0 is the state of the first observation. Arrays of states are (M, K), one particle a row; they may
be kept with each state's values together (Fortran order), which is how the filters use them.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.filters.linear import LinearMap, draw_noise, log_normal


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
        return particles, log_normal(noise) - self.root.log_det


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


class Simulator(Protocol):
    """A model that can simulate data."""

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
