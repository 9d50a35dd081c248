"""Logistic-normal weights as a state-space model (Basturk et al. 2017, eq. (10), (12) and (14)).

States x_t (K,) walk at random and w_t = softmax(x_t) are the weights of a mixture. What is observed
at t are the K log densities log q_kt of the outcome, so that

    log p(r_t | x_t) = log sum_k w_kt q_kt

With w the weights and r_k = w_k q_k / sum_j w_j q_j the components' probabilities given the
outcome, the gradient in x is r - w. Proposals move the transition's mean m by s^2 (r - w), one step
of the gradient in units of the transition's variance, and look ahead to the second order in s:

    p(r_t | x_{t-1}) is about p(r_t | m) (1 + s^2 sum_k w_k (w_k - r_k))

x and x + c give the same weights, so K states carry K - 1 weights. Keeping all K treats components
alike. Timing: the drift at t is made of scores dated t - 1 or earlier.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.filters.linear import LinearMap, draw_normal, log_normal_about
from bayesfolio.filters.state_space import GaussianProposal, StateSpaceModel

_TINY = 1e-280


@dataclass(frozen=True)
class LogisticNormalWeights(StateSpaceModel):
    """Weights w_t = softmax(x_t) of K densities, whose mixture is the density of an outcome.

    x_0 ~ N(m_0, s_0^2 I), x_t = x_{t-1} + d_t + N(0, s^2 I), and the observations at t are the K
    log densities log q_t of the outcome: log p(outcome | x_t) = log sum_k w_tk q_tk. Adding a
    number to all K states changes nothing.

    Attributes
    ----------
    initial_mean : (K,) array
        m_0.
    initial_sd, drift_sd : float
        s_0 and s, zero or more. Proposals with the outcome in mind need both above zero.
    drift : (T, K) array, optional
        d_t, from dates before t; none for a random walk. Row 0 is not used.
    """

    initial_mean: FloatArray
    initial_sd: float
    drift_sd: float
    drift: FloatArray | None = None

    @property
    def n_states(self) -> int:
        """Number K of components."""
        return len(self.initial_mean)

    @property
    def n_observed(self) -> int:
        """K log densities."""
        return len(self.initial_mean)

    @cached_property
    def _initial_root(self) -> LinearMap:
        return LinearMap(self.initial_sd * np.eye(self.n_states))

    @cached_property
    def _drift_root(self) -> LinearMap:
        return LinearMap(self.drift_sd * np.eye(self.n_states))

    def draw_initial(self, rng: np.random.Generator, n: int) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        return draw_normal(rng, self.initial_mean, self._initial_root, n)

    def draw_transition(self, rng: np.random.Generator, t: int, previous: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        return draw_normal(rng, self._transition_mean(t, previous), self._drift_root, len(previous))

    def log_initial(self, particles: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        return log_normal_about(self.initial_mean, self._initial_root, particles)

    def log_transition(self, t: int, particles: FloatArray, previous: FloatArray) -> FloatArray:
        """See :class:`StateSpaceModel`."""
        return log_normal_about(self._transition_mean(t, previous), self._drift_root, particles)

    def log_observation(self, t: int, y_t: FloatArray, particles: FloatArray) -> FloatArray:
        """Log density (n,) of the outcome, from its log densities ``y_t`` (K,) by component."""
        return log_mixture(y_t, *unnormalised(particles), particles)

    def conditional_proposal(
        self, t: int, y_t: FloatArray, previous: FloatArray
    ) -> GaussianProposal:
        """Normal proposals a step of the gradient away from the transition's mean."""
        mean = self._transition_mean(t, previous)
        return self._propose(y_t, mean, self._drift_root, self.drift_sd)

    def initial_proposal(self, y0: FloatArray) -> GaussianProposal:
        """One normal proposal of x_0."""
        return self._propose(y0, self.initial_mean[None, :], self._initial_root, self.initial_sd)

    def _transition_mean(self, t: int, previous: FloatArray) -> FloatArray:
        return previous if self.drift is None else (previous.T + self.drift[t][:, None]).T

    def _propose(
        self, y_t: FloatArray, mean: FloatArray, root: LinearMap, sd: float
    ) -> GaussianProposal:
        # w are the weights, r the components' probabilities given the outcome, and log p(y | x) has
        # gradient r - w. To the second order in sd, E p(y | mean + sd e) / p(y | mean) - 1 is
        # sd^2 sum_k w_k (w_k - r_k). The look-ahead is the log of that, to the same order.
        prior, totals = unnormalised(mean)
        posterior, posterior_totals = unnormalised(mean + y_t)
        log_density = log_mixture(y_t, prior, totals, mean)
        w, r = prior / totals, posterior / posterior_totals
        look_ahead = log_density + sd**2 * np.einsum("kn,kn->n", w, w - r)
        return GaussianProposal(mean + sd**2 * (r - w).T, root, look_ahead, exact=False)


def unnormalised(particles: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weights (K, n) of particles (n, K) up to a factor, and their sums (n,)."""
    states = particles.T
    parts = states - states.max(axis=0)
    np.exp(parts, out=parts)
    return parts, parts.sum(axis=0)


def log_mixture(
    log_densities: FloatArray, parts: FloatArray, totals: FloatArray, particles: FloatArray
) -> FloatArray:
    """Log of the mixture density (n,), from :func:`unnormalised` weights of particles (n, K)."""
    top = float(log_densities.max())
    scaled = np.exp(log_densities - top) @ parts
    scaled /= totals
    if scaled.min() > _TINY:
        out: FloatArray = np.log(scaled, out=scaled)
        return out + top
    # Products too small for a floating point number: once more with logarithms.
    return np.logaddexp.reduce(particles + log_densities, axis=1) - np.logaddexp.reduce(
        particles, axis=1
    )
