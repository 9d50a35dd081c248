"""Quintile forecasts of every method and period, pooled, beside what came."""

from bayesfolio.core.arrays import save_record
from bayesfolio.m6.forecasts import assemble_forecasts
from bayesfolio.workflow.jobs import Job

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
