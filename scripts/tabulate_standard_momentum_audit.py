"""Standard momentum under a grid of calendars and data, beside the printed figures."""

from pathlib import Path

from bayesfolio.data import load_industries, provenance
from bayesfolio.portfolio import standard_momentum_audit
from bayesfolio.report import write_table
from bayesfolio.report.momentum import AUDIT_COLUMNS, audit_sources
from bayesfolio.report.notes import AUDIT_NOTES, sample_note
from bayesfolio.workflow.facts import read_facts
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    data = snakemake.params.data
    returns = read_returns(snakemake.input.returns)
    facts = read_facts(snakemake.input.facts)
    given = [(facts, data["path"], returns)]
    for other in snakemake.params.audit:
        more = load_industries(**other, end=data["end"])
        given.append((provenance(more), other["path"], more))
    write_table(
        standard_momentum_audit(audit_sources(given)),
        Path(snakemake.output[0]).with_suffix(""),
        "Standard momentum under a grid of calendars",
        [*AUDIT_NOTES, sample_note(data, returns.index)],
        AUDIT_COLUMNS,
    )
