"""Figure 2: intervals of the realised returns of three models."""

from pathlib import Path

import numpy as np
import pandas as pd

from bayesfolio.models import ModelSpec
from bayesfolio.portfolio import StrategyDraws
from bayesfolio.report import save_figure
from bayesfolio.report.figures import draw_return_intervals
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    panels = {}
    for (model, strategy), path in zip(snakemake.params.panels, snakemake.input, strict=True):
        with np.load(path) as archive:
            months = pd.PeriodIndex(archive["months"], freq="M")
            panels[ModelSpec.parse(model).name, strategy] = StrategyDraws(archive[strategy], months)
    save_figure(draw_return_intervals(panels), Path(snakemake.output[0]).with_suffix(""))
