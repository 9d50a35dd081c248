"""Realised returns of one model's two strategies, and the diagnostics of its fits."""

import numpy as np

from bayesfolio.features import Calendar
from bayesfolio.models import ModelSpec, load_posteriors
from bayesfolio.portfolio import model_strategy_returns
from bayesfolio.portfolio.scores import STRATEGIES, strategy_scores
from bayesfolio.report.momentum import fit_diagnostics
from bayesfolio.workflow.files import replacing
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    params = snakemake.params
    spec = ModelSpec.parse(snakemake.wildcards.model)
    returns = read_returns(snakemake.input.returns)
    decisions = Calendar(**params.calendar).decisions(returns.index)
    scores = {strategy: {} for strategy in STRATEGIES}
    diagnostics = {}
    for path in snakemake.input.fits:
        for year, posterior in load_posteriors(path).items():
            diagnostics[year] = posterior.diagnostics
            for strategy in STRATEGIES:
                scores[strategy][year] = strategy_scores(
                    spec, posterior, strategy, sv_model_momentum=params.sv_model_momentum
                )
    draws = {
        strategy: model_strategy_returns(
            [by_year[decision.year] for decision in decisions],
            returns,
            decisions,
            tuple(params.breakpoints),
        )
        for strategy, by_year in scores.items()
    }
    with replacing(snakemake.output.strategies) as temporary:
        arrays = {strategy: found.values for strategy, found in draws.items()}
        months = np.array([str(month) for month in draws["MM"].months])
        np.savez_compressed(temporary, months=months, **arrays)
    with replacing(snakemake.output.diagnostics) as temporary:
        fit_diagnostics(spec, diagnostics).to_csv(temporary, index=False)
