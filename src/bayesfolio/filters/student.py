"""Mixtures of multivariate Student t densities: joint, and conditional on some coordinates.

t(v; mu, Sigma, nu) in D dimensions is the law of mu + n / sqrt(c / nu) with n normal of covariance
Sigma and c an independent chi-squared variable of nu degrees of freedom. Its conditional is a t
too, whose scale grows with the distance of what is given: with v = (x, z) and d the squared
Mahalanobis distance of x,

    z | x ~ t(mu_z + R (x - mu_x), (nu + d) / (nu + dim x) (S_zz - R S_xz), nu + dim x)

with R = S_zx S_xx^-1. The Cholesky factor of Sigma has the roots of S_xx and of S_zz - R S_xz as
its diagonal blocks, so each component is factorised once. A mixture's conditional is a mixture of
these whose probabilities depend on x. The M-Filter proposes from it (Basturk et al. 2017, Section
4.1; the conditional is not in the paper, see `filters.mixture`).

A component with infinitely many degrees of freedom is normal.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from bayesfolio.core.types import FloatArray
from bayesfolio.filters._kernels import fill_gammas
from bayesfolio.filters.linear import LinearMap, check_covariance, draw_noise, sum_squares

_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class StudentMixture:
    """sum_h probs_h t(means_h, scales_h, dofs_h) in D dimensions.

    Attributes
    ----------
    probs : (H,) array
        Positive, summing to one.
    means : (H, D) array
        Locations.
    scales : (H, D, D) array
        Scale matrices: covariances times (nu - 2) / nu.
    dofs : (H,) array
        Degrees of freedom above 0, infinite for a normal component.

    Raises
    ------
    ValueError
        If shapes do not fit, probabilities do not sum to one, or a scale matrix is not positive
        definite.
    """

    probs: FloatArray
    means: FloatArray
    scales: FloatArray
    dofs: FloatArray

    def __post_init__(self) -> None:
        for name in ("probs", "means", "scales", "dofs"):
            object.__setattr__(self, name, np.array(getattr(self, name), dtype=float))
        if self.means.ndim != 2:
            raise ValueError(f"means have shape {self.means.shape}, expected (components, states)")
        n_components, size = self.means.shape
        shapes = {
            "probs": (n_components,),
            "scales": (n_components, size, size),
            "dofs": (n_components,),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise ValueError(
                    f"{name} have shape {getattr(self, name).shape}, expected {shape} as means "
                    f"have shape {self.means.shape}"
                )
        if not (np.all(self.probs > 0) and abs(self.probs.sum() - 1) < 1e-8):
            raise ValueError(f"probs are {self.probs}, expected positive numbers that sum to 1")
        if not np.all(self.dofs > 0):
            raise ValueError(f"dofs are {self.dofs}, expected numbers above 0")
        if not np.isfinite(self.means).all():
            raise ValueError("means are not all finite")
        for h, scale in enumerate(self.scales):
            check_covariance(f"scales[{h}]", scale)

    @classmethod
    def unchecked(
        cls, probs: FloatArray, means: FloatArray, scales: FloatArray, dofs: FloatArray
    ) -> "StudentMixture":
        """Create a mixture without checks, which saves a good part of the time of a small fit."""
        mixture = object.__new__(cls)
        values = {"probs": probs, "means": means, "scales": scales, "dofs": dofs}
        for name, value in values.items():
            object.__setattr__(mixture, name, value)
        return mixture

    @property
    def n_components(self) -> int:
        """Number H of components."""
        return len(self.probs)

    @property
    def n_states(self) -> int:
        """Number D of dimensions."""
        return self.means.shape[1]

    def draw(self, rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
        """Draws (n, D), each from a component of its own, and their log densities (n,)."""
        return self.conditional(self.n_states).draw(rng, np.empty((n, 0)))

    def log_density(self, points: FloatArray) -> FloatArray:
        """Log density (n,) at points (n, D)."""
        density: FloatArray = self.conditional(self.n_states).log_density(
            points, np.empty((len(points), 0))
        )
        return density

    def conditional(self, n_free: int) -> "ConditionalMixture":
        """Distribution of the last ``n_free`` coordinates given the others."""
        return ConditionalMixture(self, n_free)


class ConditionalMixture:
    """Density of z (K,) given x, from a mixture in (x, z).

    Given x, component h has weight pi_h(x), proportional to probs_h times its marginal density at
    x; location mu_z + R (x - mu_x) with R = S_zx S_xx^-1; scale (nu + d) / (nu + dim x) times
    S_zz - R S_xz, where d is x's squared Mahalanobis distance; and nu + dim x degrees of freedom.

    Parameters
    ----------
    mixture : StudentMixture
        The joint distribution.
    n_free : int
        K, coordinates of z; x has the first D - K.
    """

    def __init__(self, mixture: StudentMixture, n_free: int) -> None:
        self._components = [
            _Component.create(prob, mean, scale, dof, n_free)
            for prob, mean, scale, dof in zip(
                mixture.probs, mixture.means, mixture.scales, mixture.dofs, strict=True
            )
        ]

    def draw(self, rng: np.random.Generator, given: FloatArray) -> tuple[FloatArray, FloatArray]:
        """One draw of z for each row of x (n, D - K): draws (n, K) and their log densities (n,)."""
        components = self._components
        if len(components) == 1:
            return components[0].draw(rng, given)
        gates = self._log_gates(given)
        # Components are drawn independently for each row. Sorted labels would be correlated with
        # the ancestors, which are sorted.
        chosen = (np.cumsum(np.exp(gates), axis=0)[:-1] < rng.random(len(given))).sum(axis=0)
        draws = np.empty((components[0].n_free, len(given))).T
        for h, component in enumerate(components):
            rows = np.flatnonzero(chosen == h)
            draws[rows] = component.draw(rng, given[rows])[0]
        return draws, self._mix(gates, draws, given)

    def log_density(self, points: FloatArray, given: FloatArray) -> FloatArray:
        """Log density (n,) of z at points (n, K) given x (n, D - K), row by row."""
        components = self._components
        if len(components) == 1:
            return components[0].log_density(points, given)
        return self._mix(self._log_gates(given), points, given)

    def _log_gates(self, given: FloatArray) -> FloatArray:
        gates = np.stack([component.log_gate(given) for component in self._components])
        gates -= _log_sum_exp(gates)
        return gates

    def _mix(self, gates: FloatArray, points: FloatArray, given: FloatArray) -> FloatArray:
        terms = np.stack([component.log_density(points, given) for component in self._components])
        terms += gates
        return _log_sum_exp(terms)


@dataclass(frozen=True)
class _Component:
    """One t density of (x, z), split into x and z given x."""

    log_prob: float
    dof: float
    n_given: int
    n_free: int
    given_mean: FloatArray
    given_root: LinearMap
    intercept: FloatArray
    slope: LinearMap
    root: LinearMap
    constant: float

    @classmethod
    def create(
        cls, prob: float, mean: FloatArray, scale: FloatArray, dof: float, n_free: int
    ) -> "_Component":
        n_given = len(mean) - n_free
        # The Cholesky factor of the joint scale has those of S_xx and of z given x on its diagonal.
        factor = np.linalg.cholesky(scale)
        given = LinearMap(np.ascontiguousarray(factor[:n_given, :n_given]))
        slope = factor[n_given:, :n_given] @ given.inverse.matrix
        root = LinearMap(np.ascontiguousarray(factor[n_given:, n_given:]))
        return cls(
            log_prob=math.log(prob),
            dof=dof,
            n_given=n_given,
            n_free=n_free,
            given_mean=mean[:n_given],
            given_root=given,
            intercept=mean[n_given:] - slope @ mean[:n_given],
            slope=LinearMap(slope),
            root=root,
            constant=_log_constant(dof + n_given, n_free) - root.log_det,
        )

    @property
    def _normal(self) -> bool:
        return math.isinf(self.dof)

    def _given_squares(self, given: FloatArray) -> FloatArray:
        return sum_squares(self.given_root.inverse.apply_to_own(given - self.given_mean))

    def log_gate(self, given: FloatArray) -> FloatArray:
        """Logarithm of its probability times its marginal density at x."""
        squares = self._given_squares(given)
        constant = _log_constant(self.dof, self.n_given) - self.given_root.log_det
        return _log_kernel(squares, self.dof, self.n_given) + (constant + self.log_prob)

    def draw(self, rng: np.random.Generator, given: FloatArray) -> tuple[FloatArray, FloatArray]:
        noise = draw_noise(rng, len(given), self.n_free)
        squares = sum_squares(noise)
        draws = self.root.apply(noise)
        log_scale = None
        if not self._normal:
            dof = self.dof + self.n_given
            stretch = np.empty(len(given))
            fill_gammas(rng, dof / 2, stretch)  # half a chi-square
            np.divide(dof / 2, stretch, out=stretch)
            squares *= stretch
            if self.n_given:
                factor = (self.dof + self._given_squares(given)) / dof
                log_scale = 0.5 * self.n_free * np.log(factor)
                stretch *= factor
            draws *= np.sqrt(stretch)[:, None]
        draws += self._location(given)
        return draws, self._log_standardised(squares, log_scale)

    def log_density(self, points: FloatArray, given: FloatArray) -> FloatArray:
        squares = sum_squares(self.root.inverse.apply(points - self._location(given)))
        log_scale = None
        if self.n_given and not self._normal:
            factor = (self.dof + self._given_squares(given)) / (self.dof + self.n_given)
            squares /= factor
            log_scale = 0.5 * self.n_free * np.log(factor)
        return self._log_standardised(squares, log_scale)

    def _location(self, given: FloatArray) -> FloatArray:
        if not self.n_given:
            return self.intercept
        location = self.slope.apply(given)
        location += self.intercept
        return location

    def _log_standardised(self, squares: FloatArray, log_scale: FloatArray | None) -> FloatArray:
        out = _log_kernel(squares, self.dof + self.n_given, self.n_free)
        out += self.constant
        if log_scale is not None:
            out -= log_scale
        return out


def _log_constant(dof: float, size: int) -> float:
    """Logarithm of the constant of a t density with an identity scale matrix."""
    if math.isinf(dof):
        return -0.5 * size * _LOG_2PI
    constant = gammaln((dof + size) / 2) - gammaln(dof / 2) - 0.5 * size * math.log(dof * math.pi)
    return float(constant)


def _log_kernel(squares: FloatArray, dof: float, size: int) -> FloatArray:
    """Logarithm (n,) of a t density but for its constant, in new memory."""
    if math.isinf(dof):
        return -0.5 * squares
    out = squares / dof
    out += 1
    np.log(out, out=out)
    out *= -0.5 * (dof + size)
    return out


def _log_sum_exp(terms: FloatArray) -> FloatArray:
    """Log-sum-exp over the first axis of (H, n); scipy's takes several times as long."""
    top = terms.max(axis=0)
    terms = terms - np.where(np.isfinite(top), top, 0)
    out: FloatArray = np.log(np.exp(terms).sum(axis=0)) + top
    return out
