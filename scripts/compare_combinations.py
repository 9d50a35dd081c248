"""How far the weights of one set depend on how the combination is read, and what they follow."""

import numpy as np
import pandas as pd

from bayesfolio.combination import Combination, CombinationSettings, ComponentScores
from bayesfolio.features import Calendar
from bayesfolio.models import ModelSpec
from bayesfolio.portfolio import ComponentSet, decision_of_month, load_realised
from bayesfolio.report.combination import grid_rows, sensitivity_rows, weight_correlations
from bayesfolio.workflow.arrays import load_record, opened_arrays
from bayesfolio.workflow.files import replacing
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    params, name = snakemake.params, snakemake.wildcards.set
    components = ComponentSet(tuple(map(ModelSpec.parse, params.models)))
    settings = CombinationSettings(**params.settings)
    decisions = Calendar(**params.calendar).decisions(read_returns(snakemake.input.returns).index)
    paths = dict(zip(components.models, snakemake.input.strategies, strict=True))
    realised = np.stack([load_realised(paths[m], s).values for m, s in components.components])
    found = {
        variant: load_record(path, Combination)
        for variant, path in zip(params.variants, snakemake.input.combinations, strict=True)
    }
    first = found[params.variants[0]]
    scores = load_record(snakemake.input.scores, ComponentScores).marginal
    with opened_arrays(snakemake.input.predictive) as archive:
        predictive = {f"predictive {key}": archive[key] for key in ("sd", "mean")}
    tables = {
        "sensitivity": sensitivity_rows(
            name, components, found, settings, scores, realised, decision_of_month(decisions)
        ),
        "correlations": weight_correlations(name, first.weights, predictive),
        "grid": grid_rows(name, params.variants[0], first.grid_probs[-1], settings),
    }
    for key, rows in tables.items():
        with replacing(snakemake.output[key]) as temporary:
            pd.DataFrame(rows).to_csv(temporary, index=False, lineterminator="\n")
