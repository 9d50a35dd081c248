"""Betas of three stocks over time."""

from pathlib import Path

from bayesfolio.comoments.study import ACD, FittedModels, ModelSettings
from bayesfolio.data import load_stocks
from bayesfolio.report.comoments_figures import draw_betas
from bayesfolio.report.style import save_figure
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    settings = ModelSettings(**snakemake.params.settings)
    returns = load_stocks("file", snakemake.input.returns)
    fitted = load_record(snakemake.input.fitted, FittedModels)
    figure = draw_betas(
        fitted.models(returns.to_numpy(), settings)[ACD],
        returns.index[settings.lost_dates :],
        list(returns.columns),
    )
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""))
