"""Daily prices of the universe of assets, checked."""

from bayesfolio.data import load_assets
from bayesfolio.workflow.facts import write_facts
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.universe import write_prices

with Job(snakemake) as job:
    prices = load_assets(**snakemake.params.data)
    write_prices(prices, snakemake.output.prices)
    write_facts(snakemake.output.facts, prices.facts)
