"""How far the weights of one set depend on how the combination is read, and what they follow."""

import pandas as pd

from bayesfolio.combination.variants import CombinationSettings, ComponentScores
from bayesfolio.combination.weight_filter import Combination
from bayesfolio.core.arrays import load_record, opened_arrays
from bayesfolio.core.files import replacing
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.components import SUMMED, ComponentSet, decision_of_month, load_components
from bayesfolio.momentum.mixtures import (
    grid_rows,
    sensitivity_rows,
    weight_correlations,
    weight_paths,
)
from bayesfolio.momentum.returns import read_returns
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params, name = snakemake.params, snakemake.wildcards.set
    components = ComponentSet(tuple(map(ModelSpec.parse, params.models)))
    settings = CombinationSettings(**params.settings)
    decisions = Calendar(**params.calendar).decisions(read_returns(snakemake.input.returns).index)
    realised = load_components(components, snakemake.input.strategies)
    found = {
        variant: load_record(path, Combination)
        for variant, path in zip(params.variants, snakemake.input.combinations, strict=True)
    }
    first = found[params.variants[0]]
    scores = load_record(snakemake.input.scores, ComponentScores).marginal
    with opened_arrays(snakemake.input.predictive) as archive:
        predictive = {f"predictive {key}": archive[key] for key in ("sd", "mean")}
    totals = components.totals(SUMMED)[0]
    tables = {
        "sensitivity": sensitivity_rows(
            name, components, found, settings, scores, realised, decision_of_month(decisions)
        ),
        "correlations": weight_correlations(name, first.weights, predictive),
        "weights": weight_paths(components, totals, params.years, first),
        "grid": grid_rows(name, params.variants[0], first.grid_probs[-1], settings),
    }
    for key, rows in tables.items():
        with replacing(snakemake.output[key]) as temporary:
            pd.DataFrame(rows).to_csv(temporary, index=False, lineterminator="\n")
