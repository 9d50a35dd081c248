"""The auxiliary filter of Pitt and Shephard (1999): APF in Basturk et al. (2017), Tables 2 to 4.

The bootstrap filter resamples before it has seen y_t, and wastes particles whose descendants y_t
makes impossible. Here ancestors are chosen with y_t in mind. With look-ahead lambda_j, an estimate
of p(y_t | x_{t-1}^j), there are two stages of weights:

    first:  V_j = W_{t-1}^j lambda_j
    second: p(y_t | x_t) p(x_t | x_{t-1}) / (g(x_t | x_{t-1}, y_t) lambda)

where g is the density that x_t is drawn from. Ancestors are resampled by the first if their
effective number is low; the second are what the first left out. Without resampling the second are
applied to W_{t-1}, without lambda. The evidence increment is the log of the sum of the V_j times
the mean of the second weights, which is unbiased for p(y_t | y_1..y_{t-1}) on the natural scale.

In linear Gaussian models lambda and g are exact: second weights are all one, and the filtered mean
is that of the proposals' means, which has less variance than that of the draws. Point look-ahead,
lambda = p(y_t | E[x_t | x_{t-1}]) and g the transition, is kept as the variant of the literature.
Its likelihood fails on the dynamic factor model, as in the paper's Table 4: where y_t says much
about x_t, the density at one point says little of the integral.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.filters.particles import ParticleFilter, Weighed, reweigh, take, weighted_cloud
from bayesfolio.filters.protocol import FilterInfo, ParticleCloud
from bayesfolio.filters.state_space import HasConditionalProposal, HasTransitionMean


@dataclass(frozen=True)
class AuxiliaryFilter(ParticleFilter):
    """Particle filter whose ancestors are chosen with y_t in mind.

    Attributes
    ----------
    look_ahead : {"adapted", "point"}
        ``adapted``: ancestors by (an approximation of) p(y_t | x_{t-1}) and x_t from (one of)
        p(x_t | x_{t-1}, y_t); needs a model with ``conditional_proposal``. In linear Gaussian
        models both are exact, and the filtered mean is then that of the proposals' means
        (Rao-Blackwell). ``point``: ancestors by p(y_t | E[x_t | x_{t-1}]) and x_t from the
        transition, as in much of the literature. It fails where y_t says much about x_t; an
        ancestor whose point is impossible is lost, though its descendants may be possible.
    """

    look_ahead: Literal["adapted", "point"] = "adapted"

    def __post_init__(self) -> None:
        super().__post_init__()
        needed = {
            "adapted": (HasConditionalProposal, "conditional_proposal"),
            "point": (HasTransitionMean, "transition_mean"),
        }
        if self.look_ahead not in needed:
            raise ValueError(f"look_ahead is {self.look_ahead!r}, expected adapted or point")
        protocol, method = needed[self.look_ahead]
        if not isinstance(self.model, protocol):
            raise ValueError(
                f"{self.look_ahead} look-ahead needs a model with {method}, and "
                f"{type(self.model).__name__} has none"
            )

    def _begin(self, rng: np.random.Generator, y0: FloatArray) -> ParticleCloud:
        if self.look_ahead == "point":
            return super()._begin(rng, y0)
        proposal = cast(HasConditionalProposal, self.model).initial_proposal(y0)
        log_evidence = float(proposal.log_look_ahead[0])
        particles, log_proposal = proposal.repeat(self.n_particles).draw(rng)
        if proposal.exact:
            return weighted_cloud(particles, self._equal_weights(), log_evidence, proposal.means[0])
        log_factors = self.model.log_observation(0, y0, particles)
        log_factors += self.model.log_initial(particles)
        weighed = reweigh(-math.log(self.n_particles), log_factors - log_proposal, 0)
        return weighted_cloud(particles, weighed, weighed.log_increment)

    def _advance(
        self, rng: np.random.Generator, cloud: ParticleCloud, t: int, y_t: FloatArray
    ) -> tuple[ParticleCloud, FilterInfo]:
        if self.look_ahead == "point":
            return self._advance_by_points(rng, cloud, t, y_t)
        return self._advance_adapted(rng, cloud, t, y_t)

    def _advance_adapted(
        self, rng: np.random.Generator, cloud: ParticleCloud, t: int, y_t: FloatArray
    ) -> tuple[ParticleCloud, FilterInfo]:
        previous = cloud.particles
        proposal = cast(HasConditionalProposal, self.model).conditional_proposal(t, y_t, previous)
        first = reweigh(cloud.log_weights, proposal.log_look_ahead, t)
        resampled = first.ess < self.ess_threshold * self.n_particles
        chosen = proposal
        if resampled:
            ancestors = self._ancestors(rng, first.weights)
            chosen = replace(
                proposal,
                means=take(proposal.means, ancestors),
                log_look_ahead=proposal.log_look_ahead[ancestors],
            )
        particles, log_proposal = chosen.draw(rng)
        if proposal.exact:
            log_evidence = cloud.log_evidence + first.log_increment
            mean = first.weights @ proposal.means
            kept = self._equal_weights() if resampled else first
            new = weighted_cloud(particles, kept, log_evidence, mean)
            return new, FilterInfo(first.log_increment, kept.ess, resampled)
        if resampled:
            previous = take(previous, ancestors)
        log_factors = self.model.log_observation(t, y_t, particles)
        log_factors += self.model.log_transition(t, particles, previous)
        log_factors -= log_proposal
        if resampled:
            log_factors -= chosen.log_look_ahead
        return self._weigh(cloud, particles, first, resampled, log_factors, t)

    def _advance_by_points(
        self, rng: np.random.Generator, cloud: ParticleCloud, t: int, y_t: FloatArray
    ) -> tuple[ParticleCloud, FilterInfo]:
        model, previous = self.model, cloud.particles
        points = cast(HasTransitionMean, model).transition_mean(t, previous)
        log_points = model.log_observation(t, y_t, points)
        first = reweigh(cloud.log_weights, log_points, t)
        resampled = first.ess < self.ess_threshold * self.n_particles
        if resampled:
            ancestors = self._ancestors(rng, first.weights)
            previous = take(previous, ancestors)
        particles = model.draw_transition(rng, t, previous)
        log_factors = model.log_observation(t, y_t, particles)
        if resampled:
            log_factors -= log_points[ancestors]
        return self._weigh(cloud, particles, first, resampled, log_factors, t)

    def _weigh(
        self,
        cloud: ParticleCloud,
        particles: FloatArray,
        first: Weighed,
        resampled: bool,
        log_factors: FloatArray,
        t: int,
    ) -> tuple[ParticleCloud, FilterInfo]:
        """Apply the second weights; after resampling they are what the first ones left out."""
        start = -math.log(self.n_particles) if resampled else cloud.log_weights
        second = reweigh(start, log_factors, t)
        increment = second.log_increment + (first.log_increment if resampled else 0.0)
        new = weighted_cloud(particles, second, cloud.log_evidence + increment)
        return new, FilterInfo(increment, second.ess, resampled)
