"""Resampling schemes: unbiased, sorted, and as even as theory has it."""

import numpy as np
import pytest
from filter_cases import standard_errors, z_bound
from hypothesis import given, settings, strategies as st

from bayesfolio.filters.resampling import RESAMPLING

SCHEMES = list(RESAMPLING)
WEIGHTS = np.array([0.02, 0.3, 0.0, 0.11, 1e-4, 0.25, 0.0, 0.2, 0.1199])
POSITIVE = st.one_of(st.just(0.0), st.floats(1e-12, 1e3), st.floats(0.1, 1.0))
VECTORS = st.lists(POSITIVE, min_size=1, max_size=40).filter(lambda w: sum(w) > 0)


def copies(scheme: str, rng: np.random.Generator, weights: np.ndarray, n: int) -> np.ndarray:
    ancestors = RESAMPLING[scheme](rng, weights, n)
    assert ancestors.shape == (n,)
    assert ancestors.dtype == np.int64
    assert (np.diff(ancestors) >= 0).all()
    return np.bincount(ancestors, minlength=len(weights))


@pytest.mark.parametrize("scale", [1.0, 7.3])
@pytest.mark.parametrize("n", [1, 5, 9, 40])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_copies_are_expected_in_proportion_to_weights(scheme: str, n: int, scale: float) -> None:
    rng = np.random.default_rng(n)
    shares = WEIGHTS / WEIGHTS.sum()
    counts = np.array([copies(scheme, rng, scale * WEIGHTS, n) for _ in range(20_000)])
    varying = counts.std(axis=0) > 0
    assert (counts[:, ~varying] == np.round(n * shares[~varying])).all()
    assert not counts[:, WEIGHTS == 0].any()
    # The smallest weight is seen too rarely for a normal limit; false alarm 1e-6 over the others.
    varying &= n * shares > 0.01
    distance = standard_errors(counts[:, varying], n * shares[varying])
    assert distance < z_bound(1e-6, 9)


def test_multinomial_copies_have_a_multinomials_variance() -> None:
    rng, n = np.random.default_rng(3), 30
    shares = WEIGHTS / WEIGHTS.sum()
    counts = np.array([copies("multinomial", rng, WEIGHTS, n) for _ in range(20_000)])
    squares = (counts - n * shares) ** 2
    some = shares > 0.01
    # Two neighbours as well: sorted uniforms that are not independent would change covariances.
    both = (counts[:, 1] - n * shares[1]) * (counts[:, 3] - n * shares[3])
    values = np.column_stack([squares[:, some], both])
    expected = np.append((n * shares * (1 - shares))[some], -n * shares[1] * shares[3])
    assert standard_errors(values, expected) < z_bound(1e-6, len(expected))


@settings(deadline=None)
@given(weights=VECTORS, n=st.integers(1, 60), seed=st.integers(0, 99))
def test_counts_are_within_what_theory_allows(weights: list[float], n: int, seed: int) -> None:
    w = np.array(weights)
    expected = n * w / w.sum()
    slack = 1e-9 * n
    for scheme in SCHEMES:
        count = copies(scheme, np.random.default_rng(seed), w, n)
        assert count.sum() == n
        assert not count[w == 0].any()
        if scheme == "systematic":
            assert (count >= np.floor(expected - slack)).all()
            assert (count <= np.ceil(expected + slack)).all()
        if scheme == "stratified":
            assert (count > expected - 2 - slack).all()
            assert (count < expected + 2 + slack).all()
        if scheme == "residual":
            assert (count >= np.floor(expected - slack)).all()


def test_partial_sums_of_stratified_copies_are_within_one() -> None:
    rng = np.random.default_rng(9)
    for _ in range(200):
        w, n = rng.gamma(0.5, size=30), int(rng.integers(1, 80))
        for scheme in ("systematic", "stratified"):
            sums = np.cumsum(copies(scheme, rng, w, n))
            assert np.abs(sums - n * np.cumsum(w) / w.sum()).max() < 1 + 1e-9


@pytest.mark.parametrize("scheme", ["systematic", "stratified", "residual"])
def test_equal_weights_are_kept_as_they_are(scheme: str) -> None:
    rng = np.random.default_rng(2)
    for m in (4, 16, 64, 1024):
        np.testing.assert_array_equal(RESAMPLING[scheme](rng, np.ones(m), m), np.arange(m))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_weights_that_underflow_are_never_chosen(scheme: str) -> None:
    rng = np.random.default_rng(0)
    weights = np.exp(np.array([-800.0, 0.0, -900.0, -1.0, -745.5, -2000.0]))
    assert (weights == 0).sum() == 4
    for _ in range(500):
        assert np.isin(RESAMPLING[scheme](rng, weights, 25), [1, 3]).all()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_weights_are_not_changed(scheme: str) -> None:
    weights = WEIGHTS.copy()
    weights.flags.writeable = False
    RESAMPLING[scheme](np.random.default_rng(0), weights, 12)


def test_the_table_of_schemes_cannot_be_changed() -> None:
    assert set(SCHEMES) == {"systematic", "stratified", "multinomial", "residual"}
    with pytest.raises(TypeError):
        RESAMPLING["mine"] = RESAMPLING["residual"]  # type: ignore[index]


@pytest.mark.parametrize("n", [20, 49, 98, 1000])
def test_residual_resampling_keeps_every_particle_of_equal_weights(n: int) -> None:
    found = RESAMPLING["residual"](np.random.default_rng(1), np.full(n, 1 / n), n)
    np.testing.assert_array_equal(found, np.arange(n))
