"""One figure of the M6 study."""

from pathlib import Path

from bayesfolio.forecasting.rank_study import RankStudy
from bayesfolio.report.m6_figures import M6_FIGURES
from bayesfolio.report.style import save_figure
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.universe import read_fit

with Job(snakemake) as job:
    study = load_record(snakemake.input.study, RankStudy)
    last = read_fit(*snakemake.params.last, snakemake.input.last)
    figure = M6_FIGURES[snakemake.wildcards.m6_figure](study, last)
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""))
