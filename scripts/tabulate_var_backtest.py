"""Violations, tests and losses of the forecasts of the value at risk."""

from pathlib import Path

from bayesfolio.comoments.study import Backtest
from bayesfolio.data import load_stocks
from bayesfolio.report import write_table
from bayesfolio.report.comoments import (
    BACKTEST_COLUMNS,
    BACKTEST_NOTES,
    backtest_note,
    backtest_table,
    sample_notes,
)
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    about = snakemake.params.about
    plan = about["comoments"]["backtest"]
    write_table(
        backtest_table(load_record(snakemake.input.backtest, Backtest), plan["levels"]),
        Path(snakemake.output[0]).with_suffix(""),
        "Value at risk of the equally weighted portfolio",
        [
            *BACKTEST_NOTES,
            backtest_note(plan),
            *sample_notes(about, load_stocks("file", snakemake.input.returns)),
        ],
        BACKTEST_COLUMNS,
    )
