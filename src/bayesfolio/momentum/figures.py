"""Figures 1 and 2 of Basturk et al. (2017)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpecFromSubplotSpec, SubplotSpec
from matplotlib.ticker import MaxNLocator, MultipleLocator
from numpy.typing import NDArray

from bayesfolio.momentum.scores import STRATEGIES
from bayesfolio.momentum.strategies import StrategyDraws
from bayesfolio.report.style import COLOURS, GREY, INK, TEXT_WIDTH, house_style, label_panel


def stylised_facts_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Figure 1 of the run's returns."""
    from bayesfolio.momentum.returns import read_returns
    from bayesfolio.momentum.stylised_facts import explained_variance, pair_correlations

    returns = read_returns(files.returns)
    return draw_stylised_facts(returns, pair_correlations(returns), explained_variance(returns))


def return_intervals_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Figure 2 of those of its models that the run has."""
    from bayesfolio.models.spec import ModelSpec
    from bayesfolio.momentum.components import load_realised
    from bayesfolio.momentum.outputs import figure2_panels

    return draw_return_intervals(
        {
            (ModelSpec.parse(model).name, strategy): load_realised(path, strategy)
            for (model, strategy), path in zip(
                figure2_panels(run["config"]), files.figure2_strategies, strict=True
            )
        }
    )


def draw_stylised_facts(
    returns: pd.DataFrame, correlations: pd.DataFrame, shares: pd.DataFrame
) -> Figure:
    """Figure 1: returns, canonical correlations of their pairs, principal components.

    Parameters
    ----------
    returns : DataFrame, T x N
        Monthly returns by month, per cent.
    correlations : DataFrame
        Of `bayesfolio.momentum.pair_correlations`.
    shares : DataFrame
        Of `bayesfolio.momentum.explained_variance`.

    Returns
    -------
    Figure
        Three panels, to be saved with `save_figure`.
    """
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 6.0), layout="constrained")
        grid = figure.add_gridspec(2, 2, height_ratios=(1.25, 1))
        _draw_returns(figure, grid[0, :], returns)
        _draw_correlations(figure.add_subplot(grid[1, 0]), correlations)
        _draw_shares(figure.add_subplot(grid[1, 1]), shares)
    return figure


def draw_return_intervals(
    panels: Mapping[tuple[str, str], StrategyDraws], level: float = 0.99
) -> Figure:
    """Figure 2: intervals of the realised returns of strategies, month by month.

    Parameters
    ----------
    panels : mapping of (model name, strategy) to StrategyDraws
        Realised returns by posterior draw and month, per cent; one panel each, in this order.
    level : float
        Posterior probability of the intervals.

    Returns
    -------
    Figure
        One panel under the other on a common scale. Months that no portfolio was held in, such
        as those between thinned decision years, stay empty.
    """
    tails = [(1 - level) / 2, (1 + level) / 2]
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 1.6 * len(panels) + 0.3), layout="constrained")
        all_axes = np.atleast_1d(figure.subplots(len(panels), sharex=True, sharey=True))
        for letter, axes, ((model, strategy), draws) in zip(
            "abcdefgh", all_axes, panels.items(), strict=False
        ):
            low, high = np.quantile(draws.values, tails, axis=0)
            years, middle = _years(draws.months), np.median(draws.values, axis=0)
            axes.axhline(0, color=INK, linewidth=0.4)
            axes.vlines(
                years, low, high, color=COLOURS[4], linewidth=0.8, label=f"{level:.0%} interval"
            )
            axes.plot(years, middle, ".", color=COLOURS[0], markersize=1.6, label="median")
            axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            label_panel(axes, letter, f"{model}, {STRATEGIES[strategy].name}")
        all_axes[0].legend(
            loc="lower right", ncols=2, bbox_to_anchor=(1, 1), borderaxespad=0.2, handlelength=1.2
        )
        figure.supylabel("Realised return (% a month)", fontsize=7.5)
    return figure


def _draw_returns(figure: Figure, place: SubplotSpec, returns: pd.DataFrame) -> None:
    """Small multiples, five to a row, on one scale."""
    n_rows = -(-returns.shape[1] // 5)
    grid = GridSpecFromSubplotSpec(n_rows, 5, place, wspace=0.05, hspace=0.02)
    years = _years(returns.index)
    low, high = np.nanmin(returns.to_numpy()), np.nanmax(returns.to_numpy())
    shared: Axes | None = None
    for position, name in enumerate(returns.columns):
        axes = figure.add_subplot(grid[divmod(position, 5)], sharex=shared, sharey=shared)
        shared = shared or axes
        axes.plot(years, returns[name], color=COLOURS[0], linewidth=0.35)
        axes.axhline(0, color=INK, linewidth=0.4)
        axes.set_ylim(1.1 * low, 1.3 * high)  # room for the name
        axes.set_xlim(years[0], years[-1])
        axes.text(0.03, 0.95, name, transform=axes.transAxes, va="top", fontsize=7)
        axes.tick_params(labelleft=position % 5 == 0, labelbottom=position + 5 >= returns.shape[1])
        axes.xaxis.set_major_locator(MultipleLocator(40 if len(years) > 900 else 20))
        if position == 0:
            label_panel(axes, "a", "Monthly returns (%)")


def _draw_correlations(axes: Axes, correlations: pd.DataFrame) -> None:
    table = correlations.pivot_table(
        index="month", columns=["first", "second"], values="canonical_correlation", sort=False
    )
    years, values = _years(table.index), table.to_numpy()
    axes.plot(years, values, color=GREY, linewidth=0.35, alpha=0.6)
    axes.plot(years, np.median(values, axis=1), color=COLOURS[0], linewidth=1.4)
    _label_end(axes, "median", (years[-1], np.median(values[-1])), COLOURS[0])
    axes.set_ylim(0, 1)
    axes.set_xlim(years[0], years[-1])
    label_panel(axes, "b", f"Canonical correlations, {values.shape[1]} pairs")


def _draw_shares(axes: Axes, shares: pd.DataFrame) -> None:
    table = 100 * shares.pivot_table(index="month", columns="component", values="share")
    years, n_components = _years(table.index), table.shape[1]
    values = table.to_numpy()
    axes.stackplot(years, values.T, colors=COLOURS[:n_components], linewidth=0)
    middles = np.cumsum(values[-1]) - values[-1] / 2
    for component, middle in zip(table.columns, middles, strict=True):
        _label_end(axes, f"PC {component}", (years[-1], middle), INK)
    axes.set_ylim(0, 100)
    axes.set_xlim(years[0], years[-1])
    label_panel(axes, "c", "Variance explained (%)")


def _label_end(axes: Axes, text: str, point: tuple[float, float], colour: str) -> None:
    """Name a line or an area at its right end, in its colour."""
    axes.annotate(
        text,
        point,
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        fontsize=7,
        color=colour,
        annotation_clip=False,
    )


def _years(months: pd.Index) -> NDArray[np.float64]:
    """Middle of each month as a decimal year."""
    ordinals = pd.PeriodIndex(months).asi8  # months since January 1970
    return 1970 + (ordinals + 0.5) / 12
