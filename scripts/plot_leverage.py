"""One figure of the leverage study."""

from pathlib import Path

import pandas as pd

from bayesfolio.forecasting import GarchForecasts, join_forecasts
from bayesfolio.forecasting.stochastic_volatility import SvForecasts
from bayesfolio.forecasting.study import assemble
from bayesfolio.report import save_figure
from bayesfolio.report.leverage_outputs import LEVERAGE_FIGURES
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.market import read_market

with Job(snakemake) as job:
    given, params = snakemake.input, snakemake.params
    study = assemble(
        read_market(given.market),
        pd.read_csv(given.returns, float_precision="round_trip"),
        join_forecasts([load_record(path, GarchForecasts) for path in given.garch]),
        join_forecasts([load_record(path, SvForecasts) for path in given.sv]),
        params.leverage["horizon_days"],
    )
    figure = LEVERAGE_FIGURES[snakemake.wildcards.leverage_figure](study, params.leverage)
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""))
