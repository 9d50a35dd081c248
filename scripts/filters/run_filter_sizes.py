"""All filters with several numbers of particles, in one setting of one kind of model."""

from bayesfolio.filters_study.study import (
    StudySettings,
    load_samples,
    middle_setting,
    run_sizes,
    save_settings,
)
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params, kind = snakemake.params, snakemake.wildcards.kind
    settings = StudySettings(**params.settings)
    runs = run_sizes(
        kind,
        settings,
        load_samples(snakemake.input[0]),
        middle_setting(settings.values(kind)),
        params.sizes,
        range(params.replications),
        params.seed,
    )
    save_settings(snakemake.output[0], runs)
