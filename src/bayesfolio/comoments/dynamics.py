"""Dynamics of one factor: GARCH(1,1) variance, autoregressive skew and shape (ACD).

With z_t = f_t / sqrt(h_t), and levels r_t and s_t that bounded maps turn into skew and shape,

    h_t = omega + a f_{t-1}^2 + b h_{t-1}
    r_t = c0 (1 - xi)  + c1 z_{t-1} + c2 z_{t-1}^2 + xi  r_{t-1},   r_1 = c0
    s_t = k0 (1 - psi) + k1 z_{t-1} + k2 z_{t-1}^2 + psi s_{t-1},   s_1 = k0

All three are linear recursions whose inputs are known at t-1, and z depends on h alone, so that
each is one call of a linear filter. Entry t of every path uses the factor up to t-1. Without the
shocks, that is with c1, c2, k1 and k2 zero, this is the GO-GARCH model, whose skew and shape are
constant.

Source: the independent factor ACD model of Ghalanos, Rossi and Urga (2015), with the dynamics of
the R package racd. What differs from racd:

* c0 and k0 are multiplied by 1 - xi and 1 - psi, so that the constant model is nested whatever xi
  and psi are. As E[z^2] = 1, the mean of r_t is c0 + c2 / (1 - xi) and not c0.
* The recursions start at their levels c0 and k0, and the first density is at z_1 = f_1 / sqrt(h_1),
  where racd has it at 0.
* The shape map is logistic by default; racd's exponential map is an option.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from typing import Literal

import numpy as np
from scipy.special import expit

from bayesfolio.comoments.laws import LAWS, Innovations
from bayesfolio.core.types import FloatArray

ShapeMap = Literal["logistic", "exp"]

SKEW_LIMIT = 0.99
"""Skews lie between this and its negative."""

_EXP_LOWER, _EXP_RANGE = 0.1, 15.0


@dataclass(frozen=True)
class FactorParameters:
    """Parameters of one factor.

    Attributes
    ----------
    variance_constant, variance_shock, variance_persistence : float
        omega, a and b.
    skew_level, skew_shock, skew_square, skew_persistence : float
        c0, c1, c2 and xi.
    shape_level, shape_shock, shape_square, shape_persistence : float
        k0, k1, k2 and psi.
    start_variance : float
        h_1.
    """

    variance_constant: float
    variance_shock: float
    variance_persistence: float
    skew_level: float = 0.0
    skew_shock: float = 0.0
    skew_square: float = 0.0
    skew_persistence: float = 0.0
    shape_level: float = 0.0
    shape_shock: float = 0.0
    shape_square: float = 0.0
    shape_persistence: float = 0.0
    start_variance: float = 1.0


N_PARAMETERS = len(fields(FactorParameters)) - 1
"""Parameters that are estimated; the start of the variance is not."""


@dataclass(frozen=True)
class FactorLaw:
    """The law that all factors of a model share, and how levels become skew and shape.

    Attributes
    ----------
    innovations : Innovations
        Law of z.
    shape_map : {"logistic", "exp"}
        How a level s becomes a shape: within the law's bounds L and U, by
        ``L + (U - L) / (1 + exp(-s))``, or by ``0.1 + 15 exp(-s)`` as in the R package racd.
    """

    innovations: Innovations = LAWS["nig"]
    shape_map: ShapeMap = "logistic"

    def skew(self, level: FloatArray) -> FloatArray:
        """Skew of a level: ``-L + 2 L / (1 + exp(-level))`` with L = `SKEW_LIMIT`."""
        return SKEW_LIMIT * (2 * expit(level) - 1)

    def shape(self, level: FloatArray) -> FloatArray:
        """Shape of a level."""
        if self.shape_map == "exp":
            return _EXP_LOWER + _EXP_RANGE * np.exp(-level)
        lower, upper = self.innovations.shape_bounds
        return lower + (upper - lower) * expit(level)

    def slopes(self, skew: FloatArray, shape: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Derivatives of skew and shape by their levels."""
        by_skew = (SKEW_LIMIT**2 - skew * skew) / (2 * SKEW_LIMIT)
        if self.shape_map == "exp":
            return by_skew, _EXP_LOWER - shape
        lower, upper = self.innovations.shape_bounds
        return by_skew, (shape - lower) * (upper - shape) / (upper - lower)


@dataclass(frozen=True)
class FactorPath:
    """Innovations, variance and levels of one factor at T dates, and forecasts for the next.

    Attributes
    ----------
    innovations : (T,) array
        z.
    variance, skew_level, shape_level : (T + 1,) arrays
        h, r and s; entry t uses the factor up to t-1.
    """

    innovations: FloatArray
    variance: FloatArray
    skew_level: FloatArray
    shape_level: FloatArray


def filter_factor(factor: FloatArray, parameters: FactorParameters) -> FactorPath:
    """Filter one factor (T,): its variance and its levels of skew and shape."""
    p = parameters
    n_obs = len(factor)
    h_in = np.empty(n_obs + 1)
    h_in[0] = p.start_variance
    h_in[1:] = p.variance_constant + p.variance_shock * factor * factor
    variance = recursion(h_in, p.variance_persistence)
    z = factor / np.sqrt(variance[:-1])
    levels = []
    for level, shock, square, persistence in (
        (p.skew_level, p.skew_shock, p.skew_square, p.skew_persistence),
        (p.shape_level, p.shape_shock, p.shape_square, p.shape_persistence),
    ):
        if shock == 0 and square == 0:
            levels.append(np.full(n_obs + 1, level))
            continue
        level_in = np.empty(n_obs + 1)
        level_in[0] = level
        level_in[1:] = level * (1 - persistence) + z * (shock + square * z)
        levels.append(recursion(level_in, persistence))
    return FactorPath(z, variance, *levels)


def recursion(inputs: FloatArray, persistence: float) -> FloatArray:
    """Return the sequence y_t = inputs_t + persistence y_{t-1} that starts with inputs_1."""
    from scipy.signal import lfilter

    return lfilter([1.0], [1.0, -persistence], inputs)


def log_likelihood(factor: FloatArray, parameters: FactorParameters, law: FactorLaw) -> float:
    """Log density of one factor (T,): the sum of log f(z_t; rho_t, zeta_t) - log(h_t) / 2."""
    path = filter_factor(factor, parameters)
    skew, shape = law.skew(path.skew_level[:-1]), law.shape(path.shape_level[:-1])
    density = law.innovations.log_density(path.innovations, skew, shape)
    return float(density.sum() - 0.5 * np.log(path.variance[:-1]).sum())


def log_likelihood_gradient(
    factor: FloatArray, parameters: FactorParameters, law: FactorLaw
) -> tuple[float, FloatArray]:
    """Log likelihood and its derivatives by the parameters, in the order of their fields.

    The derivatives run the three recursions backwards: the derivative by an input of one of them
    is a recursion of the derivatives by its outputs, from the last date to the first.
    """
    p, path = parameters, filter_factor(factor, parameters)
    z, h = path.innovations, path.variance[:-1]
    skew, shape = law.skew(path.skew_level[:-1]), law.shape(path.shape_level[:-1])
    density, by_z, by_skew, by_shape = law.innovations.partials(z, skew, shape)
    slopes = law.slopes(skew, shape)
    by_levels = []
    for by_output, slope, levels, level, shock, square, persistence in (
        (by_skew, slopes[0], path.skew_level, p.skew_level, p.skew_shock, p.skew_square,
         p.skew_persistence),
        (by_shape, slopes[1], path.shape_level, p.shape_level, p.shape_shock, p.shape_square,
         p.shape_persistence),
    ):  # fmt: skip
        back = recursion((by_output * slope)[::-1], persistence)[::-1]
        later, before = back[1:], z[:-1]
        by_z[:-1] += later * (shock + 2 * square * before)
        by_levels += [
            back[0] + (1 - persistence) * later.sum(),
            later @ before,
            later @ (before * before),
            later @ (levels[:-2] - level),
        ]
    back = recursion((-0.5 * (by_z * z + 1) / h)[::-1], p.variance_persistence)[::-1][1:]
    by_variance = [back.sum(), back @ np.square(factor[:-1]), back @ h[:-1]]
    value = float(density.sum() - 0.5 * np.log(h).sum())
    return value, np.array(by_variance + by_levels)


def simulate_factors(
    parameters: Sequence[FactorParameters],
    law: FactorLaw,
    rng: np.random.Generator,
    n_obs: int,
    n_paths: int = 1,
    start: Sequence[FactorPath] | None = None,
) -> FloatArray:
    """Paths of independent factors.

    Parameters
    ----------
    parameters : sequence of FactorParameters
        One for each of K factors.
    law : FactorLaw
        The law that they share.
    rng : numpy.random.Generator
        Source of all randomness.
    n_obs, n_paths : int
        Dates, and paths.
    start : sequence of FactorPath, optional
        Filtered samples, which the paths go on from. None: from the parameters' start.

    Returns
    -------
    (n_paths, n_obs, K) array
        Factors, in the unit of the filtered ones.
    """
    columns = np.array([astuple(p) for p in parameters]).T
    omega, a, b, c0, c1, c2, xi, k0, k1, k2, psi, h = columns
    r, s = c0, k0
    if start is not None:
        h, r, s = (
            np.array([getattr(path, name)[-1] for path in start])
            for name in ("variance", "skew_level", "shape_level")
        )
    h, r, s = (np.tile(value, (n_paths, 1)) for value in (h, r, s))
    factors = np.empty((n_paths, n_obs, len(parameters)))
    for t in range(n_obs):
        z = law.innovations.sample(rng, law.skew(r), law.shape(s))
        factors[:, t] = f = np.sqrt(h) * z
        h = omega + a * f * f + b * h
        r = c0 * (1 - xi) + z * (c1 + c2 * z) + xi * r
        s = k0 * (1 - psi) + z * (k1 + k2 * z) + psi * s
    return factors
