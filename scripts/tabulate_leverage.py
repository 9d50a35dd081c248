"""One table of the leverage study."""

from pathlib import Path

from bayesfolio.report.leverage_tables import write_leverage_table
from bayesfolio.report.published import read_published
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.market import read_study

with Job(snakemake) as job:
    given, params = snakemake.input, snakemake.params
    study = read_study(
        given.market,
        given.returns,
        given.garch,
        given.sv,
        horizon=params.leverage["horizon_days"],
    )
    write_leverage_table(
        snakemake.wildcards.leverage_table,
        Path(snakemake.output[0]).with_suffix(""),
        study,
        read_published(given.published),
        params.run,
        params.leverage,
    )
