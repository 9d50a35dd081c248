"""One page with the tables, figures and diagnostics of all studies, or of one."""

from pathlib import Path

from bayesfolio.report.page.write import write_page
from bayesfolio.studies import STUDIES
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    write_page(
        snakemake.output[0],
        files=snakemake.input,
        studies=STUDIES,
        config=snakemake.params.config,
        benchmarks=snakemake.params.benchmarks,
    )
    size = Path(snakemake.output[0]).stat().st_size
    job.say(f"{snakemake.output[0]}: {size / 1e6:.1f} MB")
