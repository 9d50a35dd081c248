import numpy as np
import pytest
from scipy import stats

from bayesfolio.models.priors import Priors
from bayesfolio.models.stan import pilot, scaling


@pytest.fixture
def returns() -> np.ndarray:
    rng = np.random.default_rng(5)
    returns = rng.standard_normal((240, 2)) @ rng.normal(0, 2, (2, 6))
    return returns + rng.standard_normal((240, 6)) * [1, 2, 1, 3, 1, 2]


def posterior(
    returns: np.ndarray, n_factors: int, *, factor_volatility: bool, deviation_sd: float = 0.5
) -> scaling.StaticPosterior:
    rng = np.random.default_rng(6)
    n_obs = len(returns)
    return scaling.StaticPosterior(
        returns,
        deviation_sd * rng.standard_normal(returns.shape),
        deviation_sd * factor_volatility * rng.standard_normal((n_obs, n_factors)),
        np.arange(1.0, n_factors + 1),
        Priors(),
        factor_volatility,
    )


@pytest.mark.parametrize("factor_volatility", [False, True])
@pytest.mark.parametrize("n_factors", [0, 1, 3])
def test_gradient_is_that_of_the_log_posterior(
    returns: np.ndarray, n_factors: int, factor_volatility: bool
) -> None:
    static = posterior(returns, n_factors, factor_volatility=factor_volatility)
    theta = static.start() + 0.1
    step = 1e-5
    slopes = [
        (static.negative(theta + step * unit)[0] - static.negative(theta - step * unit)[0])
        / (2 * step)
        for unit in np.eye(theta.size)
    ]
    np.testing.assert_allclose(static.negative(theta)[1], slopes, rtol=1e-5, atol=1e-4)


def test_likelihood_is_that_of_returns_without_factors_in_it(returns: np.ndarray) -> None:
    static = posterior(returns, 2, factor_volatility=True)
    loadings, a, _ = static.unpack(static.start())
    sigma = scaling.softplus_scale(a)
    expected = 0.0
    for row, idio, factor in zip(
        returns, static.idio_deviation, static.factor_deviation, strict=True
    ):
        cov = loadings @ np.diag(np.exp(factor)) @ loadings.T + np.diag(sigma**2 * np.exp(idio))
        expected -= 0.5 * (np.linalg.slogdet(cov)[1] + row @ np.linalg.solve(cov, row))
    assert static.moments(loadings, sigma)[3] == pytest.approx(expected, rel=1e-10)


def test_posterior_is_the_product_of_its_parts(returns: np.ndarray) -> None:
    static = posterior(returns, 3, factor_volatility=False)
    prior = static.priors
    n_assets, k = returns.shape[1], 3
    order = np.arange(k)

    def log_posterior(theta: np.ndarray) -> float:
        loadings, a, scale = static.unpack(theta)
        sigma = scaling.softplus_scale(a)
        structural = loadings @ np.linalg.inv(scale)
        log_diagonal = np.log(np.diag(scale))
        return (
            static.moments(loadings, sigma)[3]
            + stats.norm.logpdf(structural[np.tril_indices(n_assets, 0, k)]).sum()
            + stats.invwishart.logpdf(scale @ scale.T, n_assets + k + 2, np.diag(static.q_scale))
            + stats.invgamma.logpdf(sigma**2, prior.sigma2_shape, scale=prior.sigma2_scale).sum()
            # From (Lambda, Q, sigma^2) to theta
            - (n_assets - order) @ log_diagonal
            + (k - order + 1) @ log_diagonal
            + np.sum(np.log(2 * sigma / (1 + np.exp(-2 * a))))
        )

    first = static.start()
    second = first + 0.3 * np.random.default_rng(8).standard_normal(first.size)
    found = static.negative(first)[0] - static.negative(second)[0]
    assert found == pytest.approx(log_posterior(second) - log_posterior(first), rel=1e-9)


def test_mode_reproduces_the_covariance_of_factor_data(returns: np.ndarray) -> None:
    static = posterior(returns, 2, factor_volatility=False, deviation_sd=0.0)
    loadings, a, _ = static.unpack(static.mode(static.start()))
    implied = loadings @ loadings.T + np.diag(scaling.softplus_scale(a) ** 2)
    moment = returns.T @ returns / len(returns)
    # Six series with two factors leave 4 of 21 moments free: the fit is close, not exact.
    np.testing.assert_allclose(implied, moment, atol=0.15 * np.diag(moment).max())
    assert np.all(np.triu(loadings, 1) == 0)


def test_pack_and_unpack_are_inverse(returns: np.ndarray) -> None:
    static = posterior(returns, 3, factor_volatility=False)
    theta = static.start() + np.linspace(0, 1, static.start().size)
    loadings, a, scale = static.unpack(theta)
    np.fill_diagonal(scale, np.log(np.diag(scale)))
    np.testing.assert_allclose(static.pack(loadings, a, scale), theta, atol=1e-12)


def test_structural_map_has_the_slopes_it_uses(returns: np.ndarray) -> None:
    static = posterior(returns, 2, factor_volatility=True)
    theta = static.start()

    def mapped(at: np.ndarray) -> np.ndarray:
        loadings, a, scale = static.unpack(at)
        return static.pack(loadings / np.diag(scale), a, np.diag(np.log(np.diag(scale))))

    step = 1e-6
    slopes = np.stack(
        [
            (mapped(theta + step * u) - mapped(theta - step * u)) / (2 * step)
            for u in np.eye(theta.size)
        ],
        axis=1,
    )
    found, cov = static.structural(theta, np.eye(theta.size))
    np.testing.assert_allclose(found, mapped(theta), atol=1e-12)
    np.testing.assert_allclose(cov, slopes @ slopes.T, atol=1e-6)


def test_factors_that_may_turn_have_no_correlations(returns: np.ndarray) -> None:
    rng = np.random.default_rng(9)
    noise = rng.standard_normal((240, 6)) * [1, 2, 1, 3, 1, 2]
    static = posterior(noise, 2, factor_volatility=False, deviation_sd=0.0)
    mode = static.mode(static.start())
    cov = static.covariance(mode)
    assert np.all(np.linalg.eigvalsh(cov) > 0)
    n_entries = static.n_entries
    np.testing.assert_array_equal(cov[n_entries - 1, : n_entries - 1], 0)

    strong = posterior(returns, 1, factor_volatility=False, deviation_sd=0.0)
    cov = strong.covariance(strong.mode(strong.start()))
    assert np.all(cov[0, 1:6] != 0)


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


def test_pilot_finds_the_volatility_that_made_the_data() -> None:
    rng = np.random.default_rng(3)
    n_obs = 300
    swing = np.sin(np.linspace(0, 4 * np.pi, n_obs))[:, None]
    loadings = np.array([[2.0], [3.0], [1.0], [2.5], [2.0], [1.5]])
    noise = 2 * np.exp(0.5 * swing * [1, -1, 1, -1, 1, -1]) * rng.standard_normal((n_obs, 6))
    returns = rng.standard_normal((n_obs, 1)) @ loadings.T + noise
    found = pilot.pilot_fit(
        returns, np.ones(1), Priors(), 0.2, idio_volatility=True, factor_volatility=False
    )
    correlation = np.corrcoef(
        np.hstack([found.idio_deviation, swing]).T,
    )[-1, :-1]
    assert np.all(correlation * [1, -1, 1, -1, 1, -1] > 0.5)
    np.testing.assert_allclose(found.centre[:6], loadings.ravel(), atol=0.5)
    np.testing.assert_allclose(scaling.softplus_scale(found.centre[6:12]), 2, atol=0.6)
