"""What `combine` promises beside exact weights: no look-ahead, draws, sums, errors."""

import numpy as np
import pytest

from bayesfolio.combination import _kernels, _reference
from bayesfolio.combination.weight_filter import Learning, combine, combine_paths, pool_log_scores


@pytest.mark.parametrize("learning", [None, Learning(rate=5.0)])
@pytest.mark.parametrize("proposal", ["bootstrap", "mixture"])
def test_later_scores_change_nothing(switching_scores, learning, proposal: str) -> None:
    scores = switching_scores(16, 3)
    changed = scores.copy()
    changed[10:] = -np.abs(changed[10:, ::-1]) * 3
    settings = {"learning": learning, "proposal": proposal, "n_particles": 600, "n_draws": 50}
    runs = [
        combine(part, np.random.default_rng(4), **settings)
        for part in (scores[:10], scores, changed)
    ]
    for name in ("weights", "predictive_weights", "log_scores", "grid_probs", "ess"):
        first = getattr(runs[0], name)
        for run in runs[1:]:
            assert np.array_equal(getattr(run, name)[:10], first), name
    for run in runs[1:]:
        assert np.array_equal(run.quantiles[:, :10], runs[0].quantiles)
        assert np.array_equal(run.draws[:, :10], runs[0].draws)
    assert not np.array_equal(runs[1].weights[10], runs[2].weights[10])


def test_learning_moves_states_by_past_scores_only() -> None:
    scores = np.array([[-1.0, -2.0], [-3.0, -0.5], [-2.0, -2.5], [-1.5, -1.0]])
    errors = np.zeros((5, 2))
    for t in range(4):
        for i in range(1, min(2, t) + 1):
            errors[t] += 0.1 * 0.9 ** (i - 1) * -scores[t - i]
    expected = -3.0 * np.diff(errors[:4], axis=0, prepend=0.0)
    assert np.allclose(Learning(3.0, 0.9, 2).drift(scores), expected, rtol=0, atol=1e-15)


def test_learning_leans_towards_the_better_component(switching_scores) -> None:
    scores = np.tile([-1.0, -2.0], (20, 1))
    plain, learnt = (
        combine(scores, np.random.default_rng(0), drift_sds=[0.2], learning=learning)
        for learning in (None, Learning(rate=5.0))
    )
    assert learnt.weights[-1, 0] > plain.weights[-1, 0] + 0.02
    assert learnt.log_scores.sum() > plain.log_scores.sum()


def test_draws_and_quantiles_belong_to_the_weights(switching_scores) -> None:
    scores = np.stack([switching_scores(8, 4, seed) for seed in range(2)])
    totals = [[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]]
    found = combine(scores, np.random.default_rng(5), totals=totals, n_draws=20_000)
    assert np.allclose(found.draws.sum(axis=2), 1, rtol=0, atol=1e-12)
    assert np.allclose(found.weights.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert np.allclose(found.predictive_weights.sum(axis=1), 1, rtol=0, atol=1e-9)
    # Systematic draws: closer than independent ones, whose standard error is below 0.5 / sqrt(D).
    assert np.abs(found.draws.mean(axis=0) - found.weights).max() < 4 * 0.5 / np.sqrt(20_000)
    drawn = np.quantile(found.draws, (0.05, 0.5, 0.95), axis=0)
    assert np.abs(found.quantiles - drawn).max() < 0.02
    drawn = np.quantile(found.draws @ np.transpose(totals), (0.05, 0.5, 0.95), axis=0)
    assert np.abs(found.total_quantiles - drawn).max() < 0.02
    assert np.allclose(found.total_quantiles[:, :, 2], 1, rtol=0, atol=3e-4)


def test_draws_of_different_dates_are_independent() -> None:
    """Also where particles are not resampled, and so keep their places and nearly their values."""
    found = combine(
        np.full((6, 3), -1.0), np.random.default_rng(6), drift_sds=[0.1], n_draws=10_000
    )
    correlations = np.corrcoef(found.draws[:, :, 0].T)[np.triu_indices(6, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(10_000)  # false alarm below 1e-5


def test_a_component_that_is_impossible_loses_its_weight() -> None:
    scores = np.full((5, 3), -2.0)
    scores[2, 1] = -np.inf
    found = combine(scores, np.random.default_rng(7), drift_sds=[0.1], n_particles=20_000)
    assert np.isfinite(found.log_scores).all()
    assert found.weights[2, 1] < found.weights[1, 1] - 0.05
    # Half of a weight of 1/3 on average: sum of the others.
    assert found.log_scores[2] == pytest.approx(-2 + np.log(2 / 3), abs=0.02)


def test_scores_may_be_far_apart() -> None:
    """Densities that differ by more than floating point numbers can hold."""
    scores = np.tile([-5e3, -1.0], (4, 1))
    found = combine(scores, np.random.default_rng(8), learning=Learning(rate=20.0))
    assert np.isfinite(found.weights).all()
    assert found.weights[-1, 1] > 0.95


def test_histograms_are_those_of_the_reference() -> None:
    rng = np.random.default_rng(9)
    values = rng.random((3, 1000)) ** 3
    values[0, :3] = 0.0, 1.0, 0.5
    weights = rng.random(1000)
    compiled, plain = np.zeros((2, 3, 64))
    _kernels.add_to_histograms(values, weights, compiled)
    _reference.add_to_histograms(values, weights, plain)
    assert np.allclose(compiled, plain, rtol=1e-12, atol=1e-12)
    assert compiled.sum() == pytest.approx(3 * weights.sum())


BAD = [
    ({"log_scores": np.zeros((3, 0))}, r"shape \(3, 0\), expected"),
    ({"log_scores": np.zeros((0, 2))}, r"shape \(0, 2\), expected"),
    ({"log_scores": np.zeros(3)}, r"shape \(3,\), expected"),
    (
        {"log_scores": [[-1.0, np.nan], [-1.0, -2.0]], "dates": [1969, 1991]},
        "date 1969, component 1 are nan",
    ),
    (
        {"log_scores": [[-1.0, -1.0], [-np.inf, -np.inf]], "dates": [1969, 1991]},
        "date 1991 are -inf for all components",
    ),
    ({"log_scores": [[-1.0, np.inf]]}, "date 0, component 1 are inf"),
    ({"dates": [1, 2]}, "2 dates and log_scores of 3"),
    ({"drift_sds": []}, "drift_sds is empty"),
    ({"drift_sds": [0.1, -1]}, "drift_sds has -1"),
    ({"initial_sd": np.nan}, "initial_sd has nan"),
    ({"drift_sds": [0.0], "proposal": "mixture"}, "drift_sds has 0, expected numbers above 0"),
    ({"proposal": "kalman"}, "proposal is 'kalman', expected one of bootstrap, mixture"),
    ({"initial_mean": [0.0]}, "expected 2 finite numbers"),
    ({"totals": [[1.0, 0.5]]}, r"totals have shape \(1, 2\), expected \(sums, 2\) zeros and ones"),
    ({"n_draws": 0}, "n_draws is 0"),
    ({"n_particles": 1}, "n_particles is 1"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_input_is_named(change: dict, message: str) -> None:
    settings = {"log_scores": np.full((3, 2), -1.0)} | change
    with pytest.raises(ValueError, match=message):
        combine(settings.pop("log_scores"), np.random.default_rng(0), **settings)


@pytest.mark.parametrize("change", [{"rate": -1}, {"discount": 1.0}, {"window": 0}])
def test_bad_learning_is_named(change: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        Learning(**change)


def test_no_paths_and_no_pool_are_named() -> None:
    with pytest.raises(ValueError, match="log_scores_by_path is empty"):
        combine_paths([], np.random.default_rng(0))
    for weights in ([0.5, 0.6], [1.0], [1.5, -0.5]):
        with pytest.raises(ValueError, match="component_weights"):
            pool_log_scores(np.zeros((2, 2)), weights)
