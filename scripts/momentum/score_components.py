"""Log scores of one set of components, and their predictive means and standard deviations."""

import numpy as np

from bayesfolio.combination.variants import CombinationSettings, ComponentScores
from bayesfolio.core.arrays import save_record
from bayesfolio.core.files import replacing
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.components import ComponentSet, load_strategy
from bayesfolio.momentum.predictive import foresight_returns
from bayesfolio.momentum.returns import read_returns
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params = snakemake.params
    components = ComponentSet(tuple(map(ModelSpec.parse, params.models)))
    returns = read_returns(snakemake.input.returns)
    decisions = Calendar(**params.calendar).decisions(returns.index)
    paths = dict(zip(components.models, snakemake.input.strategies, strict=True))
    records = [load_strategy(paths[model], strategy) for model, strategy in components.components]
    means, variances, draws = (
        np.stack([getattr(record, name).T for record in records], axis=1)
        for name in ("predictive_mean", "predictive_variance", "predictive_draws")
    )
    outcomes = foresight_returns(returns, decisions, tuple(params.breakpoints))
    settings = CombinationSettings(**params.settings)
    save_record(
        snakemake.output.scores,
        ComponentScores.from_predictions(outcomes, means, variances, draws, settings),
    )
    with replacing(snakemake.output.predictive) as temporary:
        np.savez_compressed(
            temporary,
            outcomes=outcomes,
            mean=means.mean(axis=2),
            sd=np.sqrt(variances.mean(axis=2) + means.var(axis=2)),
        )
