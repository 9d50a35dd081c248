"""Figures 3 to 5: weights of models and strategies over time."""

from pathlib import Path

from bayesfolio.combination import Combination
from bayesfolio.models import ModelSpec
from bayesfolio.portfolio import SUMMED, ComponentSet
from bayesfolio.report.style import save_figure
from bayesfolio.report.weights import draw_weights
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params = snakemake.params
    components = ComponentSet(tuple(map(ModelSpec.parse, params.models)))
    figure = draw_weights(
        components,
        params.panels,
        components.totals(SUMMED)[0],
        params.years,
        load_record(snakemake.input[0], Combination),
    )
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""))
