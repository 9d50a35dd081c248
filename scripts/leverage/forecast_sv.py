"""Stochastic volatility fits and forecasts of one part of the coarse grid of days."""

from bayesfolio.core.arrays import save_record
from bayesfolio.leverage.market import read_market
from bayesfolio.leverage.periods import period_returns
from bayesfolio.leverage.stochastic_volatility import SvSettings, sv_forecasts
from bayesfolio.leverage.windows import expanding_origins
from bayesfolio.models.programs import read_program
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params, grid = snakemake.params, snakemake.params.grid
    returns = period_returns(read_market(snakemake.input.market)["index"], "daily").to_numpy()
    origins = expanding_origins(
        grid["first_window_days"], len(returns), grid["step_days"], params.part, grid["jobs"]
    )
    forecasts = sv_forecasts(
        returns,
        origins,
        params.horizon,
        read_program(snakemake.input.compiled),
        SvSettings(**params.settings),
        params.seed,
        job.say,
    )
    save_record(snakemake.output[0], forecasts)
