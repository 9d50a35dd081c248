"""Quintile forecasts of every method and period, pooled, beside what came."""

from bayesfolio.workflow.arrays import save_record
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.rank_forecasts import assemble_forecasts

with Job(snakemake) as job:
    given, params = snakemake.input, snakemake.params
    study = assemble_forecasts(
        given.periods,
        given.prices,
        dict(zip(map(tuple, params.fits), given.fits, strict=True)),
        competition=params.competition,
        scored=params.scored,
        unchanged=params.unchanged,
        baseline=params.baseline,
        seed=params.seed,
    )
    save_record(snakemake.output[0], study)
