"""Figures 3 to 5 of Basturk et al. (2017): weights of models and strategies over time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bayesfolio.combination.weight_filter import Combination
from bayesfolio.core.arrays import load_record
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.combination_settings import combined_sets
from bayesfolio.momentum.components import SUMMED, ComponentSet
from bayesfolio.momentum.scores import STRATEGIES
from bayesfolio.momentum.settings import decision_years
from bayesfolio.report.style import COLOURS, GREY, TEXT_WIDTH, house_style, label_panel

_TITLES = {
    "model": "Weights of models",
    "family": "Weights of model classes",
    "n_factors": "Weights by number of factors",
    "strategy": "Weights of strategies",
}
_STRATEGY_NAMES = {key: found.name.capitalize() for key, found in STRATEGIES.items()}
_DASHES = ("-", "--", ":", "-.")


def weights_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Figures 3 to 5: the weights of the set of models that names this figure."""
    sets = combined_sets(run["config"]).values()
    chosen = next(one for one in sets if one["figure"] == run["name"])
    components = ComponentSet(tuple(map(ModelSpec.parse, chosen["models"])))
    return draw_weights(
        components,
        chosen["panels"],
        components.totals(SUMMED)[0],
        decision_years(run["config"]["momentum"]["calendar"]),
        load_record(files.figure_combination, Combination),
    )


def draw_weights(
    components: ComponentSet,
    panels: Sequence[str],
    totals: Sequence[tuple[str, str]],
    years: Sequence[int],
    combination: Combination,
) -> Figure:
    """Posterior means of weights, and 90% intervals of their sums, over the decision years.

    Parameters
    ----------
    components : ComponentSet
        The K components.
    panels : sequence of str
        Groupings: ``component`` gives one panel for each strategy, the others one panel each.
    totals : sequence of (grouping, group)
        Names of the combination's sums of weights, those of the panels among them.
    years : sequence of int
        The T decision years.
    combination : Combination
        Filtered weights and quantiles.

    Returns
    -------
    Figure
        To be saved with `save_figure`.
    """
    layout: list[str] = []
    for panel in panels:
        layout += (
            [f"component {strategy}" for strategy in STRATEGIES]
            if panel == "component"
            else [panel]
        )
    n_columns = min(2, len(layout))
    n_rows = -(-len(layout) // n_columns)
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 2.3 * n_rows), layout="constrained")
        all_axes = figure.subplots(n_rows, n_columns, squeeze=False, sharex=True).ravel()
        for letter, axes, panel in zip("abcdefgh", all_axes, layout, strict=False):
            kind, _, strategy = panel.partition(" ")
            if kind == "component":
                _draw_components(axes, components, strategy, years, combination)
                title = f"{_STRATEGY_NAMES[strategy]}, weights of components"
            else:
                _draw_totals(axes, components, kind, totals, years, combination)
                title = _TITLES[kind]
            axes.set_ylim(bottom=0)
            axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            label_panel(axes, letter, title)
        for axes in all_axes[len(layout) :]:
            axes.remove()
        figure.supylabel("Posterior mean of the filtered weight", fontsize=7.5)
    return figure


def _draw_components(
    axes: Axes,
    components: ComponentSet,
    strategy: str,
    years: Sequence[int],
    combination: Combination,
) -> None:
    """One line for each model: its colour by the number of factors, its dashes by the lags."""
    several = len(components.models) > len(COLOURS)
    for position, model in enumerate(components.models):
        k = components.components.index((model, strategy))
        colour = COLOURS[(model.n_factors if several else position) % len(COLOURS)]
        dashes = _DASHES[max(model.n_lags - 1, 0) % len(_DASHES)] if several else "-"
        axes.plot(
            years, combination.weights[:, k], dashes, color=colour, linewidth=1, label=model.name
        )
    axes.axhline(1 / len(components.components), color=GREY, linewidth=0.5, zorder=0)
    axes.legend(fontsize=5.5 if several else 6.5, ncols=2, loc="upper left", handlelength=1.6)
    # Room for the legend above the lines.
    axes.set_ylim(0, 1.5 * float(combination.weights.max()))


def _draw_totals(
    axes: Axes,
    components: ComponentSet,
    grouping: str,
    totals: Sequence[tuple[str, str]],
    years: Sequence[int],
    combination: Combination,
) -> None:
    labels = np.array(components.labels(grouping))
    groups = [group for kind, group in totals if kind == grouping]
    for position, group in enumerate(groups):
        colour = COLOURS[position % len(COLOURS)]
        low, _, high = combination.total_quantiles[:, :, totals.index((grouping, group))]
        mean = combination.weights[:, labels == group].sum(axis=1)
        if position == 0 and len(groups) <= 2:  # of two, the other is its mirror image
            axes.fill_between(years, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(years, mean, color=colour, linewidth=1.1, label=_STRATEGY_NAMES.get(group, group))
    axes.set_ylim(0, 1.12)
    axes.legend(loc="upper left", ncols=2, fontsize=6.5, handlelength=1.6)
