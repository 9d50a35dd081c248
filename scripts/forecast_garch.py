"""GARCH refits and forecasts of one part of the days."""

from bayesfolio.features.periods import period_returns
from bayesfolio.forecasting import expanding_origins, garch_forecasts
from bayesfolio.workflow.arrays import save_record
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.market import read_market

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
