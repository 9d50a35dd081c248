"""Draw one figure of a study, as its entry in the registry says."""

from pathlib import Path

from bayesfolio.report.registry import load_function
from bayesfolio.report.style import save_figure
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    entry = snakemake.params.entry
    run = {"config": snakemake.params.config, "name": entry.name}
    figure = load_function(entry.function)(snakemake.input, run)
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""))
