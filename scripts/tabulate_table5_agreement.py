"""How far Table 5 agrees with the printed one, by strategy and statistic."""

from pathlib import Path

from bayesfolio.report import read_table, write_table
from bayesfolio.report.momentum import TABLE5_AGREEMENT_COLUMNS, table5_agreement
from bayesfolio.report.notes import TABLE5_AGREEMENT_NOTES, run_notes
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    returns = read_returns(snakemake.input.returns)
    table = read_table(snakemake.input.table5)
    write_table(
        table5_agreement(table.assign(strategy=table["strategy"].fillna(""))),
        Path(snakemake.output[0]).with_suffix(""),
        "Agreement of Table 5 with the printed one",
        [*TABLE5_AGREEMENT_NOTES, *run_notes(snakemake.params.about, returns.index)],
        TABLE5_AGREEMENT_COLUMNS,
    )
