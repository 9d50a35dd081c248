"""Putting the M6 study's fits, baselines, pools and outcomes together."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfolio.core.errors import ForecastError
from bayesfolio.core.seeds import generator
from bayesfolio.core.types import FloatArray
from bayesfolio.m6.baseline import student_baseline
from bayesfolio.m6.competition import COMPETITION_START, read_competition
from bayesfolio.m6.files import read_periods, read_prices
from bayesfolio.m6.fit_files import read_fit
from bayesfolio.m6.four_weeks import AssetPeriods
from bayesfolio.m6.study import (
    LEVELS,
    RankForecasts,
    RankStudy,
    add_pools,
    probability_integral_transforms,
    ranked_probabilities,
    realised_targets,
)


def assemble_forecasts(
    periods_file: str | Path,
    prices_file: str | Path,
    fits: Mapping[tuple[str, int], str | Path],
    *,
    competition: str | Path | None,
    scored: Sequence[int],
    unchanged: Mapping[str, str],
    baseline: Mapping[str, Any],
    seed: int,
) -> RankStudy:
    """Read all fits, forecast by the baselines, pool, and set beside what came.

    Parameters
    ----------
    periods_file, prices_file : path
        Of `write_periods` and `write_prices`.
    fits : mapping of (variant, period) to path
        Of `write_forecast`; each variant has the same periods.
    competition : path or None
        Folder of the competition's outcome, whose returns and targets go before those of the
        prices; scored periods must be months of it.
    scored : sequence of int
        Periods that count.
    unchanged : mapping of str to str
        Assets whose price does not change any more, and since when.
    baseline : mapping
        half_lives, and settings of `student_baseline`.
    seed : int
        The run's.

    Raises
    ------
    ForecastError
        No scored period has returns; an outcome of the competition of other assets, or without a
        month for each scored period.
    """
    data, prices = read_periods(periods_file), read_prices(prices_file)
    variants = list(dict.fromkeys(variant for variant, _ in fits))
    numbers = sorted({period for _, period in fits})
    assets = list(data.classes.index)
    returns, targets = _competition_outcomes(data, numbers, scored, competition)
    half_lives = baseline["half_lives"]
    settings = {key: value for key, value in baseline.items() if key != "half_lives"}
    methods = [*variants, *(f"Student t, half-life {days}" for days in half_lives)]

    shape = (len(numbers), len(variants))
    probabilities = np.full((len(numbers), len(methods), len(assets), 5), np.nan)
    transforms = np.full((*shape, len(assets)), np.nan)
    quantiles = np.full((*shape, len(assets), len(LEVELS)), np.nan)
    centre, spread = np.full((2, *shape, len(LEVELS)), np.nan)
    for p, number in enumerate(numbers):
        base = data.calendar["base"].to_dict()[number]
        fixed = [name for name, day in unchanged.items() if pd.Timestamp(day) <= base]
        awarded = bool(np.isfinite(targets[p]).any())
        if not awarded:
            returns[p] = np.where(
                np.isin(assets, fixed) & np.isfinite(data.returns.loc[number]).any(),
                0.0,
                data.returns.loc[number],
            )
        drawn: dict[str, tuple[FloatArray, Sequence[str]]] = {}
        for v, variant in enumerate(variants):
            fit = read_fit(variant, number, fits[variant, number])
            forecast = fit.forecast
            drawn[variant] = (forecast.returns, fit.assets)
            columns = np.array([assets.index(name) for name in fit.assets])
            transforms[p, v, columns] = probability_integral_transforms(
                forecast.returns, returns[p, columns]
            )
            quantiles[p, v, columns] = np.quantile(forecast.returns, LEVELS, axis=0).T
            centre[p, v] = np.quantile(forecast.returns.mean(axis=1), LEVELS)
            spread[p, v] = np.quantile(forecast.returns.std(axis=1), LEVELS)
        known = np.isin(assets, [*drawn[variants[0]][1], *fixed])
        if not awarded:  # assets without a forecast are not ranked among the others
            targets[p] = realised_targets(np.where(known, returns[p], np.nan))
        over = np.isfinite(targets[p, :, 0])
        ranked = over if over.any() else known
        names = [name for name, kept in zip(assets, known, strict=True) if kept]
        for method, draws in zip(
            methods[len(variants) :],
            _baselines(prices.closes[names], base, half_lives, settings, fixed, seed, number),
            strict=True,
        ):
            drawn[method] = (draws, names)
        for m, method in enumerate(methods):
            draws, whose = drawn[method]
            probabilities[p, m] = ranked_probabilities(draws, whose, assets, fixed, ranked)
    if not np.isfinite(targets[np.isin(numbers, scored)]).any():
        raise ForecastError(
            "no scored period has returns: the prices end before them; score earlier periods"
        )
    pooled = add_pools(
        RankForecasts(tuple(methods), tuple(numbers), tuple(assets), probabilities, targets)
    )
    return RankStudy(
        methods=np.array(pooled.forecasts.methods),
        n_variants=len(variants),
        periods=np.array(numbers),
        starts=np.array([f"{day:%Y-%m-%d}" for day in data.calendar.loc[numbers, "start"]]),
        scored=np.isin(numbers, scored),
        assets=np.array(assets),
        classes=data.classes.to_numpy(dtype=str),
        probabilities=pooled.forecasts.probabilities,
        targets=targets,
        returns=returns,
        weights=np.stack(list(pooled.weights.values())),
        transforms=transforms,
        quantiles=quantiles,
        centre=centre,
        spread=spread,
    )


def _competition_outcomes(
    data: AssetPeriods,
    numbers: Sequence[int],
    scored: Sequence[int],
    competition: str | Path | None,
) -> tuple[FloatArray, FloatArray]:
    """Returns (P, N) and targets (P, N, 5) of the competition's months, NaN of other periods."""
    assets = data.classes.index
    returns = np.full((len(numbers), len(assets)), np.nan)
    targets = np.full((*returns.shape, 5), np.nan)
    if competition is None:
        return returns, targets
    outcome = read_competition(competition)
    strangers = set(outcome.returns.columns) ^ set(assets)
    if strangers:
        raise ForecastError(
            f"{sorted(strangers)[0]} is only in one of the competition's outcome and the universe; "
            "its targets rank all assets of the universe: use the competition's, or competition: "
            "false"
        )
    columns = outcome.returns.columns.get_indexer(assets)
    months = list(outcome.returns.index)
    for p, number in enumerate(numbers):
        start = data.calendar["start"].to_dict()[number]
        month = (start - pd.Timestamp(COMPETITION_START)).days / 28 + 1
        if month in months:
            row = months.index(month)
            returns[p] = outcome.returns.to_numpy()[row, columns]
            targets[p] = outcome.targets[row, columns]
        elif number in scored:
            raise ForecastError(
                f"period {number}, which starts on {start:%Y-%m-%d}, is no month of the "
                f"competition's outcome, which has {len(months)} from {COMPETITION_START} on; "
                "score those, or set competition: false"
            )
    return returns, targets


def _baselines(
    closes: pd.DataFrame,
    base: pd.Timestamp,
    half_lives: Sequence[int],
    settings: Mapping[str, Any],
    unchanged: Sequence[str],
    seed: int,
    period: int,
) -> Iterator[FloatArray]:
    for days in half_lives:
        yield student_baseline(
            closes,
            base,
            half_life=days,
            unchanged=unchanged,
            rng=generator(seed, "m6", f"baseline {days}", period),
            **settings,
        )
