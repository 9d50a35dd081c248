"""Exact density of a portfolio's return by inverting its characteristic function.

The return is mu + sum_k c_k z_k, with c_k = b_k sqrt(h_k) and b = A'w, and perhaps normal noise.
Its parts are independent, so the logarithm of its characteristic function is the sum of theirs,

    log phi(u) = i u mu + sum_k log phi_k(c_k u) - u^2 noise / 2

and the density is f(x) = (1 / 2 pi) integral of exp(-i u x) phi(u) du. On grids of n points with
spacings dx du = 2 pi / n that is one fast Fourier transform, of half the points since phi(-u) is
the conjugate of phi(u). The distribution function is the trapezoidal sum of the density; quantiles
and expected shortfall follow from it. (The R package rmgarch sums from the left, which shifts its
quantiles by half a step.)

The grid must be wide enough for the slowest tail, which falls exponentially: mass beyond it would
be folded back. Far out in the tails the transform has rounding error only, see
:meth:`PortfolioDensity.log_density`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesfolio.comoments.checks import check_probability
from bayesfolio.comoments.laws import ComplexArray, Innovations

FloatArray = NDArray[np.floating]

_NO_MORE = -46.0
"""Real parts of a log characteristic function below this are below rounding, 1e-20."""

_N_POINTS, _WIDTH, _TAIL = 2**15, 40.0, 25.0

_SURE = 1e-10
"""Densities below this share of the peak may be rounding."""


@dataclass(frozen=True)
class PortfolioDensity:
    """Density of a portfolio's return at one date, on a grid.

    Attributes
    ----------
    points, density, cdf : (n,) arrays
        Grid, density, and distribution function (trapezoidal).
    """

    points: FloatArray
    density: FloatArray
    cdf: FloatArray

    def quantile(self, probability: float | FloatArray) -> FloatArray:
        """Quantiles, by linear interpolation; a loss is below 0.

        Raises
        ------
        ValueError
            For a probability that is not between 0 and 1.
        """
        check_probability(probability)
        inside = np.concatenate([[True], np.diff(self.cdf) > 0])
        return np.interp(probability, self.cdf[inside], self.points[inside])

    def probability(self, x: float | FloatArray) -> FloatArray:
        """Distribution function at x, in the unit of the returns."""
        return np.asarray(np.interp(x, self.points, self.cdf))

    def log_density(self, x: float | FloatArray) -> FloatArray:
        """Log density at x.

        Where the density is below 1e-10 of its peak, the inversion has few digits or none. From
        there on tails are taken as exponential.
        """
        sure = np.flatnonzero(self.density > _SURE * self.density.max())
        inside = slice(sure[0], sure[-1] + 1)
        points, log_density = self.points[inside], np.log(self.density[inside])
        x = np.asarray(x, dtype=float)
        found = np.interp(x, points, log_density)
        for end, ahead, beyond in (
            (0, 1, np.minimum(x - points[0], 0.0)),
            (-1, -2, np.maximum(x - points[-1], 0.0)),
        ):
            slope = (log_density[ahead] - log_density[end]) / (points[ahead] - points[end])
            found = found + slope * beyond
        return found

    def expected_shortfall(self, probability: float) -> float:
        """Mean loss, positive, given a return below the quantile of this probability.

        Raises
        ------
        ValueError
            For a probability that is not between 0 and 1.
        """
        q = float(self.quantile(probability))
        below = self.points < q
        x = np.append(self.points[below], q)
        cdf = np.append(self.cdf[below], probability)
        return float(np.trapezoid(cdf, x) / probability - q)


def portfolio_density(
    mean: float,
    scales: FloatArray,
    skew: FloatArray,
    shape: FloatArray,
    innovations: Innovations,
    *,
    noise_variance: float = 0.0,
    n_points: int | None = None,
    width: float | None = None,
) -> PortfolioDensity:
    """Density of mean + sum_k scales_k z_k + noise.

    Parameters
    ----------
    mean : float
        Mean of the return.
    scales : (F,) array
        c, the standard deviations of the factors' contributions, with signs.
    skew, shape : (F,) arrays
        Skew and shape of the factors' laws.
    innovations : Innovations
        The family of laws.
    noise_variance : float
        Variance of independent normal noise.
    n_points : int, optional
        Points of the grid, an even number. None: 2^15, or as many more as the grid is wider.
    width : float, optional
        Width of the grid in standard deviations of the return. Mass beyond it is folded into it.
        None: 40, or more until the slowest tail of a part has fallen by e^-25.

    Returns
    -------
    PortfolioDensity
        Density and distribution function on the grid, in the unit of mean and scales.

    Raises
    ------
    ValueError
        If the return has no variance, or the number of points is odd.
    """
    sd = math.sqrt(float(scales @ scales) + noise_variance)
    if not sd > 0:
        raise ValueError(
            f"the portfolio has standard deviation {sd}, expected one above 0: its weights load on "
            "no factor"
        )
    if width is None:
        # A tail of factor k falls like exp(-rate |x| / |c_k|).
        slowest = np.max(
            np.abs(scales)
            / innovations.tail_rate(np.asarray(skew, float), np.asarray(shape, float)),
            initial=0.0,
        )
        width = max(_WIDTH, 2 * _TAIL * float(slowest) / sd)
    if n_points is None:
        n_points = _N_POINTS * 2 ** math.ceil(math.log2(max(width / _WIDTH, 1.0)))
    if n_points < 2 or n_points % 2:
        raise ValueError(f"n_points is {n_points}, expected an even number of points")
    dx, du = width * sd / n_points, 2 * math.pi / (width * sd)
    u = du * np.arange(n_points // 2 + 1)
    log_cf = log_characteristic(u, scales, skew, shape, innovations, noise_variance)
    # Centred on the mean: exp(-i u x) = (-1)^m exp(-2 pi i m j / n) at u = m du, x = (j - n/2) dx.
    alternating = 1.0 - 2.0 * (np.arange(len(u)) % 2)
    density = np.fft.hfft(np.exp(log_cf) * alternating, n_points) * du / (2 * math.pi)
    points = mean + dx * (np.arange(n_points) - n_points // 2)
    cdf = np.concatenate([[0.0], np.cumsum(0.5 * dx * (density[1:] + density[:-1]))])
    return PortfolioDensity(points, density, cdf)


def log_characteristic(
    u: FloatArray,
    scales: FloatArray,
    skew: FloatArray,
    shape: FloatArray,
    innovations: Innovations,
    noise_variance: float = 0.0,
) -> ComplexArray:
    """Log characteristic function of the return less its mean, at ascending u from 0."""
    total = -0.5 * noise_variance * np.square(u) + 0j
    alive = len(u)
    # Large contributions first: where they have made the sum vanish the others are not needed.
    for k in np.argsort(-np.abs(scales)):
        total[:alive] += innovations.log_cf(scales[k] * u[:alive], skew[k], shape[k])
        total[alive:] = -np.inf
        alive = int(np.argmin(total.real[:alive] > _NO_MORE)) or alive
    total[alive:] = -np.inf
    return total
