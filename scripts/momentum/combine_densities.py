"""Weights over time of one set of components, by all variants of the combination."""

from bayesfolio.combination.variants import CombinationSettings, ComponentScores, run_variant
from bayesfolio.core.arrays import load_record, save_record
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.components import SUMMED, ComponentSet
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params, name = snakemake.params, snakemake.wildcards.set
    components = ComponentSet(tuple(map(ModelSpec.parse, params.models)))
    scores = load_record(snakemake.input[0], ComponentScores)
    for variant, path in zip(params.variants, snakemake.output, strict=True):
        found = run_variant(
            variant,
            scores,
            CombinationSettings(**params.settings),
            params.seed,
            name,
            components.labels("family"),
            components.totals(SUMMED)[1],
            params.draws,
            params.years,
        )
        save_record(path, found)
        job.say(
            f"{name} {variant}: {found.seconds:.1f} s, log score {found.log_scores.sum():.2f}, "
            f"smallest ESS {found.ess.min():.0f}"
        )
