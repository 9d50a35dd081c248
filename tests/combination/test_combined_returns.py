"""Realised returns of combinations."""

import numpy as np
import pytest

from bayesfolio.combination.returns import combined_returns

RNG = np.random.default_rng(0)
RETURNS = RNG.normal(size=(3, 5, 8))  # three components, five draws, eight months
MONTHS = np.array([0, 0, 0, 1, 1, 1, 1, 1])


def test_a_single_component_keeps_its_returns() -> None:
    found = combined_returns(np.ones((5, 2, 1)), RETURNS[:1], MONTHS)
    assert np.array_equal(found, RETURNS[0])


def test_constant_weights_combine_linearly() -> None:
    weights = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]])
    found = combined_returns(np.broadcast_to(weights, (5, 2, 3)), RETURNS, MONTHS)
    for month in range(8):
        assert np.allclose(found[:, month], weights[MONTHS[month]] @ RETURNS[:, :, month])


def test_draws_keep_their_own_weights() -> None:
    weights = RNG.dirichlet(np.ones(3), size=(5, 2))
    found = combined_returns(weights, RETURNS, MONTHS)
    assert found[3, 6] == pytest.approx(weights[3, 1] @ RETURNS[:, 3, 6])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight_draws": np.ones((4, 2, 3))}, "weight_draws have shape"),
        ({"component_returns": RETURNS[:, :, :7]}, "component_returns"),
        ({"decision_of_month": MONTHS + 1}, "goes from 1 to 2, expected 0 to 1"),
        ({"decision_of_month": MONTHS * 1.0}, "integers"),
        ({"component_returns": np.where(RETURNS[1, 2, 3] == RETURNS, np.nan, RETURNS)},
         r"component_returns\[1, 2, 3\] is nan"),
    ],
)  # fmt: skip
def test_bad_input_is_named(change: dict, message: str) -> None:
    given = {
        "weight_draws": np.full((5, 2, 3), 1 / 3),
        "component_returns": RETURNS,
        "decision_of_month": MONTHS,
    }
    with pytest.raises(ValueError, match=message):
        combined_returns(**(given | change))
