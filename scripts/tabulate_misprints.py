"""Misprints of the note on IFACD co-moments, and what is right."""

from pathlib import Path

from bayesfolio.comoments.study import STATIC, FittedModels, ModelSettings
from bayesfolio.data import load_stocks
from bayesfolio.report import write_table
from bayesfolio.report.comoments import (
    MISPRINT_COLUMNS,
    MISPRINT_NOTES,
    misprint_table,
    sample_notes,
)
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    about = snakemake.params.about
    settings = ModelSettings(**about["comoments"]["model"])
    returns = load_stocks("file", snakemake.input.returns)
    fitted = load_record(snakemake.input.fitted, FittedModels)
    write_table(
        misprint_table(fitted.models(returns.to_numpy(), settings)[STATIC]),
        Path(snakemake.output[0]).with_suffix(""),
        "Misprints of the note on co-moments",
        [*MISPRINT_NOTES, *sample_notes(about, returns)],
        MISPRINT_COLUMNS,
    )
