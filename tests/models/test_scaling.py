import numpy as np
import pytest

from bayesfolio.models import Priors
from bayesfolio.models.stan import pilot, scaling


@pytest.fixture
def moment() -> np.ndarray:
    rng = np.random.default_rng(5)
    returns = rng.standard_normal((240, 2)) @ rng.normal(0, 2, (2, 6))
    returns += rng.standard_normal((240, 6)) * [1, 2, 1, 3, 1, 2]
    return returns.T @ returns / 240


@pytest.mark.parametrize("n_factors", [0, 1, 3])
def test_gradient_is_that_of_the_log_posterior(moment: np.ndarray, n_factors: int) -> None:
    theta = scaling._start(moment, n_factors) + 0.1

    def value(at: np.ndarray) -> float:
        return scaling._negative_log_posterior(at, n_factors, moment, 240, Priors())[0]

    gradient = scaling._negative_log_posterior(theta, n_factors, moment, 240, Priors())[1]
    step = 1e-5
    slopes = [
        (value(theta + step * unit) - value(theta - step * unit)) / (2 * step)
        for unit in np.eye(theta.size)
    ]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-5)


def test_mode_reproduces_the_covariance_of_factor_data(moment: np.ndarray) -> None:
    found = scaling.block_scaling(
        moment, 240, 2, np.ones(2), Priors(), factor_volatility=False, level_sd=0.0
    )
    implied = found.loadings @ found.loadings.T + np.diag(found.idio_sd**2)
    # Six series with two factors leave 4 of 21 moments free: the fit is close, not exact.
    np.testing.assert_allclose(implied, moment, atol=0.15 * np.diag(moment).max())
    assert np.all(np.triu(found.loadings, 1) == 0)
    assert np.all(np.tril(found.root) == found.root)


def test_trapezoid_keeps_the_covariance() -> None:
    loadings = np.random.default_rng(1).standard_normal((5, 3))
    turned = scaling.lower_trapezoid(loadings)
    np.testing.assert_allclose(turned @ turned.T, loadings @ loadings.T, atol=1e-12)
    np.testing.assert_allclose(np.triu(turned, 1), 0, atol=1e-12)
    assert np.all(np.diag(turned) > 0)


def test_smoothed_log_variance_is_the_mode() -> None:
    rng = np.random.default_rng(2)
    squares = np.exp(rng.normal(1, 1, (60, 2))) * rng.chisquare(1, (60, 2))
    mode, pseudo = pilot.smoothed_log_variance(squares, 0.9, 0.3)
    deviation = mode - mode.mean(axis=0)
    prior = np.zeros_like(mode)
    innovation = deviation[1:] - 0.9 * deviation[:-1]
    prior[1:] -= innovation / 0.3**2
    prior[:-1] += 0.9 * innovation / 0.3**2
    prior[0] -= (1 - 0.9**2) * deviation[0] / 0.3**2
    data = 0.5 * (squares * np.exp(-mode) - 1)
    # The level is re-estimated along the way, which leaves a small common part.
    np.testing.assert_allclose(prior + data, 0, atol=1e-3)
    np.testing.assert_allclose(0.5 * (pseudo - mode), data, atol=1e-3)
