"""Fitting: one model on one window, or on the windows of several decision years.

A fit is the same whichever engine draws: check the window, take out its means if asked to, draw,
judge the chains, add the means back, and draw one return of the next month for each posterior draw.
What it hands on are the quantities of :class:`bayesfolio.models.Posterior`, not parameters.

How chains are judged (`models.diagnostics`): by predictive moments in all models, and by the sums
of fitted values over the formation months where the model has a mean and one mode. Models with
stochastic volatility and two or more factors have several modes, in which their fitted sums differ,
so there the spread between chains is reported and not judged.

Timing: fitted values use the whole window (Basturk et al. 2017, Section 5, 240 months ending in
July), and predictions are of the one month after it, the paper's skip month.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from bayesfolio.core.seeds import generator
from bayesfolio.core.types import FloatArray
from bayesfolio.models.diagnostics import Thresholds, diagnose, failures
from bayesfolio.models.posterior import Draws, Posterior
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import ModelSpec

if TYPE_CHECKING:
    import pandas as pd

    from bayesfolio.models.windows import Decision


class Engine(Protocol):
    """An algorithm that draws from the posterior of any model of the class."""

    def sample(
        self,
        spec: ModelSpec,
        returns: FloatArray,
        *,
        formation: int,
        priors: Priors,
        rng: np.random.Generator,
    ) -> Draws:
        """Draw from the posterior of ``spec`` given returns (T, N), NaN where missing."""
        ...

    def with_longer_warmup(self) -> "Engine | None":
        """Return the same engine with a longer warm-up, for a fit that failed its diagnostics.

        None where a longer warm-up would not help: the fit is then flagged, not repeated.
        """
        ...


@dataclass(frozen=True)
class FitSettings:
    """Settings of a fit that do not depend on the engine.

    Attributes
    ----------
    formation : int
        P, months whose fitted values are kept.
    center : bool
        Whether the window's means are taken out of the returns first, as the model has no
        intercept; they are added back to fitted values and predictive means.
    priors : Priors
        Hyperparameters.
    thresholds : Thresholds
        Diagnostics that a fit must meet.
    missing : {"refuse", "impute"}
        What to do with returns that are NaN: raise an error, or draw them like any other unknown.
        Only the Gibbs engine can draw them.
    """

    formation: int = 12
    center: bool = False
    priors: Priors = field(default_factory=Priors)
    thresholds: Thresholds = field(default_factory=Thresholds)
    missing: Literal["refuse", "impute"] = "refuse"


def _validated(returns: FloatArray, spec: ModelSpec, settings: FitSettings) -> FloatArray:
    values = np.asarray(returns, dtype=float)
    if values.ndim != 2:
        raise ValueError(f"returns have shape {values.shape}, expected (months, assets)")
    n_obs, n_assets = values.shape
    impute = settings.missing == "impute"
    bad = np.argwhere(np.isinf(values) if impute else ~np.isfinite(values))
    if bad.size:
        raise ValueError(
            f"returns row {bad[0][0]}, column {bad[0][1]} is {values[tuple(bad[0])]}, expected "
            "finite returns: choose a window without missing months, or impute them"
        )
    if spec.n_factors > n_assets:
        raise ValueError(f"{spec} has more factors than the {n_assets} assets")
    if n_obs < settings.formation + spec.n_lags + 2:
        raise ValueError(
            f"a window of {n_obs} months is too short for {settings.formation} formation months "
            f"and {spec.n_lags} lags"
        )
    for column, series in enumerate(values.T):
        if np.unique(series[np.isfinite(series)]).size < 2:
            raise ValueError(f"column {column} is constant in the window, expected variation")
    complete = values[np.all(np.isfinite(values), axis=1)]
    if len(complete) > n_assets:
        rank = np.linalg.matrix_rank(complete / np.nanmax(np.abs(values), axis=0))
        if rank < n_assets:
            raise ValueError(
                f"the {n_assets} columns of returns are linearly dependent in the window, of rank "
                f"{rank}, expected none that the others make up; drop a duplicate or an average"
            )
    return values


def fit(
    spec: ModelSpec,
    returns: FloatArray,
    *,
    engine: Engine,
    rng: np.random.Generator,
    settings: FitSettings | None = None,
) -> Posterior:
    """Fit one model to one window of returns.

    A fit that fails its diagnostics is repeated once with the engine's longer warm-up, if it has
    one; if it fails again, ``diagnostics.passed`` says so and the draws are handed on all the same.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    returns : (T, N) array
        The estimation window, per cent a month, oldest month first; NaN where missing.
    engine : Engine
        For example :class:`bayesfolio.models.stan.StanEngine`.
    rng : numpy.random.Generator
        Source of all randomness.
    settings : FitSettings, optional
        Priors, formation months, thresholds.

    Returns
    -------
    Posterior
        Draws of all chains, one after another, with their diagnostics.

    Raises
    ------
    ValueError
        If the returns do not fit the model: shape, missing values, too few months, columns that
        are constant or linearly dependent.
    RuntimeError
        If the engine itself fails.
    """
    settings = settings or FitSettings()
    values = _validated(returns, spec, settings)
    mean = np.nanmean(values, axis=0) if settings.center else np.zeros(values.shape[1])
    has_mean = spec.has_lagged_returns or spec.has_factors
    unimodal = not (spec.has_idiosyncratic_sv and spec.n_factors >= 2)
    judge_sums = has_mean and unimodal
    seconds = 0.0
    for attempt, sampler in enumerate((engine, engine.with_longer_warmup())):
        if sampler is None:
            break
        draws = sampler.sample(
            spec, values - mean, formation=settings.formation, priors=settings.priors, rng=rng
        )
        seconds += draws.seconds
        diagnostics = diagnose(draws, has_mean=has_mean, refitted=attempt > 0)
        passed = not failures(diagnostics, settings.thresholds, judge_sums=judge_sums)
        if passed:
            break
    stacked = {
        name: getattr(draws, name).reshape(-1, *getattr(draws, name).shape[2:])
        for name in (
            "fitted",
            "residual",
            "predictive_mean",
            "predictive_cov",
            "log_variance",
            "volatility",
        )
    }
    stacked["fitted"] = stacked["fitted"] + mean
    stacked["predictive_mean"] = stacked["predictive_mean"] + mean
    noise = rng.standard_normal(stacked["predictive_mean"].shape)
    root = np.linalg.cholesky(stacked["predictive_cov"])
    return Posterior(
        **stacked,
        predictive_draws=stacked["predictive_mean"] + np.einsum("dij,dj->di", root, noise),
        diagnostics=replace(diagnostics, seconds=seconds, passed=passed),
    )


def fit_windows(
    spec: ModelSpec,
    returns: "pd.DataFrame",
    decisions: "Iterable[Decision]",
    *,
    engine: Engine,
    seed: int,
    settings: FitSettings | None = None,
    study: str = "momentum",
    progress: Callable[[str], None] = lambda line: None,
) -> Mapping[int, Posterior]:
    """Fit one model to the window of each decision.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    returns : DataFrame, months x assets
        Per cent.
    decisions : iterable of Decision
        Decision years with their windows.
    engine : Engine
        Sampler.
    seed : int
        The run's seed; each window has its own generator, so results do not depend on batching.
    settings : FitSettings, optional
        As for :func:`fit`.
    study : str
        Part of the seed's key.
    progress : callable
        Takes one line per finished window.

    Returns
    -------
    mapping of int to Posterior
        By decision year.
    """
    posteriors = {}
    for decision in decisions:
        window = returns.iloc[decision.window.start : decision.window.stop]
        posterior = fit(
            spec,
            window.to_numpy(),
            engine=engine,
            rng=generator(seed, study, spec.name, decision.year),
            settings=settings,
        )
        posteriors[decision.year] = posterior
        progress(f"{spec} {decision.year}: {posterior.diagnostics.summary()}")
    return posteriors
