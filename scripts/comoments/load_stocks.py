"""Load the weekly returns of the stocks."""

from bayesfolio.comoments_study.stocks import load_stocks, stock_facts, write_stocks
from bayesfolio.core.facts import write_facts
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    data = snakemake.params.data
    returns = load_stocks(data["source"], data["path"], start=data["start"], end=data["end"])
    write_stocks(returns, snakemake.output.returns)
    write_facts(snakemake.output.facts, stock_facts(returns))
