"""The study of co-moments: one fit to all dates, and forecasts of refits on expanding samples."""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np

from bayesfolio.comoments.dynamics import FactorLaw, FactorParameters
from bayesfolio.comoments.estimation import Dynamics, FactorFit, bootstrap_ratios
from bayesfolio.comoments.ica import Contrast, Covariance
from bayesfolio.comoments.laws import LAWS
from bayesfolio.comoments.mean import MeanFilter, MeanKind, fit_mean
from bayesfolio.comoments.model import IfacdModel, Residual, fit_ifacd
from bayesfolio.comoments.value_at_risk import cornish_fisher_valid, cornish_fisher_var, normal_var
from bayesfolio.core.seeds import generator
from bayesfolio.core.types import FloatArray

STATIC, ACD, NO_MODEL = "GO-GARCH", "IFACD", "none"
"""Models: constant skew and shape, moving ones, and none."""

CORNISH_FISHER, EXACT, NORMAL, HISTORICAL = "Cornish-Fisher", "exact", "normal", "historical"
METHODS = (
    *((model, method) for model in (ACD, STATIC) for method in (EXACT, CORNISH_FISHER, NORMAL)),
    (NO_MODEL, HISTORICAL),
)
"""Model and method of each forecast of the value at risk, in the order of tables."""


@dataclass(frozen=True)
class ModelSettings:
    """How the study's models are fitted; fields are arguments of :func:`fit_ifacd`.

    Attributes
    ----------
    innovations, shape_map : str
        Law of the innovations, "nig" or "gh", and the map of its shape.
    dynamics : {"acd", "full"}
        Free parameters of skew and shape.
    mean, mean_lags : str and int
        Kind of conditional means, and their lags.
    n_factors, residual, covariance, contrast, n_starts
        As there.
    """

    innovations: str
    shape_map: Any
    dynamics: Dynamics
    mean: MeanKind
    mean_lags: int
    n_factors: int | None
    residual: Residual
    covariance: Covariance
    contrast: Contrast
    n_starts: int

    @property
    def law(self) -> FactorLaw:
        """What factors share."""
        return FactorLaw(LAWS[self.innovations], self.shape_map)

    @property
    def lost_dates(self) -> int:
        """Dates at the beginning of the sample that only the means' lags use."""
        return 0 if self.mean == "constant" else self.mean_lags

    def fit(
        self, returns: FloatArray, rng: np.random.Generator, start: IfacdModel | None = None
    ) -> IfacdModel:
        """Fit the model; with a start its components alone are refined."""
        return fit_ifacd(
            returns,
            mean=fit_mean(returns, self.mean, self.mean_lags),
            law=self.law,
            dynamics=self.dynamics,
            n_factors=self.n_factors,
            residual=self.residual,
            covariance=self.covariance,
            contrast=self.contrast,
            n_starts=self.n_starts if start is None else 1,
            rng=rng,
            start=start,
        )


@dataclass(frozen=True)
class FittedModels:
    """The fit to all dates, as arrays; `models` makes models of it.

    Attributes
    ----------
    intercept, lag_coefficients : (N,) and (P, N, N) arrays
        Of the means.
    unmixing, mixing : (F, N) and (N, F) arrays
        W and A.
    parameters, static_parameters : (F, 12) arrays
        Fields of FactorParameters.
    log_likelihoods, static_log_likelihoods : (F,) arrays
        Of the factors.
    objective, n_optima, converged : float
        Of the independent components.
    """

    intercept: FloatArray
    lag_coefficients: FloatArray
    unmixing: FloatArray
    mixing: FloatArray
    parameters: FloatArray
    static_parameters: FloatArray
    log_likelihoods: FloatArray
    static_log_likelihoods: FloatArray
    objective: float
    n_optima: float
    converged: float

    @property
    def ratios(self) -> FloatArray:
        """Likelihood ratios (F,) of the dynamics of skew and shape."""
        return 2 * (self.log_likelihoods - self.static_log_likelihoods)

    def models(self, returns: FloatArray, settings: ModelSettings) -> dict[str, IfacdModel]:
        """The model with and without dynamics of skew and shape, by name."""
        return {
            name: fit_ifacd(
                returns,
                mean=MeanFilter(self.intercept, self.lag_coefficients),
                unmixing=self.unmixing,
                mixing=self.mixing,
                parameters=[FactorParameters(*row) for row in rows],
                law=settings.law,
                residual=settings.residual,
            )
            for name, rows in ((ACD, self.parameters), (STATIC, self.static_parameters))
        }


@dataclass(frozen=True)
class BootstrapRatios:
    """Likelihood ratios (R, F) of samples simulated without dynamics of skew and shape."""

    ratios: FloatArray


@dataclass(frozen=True)
class Backtest:
    """Forecasts for D dates of an equally weighted portfolio, each made the date before.

    Attributes
    ----------
    returns : (D,) array
        What the portfolio earned.
    value_at_risk, expected_shortfall : (M, L, D) arrays
        Forecasts by the methods of `METHODS` at L levels, positive for losses; expected shortfall
        is NaN where a method has none. Where the expansion is not valid, the exact forecast is in
        its place.
    log_scores : (M, D) array
        Log predictive density of the return; NaN where a method has none.
    valid : (M, D) array
        Whether the Cornish-Fisher expansion is increasing; NaN for other methods.
    """

    returns: FloatArray
    value_at_risk: FloatArray
    expected_shortfall: FloatArray
    log_scores: FloatArray
    valid: FloatArray


def fit_study(returns: FloatArray, settings: ModelSettings, seed: int) -> FittedModels:
    """Fit the model to all dates (T, N)."""
    model = settings.fit(returns, _generator(seed, "components"))
    found = model.components
    assert found is not None
    return FittedModels(
        model.mean.intercept,
        model.mean.lag_coefficients,
        model.unmixing,
        model.mixing,
        np.array([astuple(fit.parameters) for fit in model.fits]),
        np.array([astuple(fit.static_parameters) for fit in model.fits]),
        np.array([fit.log_likelihood for fit in model.fits]),
        np.array([fit.static_log_likelihood for fit in model.fits]),
        found.objective,
        float(found.n_optima),
        float(found.converged),
    )


def bootstrap_study(
    fitted: FittedModels,
    settings: ModelSettings,
    n_obs: int,
    replications: Iterable[int],
    seed: int,
) -> FloatArray:
    """Likelihood ratios (R, F) of some replications, simulated without dynamics.

    Parameters
    ----------
    fitted : FittedModels
        The fit to all dates.
    settings : ModelSettings
        Its settings.
    n_obs : int
        Dates of a sample.
    replications : iterable of int
        Numbers of the replications; each has its own random numbers.
    seed : int
        The run's.
    """
    replications = list(replications)
    columns = []
    for k, row in enumerate(fitted.static_parameters):
        static = FactorParameters(*row)
        fit = FactorFit(static, 0.0, static, 0.0)
        generators = [
            generator(seed, "comoments", "bootstrap", str(k), str(r)) for r in replications
        ]
        columns.append(bootstrap_ratios(fit, settings.law, settings.dynamics, n_obs, generators))
    return np.stack(columns, axis=1)


def backtest(
    returns: FloatArray,
    settings: ModelSettings,
    levels: Sequence[float],
    first: int,
    refit_every: int,
    seed: int,
) -> Backtest:
    """Forecast the value at risk of an equally weighted portfolio date by date.

    Parameters
    ----------
    returns : (T, N) array
        Returns.
    settings : ModelSettings
        How models are fitted.
    levels : sequence of float
        Probabilities of a loss beyond the value at risk.
    first : int
        Dates of the first sample. Forecasts are of the dates after it.
    refit_every : int
        Dates between refits to all dates so far. In between parameters stay, and variances, skews
        and shapes move on.
    seed : int
        The run's.

    Raises
    ------
    ValueError
        If no dates are left to forecast.
    """
    n_obs, n_assets = returns.shape
    if first >= n_obs:
        raise ValueError(
            f"the first sample has {first} dates of {n_obs}, expected fewer: set first_dates "
            "lower, or use a longer sample"
        )
    weights = np.full(n_assets, 1 / n_assets)
    portfolio = returns @ weights
    parts, fitted = [], None
    for stop in range(first, n_obs, refit_every):
        fitted = settings.fit(
            returns[:stop], generator(seed, "comoments", "backtest", str(stop)), fitted
        )
        ahead = slice(stop, min(stop + refit_every, n_obs))
        parts.append(_forecasts(fitted, returns[: ahead.stop], portfolio, ahead, weights, levels))
    joined = [np.concatenate(arrays, axis=-1) for arrays in zip(*parts, strict=True)]
    return Backtest(portfolio[first:], *joined)


def _forecasts(
    fitted: IfacdModel,
    returns: FloatArray,
    portfolio: FloatArray,
    ahead: slice,
    weights: FloatArray,
    levels: Sequence[float],
) -> tuple[FloatArray, ...]:
    """Arrays of a Backtest at the dates `ahead`, by parameters of an earlier sample."""
    static = tuple(fit.static_parameters for fit in fitted.fits)
    models = {ACD: fitted, STATIC: replace(fitted, parameters=static)}
    n_ahead = ahead.stop - ahead.start
    var = np.full((len(METHODS), len(levels), n_ahead), np.nan)
    shortfall = var.copy()
    scores, valid = np.full((2, len(METHODS), n_ahead), np.nan)
    place = {pair: m for m, pair in enumerate(METHODS)}
    for name, model in models.items():
        filtered = model.filter(returns)
        moments = filtered.portfolio_moments(weights)
        last = replace(moments, **{key: value[-n_ahead:] for key, value in vars(moments).items()})
        exact, cornish, normal = (place[name, kind] for kind in (EXACT, CORNISH_FISHER, NORMAL))
        valid[cornish] = cornish_fisher_valid(last.skewness, last.excess_kurtosis)
        z = (portfolio[ahead] - last.mean) / last.sd
        scores[normal] = -z * z / 2 - np.log(np.sqrt(2 * np.pi) * last.sd)
        for i, level in enumerate(levels):
            var[normal, i], shortfall[normal, i] = normal_var(last, level)
        for t in range(n_ahead):
            density = filtered.portfolio_density(weights, t - n_ahead)
            scores[exact, t] = density.log_density(portfolio[ahead.start + t])
            for i, level in enumerate(levels):
                var[exact, i, t] = -density.quantile(level)
                shortfall[exact, i, t] = density.expected_shortfall(level)
        for i, level in enumerate(levels):
            expansion = cornish_fisher_var(last, level)
            var[cornish, i] = np.where(valid[cornish] == 1, expansion, var[exact, i])
    m = place[NO_MODEL, HISTORICAL]
    for t in range(n_ahead):
        past = portfolio[: ahead.start + t]
        for i, level in enumerate(levels):
            quantile = np.quantile(past, level)
            var[m, i, t], shortfall[m, i, t] = -quantile, -past[past <= quantile].mean()
    return var, shortfall, scores, valid


def _generator(seed: int, *task: str | int) -> np.random.Generator:
    return generator(seed, "comoments", *map(str, task))
