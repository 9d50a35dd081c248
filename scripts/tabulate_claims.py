"""Conclusions of the paper, tested on the tables and weights of the run."""

from pathlib import Path

from bayesfolio.report import read_table, write_table
from bayesfolio.report.claims import CLAIM_COLUMNS, Evidence, claims_page, claims_table
from bayesfolio.report.notes import CLAIM_NOTES, run_notes
from bayesfolio.workflow.files import replacing
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    given, params = snakemake.input, snakemake.params
    table5 = read_table(given.table5)
    evidence = Evidence(
        table5=table5.assign(strategy=table5["strategy"].fillna("")),
        mixtures=dict(zip(params.sets, map(read_table, given.mixtures), strict=True)),
        weights=dict(zip(params.sets, map(read_table, given.weights), strict=True)),
        sensitivity=read_table(given.sensitivity[0]) if given.sensitivity else None,
    )
    claims = claims_table(evidence)
    notes = [*CLAIM_NOTES, *run_notes(params.about, read_returns(given.returns).index)]
    write_table(
        claims,
        Path(snakemake.output[0]).with_suffix(""),
        "Conclusions of the paper",
        notes,
        CLAIM_COLUMNS,
    )
    with replacing(snakemake.output.page) as temporary:
        temporary.write_text(claims_page(claims, notes), encoding="utf-8")
