"""Rows of Tables 1 and 5 of Basturk et al. (2017) and of those that go with Table 5."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pandas as pd

from bayesfolio.core.errors import DataError
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.columns import DECIMALS, STATISTICS
from bayesfolio.momentum.performance_measures import Performance, StrategyPerformance
from bayesfolio.momentum.strategies import STANDARD


def table1(specs: Iterable[ModelSpec]) -> pd.DataFrame:
    """Models and what each contains.

    Parameters
    ----------
    specs : iterable of ModelSpec
        The models, in the order wanted.

    Returns
    -------
    DataFrame
        One row per model: model, family, n_factors, n_lags (0 without factors), lagged_returns,
        factors, idiosyncratic_sv, factor_sv (the last four true or false).
    """
    return pd.DataFrame(
        [
            {
                "model": spec.name,
                "family": spec.family,
                "n_factors": spec.n_factors,
                "n_lags": spec.n_lags,
                "lagged_returns": spec.has_lagged_returns,
                "factors": spec.has_factors,
                "idiosyncratic_sv": spec.has_idiosyncratic_sv,
                "factor_sv": spec.has_factor_sv,
            }
            for spec in specs
        ]
    )


def table5(
    cells: Mapping[tuple[str, str], StrategyPerformance],
    failed_windows: Mapping[str, int],
    n_windows: int,
    standard: Performance[float],
    n_months: int,
    published: pd.DataFrame | None,
) -> pd.DataFrame:
    """Return and risk of every model and strategy beside the printed figures.

    Parameters
    ----------
    cells : mapping of (model name, strategy) to StrategyPerformance
        Our figures; strategies are those of `bayesfolio.momentum.STRATEGIES`.
    failed_windows : mapping of model name to int
        Windows on which the fit failed its diagnostics.
    n_windows : int
        Windows of the run.
    standard : Performance
        Standard momentum over the same months.
    n_months : int
        Months of its series.
    published : DataFrame or None
        Printed figures, if there are any: model, strategy (empty for standard momentum), mean,
        volatility, sharpe, largest_loss; NaN where unknown.

    Returns
    -------
    DataFrame
        One row per cell and one for standard momentum: model, strategy, n_months, n_draws,
        n_windows, failed_windows, fits (such as "2 of 69"), then each statistic with ``_sd``
        (between draws), ``_printed`` and ``_difference`` (ours minus printed).
    """
    if published is None:
        published = pd.DataFrame(columns=["model", "strategy", *STATISTICS])
    printed = published.assign(strategy=published["strategy"].fillna("")).set_index(
        ["model", "strategy"]
    )
    rows: list[dict[str, object]] = []
    for (model, strategy), found in cells.items():
        failed = failed_windows[model]
        head = {
            "model": model,
            "strategy": strategy,
            "n_months": found.n_months,
            "n_draws": found.n_draws,
            "n_windows": n_windows,
            "failed_windows": failed,
            "fits": f"{failed} of {n_windows}",
        }
        rows.append(head | _compare(found.cell, found.draw_sd, printed, (model, strategy)))
    head = {"model": STANDARD, "strategy": "", "n_months": n_months, "n_windows": n_windows}
    rows.append(head | _compare(standard, None, printed, (STANDARD, "")))
    table = pd.DataFrame(rows)
    counts = ["n_draws", "failed_windows"]
    return table.astype(dict.fromkeys(counts, "Int64"))


def _compare(
    ours: Performance[float],
    spread: Performance[float] | None,
    printed: pd.DataFrame,
    key: tuple[str, str],
) -> dict[str, object]:
    """Each statistic with its spread, printed value and difference; NaN where there is none."""
    row: dict[str, object] = {}
    for item in fields(ours):
        name = item.name
        value = getattr(ours, name)
        target = float(printed[name].get(key, float("nan")))
        row |= {
            name: value,
            f"{name}_sd": float("nan") if spread is None else getattr(spread, name),
            f"{name}_printed": target,
            f"{name}_difference": value - target,
        }
    return row


def table5_agreement(table: pd.DataFrame) -> pd.DataFrame:
    """How far Table 5 agrees with the printed one, by strategy and statistic.

    Parameters
    ----------
    table : DataFrame
        Of :func:`table5`.

    Returns
    -------
    DataFrame
        strategy, statistic; n_printed, models with a printed figure; n_within, those whose figure
        is within two standard deviations between draws of the printed one, give or take its
        rounding; averages over the models, ours and printed; root mean square difference; rank
        correlation over the models of ours and printed; the model farthest off in standard
        deviations, empty where all are within.
    """
    rows = []
    for strategy, part in table[table["strategy"] != ""].groupby("strategy", sort=False):
        for name, decimals in DECIMALS.items():
            known = part[part[f"{name}_printed"].notna()]
            off = (known[f"{name}_difference"].abs() - 0.5 * 10.0**-decimals).clip(lower=0)
            distance = off / known[f"{name}_sd"]
            distance = distance.where(off > 0, 0.0)
            far = len(known) > 0 and distance.max() > 2
            rows.append(
                {
                    "strategy": strategy,
                    "statistic": STATISTICS[name],
                    "n_printed": len(known),
                    "n_within": int((distance <= 2).sum()),
                    "mean_printed": known[f"{name}_printed"].mean(),
                    "mean": known[name].mean(),
                    "rmsd": float((known[f"{name}_difference"] ** 2).mean() ** 0.5),
                    "rank_correlation": known[name].corr(
                        known[f"{name}_printed"], method="spearman"
                    ),
                    "farthest": known["model"].iloc[int(distance.argmax())] if far else "",
                }
            )
    return pd.DataFrame(rows)


def audit_sources(
    given: Iterable[tuple[Mapping[str, Any], str | None, pd.DataFrame]],
) -> dict[tuple[str, str], pd.DataFrame]:
    """Returns by name and weighting of their source, for `standard_momentum_audit`.

    A source's name is the vintage where that is known, else the file's name.

    Parameters
    ----------
    given : iterable of (facts, path, returns)
        What `bayesfolio.momentum.industries.provenance` says of the returns, and the file that
        they were read from.

    Raises
    ------
    DataError
        Two sources of one name and weighting, whose rows could not be told apart.
    """
    found: dict[tuple[str, str], pd.DataFrame] = {}
    for facts, path, returns in given:
        stated = facts["vintage"] != "not stated"
        name = str(facts["vintage"] if stated else Path(path).stem if path else facts["source"])
        key = (name, str(facts["weighting"]))
        if key in found:
            raise DataError(
                f"two sources of the audit are called {name!r} and {key[1]}-weighted, the run's "
                "own being the first: leave one out of momentum.audit, or rename its file"
            )
        found[key] = returns
    return found
