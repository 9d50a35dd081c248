"""Fit the model to all dates."""

from bayesfolio.comoments_study.stocks import read_stocks
from bayesfolio.comoments_study.study import ModelSettings, fit_study
from bayesfolio.core.arrays import save_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params = snakemake.params
    returns = read_stocks(snakemake.input[0]).to_numpy()
    fitted = fit_study(returns, ModelSettings(**params.settings), params.seed)
    save_record(snakemake.output[0], fitted)
    job.say(
        f"{fitted.mixing.shape[1]} factors, {fitted.n_optima:g} optima, log likelihood "
        f"{fitted.log_likelihoods.sum():.2f}, gain {fitted.ratios.sum() / 2:.2f}"
    )
