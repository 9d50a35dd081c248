"""Tables of all sets: variants of the combination, what weights follow, the grid's posterior."""

from pathlib import Path

import pandas as pd

from bayesfolio.report import read_table, write_table
from bayesfolio.report.combination import COMPARISONS
from bayesfolio.report.notes import COMPARISON_NOTES, combination_note, run_notes
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    about, part = snakemake.params.about, snakemake.params.part
    months = read_returns(snakemake.input.returns).index
    title, columns = COMPARISONS[part]
    write_table(
        pd.concat(map(read_table, snakemake.input.parts), ignore_index=True),
        Path(snakemake.output[0]).with_suffix(""),
        title,
        [
            *COMPARISON_NOTES[part],
            combination_note(about["combination"]),
            *run_notes(about, months),
        ],
        columns,
    )
