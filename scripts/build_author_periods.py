"""Returns and features as the winner of the competition had them."""

from bayesfolio.features.author_panel import read_author_panel
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.universe import write_periods

with Job(snakemake) as job:
    write_periods(read_author_panel(snakemake.params.path), snakemake.output[0])
