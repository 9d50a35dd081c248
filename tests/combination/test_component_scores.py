"""Log scores of components."""

import numpy as np
import pytest
from scipy import stats

from bayesfolio.combination.scores import component_log_scores, path_log_scores


def test_one_draw_is_a_normal_density() -> None:
    outcomes = np.array([8.0, 3.0])
    means, variances = np.array([[[1.0], [2.0]], [[0.5], [4.0]]]), np.full((2, 2, 1), 5.0)
    found = component_log_scores(outcomes, means, variances, [0.0, 2.0])
    for g, sd in enumerate([0.0, 2.0]):
        exact = stats.norm(means[:, :, 0], np.sqrt(5 + sd**2)).logpdf(outcomes[:, None])
        assert np.allclose(found[g], exact, rtol=0, atol=1e-12)


def test_many_draws_are_averaged_as_densities() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(4, 3, 50))
    variances = rng.uniform(1, 9, size=(4, 3, 50))
    outcomes = rng.normal(5, 2, size=4)
    found = component_log_scores(outcomes, means, variances, [1.5])[0]
    density = stats.norm(means, np.sqrt(variances + 2.25)).pdf(outcomes[:, None, None])
    assert np.allclose(found, np.log(density.mean(axis=2)), rtol=0, atol=1e-12)


def test_draws_estimate_what_moments_give() -> None:
    rng = np.random.default_rng(1)
    n_draws = 40_000
    means = rng.normal(size=(2, 2, n_draws))
    variances = rng.uniform(4, 9, size=means.shape)
    draws = means + np.sqrt(variances) * rng.normal(size=means.shape)
    outcomes, sd = np.array([6.0, 1.0]), 2.0
    exact = np.exp(component_log_scores(outcomes, means, variances, [sd])[0])
    densities = stats.norm(draws, sd).pdf(outcomes[:, None, None])
    found = np.exp(component_log_scores(outcomes, draws, 0.0, [sd])[0])
    # The same means and variances enter both, so the error of the draws alone is smaller still.
    error = densities.std(axis=2) / np.sqrt(n_draws)
    assert np.abs((found - exact) / error).max() < 5.2  # false alarm of four: below 1e-6


def test_scores_far_in_the_tail_are_finite() -> None:
    found = component_log_scores([500.0], np.zeros((1, 1, 10)), 0.0, [0.5])
    assert found[0, 0, 0] == pytest.approx(stats.norm(0, 0.5).logpdf(500.0))


def test_paths_are_single_draws() -> None:
    draws = np.random.default_rng(2).normal(size=(3, 2, 10))
    paths = path_log_scores([1.0, 2.0, 3.0], draws, [0.5, 2.0], 4)
    assert len(paths) == 4
    for path, d in zip(paths, (0, 2, 5, 7), strict=True):
        exact = component_log_scores([1.0, 2.0, 3.0], draws[:, :, [d]], 0.0, [0.5, 2.0])
        assert np.array_equal(path, exact)


GOOD = {"outcomes": [1.0, 2.0], "means": np.zeros((2, 3, 4)), "variances": np.ones((2, 3, 4)),
        "incompleteness_sds": [1.0]}  # fmt: skip
NAN = np.zeros((2, 3, 4))
NAN[1, 2, 3] = np.nan
BAD = [
    ({"outcomes": [1.0]}, r"outcomes have shape \(1,\) and means \(2, 3, 4\)"),
    ({"means": NAN}, r"means\[1, 2, 3\] is nan"),
    ({"variances": NAN}, r"variances\[1, 2, 3\] is nan"),
    ({"outcomes": [1.0, np.inf]}, r"outcomes\[1\] is inf"),
    ({"means": np.zeros((2, 0, 4))}, "at least one of each"),
    ({"variances": -np.ones((2, 3, 4))}, "smallest variance is -1.0"),
    ({"variances": 0.0, "incompleteness_sds": [0.0, 1.0]}, "an incompleteness above 0"),
    ({"incompleteness_sds": []}, "incompleteness_sds are"),
    ({"incompleteness_sds": [-1.0]}, "incompleteness_sds are"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_input_is_named(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        component_log_scores(**(GOOD | change))


@pytest.mark.parametrize("n_paths", [0, 5])
def test_a_wrong_number_of_paths_is_named(n_paths: int) -> None:
    with pytest.raises(ValueError, match=f"n_paths is {n_paths}"):
        path_log_scores([1.0], np.zeros((1, 2, 4)), [1.0], n_paths)
