"""Make one table of a study, as its entry in the registry says."""

from bayesfolio.report.registry import load_function
from bayesfolio.report.tables import write_contents
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    table = snakemake.params.entry
    make = load_function(table.function)
    run = {"config": snakemake.params.config, "name": table.name}
    write_contents(table, make(snakemake.input, run), snakemake.output[0])
