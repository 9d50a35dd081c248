"""Making the tables of the study of co-moments."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from bayesfolio.comoments_study import results
from bayesfolio.comoments_study.stocks import read_stocks
from bayesfolio.comoments_study.study import (
    ACD,
    STATIC,
    Backtest,
    BootstrapRatios,
    FittedModels,
    ModelSettings,
)
from bayesfolio.core.arrays import load_record
from bayesfolio.report.registry import Contents

Run = Mapping[str, Any]


def backtest_table(files: Any, run: Run) -> Contents:
    """Violations, tests and losses of the forecasts of the value at risk."""
    plan = run["config"]["comoments"]["backtest"]
    table = results.backtest_table(load_record(files.backtest, Backtest), plan["levels"])
    sample = results.sample_note(run["config"], read_stocks(files.returns))
    return Contents(table, (results.backtest_note(plan), sample))


def factor_table(files: Any, run: Run) -> Contents:
    """Parameters of the factors, and what the dynamics of skew and shape gain."""
    settings = ModelSettings(**run["config"]["comoments"]["model"])
    fitted = load_record(files.fitted, FittedModels)
    parts = [load_record(path, BootstrapRatios).ratios for path in files.ratios]
    ratios = np.concatenate(parts)
    components = results.components_note(fitted, settings.n_starts, len(ratios))
    sample = results.sample_note(run["config"], read_stocks(files.returns))
    return Contents(results.factor_table(fitted, settings.law, ratios), (components, sample))


def beta_table(files: Any, run: Run) -> Contents:
    """Betas of all stocks at chosen dates."""
    comoments = run["config"]["comoments"]
    settings = ModelSettings(**comoments["model"])
    returns = read_stocks(files.returns)
    fitted = load_record(files.fitted, FittedModels)
    table = results.beta_table(
        fitted.models(returns.to_numpy(), settings)[ACD],
        returns.index[settings.lost_dates :],
        list(returns.columns),
        comoments["beta_dates"],
    )
    return Contents(table, (results.sample_note(run["config"], returns),))


def misprint_table(files: Any, run: Run) -> Contents:
    """Misprints of the note on IFACD co-moments, and what is right."""
    settings = ModelSettings(**run["config"]["comoments"]["model"])
    returns = read_stocks(files.returns)
    models = load_record(files.fitted, FittedModels).models(returns.to_numpy(), settings)
    sample = results.sample_note(run["config"], returns)
    return Contents(results.misprint_table(models[STATIC]), (sample,))
