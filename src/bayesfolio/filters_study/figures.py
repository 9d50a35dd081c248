"""Figures beside Tables 9 to 11 of Basturk et al. (2017): what filters do and what it costs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from bayesfolio.filters_study.outputs import KIND_OF_TABLE
from bayesfolio.filters_study.results import setting_title
from bayesfolio.filters_study.study import (
    StudyRuns,
    StudySettings,
    load_runs,
    middle_setting,
    study_filters,
)
from bayesfolio.report.style import COLOURS, GREY, INK, TEXT_WIDTH, house_style, label_panel

_MOST_SHOWN = {"PF": 0, "APF": 1, "M-Filter": 2, "APF, point": 3, "M-Filter, look-ahead": 4,
               "M-Filter, literal": 5}  # fmt: skip
"""Particle filters and their colours."""


def paths_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """One simulated sample of each kind of model."""
    settings = StudySettings.from_config(run["config"]["filters"])
    return draw_filter_paths(
        {
            title: (names, load_runs(path)[place])
            for path, (title, names, place) in zip(
                files.first_runs, _panels(settings, run["config"]["seed"]), strict=True
            )
        },
        settings.n_particles,
    )


def frontier_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Error against processor time in one setting of each kind of model."""
    filters, seed = run["config"]["filters"], run["config"]["seed"]
    panels = _panels(StudySettings.from_config(filters), seed)
    return draw_filter_frontier(
        {
            title: (names, load_runs(path))
            for path, (title, names, _) in zip(files.size_runs, panels, strict=True)
        },
        filters["frontier_particles"],
    )


def _panels(settings: StudySettings, seed: int) -> Iterator[tuple[str, list[str], int]]:
    """Title, names of the filters and place of the setting shown, for each kind of model."""
    for kind in KIND_OF_TABLE.values():
        place = middle_setting(settings.values(kind))
        value = settings.values(kind)[place]
        names = list(study_filters(settings.model(kind, value, seed), settings.n_particles))
        yield setting_title(kind, value), names, place


def draw_filter_paths(
    panels: Mapping[str, tuple[Sequence[str], StudyRuns]], n_particles: int
) -> Figure:
    """Filtered means and effective numbers of particles over time, in one sample each.

    Parameters
    ----------
    panels : mapping of title to (names, StudyRuns)
        One column of panels each; the first replication and the first state are shown.
    n_particles : int
        Particles of every filter.
    """
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 3.9), layout="constrained")
        axes = figure.subplots(2, len(panels), sharex=True, squeeze=False)
        for column, (title, (names, run)) in enumerate(panels.items()):
            top, bottom = axes[0, column], axes[1, column]
            dates = np.arange(1, run.states.shape[1] + 1)
            top.plot(dates, run.states[0, :, 0], ".", color=GREY, markersize=2.5, label="state")
            place = {name: f for f, name in enumerate(names)}
            top.plot(dates, run.means[0, 0, :, 0], color=INK, linewidth=1.6, label="exact filter")
            mixture = run.means[0, place["M-Filter"], :, 0]
            top.plot(dates, mixture, color=COLOURS[2], linewidth=0.7, label="M-Filter")
            label_panel(top, "abc"[column], title)
            for name in ("PF", "APF", "M-Filter"):
                share = 100 * run.ess[0, place[name]] / n_particles
                bottom.plot(dates, share, color=COLOURS[_MOST_SHOWN[name]], label=name)
            bottom.set_ylim(0, 102)
            bottom.set_xlabel("Date")
        axes[0, 0].set_ylabel("State and filtered mean")
        axes[1, 0].set_ylabel("Effective particles (%)")
        # One legend for each row of panels, below all.
        handles: list[Any] = []
        labels: list[str] = []
        for row in axes:
            found = row[0].get_legend_handles_labels()
            handles += found[0]
            labels += found[1]
        labels[2] = "M-Filter's mean"
        figure.legend(handles, labels, loc="outside lower center", ncols=6, handlelength=1.4)
    return figure


def draw_filter_frontier(
    panels: Mapping[str, tuple[Sequence[str], Sequence[StudyRuns]]], sizes: Sequence[int]
) -> Figure:
    """Error of the filtered mean against processor time, for several numbers of particles.

    Parameters
    ----------
    panels : mapping of title to (names, runs)
        One panel each, with a StudyRuns for every number of particles.
    sizes : sequence of int
        The numbers of particles, marked by growing dots.
    """
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 2.9), layout="constrained")
        row = figure.subplots(1, len(panels), squeeze=False)[0]
        for letter, axes, (title, (names, runs)) in zip("abc", row, panels.items(), strict=False):
            _draw_frontier(axes, names, runs, sizes)
            label_panel(axes, letter, title)
        row[0].set_ylabel("Distance from the exact mean (%)")
        handles, labels = row[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=6, handlelength=1.4)
    return figure


def _draw_frontier(
    axes: Axes, names: Sequence[str], runs: Sequence[StudyRuns], sizes: Sequence[int]
) -> None:
    dots = 3 + 22 * np.arange(len(sizes)) / max(1, len(sizes) - 1)
    for name, colour in _MOST_SHOWN.items():
        f = list(names).index(name)
        errors, seconds = [], []
        for run in runs:
            mae = np.abs(run.means[:, 0] - run.states).mean()
            errors.append(100 * np.abs(run.means[:, f] - run.means[:, 0]).mean() / mae)
            seconds.append(run.seconds[:, f].mean())
        axes.plot(seconds, errors, color=COLOURS[colour], linewidth=0.9, label=name)
        axes.scatter(seconds, errors, s=dots, color=COLOURS[colour])
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("Processor seconds")
