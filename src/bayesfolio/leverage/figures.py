"""Figures of the leverage study."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, ScalarFormatter

from bayesfolio.leverage.periods import PERIODS, period_returns
from bayesfolio.leverage.results import (
    EVERY_DAY,
    VOLATILITY_SOURCES,
    sampled_days,
    strategies,
)
from bayesfolio.leverage.return_forecasts import EXPANDING_MEAN
from bayesfolio.leverage.serial import serial_correlation
from bayesfolio.leverage.strategy import LeverageCosts, leveraged_returns
from bayesfolio.leverage.study import DAYS_A_YEAR, LeverageStudy, read_study
from bayesfolio.report.style import COLOURS, GREY, INK, TEXT_WIDTH, house_style, label_panel

ANNUAL = np.sqrt(DAYS_A_YEAR)


def serial_correlation_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Autocorrelations of the returns."""
    study = read_study(files, run["config"])
    return draw_serial_correlation(study, run["config"]["leverage"]["lags"])


def return_forecasts_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Monthly returns and their forecasts."""
    return draw_return_forecasts(read_study(files, run["config"]))


def volatility_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Volatility and its forecasts."""
    return draw_volatility(read_study(files, run["config"]))


def vix_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """The VIX and the volatility that followed."""
    return draw_vix(read_study(files, run["config"]))


def strategy_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Wealth and leverage over time."""
    settings = run["config"]["leverage"]["strategy"]
    return draw_strategy(read_study(files, run["config"]), settings)


def draw_serial_correlation(study: LeverageStudy, n_lags: int) -> Figure:
    """Autocorrelations (above) and partial ones (below) of daily, weekly and monthly returns."""
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 3.4), layout="constrained")
        axes = figure.subplots(2, len(PERIODS), sharex=True, sharey="col")
        lags = np.arange(1, n_lags + 1)
        for column, period in enumerate(PERIODS):
            returns = period_returns(study.closes, period).to_numpy()
            found = serial_correlation(returns, n_lags)
            for row, values in enumerate((found.autocorrelations, found.partial)):
                panel = axes[row, column]
                panel.axhspan(-found.band, found.band, color=GREY, alpha=0.3, linewidth=0)
                panel.axhline(0.0, color=INK, linewidth=0.6)
                panel.vlines(lags, 0.0, values, color=COLOURS[0], linewidth=1.4)
                panel.plot(lags, values, ".", color=COLOURS[0], markersize=4)
            label_panel(axes[0, column], "abc"[column], f"{period.capitalize()} returns")
            axes[1, column].set_xlabel("Lag")
        axes[0, 0].set_ylabel("Autocorrelation")
        axes[1, 0].set_ylabel("Partial autocorrelation")
    return figure


def draw_return_forecasts(study: LeverageStudy) -> Figure:
    """Monthly returns and their forecasts over time, and one against the other."""
    months = pd.PeriodIndex(study.months.index).to_timestamp("M")
    realised = study.months["realised"]
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 2.7), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(2, 1))
        left.bar(months, realised, width=25, color=GREY, alpha=0.6, label="realised")
        shown = [study.return_models[0], EXPANDING_MEAN]
        for colour, name in zip(COLOURS, shown, strict=False):
            left.plot(months, study.months[name], color=colour, linewidth=1.2, label=name)
            right.plot(study.months[name], realised, ".", color=colour, markersize=4)
        for axes in (left, right):
            axes.axhline(0.0, color=INK, linewidth=0.6)
        right.axvline(0.0, color=INK, linewidth=0.6)
        left.set_ylabel("Per cent a month")
        right.set_xlabel("Forecast (%)")
        right.set_ylabel("Realised (%)")
        label_panel(left, "a", "Returns and forecasts")
        label_panel(right, "b", "Forecast against realised")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def draw_volatility(study: LeverageStudy) -> Figure:
    """GARCH volatility against that of the days before, and of the days after."""
    days = study.days * ANNUAL
    panels: Sequence[tuple[str, str, str, str]] = (
        ("garch_in_sample", "trailing_sd", "In sample, and the days before", "days before"),
        ("garch", "realised_sd", "Forecast, and the days after", "days after"),
    )
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 4.2), layout="constrained")
        axes = figure.subplots(2, 2, width_ratios=(2, 1))
        for row, (model, other, title, label) in enumerate(panels):
            both = days[[model, other]].dropna()
            time, scatter = axes[row]
            time.plot(both.index, both[other], color=GREY, linewidth=0.8, label=f"{label}")
            time.plot(both.index, both[model], color=COLOURS[0], linewidth=0.8, label="GARCH(1,1)")
            time.set_ylabel("Per cent a year")
            time.legend()
            label_panel(time, "ac"[row], title)
            _scatter(scatter, both[model], both[other])
            scatter.set_xlabel("GARCH(1,1) (%)")
            scatter.set_ylabel(f"{label.capitalize()} (%)")
            correlation = np.corrcoef(both[model], both[other])[0, 1]
            label_panel(scatter, "bd"[row], f"Correlation {correlation:.3f}")
    return figure


def draw_vix(study: LeverageStudy) -> Figure:
    """The VIX, and the volatility of the days before, against that of the days after."""
    sampled = sampled_days(study, EVERY_DAY)
    days = (sampled[["vix", "trailing_sd", "realised_sd"]] * ANNUAL).dropna()
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 2.9), layout="constrained")
        row = figure.subplots(1, 2, sharex=True, sharey=True)
        for letter, axes, source, label in zip(
            "ab", row, ("vix", "trailing_sd"), ("VIX", "Days before"), strict=True
        ):
            _scatter(axes, days[source], days["realised_sd"])
            axes.set_xlabel(f"{label} (%)")
            correlation = np.corrcoef(days[source], days["realised_sd"])[0, 1]
            label_panel(axes, letter, f"{label}: correlation {correlation:.3f}")
        row[0].set_ylabel("Days after (%)")
    return figure


def draw_strategy(study: LeverageStudy, leverage: Mapping[str, Any]) -> Figure:
    """Wealth and leverage of the strategies with GARCH and the middle cap, beside the index.

    Of the return models, those by the estimator of the first and the mean: the others' lines would
    cover them.
    """
    estimator = study.return_models[0].rsplit(", ", 1)[-1]
    costs = LeverageCosts(leverage["risk_free"], leverage["borrowing_spread"])
    caps = sorted(leverage["caps"])
    cap = caps[len(caps) // 2]
    months = pd.PeriodIndex(study.months.index).to_timestamp("M")
    realised = study.months["realised"].to_numpy()
    found = {
        f"{model}, cap {cap:g}": positions.to_numpy()
        for model, source, limit, positions in strategies(study, leverage)
        if source == VOLATILITY_SOURCES["garch"] and limit == cap
        if model == EXPANDING_MEAN or model.endswith(estimator)
    }
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 4.3), layout="constrained")
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        lines = {"Index": np.ones_like(realised), **found}
        for number, (name, positions) in enumerate(lines.items()):
            colour = INK if number == 0 else COLOURS[(number - 1) % len(COLOURS)]
            wealth = np.cumprod(1 + leveraged_returns(realised, positions, costs) / 100)
            top.plot(months, wealth, color=colour, label=name)
            if number:
                bottom.step(months, positions, where="mid", color=colour, linewidth=0.8)
        top.set_yscale("log")
        top.yaxis.set_major_formatter(ScalarFormatter())
        top.yaxis.set_minor_locator(NullLocator())
        top.set_yticks([1, 2, 4])
        top.set_ylabel("Wealth, from 1")
        bottom.set_ylabel("Leverage")
        label_panel(top, "a", "Wealth after financing")
        label_panel(bottom, "b", "Leverage over time")
        figure.legend(*top.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _scatter(axes: Axes, x: pd.Series, y: pd.Series) -> None:
    """Points on two log scales with the diagonal."""
    axes.plot(x, y, ".", color=COLOURS[0], markersize=1.5, alpha=0.35, rasterized=True)
    ends = [min(x.min(), y.min()), max(x.max(), y.max())]
    axes.plot(ends, ends, color=INK, linewidth=0.6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_locator(NullLocator())
    for setter in (axes.set_xticks, axes.set_yticks):
        setter([5, 10, 20, 40, 80])
