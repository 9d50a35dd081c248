"""Mixtures of Student t densities against scipy and against their own joint densities."""

import numpy as np
import pytest
from filter_cases import random_cov, standard_errors, z_bound
from scipy import integrate, special, stats

from bayesfolio.filters.student import StudentMixture

FALSE_ALARM = 1e-6


def mixture_of(n_components: int, size: int, *, normal: bool = False, seed: int = 0):
    rng = np.random.default_rng(seed)
    dofs = rng.uniform(2.5, 12, n_components)
    if normal:
        dofs[-1] = np.inf
    return StudentMixture(
        rng.dirichlet(np.full(n_components, 4.0)),
        2 * rng.normal(size=(n_components, size)),
        np.stack([random_cov(rng, size) for _ in range(n_components)]),
        dofs,
    )


def scipys_log_density(mixture: StudentMixture, points: np.ndarray, size: int) -> np.ndarray:
    """Of the first coordinates."""
    terms = []
    for prob, mean, scale, dof in zip(
        mixture.probs, mixture.means, mixture.scales, mixture.dofs, strict=True
    ):
        frozen = stats.multivariate_t(mean[:size], scale[:size, :size], dof)
        if np.isinf(dof):
            frozen = stats.multivariate_normal(mean[:size], scale[:size, :size])
        terms.append(np.log(prob) + frozen.logpdf(points[:, :size]))
    return special.logsumexp(terms, axis=0)


CASES = [(1, 1), (1, 3), (2, 2), (3, 4)]


@pytest.mark.parametrize("normal", [False, True])
@pytest.mark.parametrize(("n_components", "size"), CASES)
def test_densities_are_scipys(n_components: int, size: int, normal: bool) -> None:
    mixture = mixture_of(n_components, size, normal=normal)
    points = 4 * np.random.default_rng(1).normal(size=(40, size))
    for layout in (points, np.asfortranarray(points)):
        np.testing.assert_allclose(
            mixture.log_density(layout),
            scipys_log_density(mixture, points, size),
            rtol=1e-10,
            atol=1e-10,
        )
    assert (mixture.n_components, mixture.n_states) == (n_components, size)


def test_densities_far_out_do_not_underflow() -> None:
    mixture = mixture_of(3, 2, normal=True)
    far = np.array([[1e8, -1e8], [1e4, 1e5]])
    assert np.isfinite(mixture.log_density(far)).all()
    normal = StudentMixture(
        np.full(2, 0.5), np.array([[0.0], [1.0]]), np.ones((2, 1, 1)), np.full(2, np.inf)
    )
    np.testing.assert_allclose(
        normal.log_density(np.array([[1e4]])),
        np.log(0.5) + stats.norm(1, 1).logpdf(1e4),
        rtol=1e-12,
    )
    given = np.array([[1e8]])
    assert np.isfinite(mixture.conditional(1).log_density(given, given)).all()


def test_densities_integrate_to_one() -> None:
    mixture = mixture_of(3, 1, normal=True)
    total = integrate.quad(
        lambda x: float(np.exp(mixture.log_density(np.array([[x]])))[0]), -np.inf, np.inf, limit=400
    )[0]
    assert total == pytest.approx(1, abs=1e-7)
    conditional = mixture_of(3, 3, normal=True, seed=2).conditional(1)
    for given in np.array([[0.0, 0.0], [5.0, -3.0], [-30.0, 40.0]]):
        total = integrate.quad(
            lambda z, x=given: float(np.exp(conditional.log_density(np.array([[z]]), x[None]))[0]),
            -np.inf,
            np.inf,
            limit=400,
            points=None,
        )[0]
        assert total == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("normal", [False, True])
@pytest.mark.parametrize(
    ("n_components", "size", "n_free"),
    [
        (1, 2, 1),
        (1, 4, 2),
        (2, 2, 1),
        (3, 3, 1),
        (3, 5, 2),
        (2, 5, 4),
    ],
)
def test_a_conditional_is_the_joint_over_the_marginal(
    n_components: int, size: int, n_free: int, normal: bool
) -> None:
    mixture = mixture_of(n_components, size, normal=normal, seed=3)
    points = 4 * np.random.default_rng(4).normal(size=(40, size))
    n_given = size - n_free
    found = mixture.conditional(n_free).log_density(points[:, n_given:], points[:, :n_given])
    joint = scipys_log_density(mixture, points, size)
    marginal = scipys_log_density(mixture, points, n_given)
    np.testing.assert_allclose(found, joint - marginal, rtol=1e-10, atol=1e-10)


def conditional_cdf(mixture: StudentMixture, z: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Of one free coordinate given one, from the textbook."""
    weights, cdfs = [], []
    for prob, mean, scale, dof in zip(
        mixture.probs, mixture.means, mixture.scales, mixture.dofs, strict=True
    ):
        marginal = stats.t(dof, mean[0], scale[0, 0] ** 0.5)
        slope = scale[1, 0] / scale[0, 0]
        rest = scale[1, 1] - slope * scale[0, 1]
        location = mean[1] + slope * (x - mean[0])
        if np.isinf(dof):
            cdf = stats.norm.cdf(z, location, rest**0.5)
        else:
            stretch = (dof + (x - mean[0]) ** 2 / scale[0, 0]) / (dof + 1)
            cdf = stats.t.cdf(z, dof + 1, location, (stretch * rest) ** 0.5)
        weights.append(prob * marginal.pdf(x))
        cdfs.append(cdf)
    return np.sum(np.multiply(weights, cdfs), axis=0) / np.sum(weights, axis=0)


@pytest.mark.parametrize("normal", [False, True])
@pytest.mark.parametrize("n_components", [1, 3])
def test_draws_of_a_conditional_have_its_distribution(n_components: int, normal: bool) -> None:
    mixture = mixture_of(n_components, 2, normal=normal, seed=5)
    rng, n = np.random.default_rng(6), 40_000
    # Ascending, as resampled ancestors are.
    x = np.sort(rng.uniform(-6, 6, n))
    z, log_density = mixture.conditional(1).draw(rng, x[:, None])
    uniform = conditional_cdf(mixture, z[:, 0], x)
    # In each of ten pieces: labels that go along with x would show.
    for piece in np.array_split(uniform, 10):
        assert stats.kstest(piece, "uniform").pvalue > FALSE_ALARM / 10
    expected = mixture.conditional(1).log_density(z, x[:, None])
    np.testing.assert_allclose(log_density, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("n_components", "size"), CASES)
def test_draws_of_a_mixture_have_its_marginals(n_components: int, size: int) -> None:
    mixture = mixture_of(n_components, size, normal=True, seed=7)
    draws, log_density = mixture.draw(np.random.default_rng(8), 40_000)
    assert draws.shape == (40_000, size)
    np.testing.assert_allclose(
        log_density[:200], scipys_log_density(mixture, draws[:200], size), rtol=1e-9, atol=1e-9
    )
    direction = np.arange(1, size + 1.0)
    for d in (np.eye(size)[0], direction):
        cdf = np.zeros(len(draws))
        for prob, mean, scale, dof in zip(
            mixture.probs, mixture.means, mixture.scales, mixture.dofs, strict=True
        ):
            standardised = (draws @ d - mean @ d) / (d @ scale @ d) ** 0.5
            cdf += prob * stats.t(dof).cdf(standardised)
        assert stats.kstest(cdf, "uniform").pvalue > FALSE_ALARM / 2
        # Draws come in random order.
        correlation = stats.spearmanr(np.arange(len(cdf)), cdf).statistic
        assert abs(correlation) * len(cdf) ** 0.5 < z_bound(FALSE_ALARM, 2)


def test_importance_sampling_between_two_mixtures_is_unbiased() -> None:
    # Of one whole mixture by another: densities and draws must go together in all dimensions.
    ours, theirs = mixture_of(3, 4, seed=9), mixture_of(2, 4, normal=True, seed=10)
    wide = StudentMixture(ours.probs, ours.means, 9 * ours.scales, np.full(3, 3.0))
    draws, log_density = wide.draw(np.random.default_rng(11), 100_000)
    ratios = np.exp(scipys_log_density(theirs, draws, 4) - log_density)
    assert standard_errors(ratios, 1.0) < z_bound(FALSE_ALARM)


def test_the_same_seed_gives_the_same_draws_and_changes_nothing() -> None:
    mixture = mixture_of(3, 3, normal=True)
    given = np.random.default_rng(12).normal(size=(50, 2))
    given.flags.writeable = False
    first, again = (mixture.conditional(1).draw(np.random.default_rng(13), given) for _ in range(2))
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])


def test_arrays_of_a_mixture_are_its_own() -> None:
    probs, means = np.ones(1), np.zeros((1, 2))
    mixture = StudentMixture(probs, means, np.eye(2)[None], np.array([4.0]))
    means[0, 0] = 3.0
    assert mixture.means[0, 0] == 0.0


GOOD = {
    "probs": [0.4, 0.6],
    "means": [[0.0, 1.0], [2.0, 3.0]],
    "scales": [[[1.0, 0.2], [0.2, 1.0]], [[2.0, 0.0], [0.0, 1.0]]],
    "dofs": [4.0, np.inf],
}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("means", [0.0, 1.0], r"means have shape \(2,\), expected \(components, states\)"),
        ("probs", [1.0], r"probs have shape \(1,\), expected \(2,\)"),
        ("dofs", [[4.0, 5.0]], r"dofs have shape \(1, 2\), expected \(2,\)"),
        ("scales", [[[1.0]]], r"scales have shape \(1, 1, 1\), expected \(2, 2, 2\)"),
        ("probs", [0.4, 0.5], "expected positive numbers that sum to 1"),
        ("probs", [0.0, 1.0], "expected positive numbers that sum to 1"),
        ("probs", [1.5, -0.5], "expected positive numbers that sum to 1"),
        ("probs", [np.nan, 1.0], "expected positive numbers that sum to 1"),
        ("dofs", [0.0, 3.0], "expected numbers above 0"),
        ("dofs", [np.nan, 3.0], "expected numbers above 0"),
        ("means", [[0.0, np.inf], [2.0, 3.0]], "means are not all finite"),
        ("scales", [np.eye(2), [[1.0, 2.0], [2.0, 1.0]]], r"scales\[1\] is not positive definite"),
        ("scales", [[[1.0, 0.1], [0.0, 1.0]], np.eye(2)], r"scales\[0\] is not symmetric"),
    ],
)
def test_impossible_mixtures_are_refused(name: str, value: object, message: str) -> None:
    StudentMixture(**GOOD)
    with pytest.raises(ValueError, match=message):
        StudentMixture(**GOOD | {name: value})


@pytest.mark.parametrize(
    "scale", [[[1.0, np.nan], [0.0, 1.0]], [[np.inf, 0.0], [0.0, 1.0]], [[np.nan, 0.0], [0.0, 1.0]]]
)
def test_scales_that_are_not_finite_are_refused(scale: list) -> None:
    with pytest.raises(ValueError, match="scales"):
        StudentMixture([1.0], [[0.0, 0.0]], [scale], [5.0])
