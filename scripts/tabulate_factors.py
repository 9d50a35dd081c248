"""Parameters of the factors, and what the dynamics of skew and shape gain."""

from pathlib import Path

import numpy as np

from bayesfolio.comoments.study import BootstrapRatios, FittedModels, ModelSettings
from bayesfolio.data import load_stocks
from bayesfolio.report import write_table
from bayesfolio.report.comoments import (
    FACTOR_COLUMNS,
    FACTOR_NOTES,
    components_note,
    factor_table,
    sample_notes,
)
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    about = snakemake.params.about
    settings = ModelSettings(**about["comoments"]["model"])
    fitted = load_record(snakemake.input.fitted, FittedModels)
    parts = [load_record(path, BootstrapRatios).ratios for path in snakemake.input.ratios]
    ratios = np.concatenate(parts)
    write_table(
        factor_table(fitted, settings.law, ratios),
        Path(snakemake.output[0]).with_suffix(""),
        "Factors with moving skew and shape",
        [
            *FACTOR_NOTES,
            components_note(fitted, settings.n_starts, len(ratios)),
            *sample_notes(about, load_stocks("file", snakemake.input.returns)),
        ],
        FACTOR_COLUMNS,
    )
