"""Scores, direction test and serial correlation against numbers worked out by hand."""

import numpy as np
import pytest

from bayesfolio.core.errors import ForecastError
from bayesfolio.leverage.periods import period_returns
from bayesfolio.leverage.scores import direction_test, qlike_losses, volatility_scores
from bayesfolio.leverage.serial import integration_order, serial_correlation


def test_scores_by_hand() -> None:
    forecast, realised = np.array([1.0, 2.0, 4.0]), np.array([2.0, 2.0, 2.0])
    losses = qlike_losses(forecast, realised)
    np.testing.assert_allclose(losses, [3 - np.log(4), 0, np.log(4) - 0.75], atol=1e-12)
    found = volatility_scores(forecast, np.array([2.0, 2.0, 5.0]))
    assert found.n == 3
    assert found.mape == pytest.approx(100 * (0.5 + 0 + 0.2) / 3)
    assert found.correlation == pytest.approx(np.corrcoef(forecast, [2, 2, 5])[0, 1])


def test_qlike_is_least_at_the_true_variance() -> None:
    """The reason to use it: noise in the target does not move its minimum.

    100,000 squared normals; the minimiser is their root mean square, 1 with an error of
    sqrt(2 / n) / 2 = 0.0022: four of them, false alarm 6e-5.
    """
    realised = np.abs(np.random.default_rng(1).standard_normal(100_000))
    grid = np.linspace(0.9, 1.1, 201)
    losses = [qlike_losses(np.full_like(realised, sd), realised).mean() for sd in grid]
    assert abs(grid[np.argmin(losses)] - 1) < 4 * 0.0022 + 0.001


def test_direction_by_hand() -> None:
    forecast = np.array([1, 1, -1, -1, 1, -1.0])
    realised = np.array([1, -1, -1, 1, 1, 1.0])
    found = direction_test(forecast, realised)
    assert (found.n, found.hits, found.always_up) == (6, 3, 4)
    # Only the model right: month 3; only "up" right: months 4 and 6.
    assert found.p_always_up == pytest.approx(1.0)
    assert found.p_coin == pytest.approx(1.0)
    assert direction_test(np.ones(5), np.ones(5)).p_always_up == 1.0
    assert direction_test(-np.ones(5), -np.ones(5)).p_always_up == pytest.approx(2 / 32)


def test_autocorrelations_by_hand() -> None:
    x = np.array([1.0, 3.0, 2.0, 5.0, 4.0, 6.0, 2.0])
    centred = x - x.mean()
    found = serial_correlation(x, 2)
    first, second = (centred[k:] @ centred[:-k] / (centred @ centred) for k in (1, 2))
    np.testing.assert_allclose(found.autocorrelations, [first, second], atol=1e-12)
    np.testing.assert_allclose(
        found.partial, [first, (second - first**2) / (1 - first**2)], atol=1e-12
    )
    assert found.band == pytest.approx(1.959964 / np.sqrt(7), rel=1e-6)


def test_a_random_walk_is_differenced_once() -> None:
    steps = np.random.default_rng(3).standard_normal(500)
    assert integration_order(steps).order == 0
    walk = integration_order(np.cumsum(steps))
    assert walk.order == 1
    assert walk.p_values[0] > 0.05 >= walk.p_values[1]


def test_bad_input() -> None:
    with pytest.raises(ForecastError, match="5 lags were asked for and the series has 10"):
        serial_correlation(np.arange(10.0), 5)
    with pytest.raises(ForecastError, match="constant at 1"):
        serial_correlation(np.ones(50), 3)
    with pytest.raises(ForecastError, match="2 forecasts and 2 realised values"):
        volatility_scores(np.ones(2), np.ones(2))
    with pytest.raises(ForecastError, match="not a positive number"):
        volatility_scores(np.ones(3), np.zeros(3))
    with pytest.raises(ForecastError, match="0 forecasts and 1 returns"):
        direction_test(np.ones(0), np.ones(1))


def test_the_index_is_not_as_the_post_reads_it(index) -> None:
    """Lag 1: daily and weekly returns outside the band, monthly inside it."""
    expected = {"daily": (-0.097, 0.030), "weekly": (-0.086, 0.066), "monthly": (0.088, 0.138)}
    for period, (lag_one, band) in expected.items():
        found = serial_correlation(period_returns(index, period).to_numpy(), 5)
        assert found.autocorrelations[0] == pytest.approx(lag_one, abs=5e-4)
        assert found.band == pytest.approx(band, abs=5e-4)
