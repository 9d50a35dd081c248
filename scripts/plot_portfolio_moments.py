"""Moments of the equally weighted portfolio over time."""

from pathlib import Path

from bayesfolio.comoments.study import FittedModels, ModelSettings
from bayesfolio.data import load_stocks
from bayesfolio.report.comoments_figures import draw_portfolio_moments
from bayesfolio.report.style import save_figure
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    settings = ModelSettings(**snakemake.params.settings)
    returns = load_stocks("file", snakemake.input.returns)
    fitted = load_record(snakemake.input.fitted, FittedModels)
    figure = draw_portfolio_moments(
        fitted.models(returns.to_numpy(), settings), returns.index[settings.lost_dates :]
    )
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""))
