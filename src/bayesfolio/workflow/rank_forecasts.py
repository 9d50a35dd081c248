"""Putting the M6 study's fits, baselines, pools and outcomes together."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesfolio.data import read_competition
from bayesfolio.data.m6 import COMPETITION_START
from bayesfolio.features import AssetPeriods
from bayesfolio.forecasting import student_baseline
from bayesfolio.forecasting.rank_study import (
    LEVELS,
    RankForecasts,
    RankStudy,
    add_pools,
    probability_integral_transforms,
    ranked_probabilities,
    realised_targets,
)
from bayesfolio.workflow.universe import read_forecast, read_periods, read_prices

FloatArray = NDArray[np.float64]


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
        prices.
    scored : sequence of int
        Periods that count.
    unchanged : mapping of str to str
        Assets whose price does not change any more, and since when.
    baseline : mapping
        half_lives, and settings of `student_baseline`.
    seed : int
        The run's.
    """
    data, prices = read_periods(periods_file), read_prices(prices_file)
    variants = list(dict.fromkeys(variant for variant, _ in fits))
    numbers = sorted({period for _, period in fits})
    assets = list(data.classes.index)
    returns, targets = _outcomes(data, numbers, competition)
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
        over = np.isfinite(targets[p, :, 0])
        drawn: dict[str, tuple[FloatArray, Sequence[str]]] = {}
        for v, variant in enumerate(variants):
            forecast, own = read_forecast(fits[variant, number])
            drawn[variant] = (forecast.returns, own)
            columns = np.array([assets.index(name) for name in own])
            transforms[p, v, columns] = probability_integral_transforms(
                forecast.returns, returns[p, columns]
            )
            quantiles[p, v, columns] = np.quantile(forecast.returns, LEVELS, axis=0).T
            centre[p, v] = np.quantile(forecast.returns.mean(axis=1), LEVELS)
            spread[p, v] = np.quantile(forecast.returns.std(axis=1), LEVELS)
        known = np.isin(assets, [*drawn[variants[0]][1], *fixed])
        ranked = over & known if over.any() else known
        targets[p, ~ranked] = np.nan
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


def _outcomes(
    data: AssetPeriods, numbers: Sequence[int], competition: str | Path | None
) -> tuple[FloatArray, FloatArray]:
    """Realised returns (P, N) and targets (P, N, 5), those of the competition in its months."""
    returns = data.returns.loc[list(numbers)].to_numpy(copy=True)
    targets = np.stack([realised_targets(row) for row in returns])
    if competition is not None:
        outcome = read_competition(competition)
        columns = outcome.returns.columns.get_indexer(data.classes.index)
        for p, start in enumerate(data.calendar.loc[list(numbers), "start"]):
            month = (start - pd.Timestamp(COMPETITION_START)).days / 28 + 1
            if month in outcome.returns.index:
                row = list(outcome.returns.index).index(month)
                returns[p] = outcome.returns.to_numpy()[row, columns]
                targets[p] = outcome.targets[row, columns]
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
        key = (crc32(b"m6"), crc32(b"baseline"), days, period)
        yield student_baseline(
            closes,
            base,
            half_life=days,
            unchanged=unchanged,
            rng=np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key)),
            **settings,
        )
