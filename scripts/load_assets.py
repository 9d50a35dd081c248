"""Daily prices of the universe of assets, checked."""

import json

from bayesfolio.data import load_assets
from bayesfolio.workflow.files import replacing
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.universe import write_prices

with Job(snakemake) as job:
    prices = load_assets(**snakemake.params.data)
    write_prices(prices, snakemake.output.prices)
    with replacing(snakemake.output.facts) as temporary:
        temporary.write_text(json.dumps(prices.facts, indent=2) + "\n")
