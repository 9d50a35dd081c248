"""Load daily closes of the index and of the VIX."""

from bayesfolio.core.facts import write_facts
from bayesfolio.leverage.market import write_market
from bayesfolio.leverage.prices import INDEX, VIX, load_prices
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params, found = snakemake.params, {}
    for name, series in (("index", INDEX), ("vix", VIX)):
        data = params.data[name]
        found[name] = load_prices(
            series,
            data["source"],
            data["path"],
            start=params.start,
            end=params.end,
            expected_sha256=data["sha256"],
        )
    write_market(found["index"], found["vix"], snakemake.output.market)
    facts = {name: series.attrs["facts"] for name, series in found.items()}
    write_facts(snakemake.output.facts, facts)
