"""Tables 9 to 11 (2 to 4 of the text): errors and times of all filters."""

from pathlib import Path

from bayesfolio.filters.study import StudySettings, join_runs, load_runs, study_filters
from bayesfolio.report import write_table
from bayesfolio.report.filters import TITLES, filter_columns, filter_table
from bayesfolio.report.notes import FILTER_KIND_NOTES, FILTER_NOTES, study_note
from bayesfolio.report.published import read_published
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params, kind = snakemake.params, snakemake.params.kind
    settings = StudySettings(**params.settings)
    values = settings.values(kind)
    parts = [load_runs(path) for path in snakemake.input.runs]
    model = settings.model(kind, values[0], params.seed)
    write_table(
        filter_table(
            kind,
            values,
            list(study_filters(model, settings.n_particles)),
            [join_runs(setting) for setting in zip(*parts, strict=True)],
            read_published(snakemake.input.published),
        ),
        Path(snakemake.output[0]).with_suffix(""),
        TITLES[kind],
        [
            *FILTER_NOTES,
            *FILTER_KIND_NOTES[kind],
            study_note(params.run, params.seed, params.filters),
        ],
        filter_columns(kind),
    )
