"""Figures of the M6 study."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayesfolio.core.arrays import load_record
from bayesfolio.core.types import FloatArray
from bayesfolio.m6.fit_files import read_fit
from bayesfolio.m6.results import BINS
from bayesfolio.m6.settings import last_fit
from bayesfolio.m6.study import RankStudy, reliability
from bayesfolio.report.style import COLOURS, GREY, INK, TEXT_WIDTH, house_style, label_panel

BLUES = LinearSegmentedColormap.from_list("blues", ["#ffffff", COLOURS[4], COLOURS[0], "#00304d"])
DIVERGING = LinearSegmentedColormap.from_list("diverging", [COLOURS[5], "#ffffff", COLOURS[0]])
CLASS_NAMES = {"stock": "Stocks", "etf": "Funds", "etf_fi": "Bond funds"}


def heat_map_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Probabilities of the quintiles by asset."""
    return draw_heat_map(load_record(files.study, RankStudy))


def reliability_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """How often a quintile came against its probability."""
    return draw_reliability(load_record(files.study, RankStudy))


def predictive_check_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Returns of a period against forecasts of them."""
    return draw_predictive_check(load_record(files.study, RankStudy))


def samples_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Forecast intervals of all assets."""
    return draw_samples(load_record(files.study, RankStudy))


def loadings_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Common parts of the assets by the first variant's fit of the last scored period."""
    study = load_record(files.study, RankStudy)
    last = read_fit(*last_fit(run["config"]["m6"]), files.last)
    classes = dict(zip(study.assets.tolist(), study.classes.tolist(), strict=True))
    return draw_loadings(
        last.forecast.common_cov,
        last.forecast.log_scale,
        last.forecast.dof,
        last.assets,
        [classes[name] for name in last.assets],
    )


def _last(study: RankStudy) -> int:
    """Row of the last scored period that is over."""
    return int(np.flatnonzero(study.over)[-1])


def _order(study: RankStudy, row: int, method: int) -> NDArray[np.intp]:
    """Ranked assets, from those whose forecast is the most spread out to the calmest."""
    probabilities = study.probabilities[row, method]
    ranked = np.flatnonzero(np.isfinite(probabilities[:, 0]))
    extremes = probabilities[ranked][:, [0, 4]].sum(axis=1)
    return ranked[np.argsort(-extremes, kind="stable")]


def draw_heat_map(study: RankStudy) -> Figure:
    """Probability of each quintile by asset in the last scored period, first variant and pool."""
    row = _last(study)
    shown = [0, len(study.methods) - 2]
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 7.8), layout="constrained")
        order = _order(study, row, 0)
        half = -(-len(order) // 2)
        axes = figure.subplots(1, 4)
        for n, panel in enumerate(axes):
            part = order[:half] if n < 2 else order[half:]
            method = shown[n % 2]
            image = panel.imshow(
                study.probabilities[row, method, part],
                aspect="auto",
                cmap=BLUES,
                vmin=0.0,
                vmax=0.6,
            )
            realised = np.argmax(study.targets[row, part], axis=1)
            panel.plot(realised, np.arange(len(part)), ".", color=COLOURS[5], markersize=3)
            panel.set_xticks(range(5), range(1, 6))
            panel.tick_params(length=0)
            names = [str(name) for name in study.assets[part]] if n % 2 == 0 else []
            panel.set_yticks(range(len(names)), names, fontsize=5.5)
            panel.set_title(str(study.methods[method]), fontsize=7)
            panel.set_xlabel("Quintile")
        bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.5, pad=0.02, aspect=40)
        bar.set_label(f"Probability, period from {study.starts[row]}; dots: what came")
    return figure


def draw_reliability(study: RankStudy) -> Figure:
    """How often a quintile came against the probability that it was given, and transforms."""
    over = study.over
    ranked = np.isfinite(study.targets[over][..., 0])
    baseline = study.n_variants
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 3.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot([0, 0.7], [0, 0.7], color=GREY, linewidth=0.8)
        for colour, method in zip(COLOURS, (0, baseline, len(study.methods) - 2), strict=False):
            forecast, observed, count = reliability(
                study.probabilities[over][:, method][ranked], study.targets[over][ranked], BINS
            )
            kept = count >= 10
            error = np.sqrt(observed * (1 - observed) / np.maximum(count, 1))
            left.errorbar(
                forecast[kept],
                observed[kept],
                1.96 * error[kept],
                fmt="o-",
                markersize=3,
                linewidth=0.8,
                color=colour,
                label=str(study.methods[method]),
            )
        left.legend(loc="upper left")
        left.set_xlabel("Probability of a quintile")
        left.set_ylabel("Share of times that it came")
        label_panel(left, "a", "Reliability")
        values = study.transforms[over][:, 0]
        values = values[np.isfinite(values)]
        right.hist(values, np.linspace(0, 1, 11), color=COLOURS[0], alpha=0.6, density=True)
        band = 1.96 * np.sqrt(0.09 / len(values)) * 10
        right.axhspan(1 - band, 1 + band, color=GREY, alpha=0.4, linewidth=0)
        right.set_xlabel("Share of draws below the return that came")
        right.set_ylabel("Density")
        label_panel(right, "b", f"Transforms, {study.methods[0]}")
        figure.supxlabel("Bars and band: 95%, as if assets were independent", fontsize=7)
    return figure


def draw_predictive_check(study: RankStudy) -> Figure:
    """Mean and spread over assets of realised returns against forecast draws of them."""
    over = np.flatnonzero(study.over)
    places = np.arange(len(over))
    realised = np.where(np.isfinite(study.quantiles[over, 0, :, 0]), study.returns[over], np.nan)
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 3.0), layout="constrained")
        panels = figure.subplots(1, 2)
        for letter, panel, title, values, came in (
            ("a", panels[0], "Mean over assets", study.centre, np.nanmean(realised, axis=1)),
            ("b", panels[1], "Spread over assets", study.spread, np.nanstd(realised, axis=1)),
        ):
            low, lower, middle, upper, high = 100 * values[over, 0].T
            panel.vlines(places, low, high, color=COLOURS[0], linewidth=1.0)
            panel.vlines(places, lower, upper, color=COLOURS[0], linewidth=3.5)
            panel.plot(places, middle, "_", color="white", markersize=5)
            panel.plot(places, 100 * came, "o", color=COLOURS[5], markersize=3.5)
            panel.set_xticks(places, study.starts[over], rotation=90, fontsize=6)
            panel.set_ylabel("Per cent in four weeks")
            label_panel(panel, letter, title)
        panels[0].axhline(0.0, color=INK, linewidth=0.5)
        figure.supxlabel(
            f"Lines: 50% and 90% of forecasts by {study.methods[0]}; dots: what came", fontsize=7
        )
    return figure


def draw_samples(study: RankStudy) -> Figure:
    """Forecast intervals of every asset in the last scored period and the returns that came."""
    row = _last(study)
    order = _order(study, row, 0)
    widths = study.quantiles[row, 0, order][:, [0, 4]] @ [-1.0, 1.0]
    # Assets whose price is known do not have intervals.
    order = order[np.isfinite(widths)]
    order = order[np.argsort(widths[np.isfinite(widths)], kind="stable")]
    low, lower, middle, upper, high = 100 * study.quantiles[row, 0, order].T
    places = np.arange(len(order))
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 3.4), layout="constrained")
        panel = figure.subplots()
        panel.axhline(0.0, color=INK, linewidth=0.5)
        for colour, (name, label) in zip(COLOURS, CLASS_NAMES.items(), strict=False):
            mine = study.classes[order] == name
            panel.vlines(places[mine], low[mine], high[mine], color=colour, linewidth=0.8)
            panel.vlines(
                places[mine], lower[mine], upper[mine], color=colour, linewidth=2.6, label=label
            )
        panel.plot(places, middle, "_", color="white", markersize=2)
        panel.plot(
            places, 100 * study.returns[row, order], "o", color=INK, markersize=2, label="Came"
        )
        panel.set_xticks(places, study.assets[order], rotation=90, fontsize=4.5)
        panel.set_xlim(-1, len(order))
        panel.set_ylabel("Per cent in four weeks")
        panel.legend(ncols=4, loc="upper left")
        label_panel(panel, "", f"{study.methods[0]}, period from {study.starts[row]}")
    return figure


def draw_loadings(
    common_cov: FloatArray,
    log_scale: FloatArray,
    dof: FloatArray,
    assets: Sequence[str],
    classes: Sequence[str],
) -> Figure:
    """What factors say about assets, free of their rotation.

    Parameters
    ----------
    common_cov : (N, N) array
        Posterior mean of W W'.
    log_scale, dof : (D, N) arrays
        Draws of log sigma and nu.
    assets, classes : sequences of str
        Of the N assets.
    """
    names, groups = np.array(assets), np.array(classes)
    sd = np.sqrt(np.diag(common_cov))
    correlation = common_cov / np.outer(sd, sd)
    # A t's variance is nu / (nu - 2) times its squared scale; none has a median of nu below 2.5.
    tails = np.median(dof, axis=0).clip(2.5)
    noise = np.exp(2 * log_scale).mean(axis=0) * tails / (tails - 2)
    share = sd**2 / (sd**2 + noise)
    # By class, and within it along the first principal component.
    first = np.linalg.eigh(correlation)[1][:, -1]
    first *= np.sign(first.sum())
    rank = {name: n for n, name in enumerate(CLASS_NAMES)}
    order = np.lexsort([-first, np.array([rank[str(group)] for group in groups])])
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 3.6), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        image = left.imshow(correlation[np.ix_(order, order)], cmap=DIVERGING, vmin=-1, vmax=1)
        edges = np.flatnonzero(groups[order][1:] != groups[order][:-1]) + 0.5
        for edge in edges:
            left.axhline(edge, color=INK, linewidth=0.6)
            left.axvline(edge, color=INK, linewidth=0.6)
        middles = np.split(np.arange(len(order)), (edges + 0.5).astype(int))
        left.set_xticks([])
        left.set_yticks(
            [part.mean() for part in middles],
            [CLASS_NAMES[str(groups[order][part[0]])] for part in middles],
            rotation=90,
            va="center",
        )
        left.tick_params(length=0)
        figure.colorbar(image, ax=left, shrink=0.8, label="Correlation of common parts")
        label_panel(left, "a", "Common parts of returns")
        for colour, (group, label) in zip(COLOURS, CLASS_NAMES.items(), strict=False):
            mine = groups == group
            if mine.any():
                right.plot(100 * np.sqrt(noise[mine]), share[mine], ".", color=colour, label=label)
        for asset in np.argsort(share)[[0, 1, -1]]:
            right.annotate(
                str(names[asset]),
                (100 * np.sqrt(noise[asset]), share[asset]),
                xytext=(3, -2),
                textcoords="offset points",
                fontsize=6,
            )
        right.set_xscale("log")
        right.set_xlabel("Standard deviation of the noise (%)")
        right.set_ylabel("Share of the common part in the variance")
        right.legend()
        label_panel(right, "b", "Common part and noise")
    return figure
