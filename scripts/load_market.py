"""Load daily closes of the index and of the VIX."""

from bayesfolio.data import INDEX, VIX, load_prices
from bayesfolio.workflow.facts import write_facts
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.market import write_market

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
