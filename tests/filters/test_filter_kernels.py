"""The compiled kernels against the readable reference, numpy and scipy."""

import numpy as np
import pytest
from filter_cases import random_cov
from scipy import special

from bayesfolio.filters import _kernels as kernels, _reference as reference

WEIGHTS = {
    "all positive": [0.1, 0.3, 0.05, 0.35, 0.2],
    "not summing to one": [3.0, 1.0, 8.0, 0.5, 2.5, 7.0],
    "zeros at the ends": [0.0, 0.0, 1.0, 2.0, 0.5, 0.0, 0.0],
    "zeros in the middle": [1.0, 0.0, 0.0, 2.0, 0.0, 1.0],
    "all in the first": [1.0, 0.0, 0.0],
    "all in the last": [0.0, 0.0, 1.0],
    "all in one": [0.0, 1.0, 0.0, 0.0],
    "a single one": [0.7],
    "very uneven": [1e-300, 1.0, 1e-17, 1e-9, 3.0, 1e-30],
}


def ancestors_of_both(name: str, weights: np.ndarray, points: np.ndarray) -> tuple:
    found, expected = (np.full(len(points), -1, dtype=np.int64) for _ in range(2))
    getattr(kernels, name)(weights, weights.sum(), points, found)
    getattr(reference, name)(weights, weights.sum(), points, expected)
    return found, expected


@pytest.mark.parametrize("n", [1, 2, 7, 400])
@pytest.mark.parametrize("name", WEIGHTS)
def test_ancestors_are_those_of_the_reference(name: str, n: int) -> None:
    weights, rng = np.array(WEIGHTS[name]), np.random.default_rng(n)
    for _ in range(20):
        cases = [
            ("stratified_ancestors", rng.random(n)),
            ("stratified_ancestors", np.full(n, rng.random())),
            ("sorted_ancestors", np.sort(rng.random(n))),
        ]
        for kernel, points in cases:
            found, expected = ancestors_of_both(kernel, weights, points)
            np.testing.assert_array_equal(found, expected)
            assert (weights[found] > 0).all()


def test_ancestors_of_many_uneven_weights_are_those_of_the_reference() -> None:
    rng = np.random.default_rng(1)
    for m, n in [(1000, 1000), (50, 3000), (3000, 50)]:
        weights = rng.gamma(0.3, size=m)
        weights[rng.random(m) < 0.2] = 0.0
        for kernel, points in [
            ("stratified_ancestors", rng.random(n)),
            ("sorted_ancestors", np.sort(rng.random(n))),
        ]:
            found, expected = ancestors_of_both(kernel, weights, points)
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("edge", [0.0, np.nextafter(1.0, 0.0)])
def test_points_at_the_very_ends_choose_positive_weights(edge: float) -> None:
    for values in WEIGHTS.values():
        weights = np.array(values)
        for n in (1, 3, 50):
            for kernel, points in [
                ("stratified_ancestors", np.full(n, edge)),
                ("sorted_ancestors", np.full(n, edge)),
            ]:
                found, expected = ancestors_of_both(kernel, weights, points)
                assert (weights[found] > 0).all()
                if edge == 0 or kernel == "sorted_ancestors":
                    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("n_states", "n_observed"), [(1, 1), (1, 4), (3, 1), (2, 6), (5, 2)])
def test_a_kalman_update_is_that_of_the_reference(n_states: int, n_observed: int) -> None:
    rng = np.random.default_rng(3)
    for scale in (0.01, 1.0, 30.0):
        mean, cov = rng.normal(size=n_states), scale * random_cov(rng, n_states)
        loadings, y = rng.normal(size=(n_observed, n_states)), 3 * rng.normal(size=n_observed)
        ours, theirs = (mean.copy(), cov.copy()), (mean.copy(), cov.copy())
        density = kernels.kalman_update(*ours, loadings, y)
        assert density == pytest.approx(
            reference.kalman_update(*theirs, loadings, y), rel=1e-12, abs=1e-12
        )
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-11, atol=1e-12 * scale)


def test_a_kalman_run_is_that_of_the_reference() -> None:
    rng = np.random.default_rng(8)
    y, loadings = rng.normal(size=(12, 4)), rng.normal(size=(4, 3))
    y[[2, 3]] = np.nan
    transition, transition_cov = rng.normal(size=(3, 3)) / 3, random_cov(rng, 3)
    start = rng.normal(size=3), random_cov(rng, 3)
    found = []
    for run in (kernels.kalman_run, reference.kalman_run):
        mean, cov = start[0].copy(), start[1].copy()
        means, increments = np.empty((12, 3)), np.empty(12)
        run(mean, cov, transition, transition_cov, loadings, y, means, increments)
        found.append(np.concatenate([mean, cov.ravel(), means.ravel(), increments]))
    np.testing.assert_allclose(found[0], found[1], rtol=1e-10, atol=1e-12)


def test_digamma_is_scipys() -> None:
    x = np.concatenate([np.geomspace(1e-3, 1e6, 2000), [0.5, 1.0, 10.0, np.nextafter(10.0, 0.0)]])
    found = np.array([kernels.digamma(value) for value in x])
    np.testing.assert_allclose(found, special.digamma(x), rtol=2e-12, atol=2e-12)


@pytest.mark.parametrize("nu", [3.0, 3.2, 5.0, 17.0, 80.0, 199.0])
def test_degrees_of_freedom_solve_their_equation(nu: float) -> None:
    constant = special.digamma(nu / 2) - np.log(nu / 2)
    assert kernels.solve_dof(constant, 3.0, 200.0) == pytest.approx(nu, rel=1e-8)
    for shift in (0.0, 1e-3, -1e-3):
        found = kernels.solve_dof(constant + shift, 3.0, 200.0)
        expected = reference.solve_dof(constant + shift, 3.0, 200.0)
        assert found == pytest.approx(expected, rel=1e-8)


def test_degrees_of_freedom_stay_in_their_range() -> None:
    for constant, end in [(5.0, 200.0), (0.0, 200.0), (-5.0, 3.0)]:
        assert kernels.solve_dof(constant, 3.0, 200.0) == pytest.approx(end, rel=1e-9)
        assert reference.solve_dof(constant, 3.0, 200.0) == end


@pytest.mark.parametrize("size", [1, 2, 5])
def test_weighted_moments_and_distances(size: int) -> None:
    rng = np.random.default_rng(size)
    draws, weights = rng.normal(size=(size, 300)) * 3 + 1, rng.dirichlet(np.ones(300))
    mean, cov = np.empty(size), np.empty((size, size))
    kernels.weighted_moments(draws, weights, mean, cov)
    np.testing.assert_allclose(mean, draws @ weights, rtol=1e-12, atol=1e-13)
    expected = np.cov(draws, aweights=weights, ddof=0).reshape(size, size)
    np.testing.assert_allclose(cov, expected, rtol=1e-11, atol=1e-12)
    squares, scale = np.empty(300), random_cov(rng, size)
    inverse_root = np.linalg.inv(np.linalg.cholesky(scale))
    kernels.whitened_squares(draws, mean, inverse_root, np.empty(300), squares)
    away = draws.T - mean
    expected = np.einsum("nd,de,ne->n", away, np.linalg.inv(scale), away)
    np.testing.assert_allclose(squares, expected, rtol=1e-11)


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("n_components", [1, 2, 3])
@pytest.mark.parametrize(("iterations", "tolerance"), [(1, 0.0), (6, 0.0), (200, 1e-3), (0, 0.0)])
def test_em_is_that_of_the_reference(
    n_components: int, size: int, iterations: int, tolerance: float
) -> None:
    rng = np.random.default_rng(10 * n_components + size)
    n = 400
    draws = rng.standard_t(4, size=(size, n)) + 3 * rng.integers(0, n_components, n)
    weights = rng.dirichlet(np.full(n, 0.7))
    ridge = rng.uniform(1e-4, 1e-2, size)
    start = (
        rng.dirichlet(np.full(n_components, 5.0)),
        rng.normal(size=(n_components, size)) * 2,
        np.stack([random_cov(rng, size) for _ in range(n_components)]),
        rng.uniform(3, 60, n_components),
    )
    ours, theirs = ([value.copy() for value in start] for _ in range(2))
    options = (ridge, 3.0, 200.0, iterations, tolerance)
    found = kernels.student_em(draws, weights, *ours, *options)
    expected = reference.student_em(draws, weights, *theirs, *options)
    assert found[1] == expected[1]
    assert found[0] == pytest.approx(expected[0], rel=1e-9)
    for name, a, b in zip(("probs", "means", "scales", "dofs"), ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9, err_msg=name)
    if iterations == 1:
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-12)
        np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(ours[2], theirs[2], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("n_components", [1, 2])
def test_em_never_lowers_the_weighted_likelihood(n_components: int) -> None:
    rng = np.random.default_rng(4)
    draws, weights = rng.standard_t(5, size=(2, 500)), rng.dirichlet(np.ones(500))
    parameters = [
        np.full(n_components, 1 / n_components),
        rng.normal(size=(n_components, 2)),
        np.tile(np.eye(2), (n_components, 1, 1)),
        np.full(n_components, 8.0),
    ]
    options = (np.zeros(2), 3.0, 200.0, 1, -np.inf)
    path = [kernels.student_em(draws, weights, *parameters, *options)[0] for _ in range(40)]
    assert np.diff(path).min() > -1e-10
    assert path[-1] > path[0] + 0.01


def test_em_leaves_out_what_has_no_weight() -> None:
    rng = np.random.default_rng(5)
    draws = np.hstack([rng.normal(size=(2, 300)), rng.normal(size=(2, 50)) + 100])
    weights = np.append(np.full(300, 1 / 300), np.zeros(50))
    results = []
    for n in (300, 350):
        parameters = [np.ones(1), np.zeros((1, 2)), np.eye(2)[None].copy(), np.array([9.0])]
        options = (np.zeros(2), 3.0, 200.0, 5, 0.0)
        kernels.student_em(np.ascontiguousarray(draws[:, :n]), weights[:n], *parameters, *options)
        results.append(parameters)
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("bits", [np.random.PCG64, np.random.SFC64, np.random.Philox])
def test_noise_is_numpys_own_stream(bits: type) -> None:
    ours, theirs = (np.random.Generator(bits(8)) for _ in range(2))
    normals = np.empty((3, 7))
    kernels.fill_normals(ours, normals)
    np.testing.assert_array_equal(normals, theirs.standard_normal((3, 7)))
    for shape in (0.4, 1.0, 2.5, 40.0):
        gammas = np.empty(20)
        kernels.fill_gammas(ours, shape, gammas)
        np.testing.assert_array_equal(gammas, theirs.standard_gamma(shape, 20))
    assert ours.random() == theirs.random()
