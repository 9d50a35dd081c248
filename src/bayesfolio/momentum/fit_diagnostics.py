"""Diagnostics of the fits of a model, and the worst of each model."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import pandas as pd

from bayesfolio.models.posterior import Diagnostics
from bayesfolio.models.spec import ModelSpec


def fit_diagnostics(spec: ModelSpec, diagnostics: Mapping[int, Diagnostics]) -> pd.DataFrame:
    """Diagnostics of one model: one row per decision year, columns of `Diagnostics`."""
    return pd.DataFrame(
        [{"model": spec.name, "year": year} | asdict(found) for year, found in diagnostics.items()]
    )


def diagnostics_summary(fits: pd.DataFrame, models: Sequence[str]) -> pd.DataFrame:
    """Worst diagnostics of each model over its windows.

    Parameters
    ----------
    fits : DataFrame
        Rows of `fit_diagnostics` of all models.
    models : sequence of str
        Model names in the order wanted.

    Returns
    -------
    DataFrame
        One row per model: n_windows, failed_windows, the largest R-hats and chain spread, the
        smallest effective sample sizes, and sums of divergences, depth-limit hits and seconds.
    """
    worst = {
        "rhat_sums": "max",
        "rhat_predictive": "max",
        "ess_sums": "min",
        "ess_predictive": "min",
        "chain_spread": "max",
        "divergences": "sum",
        "max_depth_hits": "sum",
        "seconds": "sum",
    }
    groups = fits.groupby("model")
    summary = groups.agg(worst)
    summary.insert(0, "n_windows", groups.size())
    summary.insert(1, "failed_windows", groups["passed"].agg(lambda passed: int((~passed).sum())))
    return summary.loc[list(models)].reset_index()
