"""Volatility forecasts of the Bayesian stochastic volatility model on a coarse grid of origins.

The model is SV of the model class on one series, with the window's mean taken out,

    r_t = exp(h_t / 2) u_t,   h_t = mu + psi h_{t-1} + gamma z_t

drawn by the Stan engine. A forecast is the posterior mean of the variances of the days ahead, whose
expectations given a draw are known (`bayesfolio.models.Posterior.variances_ahead`): h_{T+s} given
the draw is normal, so its exponential has a closed mean.

Our addition: the post on optimal leverage has GARCH only. Timing: the forecast made with n returns
uses the first n only. A fit takes seconds, hence the coarse grid.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesfolio.core.errors import ForecastError
from bayesfolio.core.types import FloatArray

if TYPE_CHECKING:
    from cmdstanpy import CmdStanModel


@dataclass(frozen=True)
class SvSettings:
    """Sampler and priors of daily stochastic volatility.

    Attributes
    ----------
    chains, warmup, draws : int
        Chains, their warm-up and the draws kept of each.
    persistence_mean, persistence_sd : float
        Normal prior of psi, cut to (-1, 1). That of the monthly model, 0.95 with a standard
        deviation of 0.001, would decide the persistence of daily volatility alone.
    rhat, ess : float
        A fit with a larger R-hat or a smaller effective sample size of its next variance is
        flagged.
    """

    chains: int
    warmup: int
    draws: int
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
    rhat, ess : (O,) array
        Rank-normalised R-hat and bulk effective sample size of the log variance of the next day.
    divergences : (O,) array
        Divergent transitions after warm-up.
    refitted : (O,) array
        1 where the fit was repeated with a longer warm-up, else 0. The other figures are then those
        of the second attempt.
    passed : (O,) array
        1 where the fit met its diagnostics, 0 where it did not.
    """

    n_days: FloatArray
    forecast_sd: FloatArray
    rhat: FloatArray
    ess: FloatArray
    divergences: FloatArray
    refitted: FloatArray
    passed: FloatArray


def sv_forecasts(
    returns: FloatArray,
    n_days: Sequence[int],
    horizon: int,
    program: "CmdStanModel",
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
    program : CmdStanModel
        From :func:`bayesfolio.models.programs.load_program`.
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
    RuntimeError
        A chain that ends with an error.
    """
    # These take seconds to import, and tables need this module's records only.
    from bayesfolio.core.seeds import generator
    from bayesfolio.models.diagnostics import Thresholds
    from bayesfolio.models.fitting import FitSettings, fit
    from bayesfolio.models.priors import Priors
    from bayesfolio.models.spec import ModelSpec
    from bayesfolio.models.stan.engine import NutsSettings, StanEngine

    if max(n_days) > len(returns):
        raise ForecastError(
            f"a window of {max(n_days)} days was asked for and there are {len(returns)}; shorten "
            "it or use longer data"
        )
    spec = ModelSpec("SV")
    engine = StanEngine(program, NutsSettings(settings.chains, settings.warmup, settings.draws))
    fit_settings = FitSettings(
        formation=1,
        center=True,
        priors=Priors(psi_mean=settings.persistence_mean, psi_sd=settings.persistence_sd),
        thresholds=Thresholds(rhat=settings.rhat, ess=settings.ess, divergence_rate=1.0),
    )
    rows = []
    for n in n_days:
        rng = generator(seed, "leverage", spec.name, n)
        posterior = fit(spec, returns[:n, None], engine=engine, rng=rng, settings=fit_settings)
        variance = float(np.mean(posterior.variances_ahead(horizon)))
        found = posterior.diagnostics
        rows.append(
            {
                "n_days": n,
                "forecast_sd": np.sqrt(variance),
                "rhat": found.rhat_predictive,
                "ess": found.ess_predictive,
                "divergences": found.divergences,
                "refitted": found.refitted,
                "passed": found.passed,
            }
        )
        progress(f"SV on {n} days: {found.summary()}")
    return SvForecasts(**{key: np.array([float(row[key]) for row in rows]) for key in rows[0]})
