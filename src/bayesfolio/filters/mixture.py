"""The M-Filter: proposals fitted anew at every date by MitISEM.

Basturk et al. (2017), Section 4.1 and Appendix B. At each date a mixture of Student t densities
q(x, z) is fitted to pairs of an ancestor x, drawn by its weight, and a state z of this date given x
and y_t. Its conditional is the proposal:

    g(z | x) = sum_h pi_h(x) t(z; m_h(x), s_h(x) C_h, nu_h + K)
    w^j = p(y_t | z^j) p(z^j | x^j) / g(z^j | x^j),   z^j ~ g(. | x^j)
    W_t^j proportional to W_{t-1}^j w^j,   p(y_t | y_1..y_{t-1}) estimated by sum_j W_{t-1}^j w^j

The mixture draws that are fitted to are not those that are filtered with. So the likelihood
estimate is unbiased whatever the fit, and a bad fit costs variance only.

Where the source slips, and what is done here:

* It prints a mixture for z alone, with draw j paired with ancestor j. z then knows nothing of its
  ancestor, and the weights suffer. That is variant ``literal``; there pairs are made at random.
* Its likelihood, the mean of the new weights, is right only if particles are resampled at every
  date. Here weights are carried along.
* It initialises alpha_0 from its prior. Here the first date has a fitted proposal too.
* Its growth of the mixture ends at a 1% gain in the weights' coefficient of variation, which is
  within the noise of an estimate from a thousand draws; here at 10% (`FitSettings`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.filters.mitisem import (
    FitSettings,
    Sample,
    ZeroDensityError,
    adapt,
    coefficient_of_variation,
)
from bayesfolio.filters.particles import ParticleFilter, collapse, reweigh, take, weighted_cloud
from bayesfolio.filters.protocol import FilterInfo, ParticleCloud
from bayesfolio.filters.resampling import stratified
from bayesfolio.filters.state_space import HasConditionalProposal
from bayesfolio.filters.student import StudentMixture

POOLED = 4
"""Samples of ancestors that are drawn together."""

THINNED = 4
"""Particles that are considered for each draw of an ancestor; where there are more, a regular
subsample of them."""


@dataclass(frozen=True)
class MixtureFilter(ParticleFilter):
    """The M-Filter.

    Attributes
    ----------
    n_fit : int, optional
        Draws that a proposal is fitted to, two for each ancestor. By default half the particles,
        but no more than 1,000 or 400 for each state, and no fewer than 500 or 100 for each state,
        whichever is more.
    fit : FitSettings
        How long to fit.
    variant : {"conditional", "literal"}
        Proposals given each particle's own ancestor, or the same for all as the paper prints.
    look_ahead : bool
        Whether particles are resampled by an estimate of p(y_t | x) as well, which the model must
        have (``conditional_proposal``); the weights then correct for it. This lowers the variance
        of the likelihood estimate where y_t says much about the state of the date before.
    """

    n_fit: int | None = None
    fit: FitSettings = field(default_factory=FitSettings)
    variant: Literal["conditional", "literal"] = "conditional"
    look_ahead: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        least = 20 * self.model.n_states
        if self.n_fit is not None and self.n_fit < least:
            raise ValueError(
                f"n_fit is {self.n_fit}, expected {least} or more for {self.model.n_states} states"
            )
        if self.variant not in ("conditional", "literal"):
            raise ValueError(f"variant is {self.variant!r}, expected conditional or literal")
        if self.look_ahead and self._proposer is None:
            raise ValueError(
                f"look_ahead needs a model with conditional_proposal, and "
                f"{type(self.model).__name__} has none"
            )

    @cached_property
    def _proposer(self) -> HasConditionalProposal | None:
        """The model, if it can propose x_t with y_t in mind."""
        return self.model if isinstance(self.model, HasConditionalProposal) else None

    @property
    def fit_draws(self) -> int:
        """Draws that a proposal is fitted to."""
        n_states = self.model.n_states
        least, most = max(500, 100 * n_states), max(1000, 400 * n_states)
        return self.n_fit or max(least, min(most, self.n_particles // 2))

    def _begin(self, rng: np.random.Generator, y0: FloatArray) -> ParticleCloud:
        model, n_fit, size = self.model, self.fit_draws, self.model.n_states

        def weigh(points: FloatArray) -> FloatArray:
            return model.log_observation(0, y0, points) + model.log_initial(points)

        def sample(mixture: StudentMixture) -> Sample:
            draws, log_density = mixture.draw(rng, n_fit)
            log_weights = weigh(draws) - log_density
            return Sample(draws, log_weights, coefficient_of_variation(log_weights))

        if self._proposer is not None:
            draws, log_density = self._proposer.initial_proposal(y0).repeat(n_fit).draw(rng)
            log_weights = weigh(draws) - log_density
        else:
            draws = model.draw_initial(rng, n_fit)
            log_weights = model.log_observation(0, y0, draws)
        first = Sample(draws, log_weights, math.inf)
        mixture = self._adapt(sample, first, size * (size + 3) // 2, 0)
        particles, log_density = mixture.draw(rng, self.n_particles)
        weighed = reweigh(-math.log(self.n_particles), weigh(particles) - log_density, 0)
        return weighted_cloud(particles, weighed, weighed.log_increment)

    def _advance(
        self, rng: np.random.Generator, cloud: ParticleCloud, t: int, y_t: FloatArray
    ) -> tuple[ParticleCloud, FilterInfo]:
        model = self.model
        ancestors, weights, log_weights, resampled = self._choose_ancestors(rng, cloud, t, y_t)
        mixture = self._fit_proposal(rng, ancestors, weights, t, y_t)
        if self.variant == "literal":
            particles, log_proposal = mixture.draw(rng, self.n_particles)
        else:
            particles, log_proposal = mixture.conditional(model.n_states).draw(rng, ancestors)
        log_factors = model.log_observation(t, y_t, particles)
        log_factors += model.log_transition(t, particles, ancestors)
        log_factors -= log_proposal
        weighed = reweigh(log_weights, log_factors, t)
        new = weighted_cloud(particles, weighed, cloud.log_evidence + weighed.log_increment)
        info = FilterInfo(weighed.log_increment, weighed.ess, resampled, mixture.n_components)
        return new, info

    def _choose_ancestors(
        self, rng: np.random.Generator, cloud: ParticleCloud, t: int, y_t: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, bool]:
        """States of t - 1, their weights and log weights, and whether they were resampled.

        Weights after look-ahead have a mean of about, and not exactly, one over the number of
        particles. They are unbiased estimates of what the weights before resampling stood for.
        """
        n, particles = self.n_particles, cloud.particles
        chances, ess, log_look_ahead = cloud.weights, cloud.ess, None
        if self.look_ahead and self._proposer is not None:
            log_look_ahead = self._proposer.conditional_proposal(t, y_t, particles).log_look_ahead
            first = reweigh(cloud.log_weights, log_look_ahead, t)
            # Defensively: no particle's chance is far below its weight.
            chances, ess = 0.9 * first.weights + 0.1 * cloud.weights, first.ess
        if not ess < self.ess_threshold * n:
            return particles, cloud.weights, cloud.log_weights, False
        rows = self._ancestors(rng, chances)
        if log_look_ahead is None:
            equal = self._equal_weights()
            return take(particles, rows), equal.weights, equal.log_weights, True
        log_weights = cloud.log_weights[rows] - np.log(chances[rows]) - math.log(n)
        return take(particles, rows), np.exp(log_weights), log_weights, True

    def _fit_proposal(
        self,
        rng: np.random.Generator,
        particles: FloatArray,
        weights: FloatArray,
        t: int,
        y_t: FloatArray,
    ) -> StudentMixture:
        """Mixture of (x, z), or of z alone in the literal variant."""
        model, literal = self.model, self.variant == "literal"
        n_pairs, size = self.fit_draws // 2, model.n_states
        # Of z alone, a location and a scale; given x, slopes too.
        n_params = size * (size + 3) // 2 if literal else 3 * size * (size + 1) // 2
        pool: list[FloatArray] = []

        def draw_ancestors() -> FloatArray:
            # Going through all the weights would cost more than the rest of a fit, and a fit needs
            # only some of them.
            if not pool:
                stride = max(1, self.n_particles // (THINNED * POOLED * n_pairs))
                some = slice(int(rng.integers(stride)), None, stride)
                if weights[some].sum() < 0.1 / stride:  # a few particles carry all weight
                    some = slice(None)
                rows = stratified(rng, weights[some], POOLED * n_pairs)
                states = particles[some]
                pool.extend(take(states, np.repeat(rows[k::POOLED], 2)) for k in range(POOLED))
            x = pool.pop()
            # The literal variant pairs draws and ancestors at random, as its filter does.
            return rng.permutation(x) if literal else x

        def weigh(x: FloatArray, z: FloatArray, log_density: FloatArray) -> FloatArray:
            log_weights = model.log_observation(t, y_t, z)
            log_weights += model.log_transition(t, z, x)
            log_weights -= log_density
            return log_weights

        def sample(mixture: StudentMixture) -> Sample:
            x = draw_ancestors()
            if literal:
                z, log_density = mixture.draw(rng, len(x))
                log_weights = weigh(x, z, log_density)
                return Sample(z, log_weights, coefficient_of_variation(log_weights))
            z, log_density = mixture.conditional(model.n_states).draw(rng, x)
            log_weights = weigh(x, z, log_density)
            return Sample(np.hstack([x, z]), log_weights, _cv_within_pairs(log_weights))

        x = draw_ancestors()
        if self._proposer is not None:
            proposal = self._proposer.conditional_proposal(t, y_t, x)
            z, log_density = proposal.draw(rng)
            log_weights = weigh(x, z, log_density)
            if literal:
                return self._adapt(sample, Sample(z, log_weights, math.inf), n_params, t)
            # The fit is for z given x. What y_t says of x is left to the filter's weights, so that
            # the fit is good where the particles are.
            log_weights -= proposal.log_look_ahead
            first = Sample(np.hstack([x, z]), log_weights, _cv_within_pairs(log_weights))
            return self._adapt(sample, first, n_params, t)
        z = model.draw_transition(rng, t, x)
        log_weights = model.log_observation(t, y_t, z)
        draws = z if literal else np.hstack([x, z])
        return self._adapt(sample, Sample(draws, log_weights, math.inf), n_params, t)

    def _adapt(
        self,
        sample: Callable[[StudentMixture], Sample],
        first: Sample,
        n_params: int,
        t: int,
    ) -> StudentMixture:
        try:
            return adapt(sample, first, self.fit, n_params)
        except ZeroDensityError as error:
            raise collapse(t, zero=bool(np.all(first.log_weights == -math.inf))) from error


def _cv_within_pairs(log_weights: FloatArray) -> float:
    """Coefficient of variation of weights given the ancestor, from two draws for each.

    No proposal can reduce the variation between ancestors, so it is not counted.
    """
    weights = np.exp(log_weights - log_weights.max())
    differences = weights[::2] - weights[1::2]
    return float(math.sqrt(np.mean(np.square(differences)) / 2) / weights.mean())
