"""Log scores of one set of components, and their predictive means and standard deviations."""

import numpy as np

from bayesfolio.combination import CombinationSettings, ComponentScores
from bayesfolio.features import Calendar
from bayesfolio.models import ModelSpec
from bayesfolio.portfolio import ComponentSet, foresight_returns, load_strategy
from bayesfolio.workflow.arrays import save_record
from bayesfolio.workflow.files import replacing
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

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
        snakemake.output.scores, ComponentScores.of(outcomes, means, variances, draws, settings)
    )
    with replacing(snakemake.output.predictive) as temporary:
        np.savez_compressed(
            temporary,
            outcomes=outcomes,
            mean=means.mean(axis=2),
            sd=np.sqrt(variances.mean(axis=2) + means.var(axis=2)),
        )
