"""Density combination: time-varying weights of K predictive densities, filtered online.

Basturk et al. (2017), Sections 3.2 and 3.3, eq. (8) to (12). The density of an outcome r_t is a
mixture of the components' predictive densities q_kt,

    p(r_t | x_t) = sum_k w_kt q_kt,   w_kt = exp(x_kt) / sum_j exp(x_jt)
    x_t = x_{t-1} + N(0, s^2 I)

and a particle filter (`combination.logistic`) follows the states x_t. What the paper leaves open is
fixed as follows:

* The density of an outcome given a component's predictive return is normal about it. Its standard
  deviation, the incompleteness of the set of components, and s have posteriors of their own: each
  pair on a grid has a filter, and p(pair | r_1..r_t) is proportional to its evidence. That is exact
  but for the grid, and needs no artificial evolution of parameters.
* Predictive returns are integrated out (eq. (12) as printed). Filtering path by path of draws, as
  the display after eq. (11) can be read, is another quantity: see :func:`combine_paths`.
* States are a random walk with x_1 ~ N(0, s_0^2 I); learning from past scores is an option.

Timing: predictive weights at t know r_1..r_{t-1}, and log scores use them. Filtered weights know
r_t too: the outcome is of the skip month, after which portfolios are held.
"""

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayesfolio.combination._kernels import add_to_histograms
from bayesfolio.combination.logistic import LogisticNormalWeights, log_mixture, unnormalised
from bayesfolio.core.types import FloatArray
from bayesfolio.filters.bootstrap import BootstrapFilter
from bayesfolio.filters.mixture import MixtureFilter
from bayesfolio.filters.particles import ParticleFilter
from bayesfolio.filters.protocol import ParticleCloud, WeightCollapseError
from bayesfolio.filters.resampling import systematic

DRIFT_SDS = (0.1, 0.2, 0.4, 0.8)
"""Standard deviations of a step of the weights' random walk, the default grid."""

PROPOSALS: dict[str, Callable[[LogisticNormalWeights, int], ParticleFilter]] = {
    "bootstrap": BootstrapFilter,
    "mixture": MixtureFilter,
}
"""Filters by the name of how they propose: the bootstrap filter, the M-Filter."""

QUANTILES = (0.05, 0.5, 0.95)

_BINS = 4096
_LOWEST = 1e4
"""Log densities are raised to no less than this much below the best of their date."""
_IGNORED = 1e-10
"""Probabilities below this are set to zero: no draw or quantile depends on them."""


@dataclass(frozen=True)
class Learning:
    """Learning: states drift towards components with good scores in the past.

    The states move by ``-rate (e_t - e_{t-1})`` before their random step, where e_t =
    (1 - discount) sum_{i=1}^{window} discount^(i-1) (-log q_{t-i}): scores dated t-1 or earlier
    only, none from before the sample (Billio, Casarin, Ravazzolo and van Dijk, 2013, with log
    scores in place of squared errors, whose size depends on the unit of the returns).
    """

    rate: float = 1.0
    discount: float = 0.95
    window: int = 9

    def __post_init__(self) -> None:
        if not (math.isfinite(self.rate) and self.rate >= 0):
            raise ValueError(f"rate is {self.rate}, expected a finite number of 0 or more")
        if not 0 < self.discount < 1:
            raise ValueError(f"discount is {self.discount}, expected a number in (0, 1)")
        if self.window < 1:
            raise ValueError(f"window is {self.window}, expected 1 or more dates")

    def drift(self, log_scores: FloatArray) -> FloatArray:
        """Moves (T, K) of the states before their random step, from log scores (T, K)."""
        n_obs = len(log_scores)
        errors = np.zeros_like(log_scores)
        for i in range(1, min(self.window, n_obs - 1) + 1):
            factor = (1 - self.discount) * self.discount ** (i - 1)
            errors[i:] -= factor * log_scores[: n_obs - i]
        return -self.rate * np.diff(errors, axis=0, prepend=0.0)


@dataclass(frozen=True)
class Combination:
    """Weights of K components over T dates, and the log scores of their mixture.

    Filtered weights at t know the outcome of t, predictive ones those up to t-1. All are averages
    over the grid of G incompleteness and L drift standard deviations.

    Attributes
    ----------
    weights, predictive_weights : (T, K) array
        Posterior means, rows summing to one.
    quantiles : (3, T, K) array
        5, 50 and 95 per cent quantiles of the filtered weights.
    total_quantiles : (3, T, R) array
        The same of R sums of weights.
    draws : (D, T, K) array
        Draws of the filtered weights, independent between dates.
    log_scores : (T,) array
        Log predictive densities of the outcomes, log p(outcome of t | outcomes up to t-1).
    grid_probs : (T, G, L) array
        Posterior probabilities of the points of the grid, given outcomes up to t.
    ess : (T, G, L) array
        Effective numbers of particles.
    seconds : float
        Processor time.
    """

    weights: FloatArray
    predictive_weights: FloatArray
    quantiles: FloatArray
    total_quantiles: FloatArray
    draws: FloatArray
    log_scores: FloatArray
    grid_probs: FloatArray
    ess: FloatArray
    seconds: float


def combine(
    log_scores: ArrayLike,
    rng: np.random.Generator,
    *,
    drift_sds: Sequence[float] = DRIFT_SDS,
    initial_sd: float = 1.0,
    initial_mean: ArrayLike | None = None,
    learning: Learning | None = None,
    n_particles: int = 20_000,
    proposal: str = "bootstrap",
    totals: ArrayLike | None = None,
    n_draws: int = 2000,
    dates: Sequence[object] | None = None,
) -> Combination:
    """Combine K predictive densities with logistic-normal weights that change over time.

    Parameters
    ----------
    log_scores : (T, K) or (G, T, K) array
        Log density of each date's outcome under each component; of G assumptions that are equally
        likely beforehand, such as the incompleteness standard deviations of
        :func:`bayesfolio.combination.component_log_scores`. -inf where a component says that the
        outcome is impossible.
    rng : numpy.random.Generator
        Source of all randomness. Every point of the grid is filtered with the same random numbers.
    drift_sds : sequence of float
        L standard deviations of a step of the states' random walk, equally likely beforehand.
    initial_sd, initial_mean : float, (K,) array
        Standard deviation and means of the states at the first date; by default each component has
        the same weight on average.
    learning : Learning, optional
        How past scores move the states; by default they do not.
    n_particles : int
        Particles of each point of the grid. For means to two decimals 20,000 with six components,
        50,000 with eighteen.
    proposal : {"bootstrap", "mixture"}
        The bootstrap filter, or the M-Filter: the same weights but for Monte Carlo error.
    totals : (R, K) array, optional
        Zeros and ones: sums of weights, such as those of one model, whose quantiles are wanted.
    n_draws : int
        Draws D of the weights of each date.
    dates : sequence, optional
        Names of the T dates for messages.

    Returns
    -------
    Combination

    Raises
    ------
    ValueError
        Shapes that do not fit, no component or date, scores that are NaN or +inf, a date at which
        no component has a finite score, and settings out of range.
    WeightCollapseError
        No particle is possible at a date, which the message names.
    """
    started = time.process_time()
    scores = _check_scores(log_scores, dates)
    n_grid, n_obs, n_components = scores.shape
    mean = np.zeros(n_components) if initial_mean is None else np.array(initial_mean, dtype=float)
    sums = np.zeros((0, n_components)) if totals is None else np.array(totals, dtype=float)
    _check_settings(n_components, drift_sds, initial_sd, mean, proposal, sums, n_draws)
    seed = int(rng.integers(2**63))
    names = range(n_obs) if dates is None else dates
    members = [
        _Member(
            PROPOSALS[proposal](
                LogisticNormalWeights(
                    mean, initial_sd, drift_sd, learning.drift(score) if learning else None
                ),
                n_particles,
            ),
            np.random.Generator(np.random.SFC64(seed)),
            score,
        )
        for score in scores
        for drift_sd in drift_sds
    ]
    weights, predictive = np.zeros((2, n_obs, n_components))
    quantiles = np.empty((len(QUANTILES), n_obs, n_components + len(sums)))
    draws = np.empty((n_draws, n_obs, n_components))
    evidence, ess = np.empty((2, n_obs, len(members)))
    prior = np.full(len(members), 1 / len(members))
    for t in range(n_obs):
        try:
            for member in members:
                member.step(t)
        except WeightCollapseError as error:
            raise WeightCollapseError(f"date {names[t]}: {error}") from error
        evidence[t] = [member.cloud.log_evidence for member in members]
        ess[t] = [member.cloud.ess for member in members]
        posterior = _normalise(evidence[t])
        shares = np.bincount(systematic(rng, posterior, n_draws), minlength=len(members))
        histograms = np.zeros((n_components + len(sums), _BINS))
        drawn = []
        for i, member in enumerate(members):
            if not posterior[i] and not prior[i]:
                continue
            found, before, after = member.weights(t)
            predictive[t] += prior[i] * (found @ before)
            weights[t] += posterior[i] * (found @ after)
            drawn.append(found[:, systematic(rng, after, shares[i])])
            after = posterior[i] * after
            add_to_histograms(found, after, histograms[:n_components])
            add_to_histograms(sums @ found, after, histograms[n_components:])
        quantiles[:, t] = _quantiles(histograms)
        draws[:, t] = rng.permutation(np.hstack(drawn).T)
        prior = posterior
    log_evidence = np.logaddexp.reduce(evidence, axis=1) - math.log(len(members))
    shape = (n_obs, n_grid, len(drift_sds))
    return Combination(
        weights=weights,
        predictive_weights=predictive,
        quantiles=quantiles[:, :, :n_components],
        total_quantiles=quantiles[:, :, n_components:],
        draws=draws,
        log_scores=np.diff(log_evidence, prepend=0.0),
        grid_probs=np.array([_normalise(row) for row in evidence]).reshape(shape),
        ess=ess.reshape(shape),
        seconds=time.process_time() - started,
    )


def combine_paths(
    log_scores_by_path: Iterable[ArrayLike],
    rng: np.random.Generator,
    *,
    n_draws: int = 2000,
    **settings: Any,
) -> Combination:
    """Combine path by path of predictive draws, and average over the paths with equal weights.

    This is a reading of Basturk et al. (2017), after eq. (11): each path has one predictive draw of
    every component and date, and a filter of its own. A single draw carries the noise of
    prediction, so the weights are pulled towards equal ones. The result is another quantity than
    that of :func:`combine`, not another way to compute it.

    Parameters
    ----------
    log_scores_by_path : iterable of (T, K) or (G, T, K) arrays
        Scores of each of J paths, at least one.
    rng : numpy.random.Generator
        Source of all randomness. Every path is filtered with the same random numbers.
    n_draws : int
        Draws of the weights of each date, all paths together.
    **settings
        As for :func:`combine`.

    Returns
    -------
    Combination
        Quantiles are those of the draws. Log scores are of the average over paths of their
        predictive densities. Effective numbers of particles are the smallest of any path.
    """
    paths = list(log_scores_by_path)
    if not paths:
        raise ValueError("log_scores_by_path is empty, expected one path at least")
    seed = int(rng.integers(2**63))
    share = -(-n_draws // len(paths))
    found = [
        combine(scores, np.random.default_rng(seed), n_draws=share, **settings) for scores in paths
    ]
    draws = np.concatenate([one.draws for one in found])
    mixed = [rng.permutation(draws[:, t])[:n_draws] for t in range(draws.shape[1])]
    draws = np.stack(mixed, axis=1)
    sums = np.asarray(settings.get("totals", np.zeros((0, draws.shape[2]))), dtype=float)

    def mean(name: str) -> FloatArray:
        return np.asarray(np.mean([getattr(one, name) for one in found], axis=0))

    return Combination(
        weights=mean("weights"),
        predictive_weights=mean("predictive_weights"),
        quantiles=np.quantile(draws, QUANTILES, axis=0),
        total_quantiles=np.quantile(draws @ sums.T, QUANTILES, axis=0),
        draws=draws,
        log_scores=np.logaddexp.reduce([one.log_scores for one in found], axis=0)
        - math.log(len(found)),
        grid_probs=mean("grid_probs"),
        ess=np.min([one.ess for one in found], axis=0),
        seconds=sum(one.seconds for one in found),
    )


def pool_log_scores(log_scores: ArrayLike, component_weights: ArrayLike) -> FloatArray:
    """Log predictive densities (T,) of a mixture with constant weights.

    Parameters
    ----------
    log_scores : (T, K) or (G, T, K) array
        As for :func:`combine`; the G assumptions are averaged over with probabilities that are
        updated at every date, as there.
    component_weights : (K,) array
        Zero or more, summing to one. A one and zeros give a single component.

    Raises
    ------
    ValueError
        For scores as in :func:`combine`, or other weights.
    """
    scores = _check_scores(log_scores, None)
    weights = np.array(component_weights, dtype=float)
    if weights.shape != scores.shape[2:] or weights.min() < 0 or abs(weights.sum() - 1) > 1e-8:
        raise ValueError(
            f"component_weights are {weights}, expected {scores.shape[2]} numbers of 0 or more "
            "that sum to 1"
        )
    with np.errstate(divide="ignore"):
        mixed = np.logaddexp.reduce(scores + np.log(weights), axis=2)
    evidence = np.logaddexp.reduce(np.cumsum(mixed, axis=1), axis=0) - math.log(len(mixed))
    return np.diff(evidence, prepend=0.0)


class _Member:
    """One point of the grid: a filter, its random numbers, the scores it sees, its particles."""

    cloud: ParticleCloud

    def __init__(
        self, filter_: ParticleFilter, rng: np.random.Generator, log_scores: FloatArray
    ) -> None:
        self._filter, self._rng, self._log_scores = filter_, rng, log_scores

    def step(self, t: int) -> None:
        """Take in the scores of date t."""
        y_t = self._log_scores[t]
        if t == 0:
            self.cloud = self._filter.init(self._rng, y_t)
        else:
            self.cloud, _ = self._filter.step(self._rng, self.cloud, t, y_t)

    def weights(self, t: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weights (K, M) of the particles of date t, and the particles' own before and after it."""
        particles = self.cloud.particles
        parts, totals = unnormalised(particles)
        log_density = log_mixture(self._log_scores[t], parts, totals, particles)
        before = _normalise(self.cloud.log_weights - log_density)
        parts /= totals
        return parts, before, self.cloud.weights


def _normalise(log_weights: FloatArray) -> FloatArray:
    """Weights of logarithms, summing to one; those below `_IGNORED` are zero."""
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    weights[weights < _IGNORED] = 0.0
    return weights


def _quantiles(histograms: FloatArray) -> FloatArray:
    """Quantiles (3, R) of R histograms (R, B) over [0, 1], values spread evenly within a bin."""
    out = np.empty((len(QUANTILES), len(histograms)))
    edges = np.linspace(0, 1, histograms.shape[1] + 1)
    for r, histogram in enumerate(histograms):
        reached = np.concatenate([[0.0], np.cumsum(histogram)])
        out[:, r] = np.interp(np.array(QUANTILES) * reached[-1], reached, edges)
    return out


def _check_scores(log_scores: ArrayLike, dates: Sequence[object] | None) -> FloatArray:
    """Scores as (G, T, K), bounded below where a component is as good as impossible."""
    scores = np.array(log_scores, dtype=float)
    shape = scores.shape
    if scores.ndim == 2:
        scores = scores[None]
    if scores.ndim != 3 or 0 in scores.shape:
        raise ValueError(
            f"log_scores have shape {shape}, expected (dates, components) or (assumptions, dates, "
            "components), at least one of each"
        )
    if dates is not None and len(dates) != scores.shape[1]:
        raise ValueError(
            f"there are {len(dates)} dates and log_scores of {scores.shape[1]}, expected as many"
        )
    names = range(scores.shape[1]) if dates is None else dates
    wrong = np.argwhere(np.isnan(scores) | (scores == np.inf))
    if len(wrong):
        g, t, k = wrong[0]
        raise ValueError(
            f"log_scores of date {names[t]}, component {k} are {scores[g, t, k]}, expected a "
            "number, or -inf where the outcome is impossible"
        )
    best = scores.max(axis=2)
    impossible = np.argwhere(best == -np.inf)
    if len(impossible):
        raise ValueError(
            f"log_scores of date {names[impossible[0][1]]} are -inf for all components, expected "
            "one at least that thinks the outcome possible: check the outcome and its unit"
        )
    return np.asarray(np.maximum(scores, best[:, :, None] - _LOWEST))


def _check_settings(
    n_components: int,
    drift_sds: Sequence[float],
    initial_sd: float,
    initial_mean: FloatArray,
    proposal: str,
    totals: FloatArray,
    n_draws: int,
) -> None:
    if proposal not in PROPOSALS:
        raise ValueError(f"proposal is {proposal!r}, expected one of {', '.join(PROPOSALS)}")
    if not len(drift_sds):
        raise ValueError("drift_sds is empty, expected one standard deviation at least")
    for name, value in [("initial_sd", initial_sd), *(("drift_sds", sd) for sd in drift_sds)]:
        if not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} has {value}, expected finite numbers of 0 or more")
        if value == 0 and proposal == "mixture":
            raise ValueError(
                f"{name} has 0, expected numbers above 0 with proposal mixture, which needs a "
                "density of the states; use the bootstrap filter"
            )
    if initial_mean.shape != (n_components,) or not np.isfinite(initial_mean).all():
        raise ValueError(
            f"initial_mean is {initial_mean}, expected {n_components} finite numbers, one for each "
            "component"
        )
    if totals.ndim != 2 or totals.shape[1] != n_components or not np.isin(totals, (0, 1)).all():
        raise ValueError(
            f"totals have shape {totals.shape}, expected (sums, {n_components}) zeros and ones"
        )
    if n_draws < 1:
        raise ValueError(f"n_draws is {n_draws}, expected 1 or more")
