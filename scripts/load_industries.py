"""Load the industry returns and check that the run's calendar fits them."""

from bayesfolio.data import load_industries, provenance
from bayesfolio.features import Calendar, check_missing
from bayesfolio.workflow.facts import write_facts
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import write_returns

with Job(snakemake) as job:
    data = snakemake.params.data
    returns = load_industries(
        data["source"],
        data["weighting"],
        data["path"],
        assets=data["assets"],
        start=data["start"],
        end=data["end"],
        expected_sha256=data["sha256"],
    )
    calendar = Calendar(**snakemake.params.calendar)
    check_missing(
        returns,
        calendar.decisions(returns.index),
        impute=snakemake.params.missing == "impute",
        skip_recent=calendar.skip_recent,
    )
    write_returns(returns, snakemake.output.returns)
    write_facts(snakemake.output.facts, provenance(returns))
