"""Convergence of a fit, judged on identified quantities."""

from dataclasses import dataclass

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.models.posterior import Diagnostics, Draws


@dataclass(frozen=True)
class Thresholds:
    """What a fit must meet, else it is refitted once with a longer warm-up and then flagged.

    Attributes
    ----------
    rhat : float
        Upper bound for predictive moments and, where the posterior is unimodal, fitted sums.
    ess : float
        Lower bound for the bulk effective sample size of both.
    divergence_rate : float
        Upper bound for divergences per transition.
    """

    rhat: float = 1.01
    ess: float = 400.0
    divergence_rate: float = 1e-3


def rhat_and_ess(values: FloatArray) -> tuple[float, float]:
    """Worst rank-normalised R-hat and bulk ESS over the last axis of (C, D, M) draws."""
    import arviz as az  # takes seconds, and only fits need it

    if values.shape[0] == 1:  # a chain by itself is judged by its halves
        half = values.shape[1] // 2
        values = values[0, : 2 * half].reshape(2, half, -1)
    dataset = az.convert_to_dataset({"value": values})
    rhat = az.rhat(dataset)["value"].to_numpy()
    return float(np.max(rhat)), float(np.min(az.ess(dataset)["value"].to_numpy()))


def diagnose(draws: Draws, *, has_mean: bool, refitted: bool) -> Diagnostics:
    """Diagnostics of one fit.

    Parameters
    ----------
    draws : Draws
        Kept draws by chain.
    has_mean : bool
        False for the SV model, whose fitted values and predictive means are zero.
    refitted : bool
        Whether this is the second attempt.
    """
    sums = draws.fitted.sum(axis=2)
    log_variance = np.log(np.diagonal(draws.predictive_cov, axis1=-2, axis2=-1))
    if has_mean:
        rhat_sums, ess_sums = rhat_and_ess(sums)
        spread = np.ptp(sums.mean(axis=1), axis=0) / sums.std(axis=(0, 1))
        predictive = np.concatenate([draws.predictive_mean, log_variance], axis=-1)
        chain_spread = float(spread.max()) if len(sums) > 1 else float("nan")
    else:
        rhat_sums = ess_sums = chain_spread = float("nan")
        predictive = log_variance
    rhat_predictive, ess_predictive = rhat_and_ess(predictive)
    return Diagnostics(
        rhat_sums=rhat_sums,
        rhat_predictive=rhat_predictive,
        ess_sums=ess_sums,
        ess_predictive=ess_predictive,
        chain_spread=chain_spread,
        divergences=draws.divergences,
        transitions=draws.transitions,
        max_depth_hits=draws.max_depth_hits,
        seconds=draws.seconds,
        refitted=refitted,
    )


def failures(diagnostics: Diagnostics, thresholds: Thresholds, *, judge_sums: bool) -> list[str]:
    """Sentences naming what a fit failed; empty when it passed.

    ``judge_sums`` says whether the fitted sums' R-hat and ESS count: they are zero where a model
    has no mean; and in SV models with two or more factors a variance may collapse in one mode and
    not in another, so that the spread between chains is a property of the posterior, which is
    reported, not judged.
    """
    found = []
    judged = [("predictive moments", diagnostics.rhat_predictive, diagnostics.ess_predictive)]
    if judge_sums:
        judged.append(("fitted sums", diagnostics.rhat_sums, diagnostics.ess_sums))
    for name, rhat, ess in judged:
        # Chains too short to judge, or that do not move, have NaN, which is no pass.
        if not rhat <= thresholds.rhat:
            found.append(f"R-hat of {name} {rhat:.3f}, not at most {thresholds.rhat}")
        if not ess >= thresholds.ess:
            found.append(f"ESS of {name} {ess:.0f}, not at least {thresholds.ess:.0f}")
    if diagnostics.divergences > thresholds.divergence_rate * diagnostics.transitions:
        found.append(f"{diagnostics.divergences} divergences in {diagnostics.transitions}")
    return found
