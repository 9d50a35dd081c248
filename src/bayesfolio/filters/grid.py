"""A filter on a grid: exact, up to the grid's fineness, for any model with one state.

The integral of the filter's recursion over x_{t-1} becomes a sum over G points of spacing d, one
matrix product with moves p(x_i | x_j) d. For a smooth transition density this sum is the
trapezoidal rule, whose error falls faster than any power of d, so that a few points to a standard
deviation give ten digits. It is the exact reference for stochastic volatility, where Basturk et al.
(2017, Table 3) use a quasi-likelihood Kalman filter.

What can go wrong is a grid that is too narrow, and that is an error as soon as an end point has a
probability above EDGE_MASS. Timing is as in `filters.protocol`.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.filters.particles import reweigh, weighted_cloud
from bayesfolio.filters.protocol import FilterInfo, ParticleCloud, is_missing
from bayesfolio.filters.state_space import StateSpaceModel

EDGE_MASS = 1e-8
"""Probability of an end point of the grid above which the grid is too narrow."""


@dataclass(frozen=True)
class GridFilter:
    """Filter whose particles are the points of a fixed grid.

    Attributes
    ----------
    model : StateSpaceModel
        A model with one state whose transition density is the same at all dates.
    lower, upper : float
        Ends of the grid; the state must be inside at all dates.
    n_points : int
        Points, equally spaced. A few to each standard deviation of the state's innovations and
        of its distribution given the data are enough for ten digits.
    """

    model: StateSpaceModel
    lower: float
    upper: float
    n_points: int = 2001

    def __post_init__(self) -> None:
        if self.model.n_states != 1:
            raise ValueError(f"the model has {self.model.n_states} states, a grid takes one")
        if not self.lower < self.upper:
            raise ValueError(f"the grid is from {self.lower} to {self.upper}, expected a rise")
        if self.n_points < 3:
            raise ValueError(f"the grid has {self.n_points} points, expected three at least")

    @property
    def n_observed(self) -> int:
        """Number of series observed."""
        return self.model.n_observed

    @cached_property
    def points(self) -> FloatArray:
        """The grid, (G, 1)."""
        return np.linspace(self.lower, self.upper, self.n_points)[:, None]

    @cached_property
    def _moves(self) -> FloatArray:
        """Probabilities (G, G) of moving from the second point to the first."""
        points, n = self.points, self.n_points
        new, old = np.repeat(points, n, axis=0), np.tile(points, (n, 1))
        width = (self.upper - self.lower) / (n - 1)
        return np.exp(self.model.log_transition(1, new, old)).reshape(n, n) * width

    def init(self, rng: np.random.Generator, y0: FloatArray) -> ParticleCloud:
        """Distribution of x_0 given y_0; ``rng`` is not used."""
        width = (self.upper - self.lower) / (self.n_points - 1)
        prior = self.model.log_initial(self.points) + np.log(width)
        return self._weigh(prior, 0.0, 0, y0)

    def step(
        self, rng: np.random.Generator, belief: ParticleCloud, t: int, y_t: FloatArray
    ) -> tuple[ParticleCloud, FilterInfo]:
        """Distribution of x_t given y up to t; ``rng`` is not used."""
        with np.errstate(divide="ignore"):
            prior = np.log(self._moves @ belief.weights)
        new = self._weigh(prior, belief.log_evidence, t, y_t)
        return new, FilterInfo(new.log_evidence - belief.log_evidence, new.ess)

    def _weigh(
        self, prior: FloatArray, log_evidence: float, t: int, y_t: FloatArray
    ) -> ParticleCloud:
        missing = is_missing(y_t)
        likelihood = 0.0 if missing else self.model.log_observation(t, y_t, self.points)
        weighed = reweigh(prior, likelihood, t)
        ends = max(weighed.weights[0], weighed.weights[-1])
        if ends > EDGE_MASS:
            raise ValueError(
                f"the grid from {self.lower} to {self.upper} is too narrow at t = {t}: an end "
                f"point has probability {ends:.2g}; widen it"
            )
        increment = 0.0 if missing else weighed.log_increment
        return weighted_cloud(self.points, weighed, log_evidence + increment)
