"""Realised and predictive returns of one model's strategies, and the diagnostics of its fits."""

import numpy as np

from bayesfolio.core.files import replacing
from bayesfolio.models.posterior import load_posteriors
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.components import StrategyRecord, save_strategies
from bayesfolio.momentum.fit_diagnostics import fit_diagnostics
from bayesfolio.momentum.predictive import portfolio_predictive
from bayesfolio.momentum.returns import read_returns
from bayesfolio.momentum.scores import STRATEGIES, strategy_weights
from bayesfolio.momentum.strategies import model_strategy_returns
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params, breakpoints = snakemake.params, tuple(snakemake.params.breakpoints)
    spec = ModelSpec.parse(snakemake.wildcards.model)
    returns = read_returns(snakemake.input.returns)
    decisions = Calendar(**params.calendar).decisions(returns.index)
    weights = {strategy: {} for strategy in STRATEGIES}
    predictive = {strategy: {} for strategy in STRATEGIES}
    diagnostics = {}
    for path in snakemake.input.fits:
        for year, posterior in load_posteriors(path).items():
            diagnostics[year] = posterior.diagnostics
            for strategy in STRATEGIES:
                found = weights[strategy][year] = strategy_weights(
                    spec,
                    posterior,
                    strategy,
                    breakpoints,
                    sv_model_momentum=params.sv_model_momentum,
                )
                predictive[strategy][year] = portfolio_predictive(found, posterior)
    years = [decision.year for decision in decisions]
    records = {}
    for strategy in STRATEGIES:
        draws = model_strategy_returns(
            [weights[strategy][year] for year in years], returns, decisions
        )
        moments = zip(*(predictive[strategy][year] for year in years), strict=True)
        records[strategy] = StrategyRecord(draws.values, *(np.stack(m, axis=1) for m in moments))
    save_strategies(snakemake.output.strategies, draws.months, records)
    with replacing(snakemake.output.diagnostics) as temporary:
        fit_diagnostics(spec, diagnostics).to_csv(temporary, index=False)
