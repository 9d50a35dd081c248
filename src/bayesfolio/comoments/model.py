"""The independent factor ACD model (IFACD), and GO-GARCH as its case with constant skew and shape.

    r_t = mu_t + A f_t,   f_kt = sqrt(h_kt) z_kt,   z_kt ~ law(rho_kt, zeta_kt), independent over k

Each factor has its own GARCH variance, skew and shape (`comoments.dynamics`), and co-moments of the
assets follow from A and the factors' moments (`comoments.moments`). Fitting is in two steps: W and
A by independent components (`comoments.ica`), then each factor by itself (`comoments.estimation`).
With as many factors as assets the log likelihood is T log|det W| plus the factors' own.

Sources: Ghalanos, Rossi and Urga (2015) for the model, van der Weide (2002) for GO-GARCH. The paper
was not at hand for the ACD dynamics, which follow the R package racd with the changes named in
`comoments.dynamics`.

Timing: h, rho and zeta of date t use returns up to t-1, but parameters and A use the whole sample.
For forecasts out of sample fit to an earlier sample, and :meth:`IfacdModel.filter` a longer one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bayesfolio.comoments.checks import aligned, check_returns, finite_returns, given_matrices
from bayesfolio.comoments.dynamics import (
    FactorLaw,
    FactorParameters,
    FactorPath,
    filter_factor,
    log_likelihood,
    simulate_factors,
)
from bayesfolio.comoments.estimation import Dynamics, FactorFit, fit_factor
from bayesfolio.comoments.ica import (
    Contrast,
    Covariance,
    Unmixing,
    independent_components,
    warn_of_normal_factors,
)
from bayesfolio.comoments.inversion import PortfolioDensity, portfolio_density
from bayesfolio.comoments.mean import MeanFilter, constant_mean, fit_mean
from bayesfolio.comoments.moments import Betas, CoMoments, PortfolioMoments
from bayesfolio.comoments.value_at_risk import (
    RiskForecasts,
    cornish_fisher_valid,
    cornish_fisher_var,
)
from bayesfolio.core.types import FloatArray

Residual = Literal["none", "diag"]


@dataclass(frozen=True)
class IfacdModel:
    """A fitted model with its sample of T dates, those after the lags of the mean.

    Attributes
    ----------
    returns : (T + P, N) array
        The sample, P being the lags of the mean.
    mean : MeanFilter
        Conditional means.
    unmixing, mixing : (F, N) and (N, F) arrays
        W and A.
    law : FactorLaw
        The law that all factors share.
    parameters : tuple of F FactorParameters
        Parameters of each factor's dynamics.
    residual_variances : (N,) array
        Variances of what F < N factors leave of the returns; zeros where that is disregarded.
    fits : tuple of FactorFit
        Estimates beside those without dynamics; empty where parameters were given.
    components : Unmixing or None
        How the independent components were found; None where they were given.
    assets : tuple of str or None
        Labels of the assets; None where returns came without. Weights and returns with labels
        are put in their order.
    """

    returns: FloatArray
    mean: MeanFilter
    unmixing: FloatArray
    mixing: FloatArray
    law: FactorLaw
    parameters: tuple[FactorParameters, ...]
    residual_variances: FloatArray
    fits: tuple[FactorFit, ...] = ()
    components: Unmixing | None = None
    assets: tuple[str, ...] | None = None

    @cached_property
    def factors(self) -> FloatArray:
        """Factors (T, F)."""
        return self.mean.residuals(self.returns) @ self.unmixing.T

    @cached_property
    def paths(self) -> tuple[FactorPath, ...]:
        """Filtered path of each factor, at the T dates and the one after them."""
        columns = np.ascontiguousarray(self.factors.T)
        return tuple(map(filter_factor, columns, self.parameters))

    @cached_property
    def skew(self) -> FloatArray:
        """Skew of the factors' laws (T + 1, F); the last row is the forecast."""
        return self.law.skew(np.stack([path.skew_level for path in self.paths], axis=1))

    @cached_property
    def shape(self) -> FloatArray:
        """Shape of the factors' laws (T + 1, F); the last row is the forecast."""
        return self.law.shape(np.stack([path.shape_level for path in self.paths], axis=1))

    @cached_property
    def factor_log_likelihoods(self) -> FloatArray:
        """Log likelihood (F,) of each factor."""
        return np.array(
            [
                log_likelihood(np.ascontiguousarray(factor), parameters, self.law)
                for factor, parameters in zip(self.factors.T, self.parameters, strict=True)
            ]
        )

    @property
    def log_likelihood(self) -> float | None:
        """Log density of the sample; None with fewer factors than assets, where it has none."""
        if len(self.unmixing) < len(self.mixing):
            return None
        log_det = np.linalg.slogdet(self.unmixing)[1]
        return float(len(self.factors) * log_det + self.factor_log_likelihoods.sum())

    @cached_property
    def comoments(self) -> CoMoments:
        """Conditional moments at the T dates, each given those before it."""
        return self._comoments(slice(None, -1))

    @cached_property
    def forecast(self) -> CoMoments:
        """Conditional moments at the one date after the sample.

        For later dates simulate: skew and shape are not linear in the past.
        """
        return self._comoments(slice(-1, None))

    def covariance(self, dates: ArrayLike | slice = slice(None), **options: int) -> FloatArray:
        """Covariance matrices; see :meth:`CoMoments.covariance`."""
        return self.comoments.covariance(dates, **options)

    def coskewness(
        self, dates: ArrayLike | slice = -1, *, standardised: bool = True, **options: int
    ) -> FloatArray:
        """Coskewness tensors; see :meth:`CoMoments.coskewness`."""
        return self.comoments.coskewness(dates, standardised=standardised, **options)

    def cokurtosis(
        self, dates: ArrayLike | slice = -1, *, standardised: bool = True, **options: int
    ) -> FloatArray:
        """Cokurtosis tensors; see :meth:`CoMoments.cokurtosis`."""
        return self.comoments.cokurtosis(dates, standardised=standardised, **options)

    def portfolio_moments(self, weights: ArrayLike) -> PortfolioMoments:
        """Moments of a portfolio; see :meth:`CoMoments.portfolio_moments`."""
        return self.comoments.portfolio_moments(self._weights(weights))

    def betas(self, weights: ArrayLike, *, least_skewness: float = 1e-3) -> Betas:
        """Betas of all assets against a portfolio; see :meth:`CoMoments.betas`."""
        return self.comoments.betas(self._weights(weights), least_skewness=least_skewness)

    def portfolio_density(
        self, weights: ArrayLike, date: int = -1, **options: float
    ) -> PortfolioDensity:
        """Exact density of a portfolio's return at one date.

        Parameters
        ----------
        weights : (N,) array
            The portfolio.
        date : int
            Place among the T dates, the last by default; T is the forecast.
        **options
            Grid, see :func:`bayesfolio.comoments.inversion.portfolio_density`.

        Raises
        ------
        ValueError
            For other dates, or weights of another number of assets.
        """
        n_dates = len(self.factors)
        row = date if date >= 0 else date + n_dates
        if not 0 <= row <= n_dates:
            raise ValueError(f"date is {date}, expected {-n_dates} to {n_dates}, the forecast")
        moments = self._comoments(slice(row, row + 1))
        w = np.ravel(moments.checked_weights(self._weights(weights)))
        return portfolio_density(
            float(moments.means[0] @ w),
            (w @ self.mixing) * np.sqrt(moments.variances[0]),
            self.skew[row],
            self.shape[row],
            self.law.innovations,
            noise_variance=float(np.square(w) @ self.residual_variances),
            **options,  # type: ignore[arg-type]
        )

    def value_at_risk(
        self, weights: ArrayLike, probability: float, *, ahead: bool = False
    ) -> RiskForecasts:
        """Value at risk and expected shortfall of a portfolio at the T dates.

        Parameters
        ----------
        weights : (N,) array
            The portfolio.
        probability : float
            Probability of a larger loss, such as 0.01.
        ahead : bool
            Whether to forecast the one date after the sample, in arrays of length 1, instead.

        Returns
        -------
        RiskForecasts
            Risk by the exact density, and by the Cornish-Fisher expansion with exact values in its
            place where it is not increasing.
        """
        n_dates = len(self.factors)
        dates = [n_dates] if ahead else range(n_dates)
        comoments = self.forecast if ahead else self.comoments
        moments = comoments.portfolio_moments(np.ravel(self._weights(weights)))
        expansion = cornish_fisher_var(moments, probability)
        valid = cornish_fisher_valid(moments.skewness, moments.excess_kurtosis)
        densities = [self.portfolio_density(weights, t) for t in dates]
        exact = np.array([-float(density.quantile(probability)) for density in densities])
        return RiskForecasts(
            exact,
            np.array([density.expected_shortfall(probability) for density in densities]),
            np.where(valid, expansion, exact),
            valid,
        )

    def filter(self, returns: ArrayLike | pd.DataFrame) -> Self:
        """Return the same model on another sample (T + P, N), without estimating it again.

        The recursions start as they did in the model's own sample, so a sample that begins with
        it goes on from where it ended.

        Raises
        ------
        ValueError
            Returns of other assets, too few for the lags of the mean, or not finite.
        """
        values = finite_returns(aligned(returns, self.assets, "returns"), self.mean.n_lags + 1)
        if values.shape[1] != len(self.mixing):
            raise ValueError(
                f"returns have {values.shape[1]} assets, expected {len(self.mixing)}, those that "
                "the model was fitted to"
            )
        return replace(self, returns=values)

    def simulate(
        self, rng: np.random.Generator, n_dates: int, n_paths: int = 1, *, go_on: bool = True
    ) -> FloatArray:
        """Paths of returns (n_paths, n_dates, N).

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all randomness.
        n_dates, n_paths : int
            Dates, and paths.
        go_on : bool
            Whether paths go on after the sample, or start as it did.
        """
        factors = simulate_factors(
            self.parameters, self.law, rng, n_dates, n_paths, self.paths if go_on else None
        )
        noise = rng.standard_normal((n_paths, n_dates, len(self.mixing)))
        residuals = factors @ self.mixing.T + noise * np.sqrt(self.residual_variances)
        lags = self.mean.n_lags
        history = self.returns[len(self.returns) - lags :] if go_on else self.returns[:lags]
        return self.mean.add_means(residuals, history)

    def _weights(self, weights: ArrayLike) -> FloatArray:
        return np.asarray(aligned(weights, self.assets, "weights"), dtype=float)

    def _comoments(self, rows: slice) -> CoMoments:
        skewness, kurtosis = self.law.innovations.moments(self.skew[rows], self.shape[rows])
        variances = np.stack([path.variance[rows] for path in self.paths], axis=1)
        return CoMoments(
            self.mean.means(self.returns)[rows],
            self.mixing,
            variances,
            skewness,
            kurtosis,
            self.residual_variances,
        )


def fit_ifacd(
    returns: ArrayLike | pd.DataFrame,
    *,
    mean: MeanFilter | ArrayLike | None = None,
    unmixing: ArrayLike | None = None,
    mixing: ArrayLike | None = None,
    parameters: Sequence[FactorParameters] | None = None,
    law: FactorLaw | None = None,
    dynamics: Dynamics = "acd",
    n_factors: int | None = None,
    residual: Residual = "none",
    covariance: Covariance = "sample",
    contrast: Contrast = "tanh",
    n_starts: int = 8,
    rng: np.random.Generator | None = None,
    start: IfacdModel | None = None,
) -> IfacdModel:
    """Fit the model. Arguments that are given are not estimated.

    Parameters
    ----------
    returns : (T, N) array or DataFrame
        Returns, oldest first, in any unit; covariances are in its square, and so on.
    mean : MeanFilter or (N,) array, optional
        Conditional means, such as from :func:`fit_mean`, or constant ones. None: sample means.
    unmixing, mixing : (F, N) and (N, F) arrays, optional
        W and A. Of one alone the other is the pseudo-inverse. None: independent components, which
        need `rng`.
    parameters : sequence of F FactorParameters, optional
        None: fitted by maximum likelihood, factor by factor.
    law : FactorLaw, optional
        Law of the innovations. None: normal inverse Gaussian.
    dynamics : {"acd", "full", "static"}
        Free parameters of skew and shape; "static" is GO-GARCH.
    n_factors : int, optional
        F. None: as many as the returns have dimensions.
    residual : {"none", "diag"}
        With F < N: whether what is left out counts as independent normal noise of each asset.
    covariance : {"sample", "shrunk", "ewma"}
        Second moments whose principal components whiten the residuals.
    contrast, n_starts
        Of :func:`bayesfolio.comoments.ica.fast_ica`.
    rng : numpy.random.Generator, optional
        Source of its starts.
    start : IfacdModel, optional
        A model of the same form, such as that of a shorter sample, to start from.

    Returns
    -------
    IfacdModel

    Raises
    ------
    ValueError
        For returns or matrices that do not fit together; the message says what to do.

    Warns
    -----
    RankWarning
        Collinear returns: there are fewer factors than assets.
    IdentificationWarning, ConvergenceWarning
        Independent components that another sample, or start, would turn.

    Notes
    -----
    Ghalanos, Rossi and Urga (2015), "Independent factor autoregressive conditional density model";
    van der Weide (2002) for GO-GARCH. Starts of FastICA that end in different optima are usual:
    ``model.components.n_optima`` counts them.
    """
    values = check_returns(returns)
    if residual not in ("none", "diag"):
        raise ValueError(f"residual is {residual!r}, expected 'none' or 'diag'")
    law = law or FactorLaw()
    if not isinstance(law, FactorLaw):
        raise ValueError(f"law is {law!r}, expected FactorLaw(LAWS['nig']) or another FactorLaw")
    if mean is None:
        mean = fit_mean(values)
    elif not isinstance(mean, MeanFilter):
        mean = constant_mean(mean)
    if mean.intercept.shape != (values.shape[1],):
        raise ValueError(
            f"mean has {mean.intercept.size} assets, expected {values.shape[1]}, those of returns"
        )
    residuals = mean.residuals(values)
    components = None
    if unmixing is None and mixing is None:
        if rng is None:
            raise ValueError("rng is None, expected a generator: independent components need one")
        components = independent_components(
            residuals,
            rng,
            n_factors,
            covariance,
            contrast=contrast,
            n_starts=n_starts,
            start=None if start is None else start.mixing,
        )
        W, A = components.unmixing, components.mixing
    else:
        W, A = given_matrices(unmixing, mixing, values.shape[1])
    factors = residuals @ W.T
    if components is not None:
        warn_of_normal_factors(factors)
    fits: tuple[FactorFit, ...] = ()
    if parameters is None:
        before = [None] * len(W) if start is None else _matched(start, A)
        fits = tuple(
            fit_factor(factor, law, dynamics, first)
            for factor, first in zip(factors.T, before, strict=True)
        )
        parameters = [fit.parameters for fit in fits]
    elif len(parameters) != len(W):
        raise ValueError(f"parameters are of {len(parameters)} factors, expected {len(W)}")
    left = np.zeros(values.shape[1])
    if residual == "diag":
        left = np.square(residuals - factors @ A.T).mean(axis=0)
    assets = tuple(map(str, returns.columns)) if isinstance(returns, pd.DataFrame) else None
    return IfacdModel(values, mean, W, A, law, tuple(parameters), left, fits, components, assets)


def _matched(start: IfacdModel, mixing: FloatArray) -> list[FactorParameters]:
    """Parameters of an earlier fit for the factors of a later one, which may have another order.

    Where a factor has changed sign, so do its skew and the effects that are odd in an innovation.
    """
    from scipy.optimize import linear_sum_assignment

    likeness = start.unmixing @ mixing
    if likeness.shape[0] != likeness.shape[1]:
        raise ValueError(
            f"start has {likeness.shape[0]} factors, expected {likeness.shape[1]}, as many as are "
            "fitted"
        )
    old, new = linear_sum_assignment(-np.abs(likeness))
    found: dict[int, FactorParameters] = {}
    for i, j in zip(old.tolist(), new.tolist(), strict=True):
        parameters, sign = start.parameters[i], float(np.sign(likeness[i, j]))
        found[j] = replace(
            parameters,
            skew_level=sign * parameters.skew_level,
            skew_square=sign * parameters.skew_square,
            shape_shock=sign * parameters.shape_shock,
        )
    return [found[j] for j in range(len(found))]
