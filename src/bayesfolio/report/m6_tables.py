"""Tables of the M6 study by name, with their notes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfolio.data import ASSET_CLASSES
from bayesfolio.forecasting.rank_study import RankStudy, ranked_probabilities
from bayesfolio.models.m6 import FactorFit
from bayesfolio.report import m6
from bayesfolio.report.tables import Column, write_table


@dataclass(frozen=True)
class M6Table:
    """Title, columns and notes of a table."""

    title: str
    columns: Sequence[Column] | Callable[[pd.DataFrame], Sequence[Column]]
    notes: tuple[str, ...]


M6_TABLES: Mapping[str, M6Table] = {
    "rps": M6Table(
        "Ranked probability scores",
        m6.rps_columns,
        (
            "Mean over assets and periods, less is better; equal shares of .2 score .16. In "
            "parentheses standard errors over periods, of the differences paired by period. "
            "Baseline: Student t with mean zero and an exponentially weighted covariance of daily "
            "returns.",
            "Pools learn their weights from earlier periods only. Printed: the competition's final "
            "table.",
        ),
    ),
    "calibration": M6Table(
        "Calibration of forecasts",
        m6.CALIBRATION_COLUMNS,
        (
            "Coverage: share of returns in the central forecast interval. PIT: share of forecast "
            "draws below the return that came; a standard deviation of .289 is that of a right "
            "forecast, a smaller one that of intervals that are too wide. Assets of one period are "
            "not independent. Reliability gap: mean absolute difference between the probability of "
            "a quintile and how often it came, over bins. Relative entropy: 1 for equal shares.",
        ),
    ),
    "parameters": M6Table(
        "Parameters that assets share",
        m6.PARAMETER_COLUMNS,
        (
            "Posterior of the last scored period: median and 90% interval. Names as in the "
            "winner's notebook, by class where there are several. Printed values are from an "
            "unconverged run on features that differ: see author_check. Only the variant author "
            "has the winner's prior of loadings.",
        ),
    ),
    "fits": M6Table(
        "Fits and their diagnostics",
        m6.FIT_COLUMNS,
        (
            "Worst over assets, for mu over the last periods too. Cells without features: their "
            "features were taken at their mean, zero. Unchanged: assets known to return zero. "
            "Dropped: assets without a return so far.",
        ),
    ),
    "pool_weights": M6Table(
        "Weights of the pools",
        m6.pool_columns,
        (
            "Learnt from the scores of all earlier periods, of those before the scored ones too "
            "where the run has some; equal while there are none.",
        ),
    ),
    "author_check": M6Table(
        "The winner's notebook again",
        m6.AUTHOR_COLUMNS,
        (
            "Quintile probabilities of the last competition period, by the winner's model on the "
            "winner's own features, which look ahead. The printed run had not converged.",
        ),
    ),
}


def fit_table(fits: Sequence[FactorFit], study: RankStudy) -> pd.DataFrame:
    """Diagnostics of every fit."""
    starts = dict(zip(study.periods.tolist(), study.starts.tolist(), strict=True))
    return pd.DataFrame(
        [
            {
                "variant": fit.variant,
                "period": fit.period,
                "starts": starts[fit.period],
                "assets": len(fit.assets),
                "neutral": fit.neutral,
                "unchanged": ", ".join(fit.unchanged),
                "dropped": ", ".join(fit.dropped),
                **asdict(fit.forecast.diagnostics),
            }
            for fit in fits
        ]
    )


def make_m6_table(
    name: str,
    study: RankStudy,
    fits: Sequence[FactorFit],
    published: pd.DataFrame,
    leaderboard: pd.DataFrame | None,
) -> pd.DataFrame:
    """Make one of `M6_TABLES`.

    Parameters
    ----------
    name : str
        A key of `M6_TABLES`.
    study : RankStudy
        Forecasts and outcomes.
    fits : sequence of FactorFit
        All fits, that of the winner's features too.
    published : DataFrame
        Columns kind (parameter or probability), name, quintile, printed.
    leaderboard : DataFrame or None
        The competition's final table.
    """
    if name == "rps":
        return m6.rps_table(study, leaderboard)
    if name == "calibration":
        return m6.calibration_table(study)
    if name == "pool_weights":
        return m6.pool_table(study)
    if name == "fits":
        return fit_table(fits, study)
    last = int(study.periods[study.over][-1])
    if name == "parameters":
        rows = published.loc[published["kind"] == "parameter"]
        own = any(fit.variant == "author" for fit in fits)
        values = dict(zip(rows["name"].astype(str), rows["printed"].astype(float), strict=True))
        class_of = dict(zip(study.assets.tolist(), study.classes.tolist(), strict=True))
        shown = [fit for fit in fits if fit.period == last]
        present = {fit.variant: {class_of[name] for name in fit.assets} for fit in shown}
        return m6.parameter_table(
            {fit.variant: fit.forecast.parameters for fit in shown},
            {
                variant: [group for group in ASSET_CLASSES if group in groups]
                for variant, groups in present.items()
            },
            values if own else {},
        )
    author = next(fit for fit in fits if fit.variant == "author")
    assets = [*author.assets, *author.unchanged]
    probabilities = ranked_probabilities(
        author.forecast.returns, author.assets, assets, author.unchanged, np.ones(len(assets), bool)
    )
    return m6.author_table(probabilities, assets, published.loc[published["kind"] == "probability"])


def m6_note(
    study: RankStudy, fits: Sequence[FactorFit], run: str, settings: Mapping[str, Any]
) -> str:
    """Sample, model, sampler and convergence of a run in one paragraph."""
    diagnostics = [fit.forecast.diagnostics for fit in fits]
    refitted = sum(one.refitted for one in diagnostics)
    failed = sum(not one.passed for one in diagnostics)
    first, last = study.starts[study.over][[0, -1]]
    sampler = settings["sampler"]
    return (
        f"Run {run}: {len(study.assets)} assets ({settings['data']['source']}), "
        f"{int(study.over.sum())} periods of four weeks that start from {first} to {last}; "
        f"{settings['n_factors']} factors; {sampler['chains']} chains of {sampler['draws']} draws "
        f"after {sampler['warmup']}, {sampler['forecasts']} forecasts for each draw; "
        f"{refitted} of {len(fits)} fits were repeated with twice the warm-up, as an R-hat of mu, "
        f"sigma or nu was above {sampler['max_rhat']}; of those, {failed} failed again."
    )


def write_m6_table(name: str, frame: pd.DataFrame, stem: Path, note: str) -> None:
    """Write one of `M6_TABLES` under a stem, with the run's note below it."""
    table = M6_TABLES[name]
    columns = table.columns(frame) if callable(table.columns) else table.columns
    shown = [column for column in columns if column.key in frame.columns]
    write_table(frame, stem, table.title, [*table.notes, note], shown)
