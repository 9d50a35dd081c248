"""Co-moments, portfolio moments and betas against the definitions with Kronecker products."""

from dataclasses import replace

import numpy as np
import pytest
from comoment_cases import factor_matrices, kronecker_moments, random_comoments

from bayesfolio.comoments.locations import fourth_places, pair_places, third_places
from bayesfolio.comoments.moments import CoMoments, flatten, unique_places

SHAPES = [(2, 2, False), (4, 4, False), (5, 3, False), (4, 2, True)]


@pytest.fixture(params=SHAPES, ids=str)
def moments(request: pytest.FixtureRequest) -> CoMoments:
    n_assets, n_factors, residual = request.param
    return random_comoments(n_assets, n_factors, residual=residual)


@pytest.mark.parametrize("n", range(2, 9))
def test_places_of_what_is_not_zero(n: int) -> None:
    moments = random_comoments(n, n, n_dates=1)
    _, third, fourth = factor_matrices(moments, 0)
    third, fourth = third[:n, : (2 * n) ** 2], fourth[:n]
    h, k = moments.variances[0], moments.excess_kurtosis[0]
    size = 2 * n
    third = third.reshape(n, size, size)[:, :n, :n].reshape(n, -1)
    fourth = fourth.reshape(n, size, size, size)[:, :n, :n, :n].reshape(n, -1)
    filled = np.zeros(n**3)
    filled[third_places(n) - 1] = moments.third[0]
    np.testing.assert_allclose(filled, third.ravel(order="F"), rtol=1e-14)
    filled = np.zeros(n**4)
    filled[fourth_places(n) - 1] = h**2 * (k + 3)
    pairs, places = pair_places(n)
    assert len(pairs) == n * (n - 1) // 2
    assert (np.diff(places, axis=1) > 0).all()
    filled[places - 1] = (h[pairs[:, 0] - 1] * h[pairs[:, 1] - 1])[:, None]
    np.testing.assert_allclose(filled, fourth.ravel(order="F"), rtol=1e-14)
    assert np.count_nonzero(filled) == 3 * n * n - 2 * n


def test_one_factor_has_no_pairs() -> None:
    pairs, places = pair_places(1)
    assert pairs.shape == (0, 2)
    assert places.shape == (0, 6)


def test_tensors_are_those_of_the_kronecker_products(moments: CoMoments) -> None:
    for t in range(3):
        second, third, fourth = kronecker_moments(moments, t)
        np.testing.assert_allclose(moments.covariance(t)[0], second, atol=1e-11)
        found = flatten(moments.coskewness(t, standardised=False))[0]
        np.testing.assert_allclose(found, third, atol=1e-10)
        found = flatten(moments.cokurtosis(t, standardised=False))[0]
        np.testing.assert_allclose(found, fourth, atol=1e-10)


def test_standardised_tensors(moments: CoMoments) -> None:
    sd = np.sqrt(np.einsum("tii->ti", moments.covariance()))
    raw = moments.coskewness(slice(None), standardised=False)
    expected = raw / np.einsum("ti,tj,tk->tijk", sd, sd, sd)
    np.testing.assert_allclose(moments.coskewness(slice(None)), expected, rtol=1e-12)
    raw = moments.cokurtosis([0, 2], standardised=False)
    expected = raw / np.einsum("ti,tj,tk,tl->tijkl", *[sd[[0, 2]]] * 4)
    np.testing.assert_allclose(moments.cokurtosis([0, 2]), expected, rtol=1e-12)


@pytest.mark.parametrize("standardised", [True, False])
def test_single_entries_are_the_tensor_s(moments: CoMoments, standardised: bool) -> None:
    n = moments.n_assets
    third, fourth = (
        tensor(slice(None), standardised=standardised)
        for tensor in (moments.coskewness, moments.cokurtosis)
    )
    assert len(unique_places(n, 3)) == n * (n + 1) * (n + 2) // 6
    assert len(unique_places(n, 4)) == n * (n + 1) * (n + 2) * (n + 3) // 24
    for tensor in (third, fourth):
        places = unique_places(n, tensor.ndim - 1)
        found = moments.entries(places, standardised=standardised)
        np.testing.assert_allclose(found, tensor[(slice(None), *places.T)], atol=1e-11)
    places = unique_places(n, 2)
    found = moments.entries(places, [1], standardised=False)
    np.testing.assert_allclose(found[0], moments.covariance(1)[0][tuple(places.T)], atol=1e-12)


@pytest.mark.parametrize("varying", [False, True])
def test_portfolio_moments_and_betas_are_those_of_the_tensors(
    moments: CoMoments, varying: bool
) -> None:
    rng, n = np.random.default_rng(8), moments.n_assets
    weights = rng.uniform(0.1, 1, (3, n) if varying else n)
    weights /= weights.sum(axis=-1, keepdims=True)
    found, betas = moments.portfolio_moments(weights), moments.betas(weights)
    for t in range(3):
        w = weights[t] if varying else weights
        second, third, fourth = kronecker_moments(moments, t)
        ww = np.kron(w, w)
        rows = second @ w, third @ ww, fourth @ np.kron(ww, w)
        v, m3, m4 = (w @ row for row in rows)
        assert found.mean[t] == pytest.approx(moments.means[t] @ w, abs=1e-12)
        assert found.variance[t] == pytest.approx(v, rel=1e-12)
        assert found.third_moment[t] == pytest.approx(m3, rel=1e-10)
        assert found.fourth_moment[t] == pytest.approx(m4, rel=1e-11)
        assert found.skewness[t] == pytest.approx(m3 / v**1.5, rel=1e-10)
        assert found.excess_kurtosis[t] == pytest.approx(m4 / v**2 - 3, abs=1e-10)
        np.testing.assert_allclose(betas.covariance[t], rows[0] / v, atol=1e-11)
        np.testing.assert_allclose(betas.coskewness[t], rows[1] / m3, atol=1e-9)
        np.testing.assert_allclose(betas.cokurtosis[t], rows[2] / m4, atol=1e-11)
        np.testing.assert_allclose(betas.third_comoment[t], rows[1], atol=1e-10)
        assert betas.third_moment[t] == pytest.approx(m3, rel=1e-10)
    broadcast = np.broadcast_to(weights, (3, n))
    for values in (betas.covariance, betas.coskewness, betas.cokurtosis):
        np.testing.assert_allclose((values * broadcast).sum(axis=1), 1, atol=1e-10)


def test_gradients(moments: CoMoments) -> None:
    w, step = np.linspace(0.5, -0.2, moments.n_assets), 1e-6
    gradients = moments.moment_gradients(w)
    for i in range(moments.n_assets):
        ends = []
        for sign in (1, -1):
            moved = w.copy()
            moved[i] += sign * step
            found = moments.portfolio_moments(moved)
            ends.append([found.variance, found.third_moment, found.fourth_moment])
        slopes = (np.array(ends[0]) - np.array(ends[1])) / (2 * step)
        for gradient, slope in zip(gradients, slopes, strict=True):
            np.testing.assert_allclose(gradient[:, i], slope, rtol=1e-6, atol=1e-6)


def test_an_equally_weighted_single_asset_and_normal_factors() -> None:
    one = random_comoments(1, 1).betas([1.0])
    for values in (one.covariance, one.coskewness, one.cokurtosis):
        np.testing.assert_allclose(values, 1, atol=1e-12)
    normal = random_comoments(4, 4)
    normal = replace(normal, skewness=0 * normal.skewness, excess_kurtosis=0 * normal.skewness)
    betas = normal.betas(np.full(4, 0.25))
    np.testing.assert_allclose(betas.cokurtosis, betas.covariance, atol=1e-12)
    assert np.isnan(betas.coskewness).all()
    assert (betas.third_moment == 0).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_coskewness_betas_of_a_benchmark_without_skewness_are_missing(sign: int) -> None:
    moments = random_comoments(3, 3)
    moments = replace(moments, skewness=sign * np.abs(moments.skewness), mixing=abs(moments.mixing))
    w = np.full(3, 1 / 3)
    skewness = np.abs(moments.portfolio_moments(w).skewness)
    betas = moments.betas(w, least_skewness=np.sort(skewness)[1])
    missing = np.isnan(betas.coskewness)
    assert missing.all(axis=1).tolist() == (skewness == skewness.min()).tolist()
    assert missing.any(axis=1).sum() == 1
    assert np.isfinite(betas.third_comoment).all()


def test_signs_and_order_of_factors_change_nothing(moments: CoMoments) -> None:
    n_factors = moments.mixing.shape[1]
    order = np.random.default_rng(2).permutation(n_factors)
    signs = np.where(np.arange(n_factors) % 2, 1.0, -1.0)
    other = replace(
        moments,
        mixing=(moments.mixing * signs)[:, order],
        variances=moments.variances[:, order],
        skewness=(moments.skewness * signs)[:, order],
        excess_kurtosis=moments.excess_kurtosis[:, order],
    )
    np.testing.assert_allclose(other.covariance(), moments.covariance(), atol=1e-12)
    for name in ("coskewness", "cokurtosis"):
        found, expected = (getattr(m, name)(standardised=False) for m in (other, moments))
        np.testing.assert_allclose(found, expected, atol=1e-11)


def test_units() -> None:
    moments = random_comoments(4, 3, residual=True)
    other = replace(
        moments, mixing=10 * moments.mixing, residual_variances=100 * moments.residual_variances
    )
    w = np.array([0.4, 0.3, 0.2, 0.1])
    ours, theirs = moments.portfolio_moments(w), other.portfolio_moments(w)
    np.testing.assert_allclose(theirs.variance, 1e2 * ours.variance, rtol=1e-12)
    np.testing.assert_allclose(theirs.third_moment, 1e3 * ours.third_moment, rtol=1e-10)
    np.testing.assert_allclose(theirs.fourth_moment, 1e4 * ours.fourth_moment, rtol=1e-11)
    np.testing.assert_allclose(other.cokurtosis(), moments.cokurtosis(), rtol=1e-11)
    np.testing.assert_allclose(other.betas(w).coskewness, moments.betas(w).coskewness, rtol=1e-9)


def test_what_is_refused() -> None:
    moments = random_comoments(5, 3)
    with pytest.raises(ValueError, match=r"of 5 assets at 3 dates take 0\.0 GB, expected at most"):
        moments.cokurtosis(slice(None), max_bytes=10_000)
    assert moments.cokurtosis(0, max_bytes=5_000).shape == (1, 5, 5, 5, 5)
    with pytest.raises(ValueError, match="ask for fewer dates, for single entries"):
        moments.coskewness(slice(None), max_bytes=100)
    with pytest.raises(ValueError, match=r"weights have shape \(4,\), expected \(5,\) or \(3, 5\)"):
        moments.portfolio_moments(np.ones(4))
    with pytest.raises(ValueError, match="weights have values that are not finite"):
        moments.portfolio_moments(np.full(5, np.nan))
    with pytest.raises(ValueError, match=r"weights sum to 0\.5, expected 1 \+- 1e-08"):
        moments.betas(np.full(5, 0.1))
    rows = np.full((3, 5), 0.2)
    rows[1, 0] = 0.3
    with pytest.raises(ValueError, match=r"weights row 1 sum to 1\.1"):
        moments.betas(rows)
    moments.portfolio_moments(np.full(5, 0.1))  # long-short and partly invested portfolios
    with pytest.raises(ValueError, match="places have 5 assets, expected 2, 3 or 4"):
        moments.entries([[0, 0, 0, 0, 0]])
