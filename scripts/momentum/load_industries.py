"""Load the industry returns and check that the run's calendar fits them."""

from bayesfolio.core.facts import write_facts
from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.industries import load_industries, provenance
from bayesfolio.momentum.missing import check_missing
from bayesfolio.momentum.returns import write_returns
from bayesfolio.workflow.jobs import Job

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
