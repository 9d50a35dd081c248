"""The Gibbs engine: compiled sweeps, reduced to a :class:`bayesfolio.models.Draws`.

Each chain runs `gibbs.kernels.sweep.run_chain` with random numbers of its own, on its own copy of
the window. The first chain starts at principal components and the others at random loadings, so
that the spread between chains shows a posterior with more than one mode.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.models.gibbs.kernels.sweep import run_chain
from bayesfolio.models.gibbs.mixture import mixture_tables
from bayesfolio.models.gibbs.state import fill_missing, hyperparameters, start, window_data
from bayesfolio.models.posterior import Draws
from bayesfolio.models.priors import Priors, factor_innovation_variances
from bayesfolio.models.spec import ModelSpec


@dataclass(frozen=True)
class GibbsSettings:
    """Length of the chains; the defaults are the paper's 5,000 draws after 5,000.

    Attributes
    ----------
    chains : int
        The first starts at principal components, the others at random.
    warmup : int
        Sweeps thrown away.
    draws, thin : int
        Draws kept of each chain, and sweeps per kept draw.
    """

    chains: int = 2
    warmup: int = 5000
    draws: int = 1000
    thin: int = 5


@dataclass(frozen=True)
class GibbsEngine:
    """The paper's sampler (Appendix A), as an engine of :func:`bayesfolio.models.fitting`."""

    settings: GibbsSettings = GibbsSettings()

    def with_longer_warmup(self) -> None:
        """Return None: the burn-in adapts nothing, and waiting takes no chain out of a mode."""
        return None

    def sample(
        self,
        spec: ModelSpec,
        returns: FloatArray,
        *,
        formation: int,
        priors: Priors,
        rng: np.random.Generator,
    ) -> Draws:
        """Draw from the posterior given a window of returns (T, N), NaN where missing.

        Raises
        ------
        ValueError
            If a model with lagged returns finds no complete month early enough to start at.
        RuntimeError
            If draws are not finite.
        """
        started = time.process_time()
        tables = mixture_tables()
        settings = self.settings
        q_scale = factor_innovation_variances(
            fill_missing(returns), spec.n_factors, lagged=spec.has_lagged_returns
        )
        hyper = hyperparameters(spec, priors, q_scale, returns.shape[1])
        chains = []
        for number in range(settings.chains):
            # The fastest of numpy's generators inside compiled code.
            chain_rng = np.random.Generator(np.random.SFC64(rng.integers(2**63, size=4)))
            window = window_data(spec, returns)  # each chain draws missing returns into its own
            if len(window.y) < formation:
                raise ValueError(
                    f"{spec} has lagged returns, and {len(window.y)} months after the window's "
                    f"first complete one, expected {formation} or more; drop the asset with most "
                    "missing months"
                )
            state = start(window, hyper, chain_rng, dispersed=number > 0)
            chains.append(
                run_chain(
                    chain_rng,
                    window,
                    state,
                    hyper,
                    tables,
                    settings.warmup,
                    settings.draws,
                    settings.thin,
                    formation,
                )
            )
        fitted, residual, means, covs, log_variance, volatility = (
            np.stack(parts) for parts in zip(*chains, strict=True)
        )
        for name, values in (
            ("fitted values", fitted),
            ("residuals", residual),
            ("predictive means", means),
            ("predictive covariances", covs),
            ("log variances", log_variance),
            ("volatility's parameters", volatility),
        ):
            if not np.isfinite(values).all():
                raise RuntimeError(
                    f"the Gibbs sampler's {name} of {spec} are not all finite; check the window "
                    "for returns of a wrong unit, and the priors"
                )
        return Draws(
            fitted=fitted,
            residual=residual,
            predictive_mean=means,
            predictive_cov=covs,
            log_variance=log_variance,
            volatility=volatility,
            divergences=0,
            max_depth_hits=0,
            transitions=settings.chains * settings.draws * settings.thin,
            seconds=time.process_time() - started,
        )


def compile_kernels() -> None:
    """Compile the sampler, or load it from numba's cache, by one short run that uses every part."""
    returns = np.random.default_rng(0).standard_normal((40, 5))
    engine = GibbsEngine(GibbsSettings(chains=1, warmup=1, draws=4, thin=1))
    engine.sample(
        ModelSpec("FAVAR-SV2", 1, 1),
        returns,
        formation=12,
        priors=Priors(),
        rng=np.random.default_rng(0),
    )


def make_engine(settings: Mapping[str, Any], compiled: str) -> GibbsEngine:
    """Engine of a run: its settings by name, and the file that says the kernels are compiled."""
    return GibbsEngine(GibbsSettings(**settings))
