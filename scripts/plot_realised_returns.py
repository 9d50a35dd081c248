"""Figure 2: intervals of the realised returns of three models."""

from pathlib import Path

from bayesfolio.models import ModelSpec
from bayesfolio.portfolio import load_realised
from bayesfolio.report.figures import draw_return_intervals
from bayesfolio.report.style import save_figure
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    panels = {
        (ModelSpec.parse(model).name, strategy): load_realised(path, strategy)
        for (model, strategy), path in zip(snakemake.params.panels, snakemake.input, strict=True)
    }
    save_figure(draw_return_intervals(panels), Path(snakemake.output[0]).with_suffix(""))
