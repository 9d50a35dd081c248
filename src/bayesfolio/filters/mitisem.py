"""MitISEM: mixtures of Student t densities by importance sampling weighted EM.

Hoogerheide, Opschoor and van Dijk (2012), "A class of adaptive importance sampling weighted EM
algorithms for efficient and robust posterior and predictive simulation"; Basturk et al. (2017),
Appendix B. Draws v_i from a candidate, with weights omega_i = target / candidate, are what an EM
algorithm fits the next candidate to:

    E: gamma_ih, the probability of component h given v_i, and
       u_ih = (nu_h + D) / (nu_h + (v_i - mu_h)' Sigma_h^-1 (v_i - mu_h))
    M: eta_h = sum omega gamma;  mu_h = sum omega gamma u v / sum omega gamma u;
       Sigma_h = sum omega gamma u (v - mu)(v - mu)' / sum omega gamma;  nu_h from its own equation

with sum omega = 1. While the candidate is poor the weights are tempered: raised to the power at
which enough of them matter. Components are added, where the weights are highest, as long as that
evens the weights out (Appendix B, steps d and e).

What differs from the source:

* Draws are taken anew in rounds until the weights settle and need no tempering. The paper starts
  from one untempered t with 5 degrees of freedom, which leaves too few effective draws in four
  dimensions or more.
* A single component without heavy tails (Mardia's test) is normal.
* A new component must lower the coefficient of variation by 10%, not by 1%.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bayesfolio.core.types import FloatArray
from bayesfolio.filters._kernels import student_em, weighted_moments, whitened_squares
from bayesfolio.filters.student import StudentMixture


@dataclass(frozen=True)
class FitSettings:
    """When a fit stops.

    Attributes
    ----------
    max_components : int
        Most components of the mixture.
    iterations : int
        Most EM iterations on one set of draws.
    tolerance : float
        EM ends when the weighted mean log density rises by less.
    good_cv : float
        No component is added when the coefficient of variation of the weights is below this plus,
        in squares, what errors of estimation from so many draws would cause.
    min_gain : float
        A component is kept if it lowers the coefficient of variation by this share.
    min_ess : float
        Weights are tempered until their effective number is at least this share of the draws.
    max_rounds : int
        Most sets of draws before components are added.
    """

    max_components: int = 4
    iterations: int = 12
    tolerance: float = 1e-4
    good_cv: float = 0.25
    min_gain: float = 0.1
    min_ess: float = 0.15
    max_rounds: int = 12

    def __post_init__(self) -> None:
        for name in ("max_components", "iterations", "max_rounds"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 1 or more")
        for name in ("tolerance", "good_cv", "min_gain"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}, expected 0 or more")
        if not 0 < self.min_ess < 1:
            raise ValueError(f"min_ess is {self.min_ess}, expected a number in (0, 1)")


class ZeroDensityError(ValueError):
    """No draw of a candidate is where the target has any density."""


class Sample(NamedTuple):
    """Draws (n, D) of a candidate, log weights (n,), and how uneven the weights are."""

    draws: FloatArray
    log_weights: FloatArray
    cv: float


LOWEST_DOF, HIGHEST_DOF = 3.0, 200.0
"""Range of the degrees of freedom; the highest is close to normal."""

NEW_PROB, NEW_DOF, NEW_SHARE = 0.1, 5.0, 0.1
"""An added component's first probability and degrees of freedom, and the share of the draws, those
with the highest weights, from which its location and scale are estimated."""

_ONE, _NORMAL = np.ones(1), np.array([np.inf])

DRAWS_PER_PARAMETER = 5
"""Draws that there must be for each location and scale of a mixture with one more component."""

DROPPED_PROB = 0.01
"""Components that EM leaves with less are dropped."""


def fit_student_mixture(
    log_kernel: Callable[[FloatArray], FloatArray],
    start: StudentMixture | ArrayLike,
    rng: np.random.Generator,
    *,
    n_draws: int = 2000,
    settings: FitSettings | None = None,
) -> StudentMixture:
    """Fit a mixture of Student t densities to a density known up to a constant.

    Parameters
    ----------
    log_kernel : callable
        Takes points (n, D) and gives the log of the density's kernel (n,), -inf where it is zero.
    start : StudentMixture, or (D,) array
        First candidate, or a point from which a mode is searched; the first candidate is then a t
        density with 5 degrees of freedom there.
    rng : numpy.random.Generator
        Source of all randomness.
    n_draws : int
        Draws of each candidate.
    settings : FitSettings, optional
        When to stop.

    Returns
    -------
    StudentMixture
        To be judged with :func:`importance_estimate`, on draws of its own.

    Raises
    ------
    ValueError
        If the kernel gives NaN or +inf, arrays of a wrong shape, or zero at all draws.
    """
    settings = settings or FitSettings()
    if not isinstance(start, StudentMixture):
        start = _start_at_mode(log_kernel, np.atleast_1d(np.asarray(start, dtype=float)))
    if n_draws < 10 * start.n_states:
        raise ValueError(f"n_draws is {n_draws}, expected {10 * start.n_states} or more")

    def sample(mixture: StudentMixture) -> Sample:
        draws, log_density = mixture.draw(rng, n_draws)
        log_weights = _kernel_at(log_kernel, draws) - log_density
        return Sample(draws, log_weights, coefficient_of_variation(log_weights))

    n_params = start.n_states * (start.n_states + 3) // 2
    return adapt(sample, sample(start), settings, n_params)


class ImportanceEstimate(NamedTuple):
    """Estimate of a density's integral: its log, its relative standard error, and the coefficient
    of variation of the weights.
    """

    log_constant: float
    relative_error: float
    cv: float


def importance_estimate(
    log_kernel: Callable[[FloatArray], FloatArray],
    mixture: StudentMixture,
    rng: np.random.Generator,
    n_draws: int = 10_000,
) -> ImportanceEstimate:
    """Integral of a kernel by importance sampling from a mixture; arguments as for the fit."""
    draws, log_density = mixture.draw(rng, n_draws)
    log_weights = _kernel_at(log_kernel, draws) - log_density
    top = log_weights.max()
    cv = coefficient_of_variation(log_weights)
    log_constant = float(top + np.log(np.mean(np.exp(log_weights - top))))
    return ImportanceEstimate(log_constant, cv / math.sqrt(n_draws), cv)


def coefficient_of_variation(log_weights: FloatArray) -> float:
    """Standard deviation of weights over their mean."""
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.std() / weights.mean())


def adapt(
    sample: Callable[[StudentMixture], Sample], first: Sample, settings: FitSettings, n_params: int
) -> StudentMixture:
    """Fit a mixture in rounds of draws and EM.

    Parameters
    ----------
    sample : callable
        Draws from a mixture with their weights for the target.
    first : Sample
        Draws that the first fit starts from.
    settings : FitSettings
        When to stop.
    n_params : int
        Parameters of one component. Estimated from n draws, their errors alone give weights with
        a squared coefficient of variation of n_params / n, even for a normal target. Twice that
        is allowed.

    Returns
    -------
    StudentMixture
    """
    good_cv = math.hypot(settings.good_cv, math.sqrt(2 * n_params / len(first.draws)))
    before, power = first, _tempering(first.log_weights, settings.min_ess)
    mixture = _fit(first, power, None, settings)
    current = sample(mixture)
    for _ in range(settings.max_rounds - 1):
        settled = current.cv < good_cv or current.cv > (1 - settings.min_gain) * before.cv
        if settled and power == 1:
            break
        before, power = current, _tempering(current.log_weights, settings.min_ess)
        mixture = _fit(current, power, mixture, settings)
        current = sample(mixture)
    size = mixture.n_states
    most = len(first.draws) // (DRAWS_PER_PARAMETER * size * (size + 3) // 2)
    most = min(most, settings.max_components)
    while mixture.n_components < most and current.cv > good_cv:
        wider, found = _with_component(mixture, current), current
        for _ in range(2):  # a second set of draws: the first are of a candidate without it
            wider = _fit(found, 1.0, wider, settings)
            found = sample(wider)
            if found.cv < (1 - settings.min_gain) * current.cv:
                break
        else:
            break
        mixture, current = wider, found
    return mixture


def _fit(
    current: Sample, power: float, mixture: StudentMixture | None, settings: FitSettings
) -> StudentMixture:
    """EM on weighted draws, from moments if there is no mixture yet."""
    log_weights = power * current.log_weights
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    columns = np.ascontiguousarray(current.draws.T)
    size = len(columns)
    mean, cov = np.empty(size), np.empty((size, size))
    weighted_moments(columns, weights, mean, cov)
    # The last two terms are for draws that are all the same in a coordinate.
    ridge = 1e-6 * cov.diagonal() + 1e-12 * np.square(mean) + 1e-200
    if mixture is None or mixture.n_components == 1:
        cov[np.diag_indices(size)] += ridge
        if not _heavy_tailed(columns, weights, mean, cov):
            return StudentMixture.unchecked(_ONE, mean[None], cov[None], _NORMAL)
        dofs = np.array([10.0]) if mixture is None else np.minimum(mixture.dofs, HIGHEST_DOF)
        mixture = StudentMixture.unchecked(_ONE, mean[None], cov[None], dofs)
    probs, means, scales = mixture.probs.copy(), mixture.means.copy(), mixture.scales.copy()
    dofs = np.clip(mixture.dofs, LOWEST_DOF, HIGHEST_DOF)
    student_em(
        columns,
        weights,
        probs,
        means,
        scales,
        dofs,
        ridge,
        LOWEST_DOF,
        HIGHEST_DOF,
        settings.iterations,
        settings.tolerance,
    )
    kept = probs >= DROPPED_PROB
    probs = probs[kept] / probs[kept].sum()
    return StudentMixture.unchecked(probs, means[kept], scales[kept], dofs[kept])


def _heavy_tailed(
    columns: FloatArray, weights: FloatArray, mean: FloatArray, cov: FloatArray
) -> bool:
    """Mardia's test of multivariate kurtosis, one-sided at two standard deviations."""
    size, n = columns.shape
    squares, work = np.empty(n), np.empty(n)
    inverse_root = np.linalg.inv(np.linalg.cholesky(cov))
    whitened_squares(columns, mean, inverse_root, work, squares)
    excess = float(weights @ np.square(squares)) - size * (size + 2)
    return excess > 2 * math.sqrt(8 * size * (size + 2) * float(weights @ weights))


def _with_component(mixture: StudentMixture, current: Sample) -> StudentMixture:
    """Mixture with one more component where the weights are highest."""
    n_top = max(int(NEW_SHARE * len(current.log_weights)), 2 * mixture.n_states)
    top = np.argpartition(current.log_weights, -n_top)[-n_top:]
    weights = np.exp(current.log_weights[top] - current.log_weights[top].max())
    weights /= weights.sum()
    draws = current.draws[top]
    mean = weights @ draws
    away = draws - mean
    scale = (away * weights[:, None]).T @ away
    scale += 1e-3 * np.diag(current.draws.var(axis=0))
    return StudentMixture(
        np.append((1 - NEW_PROB) * mixture.probs, NEW_PROB),
        np.vstack([mixture.means, mean]),
        np.concatenate([mixture.scales, scale[None]]),
        np.append(mixture.dofs, NEW_DOF),
    )


def _tempering(log_weights: FloatArray, min_ess: float) -> float:
    """Largest power of the weights, at most 1, at which enough of the draws matter."""
    top = log_weights.max()
    if not math.isfinite(top):
        raise ZeroDensityError("the target density is zero at all draws of the candidate")
    shifted = log_weights - top

    def share(power: float) -> float:
        weights = np.exp(power * shifted)
        return float(weights.sum() ** 2 / (weights @ weights) / len(weights))

    if share(1.0) >= min_ess:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if share(middle) >= min_ess else (low, middle)
    return low


def _kernel_at(log_kernel: Callable[[FloatArray], FloatArray], points: FloatArray) -> FloatArray:
    values = np.asarray(log_kernel(points), dtype=float)
    if len(points) == 1 and not values.ndim:  # as scipy's densities have it
        values = values[None]
    if values.shape != (len(points),):
        raise ValueError(
            f"log_kernel gave an array of shape {values.shape} for {len(points)} points, expected "
            f"({len(points)},)"
        )
    if np.isnan(values).any() or np.any(values == np.inf):
        bad = np.flatnonzero(np.isnan(values) | (values == np.inf))[0]
        raise ValueError(f"log_kernel is {values[bad]} at {points[bad]}, expected a number or -inf")
    return values


def _start_at_mode(
    log_kernel: Callable[[FloatArray], FloatArray], point: FloatArray
) -> StudentMixture:
    from scipy.optimize import minimize

    if point.ndim != 1 or not np.isfinite(point).all():
        raise ValueError(f"start is {point}, expected a finite point or a StudentMixture")
    if not math.isfinite(_kernel_at(log_kernel, point[None, :])[0]):
        raise ValueError(f"log_kernel is not finite at the start {point}, expected a point inside")
    found = minimize(lambda x: -_kernel_at(log_kernel, x[None, :])[0], point, method="BFGS")
    scale = (found.hess_inv + found.hess_inv.T) / 2
    return StudentMixture(np.ones(1), found.x[None, :], scale[None], np.array([NEW_DOF]))
