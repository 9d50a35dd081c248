"""Write the conclusions of the paper one by one."""

from bayesfolio.core.files import replacing
from bayesfolio.momentum.claims import claims_page
from bayesfolio.momentum.notes import run_notes
from bayesfolio.momentum.returns import read_returns
from bayesfolio.report.tables import read_table
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    months = read_returns(snakemake.input.returns).index
    notes = [*snakemake.params.entry.notes, *run_notes(snakemake.params.config, months)]
    page = claims_page(read_table(snakemake.input.table), notes)
    with replacing(snakemake.output[0]) as temporary:
        temporary.write_text(page, encoding="utf-8")
