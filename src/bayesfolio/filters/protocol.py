"""What all filters share: beliefs about the state, the protocol of a filter, and running one.

A filter carries a belief, the distribution of the state x_t given y_1..y_t, from date to date:

    p(x_t | y_1..y_t) is proportional to p(y_t | x_t) times the integral of
    p(x_t | x_{t-1}) p(x_{t-1} | y_1..y_{t-1}) over x_{t-1}

(Basturk et al. 2017, eq. (14), Section 4.1). The constant that normalises it is the density of y_t
given y_1..y_{t-1}; the logs of these add up to the log evidence of the sample. `init` gives the
belief after the first observation and `step` the belief after one more, so filters can run online.

Timing: dates count from 0, and x_0 is the state of the first observation. The paper draws alpha_0
before the first observation instead; the prior of x_0 here is then that of its alpha_1. A date
whose values are all missing moves the state and teaches nothing.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesfolio.core.types import FloatArray


class WeightCollapseError(ArithmeticError):
    """All weights of a filter are zero, or one is not a number; the message names the date."""


class Belief(Protocol):
    """What a filter knows after the observations up to some date.

    Attributes
    ----------
    log_evidence : float
        Logarithm of the (estimated) density of all observations so far.
    mean : (K,) array
        Filtered mean of the state.
    """

    @property
    def log_evidence(self) -> float: ...  # noqa: D102

    @property
    def mean(self) -> FloatArray: ...  # noqa: D102

    @property
    def ess(self) -> float:
        """Effective number of particles; infinite for an exact filter."""
        ...

    def cov(self) -> FloatArray:
        """Filtered covariance (K, K) of the state."""
        ...


@dataclass(frozen=True)
class ParticleCloud:
    """Weighted particles that stand for the distribution of the state given y up to t.

    Attributes
    ----------
    particles : (M, K) array
        Fastest to work with when each state's values lie together (Fortran order).
    weights : (M,) array
        They sum to one.
    log_weights : (M,) array
        Their logarithms, finite also where a weight is too small for a floating point number;
        -inf where a particle is impossible.
    log_evidence : float
        Estimated log density of the observations up to t.
    mean : (K,) array
        Estimated filtered mean: the weighted mean of the particles, or an estimate of lower
        variance where a filter has one (Rao-Blackwell).
    """

    particles: FloatArray
    weights: FloatArray
    log_weights: FloatArray
    log_evidence: float
    mean: FloatArray

    @property
    def ess(self) -> float:
        """Effective number of particles, 1 / sum W^2."""
        return float(1 / (self.weights @ self.weights))

    def cov(self) -> FloatArray:
        """Weighted covariance (K, K) of the particles about their own weighted mean."""
        away = self.particles - self.weights @ self.particles
        return (away * self.weights[:, None]).T @ away


B = TypeVar("B", bound=Belief)


class FilterInfo(NamedTuple):
    """What happened in one step.

    Attributes
    ----------
    log_evidence_increment : float
        Estimated log p(y_t | y up to t-1); zero where y_t is missing.
    ess : float
        Effective number of particles of the weights after the step.
    resampled : bool
        Whether the particles of t-1 were resampled first.
    n_components : int
        Components of the fitted proposal; zero where none is fitted, and at the first date.
    """

    log_evidence_increment: float
    ess: float
    resampled: bool = False
    n_components: int = 0


class Filter(Protocol[B]):
    """A filter: how a belief begins and how an observation changes it."""

    @property
    def n_observed(self) -> int:
        """Number N of series observed at each date."""
        ...

    def init(self, rng: np.random.Generator, y0: FloatArray) -> B:
        """Belief after the first observation y0 (N,), all NaN where it is missing."""
        ...

    def step(
        self, rng: np.random.Generator, belief: B, t: int, y_t: FloatArray
    ) -> tuple[B, FilterInfo]:
        """Belief at t from that at t - 1 and y_t (N,), all NaN where it is missing."""
        ...


@dataclass(frozen=True)
class FilterResult(Generic[B]):
    """Results of a filter over a sample of T dates.

    Attributes
    ----------
    means : (T, K) array
        Filtered means, given y up to and with the date.
    log_evidence_increments : (T,) array
        Log p(y_t | y up to t-1), estimated or exact.
    ess : (T,) array
        Effective numbers of particles.
    resampled : (T,) array of bool
        Whether the step began with resampling.
    n_components : (T,) array of int
        Components of the fitted proposals.
    last : Belief
        The belief at the last date.
    seconds : float
        Processor time.
    """

    means: FloatArray
    log_evidence_increments: FloatArray
    ess: FloatArray
    resampled: NDArray[np.bool_]
    n_components: NDArray[np.int64]
    last: B
    seconds: float

    @property
    def log_evidence(self) -> float:
        """Estimated log density of the whole sample."""
        return self.last.log_evidence


@runtime_checkable
class RunsWholeSamples(Protocol):
    """A filter that can run over a whole sample faster than date by date."""

    def run(self, y: FloatArray) -> FilterResult:
        """Result of a checked sample (T, N)."""
        ...


def run_filter(
    filter_: Filter[B],
    y: ArrayLike,
    rng: np.random.Generator,
    *,
    record: Callable[[int, B], None] | None = None,
) -> FilterResult[B]:
    """Run a filter over a sample.

    Parameters
    ----------
    filter_ : Filter
        For example ``BootstrapFilter(model, 50_000)``.
    y : (T, N) array, or (T,) where one series is observed
        Observations, oldest first. A date whose values are all NaN is missing: the state moves on
        and nothing is learnt.
    rng : numpy.random.Generator
        Source of all randomness; exact filters take nothing from it.
    record : callable, optional
        Called with t and the belief after every date, to keep more than means.

    Returns
    -------
    FilterResult
        Means, evidence and effective numbers of particles by date, and the last belief.

    Raises
    ------
    ValueError
        If y has another shape than the filter's model, no dates, infinite values, or a date with
        some values missing and some not.
    WeightCollapseError
        If no particle is compatible with an observation; the message names the date.
    """
    values = check_observations(y, filter_.n_observed)
    if isinstance(filter_, RunsWholeSamples) and record is None:
        return filter_.run(values)
    n_obs = len(values)
    started = time.process_time()
    belief = filter_.init(rng, values[0])
    means = np.empty((n_obs, len(belief.mean)))
    means[0] = belief.mean
    infos = [FilterInfo(belief.log_evidence, belief.ess)]
    if record:
        record(0, belief)
    for t in range(1, n_obs):
        belief, info = filter_.step(rng, belief, t, values[t])
        means[t] = belief.mean
        infos.append(info)
        if record:
            record(t, belief)
    seconds = time.process_time() - started
    increments, ess, resampled, n_components = zip(*infos, strict=True)
    return FilterResult(
        means=means,
        log_evidence_increments=np.array(increments),
        ess=np.array(ess),
        resampled=np.array(resampled),
        n_components=np.array(n_components),
        last=belief,
        seconds=seconds,
    )


def check_observations(y: ArrayLike, n_observed: int) -> FloatArray:
    """Return observations as a (T, N) array, or raise a ValueError as :func:`run_filter` says."""
    values = np.asarray(y, dtype=float)
    if values.ndim == 1 and n_observed == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] != n_observed:
        raise ValueError(
            f"y has shape {values.shape}, expected (dates, {n_observed}): the model observes "
            f"{n_observed} series"
        )
    if not len(values):
        raise ValueError("y has no dates, expected one at least")
    infinite = np.argwhere(np.isinf(values))
    if infinite.size:
        t, series = infinite[0]
        raise ValueError(
            f"y of date {t}, series {series} is {values[t, series]}, expected a finite number, or "
            "NaN in all series of a missing date"
        )
    missing = np.isnan(values).sum(axis=1)
    partly = np.flatnonzero((missing > 0) & (missing < n_observed))
    if partly.size:
        raise ValueError(
            f"y of date {partly[0]} is missing in {missing[partly[0]]} of {n_observed} series, "
            "expected none or all: filter the complete series, or set the whole date to NaN"
        )
    return values


def is_missing(y_t: FloatArray) -> bool:
    """Whether an observation is missing; checked samples are missing wholly or not at all."""
    return math.isnan(y_t[0])
