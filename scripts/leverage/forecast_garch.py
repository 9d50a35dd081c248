"""GARCH refits and forecasts of one part of the days."""

from bayesfolio.core.arrays import save_record
from bayesfolio.leverage.garch import garch_forecasts
from bayesfolio.leverage.market import read_market
from bayesfolio.leverage.periods import period_returns
from bayesfolio.leverage.windows import expanding_origins
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params = snakemake.params
    returns = period_returns(read_market(snakemake.input.market)["index"], "daily").to_numpy()
    origins = expanding_origins(
        params.garch["first_window_days"], len(returns), 1, params.part, params.garch["jobs"]
    )
    forecasts = garch_forecasts(returns, origins, params.horizon, params.garch["check_every"])
    save_record(snakemake.output[0], forecasts)
    failed = int((forecasts.converged == 0).sum())
    job.say(f"GARCH on {origins[0]} to {origins[-1]} days: {failed} refits did not converge")
