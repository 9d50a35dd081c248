"""All filters on some replications of one kind of model, in all its settings."""

from bayesfolio.filters_study.study import StudySettings, load_samples, run_study, save_settings
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params, kind = snakemake.params, snakemake.wildcards.kind
    runs = run_study(
        kind,
        StudySettings(**params.settings),
        load_samples(snakemake.input[0]),
        params.replications,
        params.seed,
    )
    save_settings(snakemake.output[0], runs)
    seconds = sum(float(run.seconds.sum()) for run in runs)
    job.say(f"{kind} {snakemake.wildcards.replications}: {seconds:.0f} s")
