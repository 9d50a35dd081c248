"""Daily prices of the universe of assets, checked."""

from bayesfolio.core.facts import write_facts
from bayesfolio.m6.assets import load_assets
from bayesfolio.m6.files import write_prices
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    prices = load_assets(**snakemake.params.data)
    write_prices(prices, snakemake.output.prices)
    write_facts(snakemake.output.facts, prices.facts)
