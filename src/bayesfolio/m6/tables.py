"""Making the tables of the M6 study."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayesfolio.core.arrays import load_record
from bayesfolio.core.settings import data_path
from bayesfolio.m6 import results
from bayesfolio.m6.assets import ASSET_CLASSES
from bayesfolio.m6.competition import read_competition
from bayesfolio.m6.fit import FactorFit
from bayesfolio.m6.fit_files import read_fit
from bayesfolio.m6.settings import author_fits, m6_fits
from bayesfolio.m6.study import RankStudy, ranked_probabilities
from bayesfolio.report.published import read_published
from bayesfolio.report.registry import Column, Contents

Run = Mapping[str, Any]


def rps_table(files: Any, run: Run) -> Contents:
    """Ranked probability scores of all methods, beside the competition's first teams."""
    study, fits = _read(files, run)
    m6 = run["config"]["m6"]
    folder = data_path(m6["data"]) if m6["competition"] else None
    leaderboard = None if folder is None else read_competition(folder).leaderboard
    table = results.rps_table(study, leaderboard)
    return _contents(table, study, fits, run, results.rps_columns(table))


def calibration_table(files: Any, run: Run) -> Contents:
    """How far forecasts can be believed."""
    study, fits = _read(files, run)
    return _contents(results.calibration_table(study), study, fits, run)


def pool_table(files: Any, run: Run) -> Contents:
    """Weights of the pools that learn."""
    study, fits = _read(files, run)
    table = results.pool_table(study)
    return _contents(table, study, fits, run, results.pool_columns(table))


def fit_table(files: Any, run: Run) -> Contents:
    """Diagnostics of every fit."""
    study, fits = _read(files, run)
    return _contents(results.fit_table(fits, study), study, fits, run)


def parameter_table(files: Any, run: Run) -> Contents:
    """Posterior of the parameters that assets share, in the last scored period."""
    study, fits = _read(files, run)
    rows = read_published(files.published)
    rows = rows.loc[rows["kind"] == "parameter"]
    author = any(fit.variant == "author" for fit in fits)
    printed = dict(zip(rows["name"].astype(str), rows["printed"].astype(float), strict=True))
    class_of = dict(zip(study.assets.tolist(), study.classes.tolist(), strict=True))
    last = int(study.periods[study.over][-1])
    shown = [fit for fit in fits if fit.period == last]
    present = {fit.variant: {class_of[name] for name in fit.assets} for fit in shown}
    table = results.parameter_table(
        {fit.variant: fit.forecast.parameters for fit in shown},
        {
            variant: [group for group in ASSET_CLASSES if group in groups]
            for variant, groups in present.items()
        },
        printed if author else {},
    )
    return _contents(table, study, fits, run)


def author_table(files: Any, run: Run) -> Contents:
    """Forecasts on the winner's features beside those of the winner's notebook."""
    study, fits = _read(files, run)
    published = read_published(files.published)
    author = next(fit for fit in fits if fit.variant == "author")
    assets = [*author.assets, *author.unchanged]
    probabilities = ranked_probabilities(
        author.forecast.returns, author.assets, assets, author.unchanged, np.ones(len(assets), bool)
    )
    printed = published.loc[published["kind"] == "probability"]
    return _contents(results.author_table(probabilities, assets, printed), study, fits, run)


def _read(files: Any, run: Run) -> tuple[RankStudy, list[FactorFit]]:
    m6 = run["config"]["m6"]
    keys = [*m6_fits(m6), *author_fits(m6)]
    fits = [read_fit(*key, path) for key, path in zip(keys, files.fits, strict=True)]
    return load_record(files.study, RankStudy), fits


def _contents(
    table: pd.DataFrame,
    study: RankStudy,
    fits: Sequence[FactorFit],
    run: Run,
    columns: Sequence[Column] = (),
) -> Contents:
    note = run_note(study, fits, run["config"]["run"], run["config"]["m6"])
    return Contents(table, (note,), tuple(columns))


def run_note(
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
