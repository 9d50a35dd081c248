"""The Kalman and the grid filter against dense algebra, statsmodels and each other."""

import math

import numpy as np
import pytest
from filter_cases import FiniteModel, SquareModel, dense_model, finite_model, joint_gaussian
from scipy import integrate, stats
from statsmodels.tsa.statespace.kalman_filter import KalmanFilter as StatsmodelsFilter

from bayesfolio.filters.gaussian_transition import StochasticVolatilityModel
from bayesfolio.filters.grid import GridFilter
from bayesfolio.filters.kalman import GaussianBelief, KalmanFilter
from bayesfolio.filters.linear_gaussian import local_level
from bayesfolio.filters.protocol import run_filter
from bayesfolio.filters.state_space import simulate

UNUSED = np.random.default_rng(0)
DIMENSIONS = [(1, 1), (1, 3), (3, 1), (2, 5), (4, 2)]


def holey(y: np.ndarray, dates: list[int]) -> np.ndarray:
    y = y.copy()
    y[dates] = np.nan
    return y


@pytest.mark.parametrize("missing", [[], [0], [3, 4], [7], [0, 1, 2, 3, 4, 5, 6, 7]])
@pytest.mark.parametrize(("n_states", "n_observed"), DIMENSIONS)
def test_the_kalman_filter_conditions_the_joint_normal(
    n_states: int, n_observed: int, missing: list[int]
) -> None:
    model = dense_model(n_states, n_observed, seed=1)
    y = holey(simulate(model, np.random.default_rng(2), 8)[1], missing)
    beliefs: list[GaussianBelief] = []
    result = run_filter(KalmanFilter(model), y, UNUSED, record=lambda t, b: beliefs.append(b))
    for t in range(8):
        log_density, mean, cov = joint_gaussian(model, y, t)
        assert beliefs[t].log_evidence == pytest.approx(log_density, rel=1e-10, abs=1e-10)
        np.testing.assert_allclose(beliefs[t].mean, mean, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(beliefs[t].cov(), cov, rtol=1e-9, atol=1e-10)
        np.testing.assert_array_equal(result.means[t], beliefs[t].mean)
    total = result.log_evidence_increments.sum()
    assert result.log_evidence == pytest.approx(total, rel=1e-12, abs=1e-12)
    assert not result.log_evidence_increments[missing].any()
    assert (result.ess == np.inf).all()


@pytest.mark.parametrize(("n_states", "n_observed"), DIMENSIONS)
def test_the_kalman_filter_is_that_of_statsmodels(n_states: int, n_observed: int) -> None:
    model = dense_model(n_states, n_observed, seed=3)
    y = holey(simulate(model, np.random.default_rng(4), 60)[1], [0, 10, 11, 59])
    theirs = StatsmodelsFilter(k_endog=n_observed, k_states=n_states, k_posdef=n_states)
    theirs.bind(np.asfortranarray(y.T))
    theirs["design"], theirs["obs_cov"] = model.loadings, model.observation_cov
    theirs["obs_intercept"] = model.observation_intercept[:, None]
    theirs["transition"], theirs["state_cov"] = model.transition, model.transition_cov
    theirs["selection"] = np.eye(n_states)
    theirs.initialize_known(model.initial_mean.copy(), model.initial_cov.copy())
    theirs.tolerance = 0.0
    expected = theirs.filter()
    result = run_filter(KalmanFilter(model), y, UNUSED)
    np.testing.assert_allclose(result.means, expected.filtered_state.T, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(
        result.last.cov(), expected.filtered_state_cov[:, :, -1], rtol=1e-8, atol=1e-10
    )
    np.testing.assert_allclose(
        result.log_evidence_increments, expected.llf_obs, rtol=1e-9, atol=1e-10
    )


@pytest.mark.parametrize("missing", [[], [0, 5, 6, 19]])
@pytest.mark.parametrize("noise", [0.02, 1.0])
def test_the_grid_filter_is_the_kalman_filter_on_a_local_level(
    noise: float, missing: list[int]
) -> None:
    model = local_level(0.1, noise, 1.1)
    y = holey(simulate(model, np.random.default_rng(5), 20)[1], missing)
    exact = run_filter(KalmanFilter(model), y, UNUSED)
    grid = run_filter(GridFilter(model, -9.0, 9.0, 1001), y, UNUSED)
    np.testing.assert_allclose(grid.means, exact.means, atol=1e-8)
    np.testing.assert_allclose(grid.last.cov(), exact.last.cov(), rtol=1e-8)
    np.testing.assert_allclose(
        grid.log_evidence_increments, exact.log_evidence_increments, atol=1e-8
    )
    assert not grid.log_evidence_increments[missing].any()


def test_a_finer_grid_says_the_same_of_stochastic_volatility() -> None:
    model = StochasticVolatilityModel(0.95, 0.07)
    y = holey(simulate(model, np.random.default_rng(6), 30)[1], [10])
    coarse, fine = (
        run_filter(GridFilter(model, -6.5, 6.5, points), y, UNUSED) for points in (1001, 2001)
    )
    assert fine.log_evidence == pytest.approx(coarse.log_evidence, abs=1e-9)
    np.testing.assert_allclose(fine.means, coarse.means, atol=1e-9)
    # Two dates by quadrature.
    model = StochasticVolatilityModel(0.6, 0.5, observation_sd=2.0, level=0.7)
    y = np.array([1.5, -4.0])

    def joint(x1: float, x0: float) -> float:
        density = stats.norm.pdf(x0, 0.7, (0.5 / 0.64) ** 0.5)
        density *= stats.norm.pdf(x1, 0.7 + 0.6 * (x0 - 0.7), 0.5**0.5)
        for x, value in ((x0, y[0]), (x1, y[1])):
            density *= stats.norm.pdf(value, 0, 2.0 * math.exp(x / 2))
        return density

    integral, _ = integrate.dblquad(joint, -7, 8, -7, 8, epsabs=1e-13)
    first, _ = integrate.dblquad(lambda a, b: a * joint(a, b), -7, 8, -7, 8, epsabs=1e-13)
    result = run_filter(GridFilter(model, -7.0, 8.0, 801), y, UNUSED)
    assert result.log_evidence == pytest.approx(math.log(integral), abs=1e-8)
    assert result.means[-1, 0] == pytest.approx(first / integral, abs=1e-8)


def test_a_missing_date_adds_nothing_on_a_coarse_grid_either() -> None:
    model = local_level(0.1, 0.5, 1.0)
    y = holey(np.array([0.3, 0.1, 0.2, 0.0]), [0, 2])
    result = run_filter(GridFilter(model, -9.0, 9.0, 19), y, UNUSED)
    np.testing.assert_array_equal(result.log_evidence_increments[[0, 2]], 0.0)


def test_a_grid_that_is_too_narrow_raises() -> None:
    model = local_level(0.1, 0.1, 1.1)
    y = np.array([0.1, 0.2, 3.4, 3.6])
    with pytest.raises(ValueError, match="too narrow at t = 0"):
        run_filter(GridFilter(model, -1.0, 6.0), y, UNUSED)
    with pytest.raises(ValueError, match=r"too narrow at t = [23]: an end point has probability"):
        run_filter(GridFilter(model, -4.0, 3.5), y, UNUSED)


def test_the_grid_filter_enumerates_a_finite_model() -> None:
    model = finite_model()
    y = np.array([0.0, 1.0, np.nan, 2.0, 1.0])
    likelihood, mean = model.enumerate(y)
    # Two more states, never visited, so that the ends have no probability.
    padded = FiniteModel(
        np.array([1e-300, *model.initial, 1e-300]),
        np.full((5, 5), 1e-300),
        np.full((5, 3), 1e-300),
    )
    padded.moves[1:4, 1:4], padded.symbols[1:4] = model.moves, model.symbols
    result = run_filter(GridFilter(padded, 0.0, 4.0, 5), y, UNUSED)
    assert result.log_evidence == pytest.approx(math.log(likelihood), abs=1e-12)
    assert result.means[-1, 0] - 1 == pytest.approx(mean, abs=1e-12)


def test_what_a_run_of_a_filter_returns() -> None:
    model = dense_model(2, 3)
    _, y = simulate(model, np.random.default_rng(7), 6)
    dates: list[int] = []
    result = run_filter(KalmanFilter(model), y, UNUSED, record=lambda t, belief: dates.append(t))
    assert dates == list(range(6))
    assert result.means.shape == (6, 2)
    for values in (result.log_evidence_increments, result.ess, result.resampled):
        assert values.shape == (6,)
    assert result.n_components.tolist() == [0] * 6
    assert result.seconds >= 0
    assert result.last.log_evidence == result.log_evidence


@pytest.mark.parametrize("as_list", [False, True])
def test_a_single_series_may_come_without_its_second_axis(as_list: bool) -> None:
    model = local_level(0.1, 0.5, 1.0)
    _, y = simulate(model, np.random.default_rng(8), 5)
    flat = y[:, 0].tolist() if as_list else y[:, 0]
    expected = run_filter(KalmanFilter(model), y, UNUSED)
    found = run_filter(KalmanFilter(model), flat, UNUSED)
    np.testing.assert_array_equal(found.means, expected.means)


def test_exact_filters_use_no_random_numbers_and_change_nothing() -> None:
    model = local_level(0.1, 0.5, 1.0)
    y = simulate(model, np.random.default_rng(9), 5)[1]
    y.flags.writeable = False
    rng = np.random.default_rng(10)
    state = rng.bit_generator.state
    run_filter(KalmanFilter(model), y, rng)
    run_filter(GridFilter(model, -9.0, 9.0, 201), y, rng)
    assert rng.bit_generator.state == state


def test_two_modes_are_seen_by_the_grid() -> None:
    model = SquareModel(persistence=0.9)
    y = np.array([3.0, 4.0, 2.0])
    exact = run_filter(GridFilter(model, -35.0, 35.0, 1401), y, UNUSED)
    points, weights = exact.last.particles[:, 0], exact.last.weights
    near_zero, away = weights[np.abs(points) < 1].sum(), weights[np.abs(points) > 4].sum()
    assert near_zero < 1e-6
    assert away > 0.99
    assert 0.45 < weights[points > 0].sum() < 0.55


@pytest.mark.parametrize(("n_states", "n_series"), [(1, 1), (3, 2), (2, 5)])
def test_a_sample_in_one_go_is_the_sample_date_by_date(n_states: int, n_series: int) -> None:
    model = dense_model(n_states, n_series)
    y = simulate(model, np.random.default_rng(4), 30)[1]
    y[[0, 7, 8]] = np.nan
    beliefs, rng = [], np.random.default_rng(5)
    steps = run_filter(KalmanFilter(model), y, rng, record=lambda t, belief: beliefs.append(belief))
    whole = run_filter(KalmanFilter(model), y, rng)
    assert len(beliefs) == 30
    np.testing.assert_allclose(whole.means, steps.means, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        whole.log_evidence_increments, steps.log_evidence_increments, rtol=1e-10, atol=1e-12
    )
    np.testing.assert_allclose(whole.last.cov(), steps.last.cov(), rtol=1e-10, atol=1e-12)
    assert whole.log_evidence == pytest.approx(steps.log_evidence, rel=1e-12)
