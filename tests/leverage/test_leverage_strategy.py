"""Leveraged returns, drawdowns and turnover against numbers worked out by hand."""

import numpy as np
import pytest

from bayesfolio.leverage.strategy import (
    LeverageCosts,
    drawdowns,
    leverage_performance,
    leveraged_returns,
    optimal_leverage,
)

COSTS = LeverageCosts(risk_free=1.2, borrowing_spread=2.4)


def test_optimal_leverage_is_return_over_variance_in_decimals() -> None:
    found = optimal_leverage(np.array([0.8]), np.array([16.0]))
    assert found[0] == pytest.approx(0.008 / 0.0016)


def test_optimal_leverage_maximises_expected_log_growth() -> None:
    """For small returns E log(1 + l r) is l r - l^2 sigma^2 / 2; its maximum on a fine grid."""
    mean, sd = 0.004, 0.04
    nodes, weights = np.polynomial.hermite_e.hermegauss(16)
    grid = np.linspace(0, 3.5, 3501)
    growth = np.log1p(grid[:, None] * (mean + sd * nodes)) @ weights
    best = optimal_leverage(np.array([100 * mean]), np.array([1e4 * sd**2]))[0]
    assert grid[np.argmax(growth)] == pytest.approx(best, rel=0.03)


def test_financing_by_hand() -> None:
    net = leveraged_returns(np.full(3, 2.0), np.array([0.0, 0.5, 3.0]), COSTS)
    np.testing.assert_allclose(net, [0.1, 1.05, 6 - 2 * 0.3], atol=1e-12)


def test_drawdowns_by_hand() -> None:
    np.testing.assert_allclose(
        drawdowns(np.array([-10.0, 20.0, -50.0])), [-10.0, 0.0, -50.0], atol=1e-12
    )


def test_performance_by_hand() -> None:
    returns, leverage = np.array([10.0, -10.0]), np.array([2.0, 1.0])
    found = leverage_performance(returns, leverage, COSTS)
    net = np.array([20 - 0.3, -10.0])
    assert found.mean == pytest.approx(12 * net.mean())
    assert found.volatility == pytest.approx(np.sqrt(12) * net.std(ddof=1))
    assert found.sharpe == pytest.approx((found.mean - 1.2) / found.volatility)
    assert found.turnover == pytest.approx(12 * abs(1 - 2 * 1.1 / 1.197))
    assert found.mean_leverage == 1.5
    assert found.max_drawdown == pytest.approx(-10)


def test_ruin_is_refused_with_cause_and_remedy() -> None:
    with pytest.raises(ValueError, match=r"month 1 .* loses 120% .* leverage of 3.00.*; lower"):
        leveraged_returns(np.array([1.0, -40.0]), np.array([1.0, 3.0]), LeverageCosts(0.0, 0.0))
