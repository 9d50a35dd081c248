"""Diagnostics of every fit, and the worst of each model."""

from pathlib import Path

import pandas as pd

from bayesfolio.models import ModelSpec
from bayesfolio.report import read_table, write_table
from bayesfolio.report.momentum import DIAGNOSTICS_COLUMNS, diagnostics_summary
from bayesfolio.report.notes import DIAGNOSTICS_NOTES, run_notes
from bayesfolio.workflow.files import replacing
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    fits = pd.concat(map(read_table, snakemake.input.diagnostics), ignore_index=True)
    with replacing(snakemake.output.fits) as temporary:
        fits.to_csv(temporary, index=False)
    months = read_returns(snakemake.input.returns).index
    write_table(
        diagnostics_summary(fits, [ModelSpec.parse(m).name for m in snakemake.params.models]),
        Path(snakemake.output[0]).with_suffix(""),
        "Diagnostics of the fits: the worst of each model over its windows",
        [*DIAGNOSTICS_NOTES, *run_notes(snakemake.params.about, months)],
        DIAGNOSTICS_COLUMNS,
    )
