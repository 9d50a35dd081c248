"""One table of the M6 study."""

from pathlib import Path

from bayesfolio.forecasting.rank_study import RankStudy
from bayesfolio.report.m6_tables import m6_note, make_m6_table, write_m6_table
from bayesfolio.report.published import read_published
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.universe import read_fit, read_leaderboard

with Job(snakemake) as job:
    given, params = snakemake.input, snakemake.params
    study = load_record(given.study, RankStudy)
    name = snakemake.wildcards.m6_table
    fits = [read_fit(*key, path) for key, path in zip(params.fits, given.fits, strict=True)]
    frame = make_m6_table(
        name,
        study,
        fits,
        read_published(given.published),
        read_leaderboard(params.competition),
    )
    note = m6_note(study, fits, params.run, params.m6)
    write_m6_table(name, frame, Path(snakemake.output[0]).with_suffix(""), note)
