"""Forecasts of quintiles by several methods over several periods, pooled and scored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesfolio.core.errors import ForecastError
from bayesfolio.core.types import FloatArray
from bayesfolio.m6.pools import PoolKind, linear_pool, log_pool, pool_weights
from bayesfolio.m6.quintiles import (
    QUINTILES,
    quintile_probabilities,
    quintile_targets,
    ranked_probability_score,
)

BoolArray = NDArray[np.bool_]

POOLS = ("equal pool", "linear pool", "log pool")
"""Means of all methods' forecasts, and pools whose weights are learnt from past periods."""

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of forecast draws that are kept."""


@dataclass(frozen=True)
class RankForecasts:
    """Forecasts of M methods over P periods of N assets.

    Attributes
    ----------
    methods : tuple of str
    periods : tuple of int
        In order.
    assets : tuple of str
    probabilities : (P, M, N, 5) array
        Of each quintile of returns, the lowest first; NaN where an asset is not ranked.
    targets : (P, N, 5) array
        Realised; NaN where an asset is not ranked, and in periods that are not over.
    """

    methods: tuple[str, ...]
    periods: tuple[int, ...]
    assets: tuple[str, ...]
    probabilities: FloatArray
    targets: FloatArray

    @property
    def over(self) -> BoolArray:
        """Periods (P,) that have targets."""
        return np.asarray(np.isfinite(self.targets).any(axis=(1, 2)))

    def scores(self) -> FloatArray:
        """Mean ranked probability score (P, M) over assets; NaN in periods that are not over."""
        found = np.full((len(self.periods), len(self.methods)), np.nan)
        for p in np.flatnonzero(self.over):
            ranked = np.isfinite(self.targets[p, :, 0])
            for m in range(len(self.methods)):
                found[p, m] = ranked_probability_score(
                    self.probabilities[p, m, ranked], self.targets[p, ranked]
                ).mean()
        return found


def realised_targets(returns: FloatArray) -> FloatArray:
    """Targets (N, 5) of a period's returns; assets without one (NaN) are not ranked."""
    ranked = np.isfinite(returns)
    targets = np.full((returns.size, QUINTILES), np.nan)
    if ranked.sum() >= QUINTILES:
        targets[ranked] = quintile_targets(returns[ranked])
    return targets


def ranked_probabilities(
    draws: FloatArray,
    drawn: Sequence[str],
    assets: Sequence[str],
    unchanged: Sequence[str],
    ranked: BoolArray,
) -> FloatArray:
    """Probabilities (N, 5) of the assets that are ranked, NaN of the others.

    Parameters
    ----------
    draws : (D, n) array
        Of the returns of the assets `drawn`.
    drawn : sequence of str
        Their names.
    assets : sequence of str
        The N assets of the result.
    unchanged : sequence of str
        Assets that return zero in every draw.
    ranked : (N,) array
        Assets to be ranked.

    Raises
    ------
    ForecastError
        An asset is to be ranked that is neither drawn nor unchanged.
    """
    column = {name: n for n, name in enumerate(drawn)}
    names = [name for name, wanted in zip(assets, ranked, strict=True) if wanted]
    strangers = [name for name in names if name not in column and name not in unchanged]
    if strangers:
        raise ForecastError(
            f"{strangers[0]} has a return but no forecast: it had none before; leave the asset or "
            "the period out"
        )
    values = np.zeros((len(draws), len(names)))
    for n, name in enumerate(names):
        if name not in unchanged:
            values[:, n] = draws[:, column[name]]
    found = np.full((len(assets), QUINTILES), np.nan)
    found[ranked] = quintile_probabilities(values)
    return found


@dataclass(frozen=True)
class PooledForecasts:
    """Forecasts with pools among the methods.

    Attributes
    ----------
    forecasts : RankForecasts
        Methods pooled first, then `POOLS`.
    weights : mapping of str to (P, M) array
        Weights of the pools that learn, by pool.
    """

    forecasts: RankForecasts
    weights: Mapping[str, FloatArray]


def add_pools(forecasts: RankForecasts) -> PooledForecasts:
    """Pool all methods, period by period, with weights learnt on the periods over by then.

    A period's weights minimise the mean score over all earlier periods, on the assets ranked in
    each of them; they are equal in the first period. Nothing of the period itself or later is used.
    """
    probabilities, targets, over = forecasts.probabilities, forecasts.targets, forecasts.over
    n_periods, n_methods = probabilities.shape[:2]
    equal = np.full(n_methods, 1 / n_methods)
    kinds: tuple[PoolKind, ...] = ("linear", "log")
    weights = {kind: np.tile(equal, (n_periods, 1)) for kind in kinds}
    pooled = np.full((n_periods, len(POOLS), *probabilities.shape[2:]), np.nan)
    for p in range(n_periods):
        past = [q for q in range(p) if over[q]]
        common = np.isfinite(targets[past][..., 0]).all(axis=0) if past else np.zeros(0, bool)
        for kind, own in weights.items():
            if past and common.any():
                own[p] = pool_weights(
                    probabilities[past][:, :, common], targets[past][:, common], kind
                )
        ranked = np.isfinite(probabilities[p, 0, :, 0])
        now = probabilities[p][:, ranked]
        pooled[p][:, ranked] = [
            linear_pool(now, equal),
            linear_pool(now, weights["linear"][p]),
            log_pool(now, weights["log"][p]),
        ]
    return PooledForecasts(
        RankForecasts(
            (*forecasts.methods, *POOLS),
            forecasts.periods,
            forecasts.assets,
            np.concatenate([probabilities, pooled], axis=1),
            targets,
        ),
        {f"{kind} pool": own for kind, own in weights.items()},
    )


@dataclass(frozen=True)
class ScoreSummary:
    """Scores of one method over several periods.

    Attributes
    ----------
    mean, error : float
        Mean score, and its standard error over periods.
    difference, difference_error : float
        Less that of another method, paired by period.
    """

    mean: float
    error: float
    difference: float
    difference_error: float


def summarise_scores(scores: FloatArray, other: FloatArray) -> ScoreSummary:
    """Mean of a method's scores (P,) and of their differences from another's."""
    n = scores.size
    if n != other.size or n < 2:
        raise ForecastError(
            f"scores of {n} and {other.size} periods, expected as many of both and at least 2; "
            "score more periods"
        )
    difference = scores - other
    return ScoreSummary(
        float(scores.mean()),
        float(scores.std(ddof=1) / np.sqrt(n)),
        float(difference.mean()),
        float(difference.std(ddof=1) / np.sqrt(n)),
    )


def reliability(
    probabilities: FloatArray, targets: FloatArray, edges: FloatArray
) -> tuple[FloatArray, FloatArray, NDArray[np.int_]]:
    """Forecast probabilities against how often the quintile came.

    Parameters
    ----------
    probabilities, targets : arrays of one shape
        Forecasts and realised shares.
    edges : (B + 1,) array
        Bins of probabilities.

    Returns
    -------
    forecast, observed : (B,) arrays
        Means in each bin, NaN where it is empty.
    count : (B,) array
        Forecasts in each bin.
    """
    bins = np.digitize(probabilities.ravel(), edges[1:-1])
    count = np.bincount(bins, minlength=edges.size - 1)
    with np.errstate(invalid="ignore"):
        forecast, observed = (
            np.bincount(bins, values.ravel(), minlength=edges.size - 1) / count
            for values in (probabilities, targets)
        )
    return forecast, observed, count


def probability_integral_transforms(draws: FloatArray, realised: FloatArray) -> FloatArray:
    """Share of draws (D, N) below the realised values (N,), ties by half; NaN without a value."""
    below = (draws < realised).mean(axis=0) + 0.5 * (draws == realised).mean(axis=0)
    return np.where(np.isfinite(realised), below, np.nan)


@dataclass(frozen=True)
class RankStudy:
    """All that tables and figures of the M6 study show of forecasts and outcomes.

    V variants of the factor model come first among M methods, then B baselines, then `POOLS`.

    Attributes
    ----------
    methods : (M,) array of str
    n_variants : int
        V.
    periods : (P,) array of int
        Numbers of the periods.
    starts : (P,) array of str
        First day of each.
    scored : (P,) array of bool
        Periods that count for the tables; earlier ones serve pools to learn from.
    assets, classes : (N,) arrays of str
    probabilities : (P, M, N, 5) array
    targets : (P, N, 5) array
    returns : (P, N) array
        Realised, as fractions; NaN where there is none.
    weights : (2, P, V + B) array
        Of the linear and of the log pool.
    transforms : (P, V, N) array
        Share of forecast draws below the realised return.
    quantiles : (P, V, N, 5) array
        `LEVELS` of forecast draws.
    centre, spread : (P, V, 5) arrays
        `LEVELS` of the mean, and of the standard deviation, over assets of each draw.
    """

    methods: NDArray[np.str_]
    n_variants: int
    periods: NDArray[np.int_]
    starts: NDArray[np.str_]
    scored: BoolArray
    assets: NDArray[np.str_]
    classes: NDArray[np.str_]
    probabilities: FloatArray
    targets: FloatArray
    returns: FloatArray
    weights: FloatArray
    transforms: FloatArray
    quantiles: FloatArray
    centre: FloatArray
    spread: FloatArray

    @property
    def variants(self) -> list[str]:
        """Names of the variants."""
        return [str(name) for name in self.methods[: self.n_variants]]

    @property
    def over(self) -> BoolArray:
        """Scored periods (P,) that have come."""
        return self.scored & np.isfinite(self.targets).any(axis=(1, 2))

    def forecast(self, period: int, method: str) -> tuple[FloatArray, list[str]]:
        """Probabilities (n, 5) of a method for a period, and the n assets that it ranks."""
        if period not in self.periods or method not in self.methods:
            raise ForecastError(
                f"no forecast of period {period} by {method!r}; expected one of the periods "
                f"{', '.join(map(str, self.periods))} and methods {', '.join(self.methods)}"
            )
        row = int(np.flatnonzero(self.periods == period)[0])
        column = int(np.flatnonzero(self.methods == method)[0])
        found = self.probabilities[row, column]
        ranked = np.isfinite(found[:, 0])
        return found[ranked], [str(name) for name in self.assets[ranked]]

    def scores(self) -> FloatArray:
        """Mean ranked probability scores (P, M), NaN in periods that are not over."""
        return RankForecasts(
            tuple(self.methods),
            tuple(self.periods),
            tuple(self.assets),
            self.probabilities,
            self.targets,
        ).scores()
