"""Likelihood ratios of the factors' dynamics in samples simulated without them."""

from bayesfolio.comoments_study.stocks import read_stocks
from bayesfolio.comoments_study.study import (
    BootstrapRatios,
    FittedModels,
    ModelSettings,
    bootstrap_study,
)
from bayesfolio.core.arrays import load_record, save_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params = snakemake.params
    settings = ModelSettings(**params.settings)
    ratios = bootstrap_study(
        load_record(snakemake.input.fitted, FittedModels),
        settings,
        len(read_stocks(snakemake.input.returns)) - settings.lost_dates,
        params.replications,
        params.seed,
    )
    save_record(snakemake.output[0], BootstrapRatios(ratios))
