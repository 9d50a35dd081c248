"""Table 1: the models of the run."""

from pathlib import Path

from bayesfolio.models import ModelSpec
from bayesfolio.report import write_table
from bayesfolio.report.momentum import TABLE1_COLUMNS, table1
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    write_table(
        table1(ModelSpec.parse(model) for model in snakemake.params.models),
        Path(snakemake.output[0]).with_suffix(""),
        "Models of y_t = beta y_{t-1} + Lambda f_t + eps_t",
        [
            "Factors have L lags; SV: the log variances follow stationary autoregressions. "
            "After Basturk et al. (2017), Table 1."
        ],
        TABLE1_COLUMNS,
    )
