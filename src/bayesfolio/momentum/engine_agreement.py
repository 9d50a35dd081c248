"""Whether the two engines draw from the same posterior."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayesfolio.core.types import FloatArray
from bayesfolio.models.posterior import Posterior
from bayesfolio.models.spec import ModelSpec
from bayesfolio.models.windows import Decision
from bayesfolio.momentum.scores import STRATEGIES, strategy_weights
from bayesfolio.momentum.strategies import model_strategy_returns

LIMIT = 5.0
"""Combined Monte Carlo standard errors by which posterior means may differ."""

ROUNDING = 1e-9
"""Draws of a quantity that differ by no more are one number."""


class EngineFit(NamedTuple):
    """One engine's fit of a model on a window: its draws, and how many chains they come from."""

    posterior: Posterior
    chains: int


def compared_quantities(
    spec: ModelSpec,
    posterior: Posterior,
    returns: pd.DataFrame,
    decision: Decision,
    breakpoints: tuple[float, float],
) -> dict[str, FloatArray]:
    """Quantities whose posterior means the engines must share, each (D, M).

    ``fitted`` are fitted values by month and asset and their sums over the formation months,
    ``predictive`` means and log variances of the month after the window, ``portfolio`` the mean
    returns of the strategies over the holding period. Model momentum of the SV model ranks by
    one posterior mean for all draws and is left out.
    """
    n_draws = posterior.n_draws
    has_mean = spec.has_lagged_returns or spec.has_factors
    held = [
        model_strategy_returns([weights], returns, [decision]).values.mean(axis=1)
        for strategy in STRATEGIES
        if has_mean or strategy != "MM"
        for weights in [
            strategy_weights(
                spec, posterior, strategy, breakpoints, sv_model_momentum="log_variance"
            )
        ]
    ]
    variances = np.diagonal(posterior.predictive_cov, axis1=1, axis2=2)
    return {
        "fitted": np.hstack([posterior.fitted.reshape(n_draws, -1), posterior.fitted.sum(axis=1)]),
        "log_variance": posterior.log_variance,
        "predictive": np.hstack([posterior.predictive_mean, np.log(variances)]),
        "portfolio": np.column_stack(held),
    }


def largest_difference(first: FloatArray, second: FloatArray) -> float:
    """Largest difference between means, in combined Monte Carlo standard errors.

    Parameters
    ----------
    first, second : (C, D, M) arrays
        Draws of M quantities by chain. A quantity that is one number to both engines does not
        count, unless it is another number to each.

    Returns
    -------
    float
        NaN if no quantity counts.
    """
    import arviz as az  # takes seconds, and only this table needs it

    def error(draws: FloatArray) -> FloatArray:
        dataset = az.convert_to_dataset({"value": draws})
        return az.mcse(dataset)["value"].to_numpy()

    difference = np.abs(first.mean(axis=(0, 1)) - second.mean(axis=(0, 1)))
    moving = np.maximum(np.ptp(first, axis=(0, 1)), np.ptp(second, axis=(0, 1))) > ROUNDING
    counted = moving | (difference > ROUNDING)
    if not counted.any():
        return float("nan")
    combined = np.hypot(error(first), error(second))
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.max((difference / combined)[counted]))


def engine_agreement(
    spec: ModelSpec,
    fits: Mapping[str, EngineFit],
    returns: pd.DataFrame,
    decision: Decision,
    breakpoints: tuple[float, float],
) -> dict[str, object]:
    """Compare the engines' fits of one model on one window.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    fits : mapping
        Fits of the engines ``stan`` and ``gibbs``.
    returns : DataFrame, months x assets
        Per cent.
    decision : Decision
        Its window and holding period.
    breakpoints : (float, float)
        Quantiles of losers and winners.

    Returns
    -------
    dict
        A row of the table: largest differences of posterior means by kind of quantity, in combined
        Monte Carlo standard errors; the verdict; spreads between chains, R-hats and effective
        draws per processor second of both engines. Models that may have several modes get no
        verdict: there the spreads say what one run is worth.
    """
    quantities = {
        engine: compared_quantities(spec, fit.posterior, returns, decision, breakpoints)
        for engine, fit in fits.items()
    }
    row: dict[str, object] = {"model": spec.name, "year": decision.year}
    differences = []
    for kind in quantities["stan"]:
        by_chain = [
            quantities[engine][kind].reshape(fit.chains, -1, quantities[engine][kind].shape[1])
            for engine, fit in fits.items()
        ]
        row[kind] = largest_difference(*by_chain)
        differences.append(row[kind])
    several_modes = spec.has_idiosyncratic_sv and spec.n_factors >= 2
    agree = np.nanmax(np.array(differences, dtype=float)) <= LIMIT
    row["verdict"] = "several modes" if several_modes else "agree" if agree else "differ"
    for engine, fit in fits.items():
        found = fit.posterior.diagnostics
        worst = np.nanmin([found.ess_sums, found.ess_predictive])
        row[f"spread_{engine}"] = found.chain_spread
        row[f"rhat_{engine}"] = found.rhat_predictive
        row[f"ess_rate_{engine}"] = worst / found.seconds
    return row
