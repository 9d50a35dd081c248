"""The bootstrap filter of Gordon, Salmond and Smith (1993): PF in Basturk et al. (2017).

Section 4.1 there has it in five steps. Particles move by the transition, x_t^j ~ p(x_t |
x_{t-1}^j), and are weighed by the observation density, W_t^j proportional to W_{t-1}^j p(y_t |
x_t^j). The sum before normalising estimates p(y_t | y_1..y_{t-1}) without bias.

What differs from the paper: particles are resampled at the beginning of a step, and only if their
effective number is below a share of M. Otherwise the weights of the date before are carried along.
The likelihood of its step 5 has these weights and a factor 1 / M as well, which is one too many
when they sum to one.
"""

import math

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.filters.particles import ParticleFilter, reweigh, take, weighted_cloud
from bayesfolio.filters.protocol import FilterInfo, ParticleCloud


class BootstrapFilter(ParticleFilter):
    """Particle filter that proposes from the transition and weighs by the observation density."""

    def _advance(
        self, rng: np.random.Generator, cloud: ParticleCloud, t: int, y_t: FloatArray
    ) -> tuple[ParticleCloud, FilterInfo]:
        particles, log_weights = cloud.particles, cloud.log_weights
        resampled = cloud.ess < self.ess_threshold * self.n_particles
        if resampled:
            particles = take(particles, self._ancestors(rng, cloud.weights))
        particles = self.model.draw_transition(rng, t, particles)
        weighed = reweigh(
            -math.log(self.n_particles) if resampled else log_weights,
            self.model.log_observation(t, y_t, particles),
            t,
        )
        new = weighted_cloud(particles, weighed, cloud.log_evidence + weighed.log_increment)
        return new, FilterInfo(weighed.log_increment, weighed.ess, resampled)
