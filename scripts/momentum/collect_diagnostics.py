"""Put the diagnostics of all models together."""

import pandas as pd

from bayesfolio.core.files import replacing
from bayesfolio.report.tables import read_table
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    fits = pd.concat(map(read_table, snakemake.input), ignore_index=True)
    with replacing(snakemake.output[0]) as temporary:
        fits.to_csv(temporary, index=False)
