"""Betas of all stocks at chosen dates."""

from pathlib import Path

from bayesfolio.comoments.study import ACD, FittedModels, ModelSettings
from bayesfolio.data import load_stocks
from bayesfolio.report import write_table
from bayesfolio.report.comoments import BETA_COLUMNS, BETA_NOTES, beta_table, sample_notes
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    about = snakemake.params.about
    settings = ModelSettings(**about["comoments"]["model"])
    returns = load_stocks("file", snakemake.input.returns)
    fitted = load_record(snakemake.input.fitted, FittedModels)
    write_table(
        beta_table(
            fitted.models(returns.to_numpy(), settings)[ACD],
            returns.index[settings.lost_dates :],
            list(returns.columns),
            about["comoments"]["beta_dates"],
        ),
        Path(snakemake.output[0]).with_suffix(""),
        "Betas at chosen dates",
        [*BETA_NOTES, *sample_notes(about, returns)],
        BETA_COLUMNS,
    )
