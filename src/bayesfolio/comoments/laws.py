"""Standardised laws of the innovations: normal, normal inverse Gaussian, generalised hyperbolic.

All have mean 0 and variance 1 and two parameters: ``skew`` in (-1, 1), written rho, and ``shape``
above 0, written zeta. A smaller shape has fatter tails. These are the parameters of the R package
rugarch. The generalised hyperbolic law with index lambda is a normal mean-variance mixture, z = m +
beta w + sqrt(w) N(0, 1) with w generalised inverse Gaussian; the normal inverse Gaussian is its
case lambda = -1/2, in which Bessel functions of orders 0 and 1 suffice and moments are elementary:

    skewness 3 rho / sqrt(zeta),   excess kurtosis 3 (1 + 4 rho^2) / zeta

so that any excess kurtosis above 5/3 of the squared skewness can be had. Bessel functions are used
in their exponentially scaled form, so that log densities far out stay finite.

Arguments are scalars or arrays that broadcast against each other.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import k0e, k1e, kve

from bayesfolio.core.types import FloatArray

ComplexArray = NDArray[np.complexfloating]

_LOG_PI, _LOG_2PI = math.log(math.pi), math.log(2 * math.pi)


class Innovations(Protocol):
    """A standardised law.

    Attributes
    ----------
    name : str
        Name in tables.
    has_shape : bool
        Whether skew and shape matter.
    shape_bounds : (float, float)
        Values of the shape within which it is estimated.
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def has_shape(self) -> bool: ...  # noqa: D102

    @property
    def shape_bounds(self) -> tuple[float, float]: ...  # noqa: D102

    def log_density(self, x: FloatArray, skew: ArrayLike, shape: ArrayLike) -> FloatArray:
        """Log density at x."""
        ...

    def partials(
        self, x: FloatArray, skew: ArrayLike, shape: ArrayLike
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Log density, and its derivatives by x, skew and shape."""
        ...

    def moments(self, skew: ArrayLike, shape: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Skewness and excess kurtosis."""
        ...

    def log_cf(self, u: FloatArray, skew: float, shape: float) -> ComplexArray:
        """Logarithm of the characteristic function, E exp(i u z)."""
        ...

    def tail_rate(self, skew: FloatArray, shape: FloatArray) -> FloatArray:
        """Rate at which the slower tail of the density falls, exponentially."""
        ...

    def sample(self, rng: np.random.Generator, skew: ArrayLike, shape: ArrayLike) -> FloatArray:
        """One draw for each pair of skew and shape."""
        ...


@dataclass(frozen=True)
class Normal:
    """The standard normal law; skew and shape are ignored."""

    name: str = "normal"
    has_shape: bool = False
    shape_bounds: tuple[float, float] = (0.1, 25.0)

    def log_density(self, x: FloatArray, skew: ArrayLike, shape: ArrayLike) -> FloatArray:
        """Log density at x."""
        return -0.5 * (_LOG_2PI + np.square(x))

    def partials(
        self, x: FloatArray, skew: ArrayLike, shape: ArrayLike
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Log density, and its derivatives by x, skew and shape."""
        return self.log_density(x, skew, shape), -x, np.zeros_like(x), np.zeros_like(x)

    def moments(self, skew: ArrayLike, shape: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Skewness and excess kurtosis: zeros."""
        zeros = np.zeros(np.broadcast_shapes(np.shape(skew), np.shape(shape)))
        return zeros, zeros

    def log_cf(self, u: FloatArray, skew: float, shape: float) -> ComplexArray:
        """Logarithm of the characteristic function."""
        return -0.5 * np.square(u) + 0j

    def tail_rate(self, skew: FloatArray, shape: FloatArray) -> FloatArray:
        """Rate of an exponential tail: a normal law has none."""
        return np.full(np.shape(skew), np.inf)

    def sample(self, rng: np.random.Generator, skew: ArrayLike, shape: ArrayLike) -> FloatArray:
        """One draw for each pair of skew and shape."""
        return rng.standard_normal(np.broadcast_shapes(np.shape(skew), np.shape(shape)))


@dataclass(frozen=True)
class NormalInverseGaussian:
    """The normal inverse Gaussian law.

    With alpha = sqrt(zeta) / (1 - rho^2), beta = rho alpha, delta = sqrt(zeta (1 - rho^2)) and
    m = -rho sqrt(zeta) its density is
    alpha delta / pi exp(zeta + beta (x - m)) K_1(alpha s) / s, s^2 = delta^2 + (x - m)^2.
    """

    name: str = "NIG"
    has_shape: bool = True
    shape_bounds: tuple[float, float] = (0.1, 25.0)

    def log_density(self, x: FloatArray, skew: ArrayLike, shape: ArrayLike) -> FloatArray:
        """Log density at x."""
        rho, zeta = np.asarray(skew, dtype=float), np.asarray(shape, dtype=float)
        r2, root = 1 - rho * rho, np.sqrt(zeta)
        alpha, y = root / r2, x + rho * root
        s = np.sqrt(zeta * r2 + y * y)
        q = alpha * s
        return np.log(zeta * k1e(q) / (s * np.sqrt(r2))) - _LOG_PI + zeta + rho * alpha * y - q

    def partials(
        self, x: FloatArray, skew: ArrayLike, shape: ArrayLike
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Log density, and its derivatives by x, skew and shape."""
        rho, zeta = np.asarray(skew, dtype=float), np.asarray(shape, dtype=float)
        r2, root = 1 - rho * rho, np.sqrt(zeta)
        alpha, y = root / r2, x + rho * root
        beta = rho * alpha
        s = np.sqrt(zeta * r2 + y * y)
        q = alpha * s
        bessel = k1e(q)
        value = np.log(zeta * bessel / (s * np.sqrt(r2))) - _LOG_PI + zeta + beta * y - q
        ratio = k0e(q) / bessel  # K_0 / K_1; (log K_1)'(q) = -ratio - 1 / q
        by_s = alpha * ratio + 2 / s
        by_alpha = ratio * s + 1 / alpha
        slope = y * by_s / s
        by_rho = (
            rho / r2 + beta * root + y * (alpha + 2 * rho * beta / r2)
            - 2 * beta / r2 * by_alpha - root * slope + rho * zeta * by_s / s
        )  # fmt: skip
        by_zeta = (
            1 / zeta + 1 + 0.5 * beta * (rho / root + y / zeta)
            - 0.5 * alpha / zeta * by_alpha - 0.5 * rho / root * slope - 0.5 * r2 * by_s / s
        )  # fmt: skip
        return value, beta - slope, by_rho, by_zeta

    def moments(self, skew: ArrayLike, shape: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Skewness 3 rho / sqrt(zeta) and excess kurtosis 3 (1 + 4 rho^2) / zeta."""
        rho, zeta = np.asarray(skew, dtype=float), np.asarray(shape, dtype=float)
        return 3 * rho / np.sqrt(zeta), 3 * (1 + 4 * rho * rho) / zeta

    def from_moments(
        self, skewness: ArrayLike, excess_kurtosis: ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        """Skew and shape of a skewness and an excess kurtosis.

        Raises
        ------
        ValueError
            Unless the excess kurtosis is above 5/3 of the squared skewness.
        """
        s, k = np.asarray(skewness, dtype=float), np.asarray(excess_kurtosis, dtype=float)
        if np.any(k <= 5 / 3 * s * s):
            raise ValueError(
                f"excess_kurtosis is {k} with skewness {s}, expected more than 5/3 of its square: "
                "no normal inverse Gaussian law has these moments"
            )
        zeta = 3 / (k - 4 / 3 * s * s)
        return s * np.sqrt(zeta) / 3, zeta

    def log_cf(self, u: FloatArray, skew: float, shape: float) -> ComplexArray:
        """Logarithm of the characteristic function (principal root)."""
        rho, zeta = skew, shape
        r2, root = 1 - rho * rho, math.sqrt(zeta)
        alpha, delta = root / r2, math.sqrt(zeta * r2)
        shifted = rho * alpha + 1j * u
        return zeta - 1j * u * rho * root - delta * np.sqrt(alpha * alpha - shifted * shifted)

    def tail_rate(self, skew: FloatArray, shape: FloatArray) -> FloatArray:
        """Rate at which the slower tail of the density falls, exponentially."""
        return np.sqrt(shape) / (1 + np.abs(skew))  # alpha - |beta|

    def sample(self, rng: np.random.Generator, skew: ArrayLike, shape: ArrayLike) -> FloatArray:
        """One draw for each pair of skew and shape: a normal mixture over an inverse Gaussian."""
        rho, zeta = np.broadcast_arrays(np.asarray(skew, float), np.asarray(shape, float))
        r2 = 1 - rho * rho
        weight = rng.wald(r2, zeta * r2)  # mean delta / gamma, shape delta^2
        noise = rng.standard_normal(rho.shape)
        return rho * np.sqrt(zeta) * (weight / r2 - 1) + np.sqrt(weight) * noise


@dataclass(frozen=True)
class GeneralisedHyperbolic:
    """The generalised hyperbolic law with a given index, lambda; -1/2 is the NIG law.

    The index is given, not estimated: samples say very little about it.

    Attributes
    ----------
    index : float
        Lambda, from -4 to 4.
    """

    index: float = 1.0
    name: str = "GH"
    has_shape: bool = True
    shape_bounds: tuple[float, float] = (0.25, 25.0)

    def __post_init__(self) -> None:
        if not -4 <= self.index <= 4:
            raise ValueError(f"index is {self.index}, expected a number from -4 to 4")

    def _parameters(self, skew: ArrayLike, shape: ArrayLike) -> tuple[FloatArray, ...]:
        """alpha, beta, delta and the location m."""
        rho, zeta = np.asarray(skew, dtype=float), np.asarray(shape, dtype=float)
        r2 = 1 - rho * rho
        low, mid, high = (kve(self.index + step, zeta) for step in (0, 1, 2))
        kappa, kappa_next = mid / (low * zeta), high / (mid * zeta)
        inner = 1 + rho * rho * zeta * zeta * (kappa_next - kappa) / r2
        alpha = zeta * np.sqrt(kappa / r2 * inner)
        delta = zeta / (alpha * np.sqrt(r2))
        return alpha, rho * alpha, delta, -rho * alpha * delta * delta * kappa

    def log_density(self, x: FloatArray, skew: ArrayLike, shape: ArrayLike) -> FloatArray:
        """Log density at x."""
        rho, zeta = np.asarray(skew, dtype=float), np.asarray(shape, dtype=float)
        alpha, beta, delta, m = self._parameters(rho, zeta)
        y, index = x - m, self.index
        s = np.sqrt(delta * delta + y * y)
        q = alpha * s
        return (
            index * np.log(alpha * np.sqrt(1 - rho * rho) / delta) - 0.5 * _LOG_2PI
            - np.log(kve(index, zeta)) + zeta + np.log(kve(index - 0.5, q)) - q
            + beta * y + (index - 0.5) * np.log(s / alpha)
        )  # fmt: skip

    def partials(
        self, x: FloatArray, skew: ArrayLike, shape: ArrayLike
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Log density, and its derivatives by x, skew and shape (central differences)."""
        rho, zeta = np.asarray(skew, dtype=float), np.asarray(shape, dtype=float)
        step, wide = 1e-6, 1e-6 * zeta

        def slope(low: FloatArray, high: FloatArray, width: ArrayLike) -> FloatArray:
            return (high - low) / (2 * np.asarray(width))

        f = self.log_density
        return (
            f(x, rho, zeta),
            slope(f(x - step, rho, zeta), f(x + step, rho, zeta), step),
            slope(f(x, rho - step, zeta), f(x, rho + step, zeta), step),
            slope(f(x, rho, zeta - wide), f(x, rho, zeta + wide), wide),
        )

    def moments(self, skew: ArrayLike, shape: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Skewness and excess kurtosis, from the cumulants of the mixing law."""
        rho, zeta = np.asarray(skew, dtype=float), np.asarray(shape, dtype=float)
        alpha, beta, delta, _ = self._parameters(rho, zeta)
        ratio, base = delta / (alpha * np.sqrt(1 - rho * rho)), kve(self.index, zeta)
        e1, e2, e3, e4 = (ratio**r * kve(self.index + r, zeta) / base for r in (1, 2, 3, 4))
        c2, c3 = e2 - e1 * e1, e3 - 3 * e1 * e2 + 2 * e1**3
        c4 = e4 - 4 * e1 * e3 - 3 * e2 * e2 + 12 * e1 * e1 * e2 - 6 * e1**4
        skewness = 3 * beta * c2 + beta**3 * c3
        return skewness, 3 * c2 + 6 * beta**2 * c3 + beta**4 * c4

    def log_cf(self, u: FloatArray, skew: float, shape: float) -> ComplexArray:
        """Logarithm of the characteristic function (principal roots)."""
        alpha, beta, delta, m = self._parameters(skew, shape)
        shifted = beta + 1j * u
        q = alpha * alpha - shifted * shifted
        w = delta * np.sqrt(q)
        gamma2 = (alpha - beta) * (alpha + beta)
        bessels = np.log(kve(self.index, w)) - w - np.log(kve(self.index, shape)) + shape
        return 1j * u * m + 0.5 * self.index * np.log(gamma2 / q) + bessels

    def tail_rate(self, skew: FloatArray, shape: FloatArray) -> FloatArray:
        """Rate at which the slower tail of the density falls, exponentially."""
        alpha, beta, *_ = self._parameters(skew, shape)
        return np.asarray(alpha - np.abs(beta))

    def sample(self, rng: np.random.Generator, skew: ArrayLike, shape: ArrayLike) -> FloatArray:
        """One draw for each pair of skew and shape: a normal mixture over a GIG law."""
        from scipy.stats import geninvgauss

        rho, zeta = np.broadcast_arrays(np.asarray(skew, float), np.asarray(shape, float))
        alpha, beta, delta, m = self._parameters(rho, zeta)
        scale = delta / (alpha * np.sqrt(1 - rho * rho))
        unit = geninvgauss.rvs(self.index, zeta, size=rho.shape, random_state=rng)
        weight = scale * unit
        return m + beta * weight + np.sqrt(weight) * rng.standard_normal(rho.shape)


LAWS: dict[str, Innovations] = {
    "normal": Normal(),
    "nig": NormalInverseGaussian(),
    "gh": GeneralisedHyperbolic(),
}
"""Laws by the names that a configuration and :func:`fit_ifacd` take."""
