"""What the particle filters share: checks, weights, and the frame of a step.

M particles x^j with weights W^j stand for the belief at t. A step multiplies weights by factors and
normalises them; the sum before that is the estimate of p(y_t | y_1..y_{t-1}). All of it is done
with logarithms, so that densities of any size do. A step begins with resampling when the effective
number 1 / sum W^2 is below a share of M; otherwise weights are carried along.

Weights W_t carried along make the evidence right whether or not a step resamples. Basturk et al.
(2017), Section 4.1, print the mean of the new weights, which holds after resampling only.
"""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesfolio.core.types import FloatArray
from bayesfolio.filters.protocol import FilterInfo, ParticleCloud, WeightCollapseError, is_missing
from bayesfolio.filters.resampling import RESAMPLING
from bayesfolio.filters.state_space import StateSpaceModel

# glibc gives large blocks back to the system when they are freed, and the next array of that size
# then costs a page fault for every 4 kB, up to a quarter of a filter's time. It keeps blocks up to
# the size of the largest that it has seen freed; this shows it one, and touches no memory.
_block = np.empty(3_900_000)
del _block


class Weighed(NamedTuple):
    """Weights (M,) and their logarithms after an observation, and what it adds to the evidence."""

    weights: FloatArray
    log_weights: FloatArray
    log_increment: float
    ess: float


def reweigh(log_weights: FloatArray | float, log_factors: FloatArray | float, t: int) -> Weighed:
    """Multiply weights by factors, both as logarithms (M,), and let them sum to one again.

    ``log_increment`` is the logarithm of the sum before that.

    Raises
    ------
    WeightCollapseError
        If no weight is positive, or one is not a number.
    """
    log_weights = np.add(log_weights, log_factors)
    top = float(log_weights.max())
    if not math.isfinite(top):
        raise collapse(t, zero=top == -math.inf)
    weights = np.exp(log_weights - top)
    total = float(weights.sum())
    log_increment = top + math.log(total)
    ess = total * total / float(weights @ weights)
    log_weights -= log_increment
    weights *= 1 / total
    return Weighed(weights, log_weights, log_increment, ess)


def collapse(t: int, *, zero: bool) -> WeightCollapseError:
    """Error of a date at which no particle is possible, or at which densities are not numbers."""
    what = (
        "zero: the observation is impossible, or in floating point as good as impossible, for "
        "every particle; check its value and unit, or take more particles"
        if zero
        else "not all finite: the model's log densities are not numbers there"
    )
    return WeightCollapseError(f"at t = {t} the weights are {what}")


def weighted_cloud(
    particles: FloatArray,
    weighed: Weighed,
    log_evidence: float,
    mean: FloatArray | None = None,
) -> ParticleCloud:
    """Particles (M, K) with their weights, and their weighted mean unless a better one is known."""
    if mean is None:
        mean = weighed.weights @ particles
    return ParticleCloud(particles, weighed.weights, weighed.log_weights, log_evidence, mean)


@dataclass(frozen=True)
class ParticleFilter:
    """Frame of the particle filters.

    Attributes
    ----------
    model : StateSpaceModel
        The model.
    n_particles : int
        M, two at least.
    resampling : str
        A scheme of :data:`bayesfolio.filters.RESAMPLING`.
    ess_threshold : float
        A step begins with resampling if the effective number of particles is below this share of
        M. With 1 it always does, with 0 never.
    """

    model: StateSpaceModel
    n_particles: int
    resampling: str = "systematic"
    ess_threshold: float = 0.5

    def __post_init__(self) -> None:
        if not isinstance(self.n_particles, int | np.integer) or self.n_particles < 2:
            raise ValueError(f"n_particles is {self.n_particles}, expected 2 or more")
        if self.resampling not in RESAMPLING:
            raise ValueError(
                f"resampling is {self.resampling!r}, expected one of {', '.join(RESAMPLING)}"
            )
        if not 0 <= self.ess_threshold <= 1:
            raise ValueError(f"ess_threshold is {self.ess_threshold}, expected a number in [0, 1]")

    @property
    def n_observed(self) -> int:
        """Number of series observed."""
        return self.model.n_observed

    def init(self, rng: np.random.Generator, y0: FloatArray) -> ParticleCloud:
        """Weighted draws of x_0 given y_0 (N,), from the prior unless a filter knows better."""
        if is_missing(y0):
            particles = self.model.draw_initial(rng, self.n_particles)
            return weighted_cloud(particles, self._equal_weights(), 0.0)
        return self._begin(rng, y0)

    def step(
        self, rng: np.random.Generator, belief: ParticleCloud, t: int, y_t: FloatArray
    ) -> tuple[ParticleCloud, FilterInfo]:
        """Weighted draws of x_t given y up to t; a missing y_t (all NaN) only moves them."""
        if is_missing(y_t):
            particles = self.model.draw_transition(rng, t, belief.particles)
            weighed = reweigh(belief.log_weights, 0.0, t)
            moved = weighted_cloud(particles, weighed, belief.log_evidence)
            return moved, FilterInfo(0.0, weighed.ess)
        return self._advance(rng, belief, t, y_t)

    def _begin(self, rng: np.random.Generator, y0: FloatArray) -> ParticleCloud:
        particles = self.model.draw_initial(rng, self.n_particles)
        weighed = reweigh(
            -math.log(self.n_particles), self.model.log_observation(0, y0, particles), 0
        )
        return weighted_cloud(particles, weighed, weighed.log_increment)

    @abstractmethod
    def _advance(
        self, rng: np.random.Generator, cloud: ParticleCloud, t: int, y_t: FloatArray
    ) -> tuple[ParticleCloud, FilterInfo]:
        """Step with an observation."""

    def _equal_weights(self) -> Weighed:
        n = self.n_particles
        return Weighed(np.full(n, 1 / n), np.full(n, -math.log(n)), 0.0, n)

    def _ancestors(self, rng: np.random.Generator, weights: FloatArray) -> NDArray[np.int64]:
        return RESAMPLING[self.resampling](rng, weights, self.n_particles)


def take(particles: FloatArray, ancestors: NDArray[np.int64]) -> FloatArray:
    """Rows of particles (M, K), each column in one piece of memory."""
    return np.take(particles.T, ancestors, axis=1).T
