"""Tables 2 to 4 (9 to 11 of the appendix) of Basturk et al. (2017), and the figures beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from bayesfolio.filters.study import KALMAN, UNCENTRED, StudyRuns
from bayesfolio.report.style import COLOURS, GREY, INK, TEXT_WIDTH, house_style, label_panel
from bayesfolio.report.tables import Column

FloatArray = NDArray[np.float64]

SETTINGS = {
    "local_level": ("noise_to_signal", "Noise to signal"),
    "stochastic_volatility": ("cv", "CV"),
    "dynamic_factor": ("factors", "Factors"),
}
"""Column of the setting in the published table, and its heading."""

TITLES = {
    "local_level": "Filters of the local level model",
    "stochastic_volatility": "Filters of the stochastic volatility model",
    "dynamic_factor": "Filters of the dynamic factor model",
}

_PRINTED_ROWS = {
    KALMAN: "KF",
    UNCENTRED: "KF",
    "PF": "PF",
    "APF": "APF",
    "APF, point": "APF",
    "M-Filter": "M-Filter",
    "M-Filter, literal": "M-Filter",
}
_PRINTED_COLUMNS = {"lb": "likelihood_bias", "mae": "mae", "mse": "mse", "seconds": "seconds"}
_MOST_SHOWN = {"PF": 0, "APF": 1, "M-Filter": 2, "APF, point": 3, "M-Filter, look-ahead": 4,
               "M-Filter, literal": 5}  # fmt: skip
"""Particle filters and their colours."""


def shown_setting(values: Sequence[float]) -> int:
    """Place of the setting that figures show: the middle one, the earlier of two."""
    return (len(values) - 1) // 2


def setting_title(kind: str, value: float) -> str:
    """Title of a panel."""
    name = {"local_level": "Local level, noise to signal",
            "stochastic_volatility": "Stochastic volatility, CV",
            "dynamic_factor": "Dynamic factors, K ="}[kind]  # fmt: skip
    return f"{name} {value:g}"


def filter_columns(kind: str) -> tuple[Column, ...]:
    """Columns of one kind's table."""
    groups = {
        "lb": ("Log-likelihood bias", 2),
        "mae": ("MAE / KF", 3),
        "mse": ("MSE / KF", 3),
        "seconds": ("Seconds", 3),
    }
    columns = [Column(*SETTINGS[kind]), Column("filter", "Filter")]
    for name, (group, decimals) in groups.items():
        spread = "lb_sd" if name == "lb" else None
        columns.append(Column(name, "ours", decimals, group=group, spread=spread))
        columns.append(Column(f"{name}_printed", "printed", 2, group=group))
        if name != "seconds":
            columns.append(Column(f"{name}_difference", "difference", 2, group=group))
    columns.append(Column("error", "Error (%)", 2))
    return tuple(columns)


def filter_table(
    kind: str,
    values: Sequence[float],
    names: Sequence[str],
    runs: Sequence[StudyRuns],
    published: pd.DataFrame,
) -> pd.DataFrame:
    """Errors and times of all filters beside the printed ones.

    Parameters
    ----------
    kind : str
        Kind of model.
    values : sequence of float
        Its settings.
    names : sequence of str
        The filters, the exact one first.
    runs : sequence of StudyRuns
        One for each setting.
    published : DataFrame
        The setting's column, filter, likelihood_bias, mae, mse and seconds; of the stochastic
        volatility model variance for mse, and no likelihood_bias.

    Returns
    -------
    DataFrame
        A row for each setting and filter: n_replications; lb, the mean log-likelihood less the
        exact one, and its standard deviation lb_sd; mae and mse of the filtered mean against the
        true state, relative to the Kalman filter's; seconds of processor time; all four with
        ``_printed`` and, but for seconds, ``_difference``; error, the mean absolute distance from
        the exact filtered mean in per cent of the exact one's mae.
    """
    setting = SETTINGS[kind][0]
    printed = published.rename(columns={"variance": "mse"}).set_index([setting, "filter"])
    reference = list(names).index(UNCENTRED if UNCENTRED in names else KALMAN)
    rows: list[dict[str, object]] = []
    for value, run in zip(values, runs, strict=True):
        away = run.means - run.states[:, None]
        mae, mse = np.abs(away).mean(axis=(0, 2, 3)), np.square(away).mean(axis=(0, 2, 3))
        bias = run.log_evidence - run.log_evidence[:, :1]
        error = np.abs(run.means - run.means[:, :1]).mean(axis=(0, 2, 3))
        for f, name in enumerate(names):
            ours = {
                "lb": float(bias[:, f].mean()),
                "mae": float(mae[f] / mae[reference]),
                "mse": float(mse[f] / mse[reference]),
                "seconds": float(run.seconds[:, f].mean()),
            }
            row: dict[str, object] = {
                setting: value,
                "filter": name,
                "n_replications": len(run.states),
            }
            for key, found in ours.items():
                row[key] = found
                if key == "lb":
                    row["lb_sd"] = float(bias[:, f].std(ddof=1))
                there = float("nan")
                if name in _PRINTED_ROWS and _PRINTED_COLUMNS[key] in printed:
                    entry = (value, _PRINTED_ROWS[name])
                    there = float(printed[_PRINTED_COLUMNS[key]].get(entry, float("nan")))
                row[f"{key}_printed"] = there
                if key != "seconds":
                    row[f"{key}_difference"] = found - there
            row["error"] = float(100 * error[f] / mae[0])
            rows.append(row)
    return pd.DataFrame(rows)


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
