"""Figures of the study of co-moments."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from bayesfolio.comoments.dynamics import FactorLaw, FactorParameters
from bayesfolio.comoments.model import IfacdModel
from bayesfolio.comoments_study.stocks import read_stocks
from bayesfolio.comoments_study.study import (
    ACD,
    CORNISH_FISHER,
    EXACT,
    HISTORICAL,
    METHODS,
    NO_MODEL,
    NORMAL,
    STATIC,
    Backtest,
    FittedModels,
    ModelSettings,
)
from bayesfolio.core.arrays import load_record
from bayesfolio.core.types import FloatArray
from bayesfolio.report.style import COLOURS, GREY, INK, TEXT_WIDTH, house_style, label_panel

_SHOWN_FACTORS = 3


def betas_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Betas of three stocks over time."""
    settings = ModelSettings(**run["config"]["comoments"]["model"])
    returns = read_stocks(files.returns)
    models = load_record(files.fitted, FittedModels).models(returns.to_numpy(), settings)
    return draw_betas(models[ACD], returns.index[settings.lost_dates :], list(returns.columns))


def portfolio_moments_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Moments of the equally weighted portfolio over time."""
    settings = ModelSettings(**run["config"]["comoments"]["model"])
    returns = read_stocks(files.returns)
    models = load_record(files.fitted, FittedModels).models(returns.to_numpy(), settings)
    return draw_portfolio_moments(models, returns.index[settings.lost_dates :])


def news_impact_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """What an innovation does to the next date's variance, skewness and kurtosis."""
    settings = ModelSettings(**run["config"]["comoments"]["model"])
    return draw_news_impact(load_record(files.fitted, FittedModels), settings.law)


def value_at_risk_figure(files: Any, run: Mapping[str, Any]) -> Figure:
    """Returns and forecasts of their lower quantiles."""
    plan = run["config"]["comoments"]["backtest"]
    dates = read_stocks(files.returns).index[plan["first_dates"] :]
    return draw_value_at_risk(load_record(files.backtest, Backtest), dates, plan["levels"])


def draw_betas(model: IfacdModel, index: pd.Index, assets: Sequence[str]) -> Figure:
    """Betas over time against the equally weighted portfolio.

    Coskewness is shown by the betas' numerators over the cube of the portfolio's volatility:
    these sum to the portfolio's skewness, which is too near 0 to be divided by at most dates.

    Parameters
    ----------
    model : IfacdModel
        A model; the assets with the lowest, the median and the highest mean beta are shown.
    index : DatetimeIndex
        Its T dates.
    assets : sequence of str
        Names of its assets.
    """
    weights = np.full(len(assets), 1 / len(assets))
    betas, sd = model.betas(weights), model.portfolio_moments(weights).sd
    order = np.argsort(betas.covariance.mean(axis=0))
    shown = [order[-1], order[len(order) // 2], order[0]]
    panels = {
        "Covariance beta": (1, betas.covariance),
        "Coskewness with the portfolio": (0, betas.third_comoment / sd[:, None] ** 3),
        "Cokurtosis beta": (1, betas.cokurtosis),
    }
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 5.2), layout="constrained")
        column = figure.subplots(3, 1, sharex=True)
        for letter, axes, (title, (level, values)) in zip(
            "abc", column, panels.items(), strict=True
        ):
            axes.axhline(level, color=GREY, linewidth=0.6)
            for colour, i in zip(COLOURS, shown, strict=False):
                axes.plot(index, values[:, i], color=colour, label=assets[i])
            low, high = np.quantile(values[:, shown], [0.005, 0.995])
            axes.set_ylim(low - 0.1 * (high - low), high + 0.1 * (high - low))
            label_panel(axes, letter, title)
        column[0].legend(ncols=3, loc="upper left")
    return figure


def draw_portfolio_moments(models: Mapping[str, IfacdModel], index: pd.Index) -> Figure:
    """Volatility, skewness and excess kurtosis of the equally weighted portfolio over time.

    Parameters
    ----------
    models : mapping of name to IfacdModel
        The model with and without dynamics of skew and shape.
    index : DatetimeIndex
        Their T dates.
    """
    styles = {ACD: (COLOURS[0], 0.8, 2), STATIC: (COLOURS[1], 1.2, 1)}
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 4.8), layout="constrained")
        column = figure.subplots(3, 1, sharex=True)
        for name, model in models.items():
            n_assets = len(model.mixing)
            moments = model.portfolio_moments(np.full(n_assets, 1 / n_assets))
            colour, width, order = styles[name]
            rows = (100 * moments.sd, moments.skewness, moments.excess_kurtosis)
            for axes, values in zip(column, rows, strict=True):
                axes.plot(index, values, color=colour, linewidth=width, label=name, zorder=order)
        titles = ("Volatility, % a week", "Skewness", "Excess kurtosis")
        for letter, axes, title in zip("abc", column, titles, strict=True):
            label_panel(axes, letter, title)
        column[1].axhline(0, color=GREY, linewidth=0.6, zorder=0)
        column[0].legend(ncols=2, loc="upper left")
    return figure


def draw_news_impact(fitted: FittedModels, law: FactorLaw) -> Figure:
    """Variance, skewness and excess kurtosis of the next date against today's innovation.

    The factors with the largest gains by the dynamics are shown, each with its variance at 1 and
    its levels of skew and shape at their means before the innovation.
    """
    z = np.linspace(-5, 5, 201)
    chosen = np.argsort(-fitted.ratios, kind="stable")[:_SHOWN_FACTORS]
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 2.5), layout="constrained")
        row = figure.subplots(1, 3)
        for colour, k in zip(COLOURS, chosen, strict=False):
            p = FactorParameters(*fitted.parameters[k])
            variance = p.variance_constant + p.variance_shock * z**2 + p.variance_persistence
            skew = law.skew(
                _next_level(p.skew_level, p.skew_shock, p.skew_square, p.skew_persistence, z)
            )
            shape = law.shape(
                _next_level(p.shape_level, p.shape_shock, p.shape_square, p.shape_persistence, z)
            )
            skewness, kurtosis = law.innovations.moments(skew, shape)
            for axes, values in zip(row, (variance, skewness, kurtosis), strict=True):
                axes.plot(z, values, color=colour, label=f"factor {k + 1}")
        titles = ("Variance", "Skewness", "Excess kurtosis")
        for letter, axes, title in zip("abc", row, titles, strict=True):
            label_panel(axes, letter, title)
            axes.set_xlabel("Innovation z")
        row[0].legend()
    return figure


def _next_level(
    level: float, shock: float, square: float, persistence: float, z: FloatArray
) -> FloatArray:
    """Level at the next date, from its mean, level + square / (1 - persistence)."""
    mean = level + square / (1 - persistence)
    return level * (1 - persistence) + shock * z + square * z**2 + persistence * mean


def draw_value_at_risk(found: Backtest, index: pd.Index, levels: Sequence[float]) -> Figure:
    """Returns of the equally weighted portfolio and forecasts of their lower quantiles.

    Parameters
    ----------
    found : Backtest
        Forecasts for D dates.
    index : DatetimeIndex
        The D dates.
    levels : sequence of float
        One panel each.
    """
    styles = {
        (NO_MODEL, HISTORICAL): (COLOURS[3], 1.2, HISTORICAL),
        (ACD, NORMAL): (COLOURS[1], 0.8, "normal"),
        (ACD, CORNISH_FISHER): (COLOURS[2], 0.8, CORNISH_FISHER),
        (ACD, EXACT): (COLOURS[0], 0.8, "exact"),
    }
    exact = METHODS.index((ACD, EXACT))
    with house_style():
        figure = Figure(figsize=(TEXT_WIDTH, 2.4 * len(levels)), layout="constrained")
        column = figure.subplots(len(levels), 1, sharex=True, squeeze=False)[:, 0]
        for i, (axes, level) in enumerate(zip(column, levels, strict=True)):
            axes.plot(index, 100 * found.returns, color=GREY, linewidth=0.4)
            for pair, (colour, width, label) in styles.items():
                values = -100 * found.value_at_risk[METHODS.index(pair), i]
                axes.plot(index, values, color=colour, linewidth=width, label=label)
            hit = found.returns < -found.value_at_risk[exact, i]
            axes.plot(
                index[hit], 100 * found.returns[hit], "x", color=INK, markersize=3,
                label="violation of exact",
            )  # fmt: skip
            label_panel(axes, "abcdefgh"[i], f"Returns and {100 * level:g}% quantiles, % a week")
        handles, labels = column[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=5, handlelength=1.4)
    return figure
