"""Weights over time of one set of components, by one variant of the combination."""

from bayesfolio.combination import CombinationSettings, ComponentScores, run_variant
from bayesfolio.models import ModelSpec
from bayesfolio.portfolio import SUMMED, ComponentSet
from bayesfolio.workflow.arrays import load_record, save_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params, wildcards = snakemake.params, snakemake.wildcards
    components = ComponentSet(tuple(map(ModelSpec.parse, params.models)))
    found = run_variant(
        wildcards.variant,
        load_record(snakemake.input[0], ComponentScores),
        CombinationSettings(**params.settings),
        params.seed,
        wildcards.set,
        components.labels("family"),
        components.totals(SUMMED)[1],
        params.draws,
        params.years,
    )
    save_record(snakemake.output[0], found)
    job.say(
        f"{wildcards.set} {wildcards.variant}: {found.seconds:.1f} s, log score "
        f"{found.log_scores.sum():.2f}, smallest ESS {found.ess.min():.0f}"
    )
