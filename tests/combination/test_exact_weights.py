"""Combined weights against exact ones."""

import numpy as np
import pytest
from exact_weights import three_components, two_components
from scipy import stats

from bayesfolio.combination.weight_filter import combine, combine_paths, pool_log_scores

FALSE_ALARM = 1e-5
"""Of each statistical test, over all its comparisons."""


def limit(n_runs: int, n_compared: int) -> float:
    """Largest t statistic of ``n_compared`` means over runs, by Bonferroni's bound."""
    return float(stats.t.isf(FALSE_ALARM / 2 / n_compared, n_runs - 1))


def t_statistics(found: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Of means over runs (R, ...) against exact values."""
    return (found.mean(axis=0) - exact) / (found.std(axis=0, ddof=1) / np.sqrt(len(found)))


@pytest.mark.parametrize("points", [1601, 6401])
def test_the_exact_grid_of_two_is_exact(switching_scores, points: int) -> None:
    scores = switching_scores(69, 2)
    fine = two_components(scores, 0.4, n_points=12_801, width=9)
    for coarse, exact in zip(two_components(scores, 0.4, n_points=points), fine, strict=True):
        assert np.abs(coarse - exact).max() < 2e-4 * 1601 / points  # quantiles; means 1e-10
    assert np.abs(two_components(scores, 0.4, n_points=points)[0] - fine[0]).max() < 1e-10


def scores_of_the_model(seed: int, drift_sd: float, n_obs: int = 69) -> np.ndarray:
    """Log scores (T, 2) of outcomes that are drawn from the mixture itself."""
    rng = np.random.default_rng(seed)
    steps = np.vstack([rng.normal(size=(1, 2)), drift_sd * rng.normal(size=(n_obs - 1, 2))])
    states = np.cumsum(steps, axis=0)
    weight = 1 / (1 + np.exp(states[:, 1] - states[:, 0]))
    first, second = stats.norm(0, 1), stats.norm(1.5, 1.5)
    chosen = rng.random(n_obs) < weight
    outcomes = np.where(chosen, rng.normal(0, 1, n_obs), rng.normal(1.5, 1.5, n_obs))
    return np.stack([first.logpdf(outcomes), second.logpdf(outcomes)], axis=1)


@pytest.mark.parametrize("drift_sd", [0.1, 0.4, 0.8])
def test_two_components_to_half_a_per_cent(drift_sd: float) -> None:
    """The largest error of 69 dates, averaged over runs: 0.0015 to 0.0035, give or take 0.0008."""
    scores = scores_of_the_model(0, drift_sd)
    exact, quantiles, evidence, _ = two_components(scores, drift_sd)
    runs = [
        combine(scores, np.random.default_rng(seed), drift_sds=[drift_sd], n_particles=50_000)
        for seed in range(4)
    ]
    errors = [np.abs(run.weights[:, 0] - exact).max() for run in runs]
    assert np.mean(errors) < 0.005
    tails = [np.abs(run.quantiles[:, :, 0] - quantiles).max() for run in runs]
    assert np.mean(tails) < 0.025
    assert max(abs(run.log_scores.sum() - evidence[-1]) for run in runs) < 0.1


@pytest.mark.parametrize("proposal", ["bootstrap", "mixture"])
def test_two_components_within_monte_carlo_error(switching_scores, proposal: str) -> None:
    scores = switching_scores(30, 2)
    exact, quantiles, evidence, _ = two_components(scores, 0.4)
    n_runs = 40
    runs = [
        combine(
            scores,
            np.random.default_rng(seed),
            drift_sds=[0.4],
            n_particles=4000,
            proposal=proposal,
        )
        for seed in range(n_runs)
    ]
    worst = limit(n_runs, 30)
    means = np.array([run.weights[:, 0] for run in runs])
    assert np.abs(t_statistics(means, exact)).max() < worst
    # The evidence, not its logarithm, is estimated without bias.
    ratios = np.exp([run.log_scores.sum() - evidence[-1] for run in runs])
    assert abs(t_statistics(ratios, np.ones(()))) < limit(n_runs, 1)
    medians = np.array([run.quantiles[1, :, 0] for run in runs])
    # Quantiles have a bias of the order of 1 / particles.
    assert np.abs(medians.mean(axis=0) - quantiles[1]).max() < 0.005


def test_predictive_weights_are_those_before_the_outcome(switching_scores) -> None:
    scores = switching_scores(20, 2)
    exact = two_components(scores, 0.4)[3]
    assert np.abs(exact - two_components(scores, 0.4)[0]).max() > 0.05
    runs = [
        combine(scores, np.random.default_rng(s), drift_sds=[0.4], n_particles=4000)
        for s in range(30)
    ]
    found = np.array([run.predictive_weights[:, 0] for run in runs])
    assert np.abs(t_statistics(found, exact)).max() < limit(30, 20)


def test_three_components(switching_scores) -> None:
    scores = switching_scores(30, 3)
    exact, evidence = three_components(scores, 0.4)
    finer, _ = three_components(scores, 0.4, n_points=385, width=7.5)
    assert np.abs(exact - finer).max() < 1e-8
    runs = [
        combine(scores, np.random.default_rng(seed), drift_sds=[0.4], n_particles=10_000)
        for seed in range(30)
    ]
    weights = np.array([run.weights for run in runs])
    assert np.abs(t_statistics(weights, exact)).max() < limit(30, 90)
    assert np.abs(weights.mean(axis=0) - exact).max() < 0.005
    ratios = np.exp([run.log_scores.sum() - evidence[-1] for run in runs])
    assert abs(t_statistics(ratios, np.ones(()))) < limit(30, 1)


def test_the_grid_is_averaged_over_online(switching_scores) -> None:
    """Two assumptions and two drifts, each exact by itself."""
    scores = np.stack([switching_scores(25, 2, seed) - 0.3 * seed for seed in range(2)])
    drifts = (0.2, 0.8)
    members = [two_components(part, drift) for part in scores for drift in drifts]
    evidence = np.array([member[2] for member in members])
    probs = np.exp(evidence - np.logaddexp.reduce(evidence, axis=0))
    exact = sum(prob * member[0] for prob, member in zip(probs, members, strict=True))
    exact_scores = np.diff(np.logaddexp.reduce(evidence, axis=0) - np.log(4), prepend=0.0)
    runs = [
        combine(scores, np.random.default_rng(seed), drift_sds=drifts, n_particles=4000)
        for seed in range(30)
    ]
    weights = np.array([run.weights[:, 0] for run in runs])
    assert np.abs(weights.mean(axis=0) - exact).max() < 0.005
    assert np.abs(t_statistics(weights, exact)).max() < 2 * limit(30, 25)  # ratios: a small bias
    prior = np.hstack([np.full((4, 1), 0.25), probs[:, :-1]])
    predictive = sum(prob * member[3] for prob, member in zip(prior, members, strict=True))
    found = np.mean([run.predictive_weights[:, 0] for run in runs], axis=0)
    assert np.abs(found - predictive).max() < 0.004
    shape = (25, 2, 2)
    grid = np.mean([run.grid_probs for run in runs], axis=0)
    assert grid.shape == shape
    assert np.abs(grid - probs.T.reshape(shape)).max() < 0.01
    assert np.abs(np.mean([run.log_scores for run in runs], axis=0) - exact_scores).max() < 0.01


def test_weights_that_never_move_are_bayes_rule(switching_scores) -> None:
    """Importance sampling from the prior; the filter loses particles and is coarser."""
    scores = switching_scores(12, 5)
    rng = np.random.default_rng(1)
    states = rng.standard_normal((400_000, 5))
    prior = np.exp(states) / np.exp(states).sum(axis=1, keepdims=True)
    log_weights = np.log(prior @ np.exp(scores).T).sum(axis=1)
    posterior = np.exp(log_weights - log_weights.max())
    exact = posterior @ prior / posterior.sum()
    found = combine(scores, rng, drift_sds=[0.0], n_particles=50_000)
    assert np.abs(found.weights[-1] - exact).max() < 0.02


def test_components_that_score_alike_keep_equal_weights() -> None:
    scores = np.repeat(np.linspace(-4, -1, 30)[:, None], 6, axis=1)
    found = combine(scores, np.random.default_rng(3), n_particles=20_000)
    assert np.abs(found.weights - 1 / 6).max() < 0.005
    assert np.allclose(found.log_scores, scores[:, 0], rtol=0, atol=1e-12)


def test_permuted_components_have_permuted_weights(switching_scores) -> None:
    scores, order = switching_scores(25, 4), [2, 0, 3, 1]
    runs = []
    for seed in range(20):
        one = combine(scores, np.random.default_rng(seed), drift_sds=[0.4], n_particles=4000)
        other = combine(
            scores[:, order], np.random.default_rng(100 + seed), drift_sds=[0.4], n_particles=4000
        )
        runs.append(one.weights[:, order] - other.weights)
    assert np.abs(t_statistics(np.array(runs), np.zeros(1))).max() < limit(20, 100)


def test_certain_states_are_the_equally_weighted_pool(switching_scores) -> None:
    scores = switching_scores(15, 4)
    found = combine(
        scores, np.random.default_rng(0), drift_sds=[0.0], initial_sd=0.0, n_particles=100
    )
    pool = pool_log_scores(scores, np.full(4, 0.25))
    assert np.allclose(found.weights, 0.25, rtol=0, atol=1e-12)
    assert np.allclose(found.log_scores, pool, rtol=0, atol=1e-12)
    assert np.allclose(pool, np.log(np.exp(scores).mean(axis=1)), rtol=0, atol=1e-12)


def test_paths_without_noise_are_the_marginal_weights(switching_scores) -> None:
    scores = switching_scores(20, 3)
    paths = combine_paths([scores] * 4, np.random.default_rng(2), n_particles=2000, n_draws=1998)
    assert paths.draws.shape == (1998, 20, 3)
    seed = int(np.random.default_rng(2).integers(2**63))
    alone = combine(scores, np.random.default_rng(seed), n_particles=2000, n_draws=500)
    assert np.allclose(paths.weights, alone.weights, rtol=0, atol=1e-14)
    assert np.allclose(paths.log_scores, alone.log_scores, rtol=0, atol=1e-12)


def test_constant_pools_average_over_assumptions(switching_scores) -> None:
    scores = np.stack([switching_scores(10, 3, seed) for seed in range(3)])
    weights = np.array([0.5, 0.2, 0.3])
    likelihoods = np.exp(scores) @ weights
    joint = np.cumprod(likelihoods, axis=1).mean(axis=0)
    assert np.allclose(np.cumsum(pool_log_scores(scores, weights)), np.log(joint), atol=1e-12)
