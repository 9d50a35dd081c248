"""MitISEM against quadrature, and on targets that are Student t mixtures themselves.

Seeds are fixed; a correct estimate of a normalising constant is beyond 4.5 standard errors with
probability 7e-6.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from bayesfolio.filters.mitisem import (
    FitSettings,
    Sample,
    _with_component,
    coefficient_of_variation,
    fit_student_mixture,
    importance_estimate,
)
from bayesfolio.filters.student import StudentMixture

Kernel = Callable[[np.ndarray], np.ndarray]


def gelman_meng(a: float, b: float, c1: float, c2: float) -> Kernel:
    def log_kernel(p: np.ndarray) -> np.ndarray:
        x, y = p[:, 0], p[:, 1]
        square = a * x**2 * y**2 + x**2 + y**2 - 2 * b * x * y - 2 * c1 * x - 2 * c2 * y
        return -square / 2

    return log_kernel


def wide(size: int, scale: float, mean: float = 0.0) -> StudentMixture:
    return StudentMixture(
        np.ones(1), np.full((1, size), mean), scale * np.eye(size)[None], np.array([5.0])
    )


def log_integral(log_kernel: Kernel, lower: float, upper: float, size: int) -> float:
    axis = np.linspace(lower, upper, 2001)
    points = np.stack(np.meshgrid(*[axis] * size), axis=-1).reshape(-1, size)
    values = log_kernel(points)
    top = values.max()
    return float(top + np.log(np.exp(values - top).sum() * (axis[1] - axis[0]) ** size))


def two_normals(p: np.ndarray) -> np.ndarray:
    near = stats.multivariate_normal([-4, 0], [[1, 0.5], [0.5, 1]]).logpdf(p)
    far = stats.multivariate_normal([4, 3], [[0.5, -0.2], [-0.2, 1]]).logpdf(p)
    return np.logaddexp(math.log(0.3) + near, math.log(0.7) + far) + 5.0


def skewed(p: np.ndarray) -> np.ndarray:
    return stats.skewnorm(6).logpdf(p[:, 0]) - 700.0


def banana(p: np.ndarray) -> np.ndarray:
    return -0.5 * p[:, 0] ** 2 - 2 * (p[:, 1] - 0.7 * p[:, 0] ** 2) ** 2


TARGETS = {
    # kernel, start, ends of the grid, bound on the weights' coefficient of variation, components
    "Gelman-Meng, one mode": (gelman_meng(1, 0, 0, 0), [1.0, -1.0], (-12, 12), 0.4, 1),
    "Gelman-Meng, two ridges": (gelman_meng(1, 0, 3, 3), wide(2, 4.0, 1.5), (-6, 10), 0.4, 2),
    "Gelman-Meng, a bend": (gelman_meng(0.5, 0, 3, 3), [1.0, 1.0], (-6, 10), 0.4, 2),
    "Gelman-Meng, correlated": (gelman_meng(0.1, 0.5, 1, 0), [0.0, 0.0], (-15, 15), 0.3, 1),
    "two normals": (two_normals, wide(2, 16.0), (-13, 13), 0.3, 2),
    "skewed": (skewed, [0.5], (-6, 8), 0.35, 2),
    "banana": (banana, wide(2, 4.0), (-9, 30), 1.5, 2),
}


@pytest.mark.parametrize("name", TARGETS)
def test_fits_give_the_integral_with_even_weights(name: str) -> None:
    kernel, start, ends, bound, components = TARGETS[name]

    def fits(settings: FitSettings) -> tuple[list, list]:
        mixtures, estimates = [], []
        for rng in np.random.default_rng(1).spawn(7):
            mixture = fit_student_mixture(kernel, start, rng, n_draws=3000, settings=settings)
            mixtures.append(mixture)
            estimates.append(importance_estimate(kernel, mixture, rng, 20_000))
        return mixtures, estimates

    mixtures, found = fits(FitSettings())
    exact = log_integral(kernel, *ends, mixtures[0].n_states)
    for estimate in found:
        error = abs(math.expm1(estimate.log_constant - exact))
        assert error < 4.5 * estimate.relative_error
        assert estimate.relative_error == pytest.approx(estimate.cv / 20_000**0.5)
    # Some fits stop growing early: the middle one is judged.
    cv = np.median([estimate.cv for estimate in found])
    assert cv < bound
    assert np.median([mixture.n_components for mixture in mixtures]) >= components
    assert max(mixture.n_components for mixture in mixtures) <= 4
    if components > 1:
        singles, alone = fits(FitSettings(max_components=1))
        assert all(mixture.n_components == 1 for mixture in singles)
        assert cv < 0.8 * np.median([estimate.cv for estimate in alone])


@pytest.mark.parametrize("dof", [4.0, 12.0])
def test_a_student_target_is_recovered(dof: float) -> None:
    mean, scale = np.array([3.0, -20.0]), np.array([[2.0, -1.5], [-1.5, 4.0]])
    target = stats.multivariate_t(mean, scale, dof)
    rng, n = np.random.default_rng(2), 40_000
    mixture = fit_student_mixture(
        target.logpdf,
        wide(2, 30.0, -5.0),
        rng,
        n_draws=n,
        settings=FitSettings(max_components=1, iterations=300, tolerance=1e-10),
    )

    # Standard errors of the maximum likelihood estimate from n draws, by Fisher's information.
    def log_density(p: np.ndarray, draws: np.ndarray) -> np.ndarray:
        cov = np.array([[p[2], p[3]], [p[3], p[4]]])
        return stats.multivariate_t(p[:2], cov, p[5]).logpdf(draws)

    truth = np.array([*mean, scale[0, 0], scale[0, 1], scale[1, 1], dof])
    draws = target.rvs(20_000, random_state=np.random.default_rng(3))
    scores = np.stack(
        [
            (log_density(truth + step, draws) - log_density(truth - step, draws)) / 2e-4
            for step in 1e-4 * np.eye(6)
        ]
    )
    errors = np.diag(np.linalg.inv(scores @ scores.T / 20_000)) ** 0.5 / n**0.5
    found = np.array([*mixture.means[0], *mixture.scales[0][[0, 0, 1], [0, 1, 1]], mixture.dofs[0]])
    # The draws are of a candidate that is not yet the target: allow for weights with a
    # coefficient of variation of 0.5. Six numbers beyond 5 standard errors: 3e-6.
    assert (np.abs(found - truth) < 5 * 1.25**0.5 * errors).all()
    assert importance_estimate(target.logpdf, mixture, rng).cv < 0.05


def test_a_normal_target_is_fitted_by_a_normal() -> None:
    cov = np.array([[1.0, 0.9], [0.9, 2.0]])
    target = stats.multivariate_normal([5.0, -1.0], cov)

    def log_kernel(p: np.ndarray) -> np.ndarray:
        return np.atleast_1d(target.logpdf(p))

    mixture = fit_student_mixture(log_kernel, [0.0, 0.0], np.random.default_rng(4))
    assert mixture.n_components == 1
    assert mixture.dofs[0] > 50
    np.testing.assert_allclose(mixture.means[0], [5.0, -1.0], atol=0.2)
    np.testing.assert_allclose(mixture.scales[0], cov, atol=0.4)
    assert importance_estimate(target.logpdf, mixture, np.random.default_rng(5)).cv < 0.15


def test_a_start_far_off_is_tempered_to_the_target() -> None:
    target = stats.multivariate_normal(np.full(4, 8.0), 0.05 * np.eye(4) + 0.01)
    rng = np.random.default_rng(6)
    mixture = fit_student_mixture(target.logpdf, wide(4, 1.0), rng)
    found = importance_estimate(target.logpdf, mixture, rng, 20_000)
    assert found.cv < 0.4
    assert abs(math.expm1(found.log_constant)) < 4.5 * found.relative_error


def test_bounded_supports_are_allowed() -> None:
    def gamma(p: np.ndarray) -> np.ndarray:
        return stats.gamma(3.0).logpdf(p[:, 0])

    rng = np.random.default_rng(7)
    mixture = fit_student_mixture(gamma, [2.0], rng)
    found = importance_estimate(gamma, mixture, rng, 20_000)
    assert abs(math.expm1(found.log_constant)) < 4.5 * found.relative_error
    assert found.cv < 0.6


def test_importance_estimates_are_unbiased() -> None:
    mixture = wide(2, 2.0)
    target = stats.multivariate_normal([0.5, 0.0], [[1, 0.3], [0.3, 1]])
    rng = np.random.default_rng(8)
    estimates = [importance_estimate(target.logpdf, mixture, rng, 200) for _ in range(1000)]
    constants = np.exp([estimate.log_constant for estimate in estimates])
    spread = constants.std(ddof=1)
    assert abs(constants.mean() - 1) < 4.5 * spread / 1000**0.5
    # Their own standard errors are about right.
    assert np.mean([e.relative_error for e in estimates]) == pytest.approx(spread, rel=0.15)


def test_the_coefficient_of_variation_is_that_of_the_weights() -> None:
    weights = np.array([1.0, 2.0, 4.0, 0.0])
    expected = weights.std() / weights.mean()
    for shift in (-2000.0, 0.0, 2000.0):
        with np.errstate(divide="ignore"):
            found = coefficient_of_variation(np.log(weights) + shift)
        assert found == pytest.approx(expected, rel=1e-10)


def test_the_same_seed_gives_the_same_fit() -> None:
    kernel = gelman_meng(1, 0, 3, 3)
    first, again = (
        fit_student_mixture(kernel, wide(2, 4.0), np.random.default_rng(9), n_draws=500)
        for _ in range(2)
    )
    for name in ("probs", "means", "scales", "dofs"):
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))


def test_a_start_is_not_changed() -> None:
    start = np.array([1.0, 1.0])
    start.flags.writeable = False
    fit_student_mixture(gelman_meng(1, 0, 0, 0), start, np.random.default_rng(10))


def test_a_component_is_added_where_the_weights_are_highest() -> None:
    draws = np.random.default_rng(13).uniform(-10, 10, (2000, 2))
    log_weights = stats.multivariate_normal([6, -5], 0.25 * np.eye(2)).logpdf(draws)
    grown = _with_component(wide(2, 16.0), Sample(draws, log_weights, math.inf))
    assert grown.n_components == 2
    np.testing.assert_allclose(grown.means[1], [6, -5], atol=0.5)
    assert np.linalg.det(grown.scales[1]) < 1
    np.testing.assert_array_equal(grown.means[0], [0, 0])


def constant(value: float) -> Kernel:
    return lambda p: np.full(len(p), value)


@pytest.mark.parametrize(
    ("kernel", "start", "message"),
    [
        (constant(np.nan), wide(2, 1.0), "log_kernel is nan at .* expected a number or -inf"),
        (constant(np.inf), wide(2, 1.0), "log_kernel is inf at"),
        (constant(np.nan), [0.0, 0.0], "log_kernel is nan at"),
        (lambda p: p, wide(2, 1.0), r"shape \(2000, 2\) for 2000 points, expected \(2000,\)"),
        (lambda p: 0.0, wide(2, 1.0), r"shape \(\) for 2000 points"),
        (constant(-np.inf), [0.0, 0.0], r"not finite at the start .* expected a point inside"),
        (constant(-np.inf), wide(2, 1.0), "zero at all draws"),
        (constant(0.0), [0.0, np.nan], "expected a finite point or a StudentMixture"),
        (constant(0.0), [[0.0], [1.0]], "expected a finite point or a StudentMixture"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_impossible_targets_are_refused(kernel: Kernel, start: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_student_mixture(kernel, start, np.random.default_rng(11))


def test_too_few_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="n_draws is 19, expected 20 or more"):
        fit_student_mixture(banana, wide(2, 1.0), np.random.default_rng(12), n_draws=19)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("max_components", 0, "max_components is 0, expected 1 or more"),
        ("iterations", 0, "iterations is 0, expected 1 or more"),
        ("max_rounds", 0, "max_rounds is 0, expected 1 or more"),
        ("tolerance", -1.0, "tolerance is -1.0, expected 0 or more"),
        ("good_cv", np.nan, "good_cv is nan, expected 0 or more"),
        ("min_gain", -0.1, "min_gain is -0.1, expected 0 or more"),
        ("min_ess", 0.0, r"min_ess is 0.0, expected a number in \(0, 1\)"),
        ("min_ess", 1.0, r"min_ess is 1.0, expected a number in \(0, 1\)"),
    ],
)
def test_impossible_settings_are_refused(name: str, value: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FitSettings(**{name: value})
