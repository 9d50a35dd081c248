"""What an innovation does to the next date's variance, skewness and kurtosis."""

from pathlib import Path

from bayesfolio.comoments.study import FittedModels, ModelSettings
from bayesfolio.report.comoments_figures import draw_news_impact
from bayesfolio.report.style import save_figure
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    fitted = load_record(snakemake.input[0], FittedModels)
    figure = draw_news_impact(fitted, ModelSettings(**snakemake.params.settings).law)
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""))
