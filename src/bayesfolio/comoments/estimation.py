"""Maximum likelihood of one factor, and a bootstrap test of its dynamics.

The log likelihood of a factor is sum_t log f(z_t; rho_t, zeta_t) - log(h_t) / 2
(`comoments.dynamics`), with gradients by recursions run backwards. Factors are independent given W,
so each is fitted by itself: first with constant skew and shape, then from there, and from several
more starts, with dynamics. The best end is kept, and never one below the constant model.

The optimiser moves in coordinates in which every point is a stationary model: log omega / h_1,
logits of (a + b) / 0.999 and of a / (a + b), inverse hyperbolic tangents of xi / 0.995 and
psi / 0.995. A penalty on a + b >= 1 in their place makes it stop early, by some units of the log
likelihood.

Without dynamics xi and psi say nothing, so a likelihood ratio has no chi-squared law. Its p-value
is a bootstrap: samples from the constant model, fitted both ways (:func:`bootstrap_ratios`).
"""

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from bayesfolio.comoments.dynamics import (
    N_PARAMETERS,
    FactorLaw,
    FactorParameters,
    log_likelihood,
    log_likelihood_gradient,
    simulate_factors,
)
from bayesfolio.core.types import FloatArray

Dynamics = Literal["static", "acd", "full"]

DYNAMICS: dict[str, tuple[int, ...]] = {
    "static": (),
    "acd": (4, 5, 6, 9, 10),
    "full": (4, 5, 6, 8, 9, 10),
}
"""Places of the free parameters of skew and shape: none (GO-GARCH); c1, c2, xi, k2, psi, the order
of the R package racd; and k1 as well."""

_MOST_PERSISTENT, _MOST_LEVEL_PERSISTENT = 0.999, 0.995
_TOLERANCE = 1e-11
_STATIC_STARTS = ((0.02, 0.05, 0.93), (0.1, 0.1, 0.8))
# c1, c2, xi, k1, k2, psi. Likelihoods have many local maxima, with persistences of both signs.
_ACD_STARTS = (
    (0.1, 0.0, 0.5, 0.0, -0.1, 0.5),
    (-0.1, 0.0, 0.8, 0.0, -0.05, 0.8),
    (0.1, 0.05, 0.9, 0.0, 0.1, 0.8),
    (0.05, -0.05, 0.0, 0.1, 0.0, 0.0),
    (0.0, 0.0, 0.0, 0.0, -0.1, 0.9),
    (0.05, -0.05, 0.85, 0.0, -0.05, -0.8),
    (0.05, 0.0, -0.8, 0.0, -0.1, 0.9),
    (-0.05, 0.02, -0.8, 0.0, 0.1, -0.8),
    (0.0, 0.03, 0.95, 0.0, 0.1, -0.75),
)
_LEVELS = [4, 5, 6, 8, 9, 10]


@dataclass(frozen=True)
class FactorFit:
    """Estimates of one factor.

    Attributes
    ----------
    parameters : FactorParameters
        Those of the highest log likelihood found.
    log_likelihood : float
        It.
    static_parameters : FactorParameters
        Estimates with constant skew and shape.
    static_log_likelihood : float
        Theirs.
    """

    parameters: FactorParameters
    log_likelihood: float
    static_parameters: FactorParameters
    static_log_likelihood: float

    @property
    def likelihood_ratio(self) -> float:
        """Twice the gain of log likelihood over constant skew and shape."""
        return 2 * (self.log_likelihood - self.static_log_likelihood)


def fit_factor(
    factor: FloatArray,
    law: FactorLaw | None = None,
    dynamics: Dynamics = "acd",
    start: FactorParameters | None = None,
) -> FactorFit:
    """Fit one factor by maximum likelihood.

    Parameters
    ----------
    factor : (T,) array
        The factor; h_1 is its mean square.
    law : FactorLaw, optional
        Law of the innovations, default normal inverse Gaussian.
    dynamics : {"static", "acd", "full"}
        Which parameters of skew and shape are free, see :data:`DYNAMICS`.
    start : FactorParameters, optional
        A further point to start from, such as the estimates of a shorter sample.

    Returns
    -------
    FactorFit
        Best of several starts; never below the static model's likelihood.

    Raises
    ------
    ValueError
        For unknown dynamics, or dynamics that the law does not have.
    """
    law = law or FactorLaw()
    if dynamics not in DYNAMICS:
        raise ValueError(f"dynamics is {dynamics!r}, expected one of {', '.join(DYNAMICS)}")
    if dynamics != "static" and not law.innovations.has_shape:
        raise ValueError(
            f"dynamics is {dynamics!r} with {law.innovations.name} innovations, expected 'static': "
            "they have neither skew nor shape to move"
        )
    if dynamics == "full" and law.shape_map == "exp":
        raise ValueError(
            "dynamics is 'full' with shape_map 'exp', expected 'acd': a signed shock would drive "
            "the shape without bound"
        )
    factor = np.ascontiguousarray(factor, dtype=float)
    shared = (0, 1, 2, 3, 7) if law.innovations.has_shape else (0, 1, 2)
    started = [_first_guess(law, garch) for garch in _STATIC_STARTS]
    if start is not None:
        rough = _to_coordinates(start)
        rough[_LEVELS] = 0.0
        started.append(rough)
    static = _best(factor, law, shared, started)
    best = static
    if dynamics != "static":
        free = DYNAMICS[dynamics]
        started = [static[0], *(_moving(static[0], one, law) for one in _ACD_STARTS)]
        if start is not None:
            started.append(_to_coordinates(start))
        for point in started:
            point[[place for place in _LEVELS if place not in free]] = 0.0
        best = _best(factor, law, shared + free, started)
    found, bound = (_to_parameters(point, _mean_square(factor)) for point, _ in (best, static))
    return FactorFit(
        found, log_likelihood(factor, found, law), bound, log_likelihood(factor, bound, law)
    )


def bootstrap_ratios(
    fit: FactorFit,
    law: FactorLaw,
    dynamics: Dynamics,
    n_obs: int,
    generators: Sequence[np.random.Generator],
) -> FloatArray:
    """Likelihood ratios of dynamics in samples without dynamics.

    Without dynamics the persistences xi and psi say nothing, so the likelihood ratio has no
    chi-square law. These ratios are draws from the one it has under the fitted static model.

    Parameters
    ----------
    fit : FactorFit
        Its static estimates are simulated.
    law, dynamics
        As for :func:`fit_factor`.
    n_obs : int
        Dates of each sample.
    generators : sequence of numpy.random.Generator
        One for each sample.

    Returns
    -------
    (len(generators),) array
    """
    ratios = []
    for rng in generators:
        factor = simulate_factors([fit.static_parameters], law, rng, n_obs)[0, :, 0]
        ratios.append(fit_factor(factor, law, dynamics).likelihood_ratio)
    return np.array(ratios)


def bootstrap_p_value(likelihood_ratio: float, ratios: FloatArray) -> float:
    """Share of simulated ratios that are no smaller, the sample's own counted among them."""
    return float((1 + np.sum(ratios >= likelihood_ratio)) / (1 + len(ratios)))


def _moving(static: FloatArray, values: ArrayLike, law: FactorLaw) -> FloatArray:
    """Coordinates of static estimates with these dynamics."""
    point = static.copy()
    point[_LEVELS] = values
    _bend(point)
    if law.shape_map == "exp":
        point[9] = abs(point[9])
    return point


def _mean_square(factor: FloatArray) -> float:
    return float(factor @ factor / len(factor))


def _first_guess(law: FactorLaw, garch: tuple[float, float, float]) -> FloatArray:
    """Coordinates of GARCH parameters, no skew and a shape of about 1.5."""
    shape_level = math.log(15 / 1.4) if law.shape_map == "exp" else -2.8
    return _to_coordinates(FactorParameters(*garch, skew_level=0.02, shape_level=shape_level))


def _best(
    factor: FloatArray, law: FactorLaw, free: tuple[int, ...], starts: Sequence[FloatArray]
) -> tuple[FloatArray, float]:
    """Best end of several starts: its coordinates and its log likelihood."""
    from scipy.optimize import minimize

    places = list(free)
    start_variance = _mean_square(factor)
    bounds = [_bounds(law)[place] for place in places]

    def loss(values: FloatArray, point: FloatArray) -> tuple[float, FloatArray]:
        point = point.copy()
        point[places] = values
        parameters = _to_parameters(point, start_variance)
        value, gradient = log_likelihood_gradient(factor, parameters, law)
        # Means, not sums: the first step is as long as the gradient.
        return -value / len(factor), -_chain(point, gradient, start_variance)[places] / len(factor)

    found = []
    for point in starts:
        result = minimize(
            loss,
            point[places],
            args=(point,),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"ftol": _TOLERANCE, "gtol": 1e-7, "maxiter": 500, "maxfun": 5000},
        )
        end = point.copy()
        end[places] = result.x
        found.append((end, -float(result.fun) * len(factor)))
    return max(found, key=lambda pair: pair[1])


def _bounds(law: FactorLaw) -> list[tuple[float, float]]:
    shock, persistence = (-2.0, 2.0), (-4.0, 4.0)
    shape_level = (-6.0, 4.0)
    shape_square = shock
    if law.shape_map == "exp":
        shape_level, shape_square = (-0.5, 8.0), (0.0, 1.0)
    return [
        (-18.0, 3.0), (-10.0, 12.0), (-14.0, 10.0),
        (-6.0, 6.0), shock, shock, persistence,
        shape_level, shock, shape_square, (0.0, 4.0) if law.shape_map == "exp" else persistence,
    ]  # fmt: skip


def _to_parameters(point: FloatArray, start_variance: float) -> FactorParameters:
    """Parameters of coordinates: log omega / h_1, logits of (a + b) / 0.999 and of a / (a + b),
    and inverse hyperbolic tangents of xi / 0.995 and psi / 0.995; the others as they are.
    """
    values: list[float] = point.tolist()
    persistent, share = _MOST_PERSISTENT * expit(values[1]), expit(values[2])
    values[0] = start_variance * math.exp(values[0])
    values[1], values[2] = float(persistent * share), float(persistent * (1 - share))
    for place in (6, 10):
        values[place] = _MOST_LEVEL_PERSISTENT * math.tanh(values[place])
    values.append(start_variance)
    return FactorParameters(*values)


def _to_coordinates(parameters: FactorParameters) -> FloatArray:
    point = np.array(astuple(parameters)[:N_PARAMETERS])
    persistent = point[1] + point[2]
    share = point[1] / persistent
    point[0] = math.log(point[0] / parameters.start_variance)
    point[1] = -math.log(max(_MOST_PERSISTENT / persistent - 1, 1e-6))
    point[2] = math.log(share / (1 - share))
    _bend(point)
    return point


def _bend(point: FloatArray) -> None:
    """Turn the persistences of skew and shape into coordinates, in place."""
    point[[6, 10]] = np.arctanh(np.clip(point[[6, 10]] / _MOST_LEVEL_PERSISTENT, -0.999, 0.999))


def _chain(point: FloatArray, gradient: FloatArray, start_variance: float) -> FloatArray:
    """Derivatives by the coordinates from those by the parameters."""
    result = gradient.copy()
    level, share = expit(point[1]), expit(point[2])
    persistent = _MOST_PERSISTENT * level
    by_a, by_b = gradient[1], gradient[2]
    result[0] = gradient[0] * start_variance * math.exp(point[0])
    result[1] = persistent * (1 - level) * (share * by_a + (1 - share) * by_b)
    result[2] = persistent * share * (1 - share) * (by_a - by_b)
    places = [6, 10]
    result[places] *= _MOST_LEVEL_PERSISTENT * (1 - np.tanh(point[places]) ** 2)
    return result
