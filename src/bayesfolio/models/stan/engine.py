"""The Stan engine: NUTS on stan/favar_sv.stan, reduced to :class:`bayesfolio.models.Draws`.

The program samples the model class of `models.joint` in a parameterisation whose posterior is about
a standard normal (see its head, and `models.stan.data` for the centres and units). So the metric
stays the identity, and warm-up only has to find the step size.

The program writes predictive loadings A = Lambda L, with Q = L L', instead of Lambda and Q: the
covariance of month T + 1 is A A' plus the diagonal of variances. With factor volatility A has the
factors' next standard deviations in it. Log variances are those of T, and of T + 1 drawn ahead.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.models.posterior import Draws
from bayesfolio.models.priors import Priors
from bayesfolio.models.programs import cpu_seconds, read_program, sampled
from bayesfolio.models.spec import ModelSpec
from bayesfolio.models.stan.data import stan_data

if TYPE_CHECKING:
    from cmdstanpy import CmdStanMCMC, CmdStanModel


@dataclass(frozen=True)
class NutsSettings:
    """Length and tuning of the chains.

    The parameterisation leaves a posterior of about unit scale, so the metric stays the identity
    and only the step size is adapted: ``warmup`` can be short.
    """

    chains: int = 2
    warmup: int = 150
    draws: int = 400
    thin: int = 1
    adapt_delta: float = 0.6
    max_depth: int = 6


@dataclass(frozen=True)
class StanEngine:
    """NUTS on the compiled ``favar_sv.stan``, as an engine of :func:`bayesfolio.models.fitting`.

    Attributes
    ----------
    program : CmdStanModel
        From :func:`bayesfolio.models.programs.load_program`.
    settings : NutsSettings
        Chains and tuning.
    """

    program: "CmdStanModel"
    settings: NutsSettings = NutsSettings()

    def with_longer_warmup(self) -> "StanEngine":
        """Return this engine with three times the warm-up."""
        return replace(self, settings=replace(self.settings, warmup=3 * self.settings.warmup))

    def sample(
        self,
        spec: ModelSpec,
        returns: FloatArray,
        *,
        formation: int,
        priors: Priors,
        rng: np.random.Generator,
    ) -> Draws:
        """Draw from the posterior given a window of returns (T, N).

        Raises
        ------
        ValueError
            If a return is missing.
        RuntimeError
            If a chain ends with an error, or if draws are not finite.
        """
        if np.isnan(returns).any():
            raise ValueError(
                "the window has missing returns and the Stan engine takes complete ones only; use "
                "the Gibbs engine or a complete window"
            )
        started = cpu_seconds()
        settings = self.settings
        data = stan_data(spec, returns, formation=formation, priors=priors)
        with sampled(
            self.program,
            str(spec),
            rng=rng,
            chains=settings.chains,
            data=data,
            iter_warmup=settings.warmup,
            iter_sampling=settings.draws * settings.thin,
            thin=settings.thin,
            metric="unit_e",
            adapt_delta=settings.adapt_delta,
            max_treedepth=settings.max_depth,
            inits=0.5,
        ) as fit:
            draws = _reduce(fit, spec, returns, settings, started)
        for name in ("fitted", "predictive_mean", "predictive_cov", "log_variance", "volatility"):
            if not np.all(np.isfinite(getattr(draws, name))):
                raise RuntimeError(f"Stan's draws of {spec} are not all finite in {name}")
        return draws


def _reduce(
    fit: "CmdStanMCMC",
    spec: ModelSpec,
    returns: FloatArray,
    settings: NutsSettings,
    started: float,
) -> Draws:
    def by_chain(name: str) -> FloatArray:
        values = fit.stan_variable(name)
        return values.reshape(settings.chains, -1, *values.shape[1:])

    cov = np.exp(by_chain("log_variance_next"))[..., None] * np.eye(returns.shape[1])
    if spec.has_factors:
        loadings = by_chain("predictive_loadings")
        cov += loadings @ np.swapaxes(loadings, -1, -2)
    fitted, method = by_chain("fitted"), fit.method_variables()
    return Draws(
        fitted=fitted,
        residual=returns[len(returns) - fitted.shape[2] :] - fitted,
        predictive_mean=by_chain("predictive_mean"),
        predictive_cov=cov,
        log_variance=by_chain("log_variance"),
        volatility=by_chain("volatility"),
        divergences=int(method["divergent__"].sum()),
        max_depth_hits=int(np.sum(method["treedepth__"] >= settings.max_depth)),
        transitions=method["divergent__"].size,
        seconds=cpu_seconds() - started,
    )


def make_engine(settings: Mapping[str, Any], compiled: str) -> StanEngine:
    """Engine of a run: its settings by name, and the facts of the compiled program."""
    return StanEngine(read_program(compiled), NutsSettings(**settings))
