"""Forecast the value at risk of an equally weighted portfolio, refitting as time goes on."""

from bayesfolio.comoments_study.stocks import read_stocks
from bayesfolio.comoments_study.study import ModelSettings, backtest
from bayesfolio.core.arrays import save_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params, plan = snakemake.params, snakemake.params.plan
    found = backtest(
        read_stocks(snakemake.input[0]).to_numpy(),
        ModelSettings(**params.settings),
        plan["levels"],
        plan["first_dates"],
        plan["refit_every"],
        params.seed,
    )
    save_record(snakemake.output[0], found)
