"""Tables 6 to 8 of Basturk et al. (2017), and what stands behind their weights."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesfolio.combination.returns import combined_returns
from bayesfolio.combination.variants import VARIANTS, CombinationSettings
from bayesfolio.combination.weight_filter import Combination, pool_log_scores
from bayesfolio.core.types import FloatArray
from bayesfolio.momentum.components import ComponentSet
from bayesfolio.momentum.performance_measures import (
    Performance,
    StrategyPerformance,
    strategy_performance,
)
from bayesfolio.momentum.strategies import STANDARD

MIXTURE, PER_GROUP = "mixture", "per model"
"""Panels of the printed tables."""

EQUAL, BEST = "equal weights", "best component"
HELD = "first row, held at the means of its weights"

_PRINTED_PREFIXES = {"volatility": "vol", "largest_loss": "ll"}


def mixture_performance(
    components: ComponentSet,
    grouping: str,
    weight_draws: FloatArray,
    realised: FloatArray,
    decision_of_month: NDArray[np.int64],
) -> dict[tuple[str, str], StrategyPerformance]:
    """Return and risk of a mixture, of its parts, and of what to compare it with.

    Parameters
    ----------
    components : ComponentSet
        The K components.
    grouping : str
        ``model`` or ``family``: the mixture of strategies (and members) of each by itself, with
        weights of the joint filter that are scaled to sum to one.
    weight_draws : (D, T, K) array
        Draws of the filtered weights.
    realised : (K, D, M) array
        Realised returns of the components, per cent.
    decision_of_month : (M,) array of int
        Decision whose portfolio is held in a month.

    Returns
    -------
    dict
        By panel and name: the mixture, one entry for each group, equal weights, and the component
        with the highest Sharpe ratio, which was not known beforehand.
    """
    found = {
        (MIXTURE, components.name): combined_returns(weight_draws, realised, decision_of_month)
    }
    labels = np.array(components.labels(grouping))
    for group in dict.fromkeys(labels.tolist()):
        inside = labels == group
        part = weight_draws[:, :, inside]
        part = part / part.sum(axis=2, keepdims=True)
        found[PER_GROUP, group] = combined_returns(part, realised[inside], decision_of_month)
    equal = np.full_like(weight_draws, 1 / len(realised))
    found[EQUAL, components.name] = combined_returns(equal, realised, decision_of_month)
    cells = {key: strategy_performance(draws) for key, draws in found.items()}
    single = [strategy_performance(draws) for draws in realised]
    best = int(np.argmax([part.cell.sharpe for part in single]))
    cells[BEST, components.labels("component")[best]] = single[best]
    return cells


def mixture_table(
    cells: Mapping[tuple[str, str], StrategyPerformance],
    standard: Performance[float],
    n_months: int,
    published: pd.DataFrame | None,
) -> pd.DataFrame:
    """Return and risk of mixtures beside the printed figures.

    Parameters
    ----------
    cells : mapping
        Of :func:`mixture_performance`.
    standard : Performance
        Standard momentum over the same months.
    n_months : int
        Months of its series.
    published : DataFrame or None
        Printed figures: panel, model, then each statistic and the ends of its 90% interval; None
        for a set that the paper does not have.

    Returns
    -------
    DataFrame
        panel, model, n_months, n_draws; then for each statistic the mean over draws, ``_lo`` and
        ``_hi`` of its 90% credible interval, all three again as ``_printed``, and ``_difference``
        (ours minus printed).
    """
    printed = (
        {}
        if published is None
        else {(row["panel"], row["model"]): row for _, row in published.iterrows()}
    )
    rows: list[dict[str, object]] = []
    for (panel, name), found in cells.items():
        row: dict[str, object] = {
            "panel": panel,
            "model": name,
            "n_months": found.n_months,
            "n_draws": found.n_draws,
        }
        for item in fields(found.cell):
            ends = (getattr(found.low, item.name), getattr(found.high, item.name))
            row |= _statistic(
                item.name, getattr(found.cell, item.name), ends, printed.get((panel, name))
            )
        rows.append(row)
    row = {"panel": STANDARD, "model": STANDARD, "n_months": n_months}
    for item in fields(standard):
        row |= _statistic(item.name, getattr(standard, item.name), (np.nan, np.nan), None)
    return pd.DataFrame([*rows, row]).astype({"n_draws": "Int64"})


def _statistic(
    name: str, value: float, ends: tuple[float, float], printed: pd.Series | None
) -> dict[str, object]:
    short = _PRINTED_PREFIXES.get(name, name)
    target = (
        [np.nan] * 3
        if printed is None
        else [printed[name], *(printed[f"{short}_{end}"] for end in ("lo", "hi"))]
    )
    row: dict[str, object] = {name: value, f"{name}_lo": ends[0], f"{name}_hi": ends[1]}
    row |= {
        f"{name}_printed": target[0],
        f"{name}_printed_lo": target[1],
        f"{name}_printed_hi": target[2],
        f"{name}_difference": value - target[0],
    }
    return row


def sensitivity_rows(
    set_name: str,
    components: ComponentSet,
    combinations: Mapping[str, Combination],
    settings: CombinationSettings,
    log_scores: FloatArray,
    realised: FloatArray,
    decision_of_month: NDArray[np.int64],
) -> list[dict[str, object]]:
    """Variants of the combination of one set, mean weights, constant weights, one row each.

    Parameters
    ----------
    set_name, components : str, ComponentSet
        The set.
    combinations : mapping of variant to Combination
        The first one is what distances are measured from.
    settings : CombinationSettings
        Grid and numbers of particles.
    log_scores : (G, T, K) array
        Marginal log scores, for the rows with constant weights.
    realised, decision_of_month
        As for :func:`mixture_performance`.

    Returns
    -------
    list of dict
        set, variant; log_score, the sum of log predictive densities; largest_weight and
        last_weight, the component with the largest filtered weight at the last date; distance,
        the largest absolute difference of a filtered weight from the first variant's;
        incompleteness_sd and drift_sd, their posterior means; mean, volatility, sharpe and
        largest_loss of the realised returns with the ends of their 90% intervals; ess_share, the
        smallest effective number of particles over their number; seconds.
    """
    first = next(iter(combinations.values()))
    names = components.labels("component")
    rows = []
    for variant, found in combinations.items():
        probs = found.grid_probs[-1]
        sds, drifts = settings.grid(variant)
        particles = settings.path["n_particles"] if variant == "path" else settings.n_particles
        row = {
            "variant": f"{variant.replace('_', ' ')}: {VARIANTS[variant]}",
            "log_score": float(found.log_scores.sum()),
            "distance": float(np.abs(found.weights - first.weights).max()),
            "incompleteness_sd": float(probs.sum(axis=1) @ sds),
            "drift_sd": float(probs.sum(axis=0) @ drifts),
            "ess_share": float(found.ess.min() / particles),
            "seconds": found.seconds,
        }
        returns = combined_returns(found.draws, realised, decision_of_month)
        rows.append(row | _largest(found.weights[-1], names) | _interval_cells(returns))
    held = np.broadcast_to(first.weights, first.draws.shape)
    returns = combined_returns(held, realised, decision_of_month)
    rows.append({"variant": HELD, "distance": 0.0} | _interval_cells(returns))
    equal = np.full(len(names), 1 / len(names))
    singles = [pool_log_scores(log_scores, one).sum() for one in np.eye(len(names))]
    best = int(np.argmax(singles))
    row = {
        "variant": EQUAL,
        "log_score": float(pool_log_scores(log_scores, equal).sum()),
        "distance": float(np.abs(equal - first.weights).max()),
    }
    rows.append(row | _interval_cells(realised.mean(axis=0)))
    row = {
        "variant": f"{BEST} by log score: {names[best]}",
        "log_score": singles[best],
    }
    rows.append(row | _interval_cells(realised[best]))
    return [{"set": set_name} | row for row in rows]


def _largest(weights: FloatArray, names: Sequence[str]) -> dict[str, object]:
    top = int(np.argmax(weights))
    return {"largest_weight": names[top], "last_weight": float(weights[top])}


def _interval_cells(draws: FloatArray) -> dict[str, object]:
    found = strategy_performance(draws)
    row: dict[str, object] = {}
    for item in fields(found.cell):
        row |= {
            item.name: getattr(found.cell, item.name),
            f"{item.name}_lo": getattr(found.low, item.name),
            f"{item.name}_hi": getattr(found.high, item.name),
        }
    return row


def weight_correlations(
    set_name: str, weights: FloatArray, quantities: Mapping[str, FloatArray]
) -> list[dict[str, object]]:
    """Whether weights follow what the components predict, date by date.

    Parameters
    ----------
    set_name : str
        The set.
    weights : (T, K) array
        Filtered weights.
    quantities : mapping of name to (T, K) array
        Such as predictive means and standard deviations of the components at the same date.

    Returns
    -------
    list of dict
        One row for each quantity: mean and standard deviation over dates of the rank correlation
        over components; the share of dates at which it is above 0; mean and standard deviation of
        the same for changes of weights since the date before.
    """
    rows: list[dict[str, object]] = []
    for name, values in quantities.items():
        levels = _rank_correlations(weights, values)
        changes = _rank_correlations(np.diff(weights, axis=0), values[1:])
        rows.append(
            {
                "set": set_name,
                "quantity": name,
                "n_dates": len(weights),
                "correlation": levels.mean(),
                "correlation_sd": levels.std(ddof=1) if len(levels) > 1 else np.nan,
                "share_positive": (levels > 0).mean(),
                "change_correlation": changes.mean() if len(changes) else np.nan,
                "change_correlation_sd": changes.std(ddof=1) if len(changes) > 1 else np.nan,
            }
        )
    return rows


def _rank_correlations(first: FloatArray, second: FloatArray) -> FloatArray:
    from scipy.stats import spearmanr

    return np.array([spearmanr(one, two).statistic for one, two in zip(first, second, strict=True)])


def grid_rows(
    set_name: str, variant: str, grid_probs: FloatArray, settings: CombinationSettings
) -> list[dict[str, object]]:
    """Posterior probabilities (G, L) of a variant's grid at the last date, a row for each point."""
    sds, drifts = settings.grid(variant)
    return [
        {"set": set_name, "incompleteness_sd": sd, "drift_sd": drift, "probability": prob}
        for sd, row in zip(sds, grid_probs, strict=True)
        for drift, prob in zip(drifts, row, strict=True)
    ]


def weight_paths(
    components: ComponentSet,
    totals: Sequence[tuple[str, str]],
    years: Sequence[int],
    combination: Combination,
) -> pd.DataFrame:
    """Filtered weights of components and of groups of them, year by year.

    Parameters
    ----------
    components, totals, years, combination
        As for :func:`bayesfolio.momentum.weight_figures.draw_weights`.

    Returns
    -------
    DataFrame
        One row for each year and group: grouping, group, year, mean, low, median, high (5, 50 and
        95 per cent quantiles).
    """
    parts = []
    names = [("component", label) for label in components.labels("component")] + list(totals)
    quantiles = np.concatenate([combination.quantiles, combination.total_quantiles], axis=2)
    for position, (grouping, group) in enumerate(names):
        inside = np.array(components.labels(grouping)) == group
        low, median, high = quantiles[:, :, position]
        parts.append(
            pd.DataFrame(
                {
                    "grouping": grouping,
                    "group": group,
                    "year": list(years),
                    "mean": combination.weights[:, inside].sum(axis=1),
                    "low": low,
                    "median": median,
                    "high": high,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
