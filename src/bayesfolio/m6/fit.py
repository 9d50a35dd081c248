"""Fitting the M6 factor model with Stan and forecasting the period after its data.

The model is that of `m6.joint`. One fit uses all periods before the origin and forecasts the
origin's period. For each draw of the parameters the program draws the period's factors anew, unless
manual forecasts speak of them, then Student-t returns of all assets together. Draws come in pairs
with opposite shocks about one mean. These joint draws are what quintile forecasts rank.

Loadings and factors are identified up to a rotation only, so chains are judged by what a rotation
leaves alone: expected returns, log scales and degrees of freedom.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.m6.spec import FactorObservations, FactorPriors, FactorSpec
from bayesfolio.m6.stan_data import factor_data
from bayesfolio.models.diagnostics import rhat_and_ess
from bayesfolio.models.programs import cpu_seconds, sampled

if TYPE_CHECKING:
    from cmdstanpy import CmdStanMCMC, CmdStanModel

PARAMETERS = (
    "coefficients",
    "s_alpha",
    "m_beta",
    "s_beta",
    "m_theta",
    "s_theta",
    "nu_theta",
    "m_delta",
    "s_delta",
    "m_kappa",
    "s_kappa",
    "s_nu",
)
"""Parameters that all assets, or those of a class, have in common."""


@dataclass(frozen=True)
class FactorSampler:
    """Length and tuning of the chains.

    Attributes
    ----------
    chains, warmup, draws : int
        Chains, their warm-up and the draws kept of each.
    max_rhat : float
        A fit with a larger R-hat of mu, sigma or nu is repeated once with twice the warm-up.
    adapt_delta : float
        Acceptance rate aimed at.
    max_depth : int
        Limit of the trees' depth.
    forecasts : int
        Forecasts drawn per draw of parameters, an even number.
    fitted : int
        Periods before the forecast whose expected returns are judged for convergence.
    """

    chains: int = 4
    warmup: int = 200
    draws: int = 500
    adapt_delta: float = 0.8
    max_depth: int = 8
    forecasts: int = 10
    fitted: int = 12
    max_rhat: float = 1.05


@dataclass(frozen=True)
class FactorDiagnostics:
    """How well the chains mixed, by the worst R-hat and the smallest bulk ESS over assets.

    Attributes
    ----------
    rhat_mean, ess_mean : float
        Figures of the expected returns mu of the last periods and of the period forecast.
    rhat_scale, ess_scale : float
        Figures of log sigma of the period forecast.
    rhat_dof, ess_dof : float
        Figures of the degrees of freedom nu.
    divergences, depth_hits : int
        Transitions after warm-up, all chains.
    leapfrogs : float
        Gradients per transition after warm-up.
    seconds : float
        CPU seconds of the fit, of both attempts where there were two.
    refitted : bool
        Whether this is the second attempt.
    passed : bool
        Whether no R-hat is above `FactorSampler.max_rhat`.
    """

    rhat_mean: float
    ess_mean: float
    rhat_scale: float
    ess_scale: float
    rhat_dof: float
    ess_dof: float
    divergences: int
    depth_hits: int
    leapfrogs: float
    seconds: float
    refitted: bool
    passed: bool

    def summary(self) -> str:
        """One line for the log."""
        flags = [", refitted"] * self.refitted + [", FAILED its diagnostics"] * (not self.passed)
        return (
            f"{self.seconds:.0f} s, R-hat of mu, sigma, nu {self.rhat_mean:.3f}, "
            f"{self.rhat_scale:.3f}, {self.rhat_dof:.3f}, ESS {self.ess_mean:.0f}, "
            f"{self.ess_scale:.0f}, {self.ess_dof:.0f}, {self.divergences} divergences"
            f"{''.join(flags)}"
        )


@dataclass(frozen=True)
class FactorForecast:
    """Posterior of one fit, reduced to what forecasts and reports need.

    D draws of parameters (chains stacked), N assets, R forecasts per draw.

    Attributes
    ----------
    returns : (D R, N) array
        Draws of the period's returns, as fractions.
    mean, log_scale, dof : (D, N) arrays
        mu and log sigma of the period given factors drawn for it, and nu.
    common_cov : (N, N) array
        Posterior mean of W W', the covariance of the common part given the period before.
    parameters : mapping of str to (D, n) array
        `PARAMETERS`.
    diagnostics : FactorDiagnostics
    """

    returns: FloatArray
    mean: FloatArray
    log_scale: FloatArray
    dof: FloatArray
    common_cov: FloatArray
    parameters: Mapping[str, FloatArray]
    diagnostics: FactorDiagnostics


@dataclass(frozen=True)
class FactorFit:
    """A forecast with its variant and period, and how assets and cells were treated.

    The last four attributes are those of :class:`bayesfolio.m6.observations.Origin`.
    """

    variant: str
    period: int
    forecast: FactorForecast
    assets: tuple[str, ...]
    unchanged: tuple[str, ...]
    dropped: tuple[str, ...]
    neutral: int


def fit_factor_model(
    spec: FactorSpec,
    observations: FactorObservations,
    *,
    program: "CmdStanModel",
    rng: np.random.Generator,
    priors: FactorPriors | None = None,
    sampler: FactorSampler | None = None,
) -> FactorForecast:
    """Draw from the posterior and forecast the last period.

    A fit whose chains disagree is repeated once with twice the warm-up; if they still disagree,
    ``diagnostics.passed`` says so and the draws are handed on all the same.

    Parameters
    ----------
    spec : FactorSpec
        The variant.
    observations : FactorObservations
        Returns and features; the last period's returns are not used.
    program : CmdStanModel
        "m6_factor" from :func:`bayesfolio.models.programs.load_program`.
    rng : Generator
        Source of randomness.
    priors : FactorPriors, optional
        Hyperparameters.
    sampler : FactorSampler, optional
        Length and tuning of the chains.

    Returns
    -------
    FactorForecast
        Joint draws of the last period's returns, as fractions, and diagnostics.

    Raises
    ------
    ValueError
        Observations that the variant cannot use; see `FactorObservations`.
    RuntimeError
        If a chain ends with an error, or if draws are not finite.
    """
    started = cpu_seconds()
    sampler = sampler or FactorSampler()
    data = factor_data(
        spec,
        observations,
        priors or FactorPriors(),
        n_fitted=min(sampler.fitted, len(observations.returns) - 1),
        n_forecasts=sampler.forecasts,
    )
    for attempt in (1, 2):
        with sampled(
            program,
            "the factor model",
            rng=rng,
            chains=sampler.chains,
            data=data,
            iter_warmup=attempt * sampler.warmup,
            iter_sampling=sampler.draws,
            adapt_delta=sampler.adapt_delta,
            max_treedepth=sampler.max_depth,
            inits=0.1,
        ) as fit:
            forecast = _reduce(fit, sampler, started, refitted=attempt > 1)
        if forecast.diagnostics.passed:
            break
    return forecast


def _reduce(
    fit: "CmdStanMCMC", sampler: FactorSampler, started: float, *, refitted: bool
) -> FactorForecast:
    def by_chain(name: str) -> FloatArray:
        values = fit.stan_variable(name)
        return values.reshape(sampler.chains, len(values) // sampler.chains, -1)

    values = {name: by_chain(name) for name in ("mu", "mu_next", "log_sigma_next", "nu")}
    forecast, loadings = fit.stan_variable("forecast"), fit.stan_variable("loadings")
    for name, array in {**values, "forecast": forecast, "loadings": loadings}.items():
        if not np.isfinite(array).all():
            raise RuntimeError(f"Stan's draws of the factor model are not all finite in {name}")
    means = np.concatenate([values["mu"], values["mu_next"]], axis=2)
    rhat_mean, ess_mean = rhat_and_ess(means)
    rhat_scale, ess_scale = rhat_and_ess(values["log_sigma_next"])
    rhat_dof, ess_dof = rhat_and_ess(values["nu"])
    method = fit.method_variables()
    n_assets = forecast.shape[-1]
    return FactorForecast(
        returns=forecast.reshape(-1, n_assets),
        mean=values["mu_next"].reshape(-1, n_assets),
        log_scale=values["log_sigma_next"].reshape(-1, n_assets),
        dof=values["nu"].reshape(-1, n_assets),
        common_cov=np.einsum("dik,djk->ij", loadings, loadings, optimize=True) / len(loadings),
        parameters={
            name: fit.stan_variable(name).reshape(len(loadings), -1) for name in PARAMETERS
        },
        diagnostics=FactorDiagnostics(
            rhat_mean=rhat_mean,
            ess_mean=ess_mean,
            rhat_scale=rhat_scale,
            ess_scale=ess_scale,
            rhat_dof=rhat_dof,
            ess_dof=ess_dof,
            divergences=int(method["divergent__"].sum()),
            depth_hits=int(np.sum(method["treedepth__"] >= sampler.max_depth)),
            leapfrogs=float(method["n_leapfrog__"].mean()),
            seconds=cpu_seconds() - started,
            refitted=refitted,
            passed=bool(np.max([rhat_mean, rhat_scale, rhat_dof]) <= sampler.max_rhat),
        ),
    )
