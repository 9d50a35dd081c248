"""One figure of the leverage study."""

from pathlib import Path

from bayesfolio.report.leverage_figures import LEVERAGE_FIGURES
from bayesfolio.report.style import save_figure
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.market import read_study

with Job(snakemake) as job:
    given, params = snakemake.input, snakemake.params
    study = read_study(
        given.market,
        given.returns,
        given.garch,
        given.sv,
        horizon=params.leverage["horizon_days"],
    )
    figure = LEVERAGE_FIGURES[snakemake.wildcards.leverage_figure](study, params.leverage)
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""))
