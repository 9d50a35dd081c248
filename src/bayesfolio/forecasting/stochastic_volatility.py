"""Volatility forecasts of the Bayesian stochastic volatility model on a coarse grid of origins.

The model is SV of the model class, log v_t = mu + psi log v_{t-1} + gamma eta_t, on one series. The
days to be forecast are appended as missing returns, which the Gibbs engine draws along with
everything else: their squares are draws from the joint predictive distribution of the whole
horizon. The Stan engine draws from the same posterior (the tests compare the variance of the next
day), but takes complete windows only and hands on no more than that variance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesfolio.forecasting.errors import ForecastError

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class SvSettings:
    """Sampler and priors of daily stochastic volatility.

    Attributes
    ----------
    warmup, draws, thin : int
        Sweeps thrown away, draws kept, sweeps for each draw; one chain.
    persistence_mean, persistence_sd : float
        Normal prior of psi, cut to (-1, 1). That of the monthly model, 0.95 with a standard
        deviation of 0.001, would decide the persistence of daily volatility all by itself.
    rhat, ess : float
        A fit with a larger R-hat or a smaller effective sample size of its next variance is
        flagged.
    """

    warmup: int
    draws: int
    thin: int
    persistence_mean: float
    persistence_sd: float
    rhat: float
    ess: float


@dataclass(frozen=True)
class SvForecasts:
    """Forecasts of windows that end at several origins.

    Attributes
    ----------
    n_days : (O,) array
        Returns in each window.
    forecast_sd : (O,) array
        Root of the mean variance forecast for the days after the origin, up to the horizon.
    passed : (O,) array
        1 where the fit met its diagnostics, 0 where it did not.
    """

    n_days: FloatArray
    forecast_sd: FloatArray
    passed: FloatArray


def sv_forecasts(
    returns: FloatArray,
    n_days: Sequence[int],
    horizon: int,
    settings: SvSettings,
    seed: int,
    progress: Callable[[str], None] = lambda line: None,
) -> SvForecasts:
    """Fit the first n returns, for each n in turn, and forecast the days after them.

    Parameters
    ----------
    returns : (T,) array
        Daily returns, per cent.
    n_days : sequence of int
        Lengths of the windows.
    horizon : int
        Days forecast.
    settings : SvSettings
        Sampler and priors.
    seed : int
        The run's seed; each window has its own generator.
    progress : callable
        Takes one line per window.

    Returns
    -------
    SvForecasts
        The entry of n uses the first n returns only.

    Raises
    ------
    ForecastError
        A window longer than the data.
    ValueError
        Returns that the model refuses: constant or not finite.
    """
    # These take seconds to import, and tables need this module's records only.
    from bayesfolio.models import FitSettings, ModelSpec, Priors, Thresholds, fit
    from bayesfolio.models.fit import window_generator
    from bayesfolio.models.gibbs import GibbsEngine, GibbsSettings

    if max(n_days) > len(returns):
        raise ForecastError(
            f"a window of {max(n_days)} days was asked for and there are {len(returns)}; shorten "
            "it or use longer data"
        )
    spec = ModelSpec("SV")
    engine = GibbsEngine(GibbsSettings(1, settings.warmup, settings.draws, settings.thin))
    fit_settings = FitSettings(
        formation=horizon,
        center=True,
        priors=Priors(psi_mean=settings.persistence_mean, psi_sd=settings.persistence_sd),
        thresholds=Thresholds(rhat=settings.rhat, ess=settings.ess, divergence_rate=1.0),
        missing="impute",
    )
    rows = []
    for n in n_days:
        window = np.full((n + horizon, 1), np.nan)
        window[:n, 0] = returns[:n]
        rng = window_generator(seed, "leverage", spec, n)
        posterior = fit(spec, window, engine=engine, rng=rng, settings=fit_settings)
        variance = float(np.mean(posterior.residual[:, :, 0] ** 2))
        rows.append((float(n), np.sqrt(variance), float(posterior.diagnostics.passed)))
        progress(f"SV on {n} days: {posterior.diagnostics.summary()}")
    return SvForecasts(*(np.array(column) for column in zip(*rows, strict=True)))
