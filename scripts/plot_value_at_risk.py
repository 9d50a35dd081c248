"""Returns and forecasts of their lower quantiles."""

from pathlib import Path

from bayesfolio.comoments.study import Backtest
from bayesfolio.data import load_stocks
from bayesfolio.report.comoments_figures import draw_value_at_risk
from bayesfolio.report.style import save_figure
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    plan = snakemake.params.plan
    dates = load_stocks("file", snakemake.input.returns).index[plan["first_dates"] :]
    found = load_record(snakemake.input.backtest, Backtest)
    figure = draw_value_at_risk(found, dates, plan["levels"])
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""))
