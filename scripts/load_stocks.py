"""Load the weekly returns of the stocks."""

import json

from bayesfolio.data import load_stocks, stock_facts, write_stocks
from bayesfolio.workflow.files import replacing
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    data = snakemake.params.data
    returns = load_stocks(data["source"], data["path"], start=data["start"], end=data["end"])
    write_stocks(returns, snakemake.output.returns)
    with replacing(snakemake.output.facts) as temporary:
        temporary.write_text(json.dumps(stock_facts(returns), indent=2) + "\n")
