"""Making the tables of the study of filters."""

from collections.abc import Mapping
from typing import Any

from bayesfolio.filters_study import results
from bayesfolio.filters_study.outputs import KIND_OF_TABLE
from bayesfolio.filters_study.study import StudySettings, join_runs, load_runs, study_filters
from bayesfolio.report.published import read_published
from bayesfolio.report.registry import Contents


def filter_table(files: Any, run: Mapping[str, Any]) -> Contents:
    """Errors and times of all filters of one kind of model beside the printed ones."""
    config = run["config"]
    kind, filters = KIND_OF_TABLE[run["name"]], config["filters"]
    settings = StudySettings.from_config(filters)
    values = settings.values(kind)
    parts = [load_runs(path) for path in files.runs]
    table = results.filter_table(
        kind,
        values,
        list(study_filters(settings.model(kind, values[0], config["seed"]), settings.n_particles)),
        [join_runs(setting) for setting in zip(*parts, strict=True)],
        read_published(files.printed),
    )
    note = (
        f"Run {config['run']}: {filters['replications']} replications of {filters['n_obs']} "
        f"dates, {filters['n_particles']:,} particles, seed {config['seed']}."
    )
    return Contents(table, (note,))
