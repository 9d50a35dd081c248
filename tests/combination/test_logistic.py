"""The state-space model of the weights."""

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from bayesfolio.combination.logistic import LogisticNormalWeights
from bayesfolio.filters.state_space import HasConditionalProposal

SCORES = np.array([-1.0, -4.0, -2.5])


@pytest.fixture
def model() -> LogisticNormalWeights:
    drift = np.array([[0.0, 0.0, 0.0], [0.5, -0.2, 0.1]])
    return LogisticNormalWeights(np.array([0.3, 0.0, -0.4]), 1.0, 0.3, drift)


def test_outcomes_have_the_density_of_the_mixture(model: LogisticNormalWeights) -> None:
    states = np.random.default_rng(0).normal(0, 3, size=(50, 3))
    exact = np.log(softmax(states, axis=1) @ np.exp(SCORES))
    assert np.allclose(model.log_observation(1, SCORES, states), exact, rtol=0, atol=1e-12)
    moved = model.log_observation(1, SCORES, states + 700.0)
    assert np.allclose(moved, exact, rtol=0, atol=1e-10)


def test_densities_too_small_for_numbers_keep_their_logarithms(model) -> None:
    states = np.array([[0.0, 800.0, 0.0], [0.0, 0.0, 0.0]])
    scores = np.array([0.0, -2000.0, -3000.0])
    exact = logsumexp(states + scores, axis=1) - logsumexp(states, axis=1)
    assert exact[0] == -800
    assert np.allclose(model.log_observation(1, scores, states), exact, rtol=1e-12)


def test_states_move_by_their_drift(model: LogisticNormalWeights) -> None:
    rng = np.random.default_rng(1)
    previous = np.tile([1.0, 2.0, 3.0], (200_000, 1))
    moved = model.draw_transition(rng, 1, previous)
    error = 0.3 / np.sqrt(len(moved))
    assert np.abs(moved.mean(axis=0) - previous[0] - model.drift[1]).max() < 5.5 * error
    assert moved.std(axis=0) == pytest.approx([0.3] * 3, abs=5.5 * error)
    first = model.draw_initial(rng, 200_000)
    assert np.abs(first.mean(axis=0) - model.initial_mean).max() < 5.5 / np.sqrt(len(first))
    at = np.array([[1.2, 2.0, 3.0]])
    away = at[0] - previous[0] - model.drift[1]
    density = -0.5 * (away @ away / 0.09 + 3 * np.log(2 * np.pi * 0.09))
    assert model.log_transition(1, at, previous[:1])[0] == pytest.approx(density)


def test_proposals_are_near_the_posterior_of_a_state(model: LogisticNormalWeights) -> None:
    """Conditional mean and look-ahead of one state, by importance sampling from the prior."""
    assert isinstance(model, HasConditionalProposal)
    previous = np.array([[1.0, 1.5, 0.2]])
    proposal = model.conditional_proposal(1, SCORES, previous)
    draws = model.draw_transition(np.random.default_rng(2), 1, np.repeat(previous, 200_000, axis=0))
    weights = np.exp(model.log_observation(1, SCORES, draws))
    exact = weights @ draws / weights.sum()
    plain = previous[0] + model.drift[1]
    assert np.abs(proposal.means[0] - exact).max() < 0.15 * np.abs(plain - exact).max()
    assert proposal.log_look_ahead[0] == pytest.approx(np.log(weights.mean()), abs=0.002)
    bare = model.log_observation(1, SCORES, plain[None])[0]
    assert abs(bare - np.log(weights.mean())) > 0.004
    assert not proposal.exact
