"""Forecasts of monthly returns by ARMA models and by the mean, on expanding windows."""

from bayesfolio.core.files import replacing
from bayesfolio.leverage.arma import ArmaSettings, arma_forecasts, mean_forecasts
from bayesfolio.leverage.market import read_market
from bayesfolio.leverage.periods import period_returns
from bayesfolio.leverage.return_forecasts import EXPANDING_MEAN, forecast_frame, model_name
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    arma = snakemake.params.arma
    returns = period_returns(read_market(snakemake.input.market)["index"], "monthly")
    values, first = returns.to_numpy(), arma["first_window_months"]
    models = [ArmaSettings(**model) for model in arma["models"]]
    forecasts = {model_name(m): arma_forecasts(values, first, m) for m in models}
    forecasts[EXPANDING_MEAN] = mean_forecasts(values, first)
    with replacing(snakemake.output[0]) as temporary:
        forecast_frame(returns, forecasts).to_csv(temporary, index=False, lineterminator="\n")
