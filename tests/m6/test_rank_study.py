"""Quintile forecasts of several methods: what is ranked, pooled and scored."""

from dataclasses import replace

import numpy as np
import pytest

from bayesfolio.core.errors import ForecastError
from bayesfolio.m6.study import (
    RankForecasts,
    add_pools,
    probability_integral_transforms,
    ranked_probabilities,
    realised_targets,
    reliability,
    summarise_scores,
)

P, M, N = 5, 3, 10
ASSETS = tuple("abcdefghij")


@pytest.fixture
def forecasts() -> RankForecasts:
    """Three methods; the second knows something of what came, the last period is not over."""
    rng = np.random.default_rng(2)
    targets = np.stack([realised_targets(rng.standard_normal(N)) for _ in range(P)])
    probabilities = rng.dirichlet(4 * np.ones(5), (P, M, N))
    probabilities[:, 1] = 0.8 * probabilities[:, 1] + 0.2 * (0.1 + 0.5 * targets)
    targets[-1] = np.nan
    probabilities /= probabilities.sum(axis=-1, keepdims=True)
    return RankForecasts(("one", "two", "three"), (4, 5, 6, 7, 9), ASSETS, probabilities, targets)


def test_pools_learn_what_is_good_and_from_the_past_only(forecasts: RankForecasts) -> None:
    pooled = add_pools(forecasts)
    assert pooled.forecasts.methods == (
        *forecasts.methods, "equal pool", "linear pool", "log pool",
    )  # fmt: skip
    for weights in pooled.weights.values():
        np.testing.assert_allclose(weights[0], 1 / 3)
        assert weights[-1, 1] > 0.4
        np.testing.assert_allclose(weights.sum(axis=1), 1)
    equal = pooled.forecasts.probabilities[:, M]
    np.testing.assert_allclose(equal, forecasts.probabilities.mean(axis=1))
    # Another outcome of period 2 changes nothing up to period 2, and something after.
    changed = forecasts.targets.copy()
    changed[2] = 1.0 * (
        forecasts.probabilities[2, 0] == forecasts.probabilities[2, 0].max(axis=1, keepdims=True)
    )
    again = add_pools(replace(forecasts, targets=changed))
    before, after = pooled.forecasts.probabilities, again.forecasts.probabilities
    np.testing.assert_array_equal(before[:3], after[:3])
    assert (before[3:] != after[3:]).any()


def test_scores_are_means_over_ranked_assets(forecasts: RankForecasts) -> None:
    targets = forecasts.targets.copy()
    targets[0, 3] = np.nan
    scores = replace(forecasts, targets=targets).scores()
    assert np.isnan(scores[-1]).all()
    kept = [n for n in range(N) if n != 3]
    gaps = np.cumsum(targets[0, kept] - forecasts.probabilities[0, 2, kept], axis=1)
    assert scores[0, 2] == pytest.approx(np.mean(gaps**2))
    assert np.argmin(np.nanmean(scores, axis=0)) == 1


def test_unchanged_assets_are_ranked_at_zero_and_others_as_drawn() -> None:
    draws = np.array([[1.0, -1.0, 2.0, -2.0], [3.0, -1.0, 2.0, 4.0]])
    names, assets = ["a", "b", "c", "d"], ["d", "c", "still", "b", "a", "gone"]
    ranked = np.array([True, True, True, True, True, False])
    found = ranked_probabilities(draws, names, assets, ["still"], ranked)
    np.testing.assert_array_equal(found[2], [0, 0.5, 0.5, 0, 0])  # third, then second lowest
    np.testing.assert_array_equal(found[0], [0.5, 0, 0, 0, 0.5])
    assert np.isnan(found[5]).all()
    with pytest.raises(ForecastError, match="gone has a return but no forecast"):
        ranked_probabilities(draws, names, assets, ["still"], np.ones(6, dtype=bool))


def test_assets_without_a_return_are_not_ranked() -> None:
    targets = realised_targets(np.array([0.3, np.nan, 0.1, 0.2, 0.5, 0.4]))
    np.testing.assert_array_equal(np.argmax(targets[[0, 2, 3, 4, 5]], axis=1), [2, 0, 1, 4, 3])
    assert np.isnan(targets[1]).all()
    assert np.isnan(realised_targets(np.array([0.3, np.nan, 0.1]))).all()


def test_summary_is_paired() -> None:
    scores, other = np.array([0.15, 0.16, 0.17]), np.array([0.14, 0.16, 0.18])
    found = summarise_scores(scores, other)
    assert found.mean == pytest.approx(0.16)
    assert found.error == pytest.approx(0.01 / np.sqrt(3))
    assert found.difference == pytest.approx(0)
    assert found.difference_error == pytest.approx(0.01 / np.sqrt(3))
    with pytest.raises(ForecastError, match="scores of 1 and 1 periods, expected"):
        summarise_scores(scores[:1], other[:1])


def test_reliability_of_honest_forecasts() -> None:
    rng = np.random.default_rng(3)
    probabilities = rng.uniform(0, 1, 40_000)
    came = (rng.uniform(0, 1, 40_000) < probabilities).astype(float)
    edges = np.linspace(0, 1, 6)
    forecast, observed, count = reliability(probabilities, came, edges)
    assert count.sum() == 40_000
    np.testing.assert_allclose(forecast, [0.1, 0.3, 0.5, 0.7, 0.9], atol=0.01)
    # 4.5 standard errors in five bins: a false alarm in 30,000 seeds.
    assert np.all(np.abs(observed - forecast) < 4.5 * 0.5 / np.sqrt(count))


def test_transforms_are_shares_below() -> None:
    draws = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 5.0], [3.0, 1.0]])
    found = probability_integral_transforms(draws, np.array([1.5, 1.0]))
    np.testing.assert_array_equal(found, [0.5, 0.375])
    assert np.isnan(probability_integral_transforms(draws, np.array([np.nan, 0]))[0])
