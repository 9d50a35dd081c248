"""Figure 1: the returns, their correlations and their principal components over time."""

from pathlib import Path

from bayesfolio.features import explained_variance, pair_correlations
from bayesfolio.report.figures import draw_stylised_facts
from bayesfolio.report.style import save_figure
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    returns = read_returns(snakemake.input.returns)
    figure = draw_stylised_facts(returns, pair_correlations(returns), explained_variance(returns))
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""))
