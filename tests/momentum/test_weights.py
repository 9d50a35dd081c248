"""Momentum weights: long the winners, short the losers."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from bayesfolio.momentum.weights import momentum_weights

DISTINCT = st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=30, unique=True)


def test_deciles_of_ten_assets() -> None:
    weights = momentum_weights([3, 1, 4, -1, 5, 9, 2, 6, -5, 8])
    np.testing.assert_array_equal(weights, [0, 0, 0, 0, 0, 1, 0, 0, -1, 0])


def test_quintiles_of_ten_assets() -> None:
    weights = momentum_weights(np.arange(10.0), (0.2, 0.7))
    np.testing.assert_array_equal(weights[:2], [-0.5, -0.5])
    np.testing.assert_array_equal(weights[7:], [1 / 3] * 3)
    assert not weights[2:7].any()


def test_rule_of_ties() -> None:
    np.testing.assert_array_equal(momentum_weights(np.zeros(4)), [1, 0, 0, -1])
    np.testing.assert_array_equal(momentum_weights([2, 7, 7, 2, 3]), [0, 1, 0, -1, 0])
    np.testing.assert_array_equal(momentum_weights([0.0, -0.0]), [1, -1])
    many = momentum_weights(np.tile([1.0, 2.0], 100))
    assert np.flatnonzero(many > 0).tolist() == list(range(1, 41, 2))
    assert np.flatnonzero(many < 0).tolist() == list(range(160, 200, 2))


@settings(deadline=None)
@given(scores=DISTINCT, lower=st.floats(0, 0.5), upper=st.floats(0.5, 1))
def test_legs_are_those_of_the_quantiles(scores: list[int], lower: float, upper: float) -> None:
    """Equation (7) as it stands, for scores that all differ."""
    x = np.array(scores, dtype=float)
    if not lower < upper:
        return
    # Work on ranks, in whose units a quantile is far from an asset or exactly at it.
    ranks = np.argsort(np.argsort(x))
    low, high = lower * (len(x) - 1), upper * (len(x) - 1)
    losers, winners = ranks <= low + 1e-9, ranks >= high - 1e-9
    if (losers & winners).any():
        with pytest.raises(ValueError, match="legs that do not overlap"):
            momentum_weights(x, (lower, upper))
        return
    weights = momentum_weights(x, (lower, upper))
    np.testing.assert_array_equal(weights > 0, winners)
    np.testing.assert_array_equal(weights < 0, losers)


@settings(max_examples=300, deadline=None)
@given(
    scores=arrays(
        float, st.tuples(st.integers(1, 6), st.integers(2, 25)), elements=st.floats(-9, 9)
    ),
    lower=st.floats(0, 0.3),
    upper=st.floats(0.7, 1),
)
def test_each_row_is_self_financing(scores: np.ndarray, lower: float, upper: float) -> None:
    weights = momentum_weights(scores, (lower, upper))
    assert weights.shape == scores.shape
    np.testing.assert_allclose(weights.sum(axis=-1), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.clip(weights, 0, None).sum(axis=-1), 1.0, atol=1e-12)
    worst_long = np.where(weights > 0, scores, np.inf).min(axis=-1)
    best_short = np.where(weights < 0, scores, -np.inf).max(axis=-1)
    assert (worst_long >= best_short).all()
    for row, expected in zip(scores, weights, strict=True):
        np.testing.assert_array_equal(momentum_weights(row, (lower, upper)), expected)
    if scores.shape[1] == 10:
        deciles = momentum_weights(scores)
        assert ((deciles == 1).sum(axis=-1) == 1).all()
        assert ((deciles == -1).sum(axis=-1) == 1).all()


@settings(deadline=None)
@given(scores=DISTINCT, seed=st.integers(0, 99))
def test_invariance(scores: list[int], seed: int) -> None:
    x = np.array(scores, dtype=float)
    weights = momentum_weights(x)
    for transformed in (3.0 * x - 7.0, np.arctan(x / 1e4), x**3):
        np.testing.assert_array_equal(momentum_weights(transformed), weights)
    np.testing.assert_array_equal(momentum_weights(-x), -weights)
    order = np.random.default_rng(seed).permutation(len(x))
    np.testing.assert_array_equal(momentum_weights(x[order]), weights[order])


def test_scores_are_kept() -> None:
    scores = np.arange(10.0)
    momentum_weights(scores)
    np.testing.assert_array_equal(scores, np.arange(10.0))


@pytest.mark.parametrize(
    ("scores", "breakpoints", "message"),
    [
        ([1.0], (0.1, 0.9), "at least two assets"),
        (1.0, (0.1, 0.9), "at least two assets"),
        ([[1.0, 2.0], [np.nan, 1.0]], (0.1, 0.9), r"scores\[1, 0\] is nan"),
        ([1.0, np.inf], (0.1, 0.9), r"scores\[1\] is inf"),
        ([1.0, 2.0], (0.9, 0.1), "expected 0 <= lower < upper <= 1"),
        ([1.0, 2.0], (-0.1, 0.9), "expected 0 <= lower < upper <= 1"),
        ([1.0, 2.0, 3.0], (0.5, 0.5 + 1e-12), "2 assets long and 2 short with 3 assets"),
    ],
)
def test_errors(scores: object, breakpoints: tuple[float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        momentum_weights(scores, breakpoints)  # type: ignore[arg-type]
