"""Variants of the M6 factor model, its priors and the observations it is fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

from bayesfolio.core.types import FloatArray

IntArray = NDArray[np.int_]

Dynamics = Literal["ar1", "reversal_momentum", "var"]
DYNAMICS: tuple[Dynamics, ...] = ("ar1", "reversal_momentum", "var")
VARIANTS = (*DYNAMICS, "instrumented")
"""Names that `FactorSpec.parse` takes: dynamics, or loadings on characteristics with ar1."""

LAST_LAG = 12
"""Factors of reversal_momentum depend on their sum over lags 2 to 12."""


@dataclass(frozen=True)
class FactorSpec:
    """One variant.

    Attributes
    ----------
    dynamics : {"ar1", "reversal_momentum", "var"}
        Dynamics of the factors: z_t = rho z_{t-1} + e_t; the same with
        phi (z_{t-2} + .. + z_{t-12}) added; or z_t = Phi z_{t-1} + e_t.
    instrumented : bool
        Whether loadings are linear in characteristics of the assets.
    n_factors : int
        K.
    """

    dynamics: Dynamics = "ar1"
    instrumented: bool = False
    n_factors: int = 7

    def __post_init__(self) -> None:
        """Refuse unknown dynamics and fewer than one factor."""
        if self.dynamics not in DYNAMICS:
            raise ValueError(f"dynamics are {self.dynamics!r}, expected one of {DYNAMICS}")
        if self.n_factors < 1:
            raise ValueError(f"{self.n_factors} factors, expected 1 or more")

    @classmethod
    def parse(cls, name: str, n_factors: int) -> "FactorSpec":
        """Return the variant of one of `VARIANTS`."""
        if name == "instrumented":
            return cls("ar1", True, n_factors)
        return cls(cast("Dynamics", name), False, n_factors)

    @property
    def n_coefficients(self) -> int:
        """Coefficients of the dynamics: rho; rho and phi; or the entries of Phi."""
        return {"ar1": 1, "reversal_momentum": 2, "var": self.n_factors**2}[self.dynamics]


@dataclass(frozen=True)
class FactorPriors:
    """Hyperparameters; returns are fractions, HN is the half normal with that scale.

    Attributes
    ----------
    loading_dof, loading_sd : float
        Entries of the loadings (of their matrix on characteristics) ~ t(dof, 0, sd).
    dynamics_sd : float
        rho, phi and Phi's entries ~ N(0, sd^2).
    effect_dof : float
        Degrees of freedom of the standardised alpha_i, beta_i and delta_i.
    alpha_scale : float
        s_alpha ~ HN.
    beta_mean_sd, beta_scale : float
        m_beta,c ~ N(0, sd^2), s_beta,c ~ HN: slopes of recent returns.
    theta_mean_mean, theta_mean_sd, theta_scale, theta_dof_mean, theta_dof_sd : float
        m_theta,c ~ N(mean, sd^2), s_theta,c ~ HN, degrees of freedom ~ Gamma(mean, sd): log scales.
    delta_mean_mean, delta_mean_sd, delta_scale : float
        m_delta,c ~ N(mean, sd^2), s_delta,c ~ HN: slopes of recent volatility.
    kappa_mean_sd, kappa_scale : float
        m_kappa ~ N(0, sd^2), s_kappa ~ HN: effects of earnings.
    nu_mean, nu_scale : float
        nu_i ~ Gamma(mean, s_nu), s_nu ~ HN.
    """

    loading_dof: float = 10.0
    loading_sd: float = 1.0
    dynamics_sd: float = 0.2
    effect_dof: float = 10.0
    alpha_scale: float = 0.005
    beta_mean_sd: float = 0.2
    beta_scale: float = 0.3
    theta_mean_mean: float = -2.0
    theta_mean_sd: float = 5.0
    theta_scale: float = 0.3
    theta_dof_mean: float = 10.0
    theta_dof_sd: float = 5.0
    delta_mean_mean: float = 0.05
    delta_mean_sd: float = 0.2
    delta_scale: float = 0.3
    kappa_mean_sd: float = 1.0
    kappa_scale: float = 0.2
    nu_mean: float = 7.0
    nu_scale: float = 4.0


@dataclass(frozen=True)
class ManualForecast:
    """A forecaster's view of one asset's expected return in the period to be forecast.

    It enters the model as an observation of mu with normal noise.

    Attributes
    ----------
    asset : int
        Column.
    mean, sd : float
        As fractions.
    """

    asset: int
    mean: float
    sd: float


@dataclass(frozen=True)
class FactorObservations:
    """T periods of N assets, the last of which is to be forecast.

    Attributes
    ----------
    returns : (T, N) array
        Simple returns over a period as fractions; NaN where unobserved, as in the last period.
    weight : (T,) array
        Weight of each period's log density, from 0 to 1.
    recent_return, recent_volatility, earnings : (T, N) arrays
        Features known at the period's start: standardised, standardised logarithm, 0 or 1. NaN
        where there is none: the cell is then not used.
    classes : (N,) array of int
        Class of each asset, from 0; each from 0 to the largest has an asset.
    characteristics : (N, q) array or None
        For instrumented loadings.
    manual : sequence of ManualForecast
        Manual forecasts of the last period.
    """

    returns: FloatArray
    weight: FloatArray
    recent_return: FloatArray
    recent_volatility: FloatArray
    earnings: FloatArray
    classes: IntArray
    characteristics: FloatArray | None = None
    manual: Sequence[ManualForecast] = ()

    def __post_init__(self) -> None:
        """Refuse shapes that do not go together, and assets without a usable return."""
        shape = self.returns.shape
        for name in ("recent_return", "recent_volatility", "earnings"):
            found = getattr(self, name).shape
            if found != shape:
                raise ValueError(f"{name} has shape {found}, expected that of returns, {shape}")
        if self.weight.shape != shape[:1] or self.classes.shape != shape[1:]:
            raise ValueError(
                f"weights of {self.weight.size} periods and classes of {self.classes.size} assets, "
                f"expected {shape[0]} and {shape[1]}"
            )
        if np.any(~np.isfinite(self.weight) | (self.weight < 0) | (self.weight > 1)):
            raise ValueError("a period's weight is not between 0 and 1; check the as-of date")
        if np.isinf(self.returns).any():
            raise ValueError("a return is infinite; check the prices")
        if set(self.classes.tolist()) != set(range(int(self.classes.max()) + 1)):
            raise ValueError("classes are not numbered from 0 without gaps; number them anew")
        bare = np.flatnonzero(~self.observed().any(axis=0))
        if bare.size:
            raise ValueError(
                f"asset {bare[0]} has no return with features and a weight above 0; drop it"
            )
        unknown = np.flatnonzero(~np.isfinite(self._features()[-1]))
        if unknown.size:
            raise ValueError(
                f"asset {unknown[0]} has no features in the period to be forecast; drop it"
            )
        for forecast in self.manual:
            if not 0 <= forecast.asset < shape[1] or not forecast.sd > 0:
                raise ValueError(
                    f"manual forecast {forecast}: expected an asset from 0 to {shape[1] - 1} and a "
                    "standard deviation above 0"
                )

    def _features(self) -> FloatArray:
        return self.recent_return + self.recent_volatility + self.earnings

    def instruments(self, spec: FactorSpec) -> FloatArray:
        """Matrix (N, q) that loadings are linear in; of free loadings the identity.

        Raises
        ------
        ValueError
            Characteristics that are missing or linearly dependent, or fewer of them, or of assets,
            than factors.
        """
        matrix = np.eye(self.returns.shape[1])
        kind = "assets"
        if spec.instrumented:
            if self.characteristics is None:
                raise ValueError("instrumented loadings need characteristics of assets, found none")
            matrix, kind = self.characteristics, "characteristics"
            if not np.isfinite(matrix).all():
                raise ValueError("a characteristic is not finite; drop it or its asset")
            if np.linalg.matrix_rank(matrix) < matrix.shape[1]:
                raise ValueError(
                    f"{matrix.shape[1]} characteristics of {len(matrix)} assets are linearly "
                    "dependent; drop some, or use free loadings for so few assets"
                )
        if matrix.shape[1] < spec.n_factors:
            raise ValueError(
                f"{spec.n_factors} factors and {matrix.shape[1]} {kind}, expected no more factors "
                "than these"
            )
        return matrix

    def observed(self) -> NDArray[np.bool_]:
        """Cells (T, N) that have a return, features and a weight above 0."""
        return (
            np.isfinite(self.returns) & np.isfinite(self._features()) & (self.weight[:, None] > 0)
        )
