"""Samples of one kind of model, in all its settings."""

from bayesfolio.filters_study.study import StudySettings, save_settings, simulate_study
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params = snakemake.params
    samples = simulate_study(
        snakemake.wildcards.kind, StudySettings(**params.settings), params.replications, params.seed
    )
    save_settings(snakemake.output[0], samples)
