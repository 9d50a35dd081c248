"""Filtered means and effective numbers of particles over time."""

from pathlib import Path

from bayesfolio.filters.study import StudySettings, load_runs, study_filters
from bayesfolio.report.filter_figures import draw_filter_paths
from bayesfolio.report.filters import setting_title, shown_setting
from bayesfolio.report.style import save_figure
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    settings = StudySettings(**snakemake.params.settings)
    panels = {}
    for kind, path in zip(snakemake.params.kinds, snakemake.input, strict=True):
        place = shown_setting(settings.values(kind))
        value = settings.values(kind)[place]
        model = settings.model(kind, value, snakemake.params.seed)
        names = list(study_filters(model, settings.n_particles))
        panels[setting_title(kind, value)] = names, load_runs(path)[place]
    figure = draw_filter_paths(panels, settings.n_particles)
    save_figure(figure, Path(snakemake.output[0]).with_suffix(""))
