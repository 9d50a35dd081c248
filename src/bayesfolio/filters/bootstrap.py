"""The bootstrap filter of Gordon, Salmond and Smith (1993): PF in Basturk et al. (2017)."""

import math

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.filters.particles import ParticleFilter, reweigh, take, weighted_cloud
from bayesfolio.filters.protocol import FilterInfo, ParticleCloud


class BootstrapFilter(ParticleFilter):
    """Particles move by the model's transition and are weighed by the observation density."""

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
