"""Returns and features as the winner of the competition had them."""

from bayesfolio.m6.author_panel import read_author_panel
from bayesfolio.m6.files import write_periods
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    write_periods(read_author_panel(snakemake.params.path), snakemake.output[0])
