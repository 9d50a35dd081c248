"""Particle filters: unbiased likelihoods, exact special cases, rates, and the same seed twice.

Expectations are tested with standard errors estimated from independent runs; each test's
false-alarm rate is FALSE_ALARM.
"""

import functools
import math

import numpy as np
import pytest
from filter_cases import (
    PoissonModel,
    finite_model,
    joint_gaussian,
    replicate,
    small_factor_model,
    standard_errors,
    z_bound,
)

from bayesfolio.filters.auxiliary import AuxiliaryFilter
from bayesfolio.filters.bootstrap import BootstrapFilter
from bayesfolio.filters.gaussian_transition import StochasticVolatilityModel
from bayesfolio.filters.grid import GridFilter
from bayesfolio.filters.kalman import KalmanFilter
from bayesfolio.filters.linear_gaussian import local_level
from bayesfolio.filters.particles import reweigh
from bayesfolio.filters.protocol import FilterResult, ParticleCloud, run_filter
from bayesfolio.filters.resampling import RESAMPLING
from bayesfolio.filters.state_space import simulate

FALSE_ALARM = 1e-5
N_OBS, RUNS, PARTICLES = 12, 400, 500

MODELS = {
    "local level": local_level(0.3, 0.4, 1.1),
    "stochastic volatility": StochasticVolatilityModel(0.9, 0.2, observation_sd=1.5, level=0.3),
    "factors": small_factor_model(),
}


@functools.cache
def sample_of(name: str) -> tuple[np.ndarray, FilterResult]:
    """Observations with a missing date and an unusual one, and the exact filter's result."""
    model = MODELS[name]
    _, y = simulate(model, np.random.default_rng(1), N_OBS)
    y[4] = np.nan
    y[7] += 1.5
    exact = GridFilter(model, -8.0, 8.5, 801) if name.startswith("stoch") else KalmanFilter(model)
    return y, run_filter(exact, y, np.random.default_rng(0))


FILTERS = {
    "bootstrap": lambda model: BootstrapFilter(model, PARTICLES),
    "bootstrap, stratified": lambda model: BootstrapFilter(model, PARTICLES, "stratified"),
    "bootstrap, multinomial": lambda model: BootstrapFilter(model, PARTICLES, "multinomial"),
    "bootstrap, residual": lambda model: BootstrapFilter(model, PARTICLES, "residual"),
    "bootstrap, always": lambda model: BootstrapFilter(model, PARTICLES, ess_threshold=1.0),
    "adapted": lambda model: AuxiliaryFilter(model, PARTICLES, ess_threshold=0.8),
    "adapted, always": lambda model: AuxiliaryFilter(model, PARTICLES, ess_threshold=1.0),
    "point": lambda model: AuxiliaryFilter(model, PARTICLES, look_ahead="point"),
    "point, always": lambda model: AuxiliaryFilter(
        model, PARTICLES, ess_threshold=1.0, look_ahead="point"
    ),
}


@pytest.mark.parametrize("model_name", MODELS)
@pytest.mark.parametrize("name", FILTERS)
def test_likelihood_and_its_product_with_the_mean_are_unbiased(name: str, model_name: str) -> None:
    y, exact = sample_of(model_name)
    filter_ = FILTERS[name](MODELS[model_name])
    results = replicate(lambda rng: run_filter(filter_, y, rng), RUNS, seed=2)
    ratios = np.exp([result.log_evidence - exact.log_evidence for result in results])
    products = ratios[:, None] * [result.means[-1] for result in results]
    assert ratios.std() < 0.7  # else the normal limit would be far
    bound = z_bound(FALSE_ALARM, 1 + products.shape[1])
    assert standard_errors(ratios, 1.0) < bound
    assert standard_errors(products, exact.means[-1]) < bound
    resampled = np.array([result.resampled for result in results])
    assert resampled.any()
    assert not resampled.all(axis=1).any()


@pytest.mark.parametrize("scheme", RESAMPLING)
@pytest.mark.parametrize("threshold", [0.0, 0.6, 1.0])
def test_a_finite_models_likelihood_is_that_of_all_paths(scheme: str, threshold: float) -> None:
    model = finite_model()
    y = np.array([0.0, 1.0, np.nan, 2.0, 1.0, 2.0])
    likelihood, mean = model.enumerate(y)
    filter_ = BootstrapFilter(model, 100, scheme, threshold)
    results = replicate(lambda rng: run_filter(filter_, y, rng), 1500, seed=3)
    ratios = np.exp([result.log_evidence - math.log(likelihood) for result in results])
    products = ratios * [result.means[-1, 0] for result in results]
    bound = z_bound(FALSE_ALARM, 2)
    assert standard_errors(ratios, 1.0) < bound
    assert standard_errors(products, mean) < bound
    resampled = {bool(flag) for result in results for flag in result.resampled}
    assert resampled == {False} if threshold == 0 else True in resampled


@pytest.mark.parametrize("name", ["bootstrap", "point"])
def test_errors_halve_when_particles_quadruple(name: str) -> None:
    y, exact = sample_of("stochastic volatility")
    model, runs = MODELS["stochastic volatility"], 500
    errors = []
    for particles in (250, 1000):
        if name == "bootstrap":
            filter_ = BootstrapFilter(model, particles)
        else:
            filter_ = AuxiliaryFilter(model, particles, look_ahead="point")
        results = replicate(lambda rng, f=filter_: run_filter(f, y, rng), runs, seed=4)
        away = np.array([result.means[-1, 0] - exact.means[-1, 0] for result in results])
        errors.append(np.mean(away**2))
    # Of normal errors the log of a mean square has standard error sqrt(2 / runs).
    slack = z_bound(FALSE_ALARM) * 0.5 * 2 / runs**0.5
    assert abs(math.log(errors[0] / errors[1]) / 2 - math.log(2)) < slack


def test_full_adaptation_is_nearly_exact_in_linear_gaussian_models() -> None:
    model = MODELS["factors"]
    y, exact = sample_of("factors")
    errors = {}
    for name in ("bootstrap", "adapted"):
        results = replicate(lambda rng, n=name: run_filter(FILTERS[n](model), y, rng), 100, seed=5)
        errors[name] = np.mean([(result.means[-1] - exact.means[-1]) ** 2 for result in results])
        np.testing.assert_array_less(
            np.std([r.log_evidence - exact.log_evidence for r in results]), 0.5
        )
        if name == "adapted":
            for result in results:
                assert result.log_evidence_increments[0] == pytest.approx(
                    exact.log_evidence_increments[0], abs=1e-12
                )
                np.testing.assert_allclose(result.means[0], exact.means[0], atol=1e-12)
    assert errors["adapted"] < 0.5 * errors["bootstrap"]


def test_one_adapted_step_is_the_mixture_of_exact_ones() -> None:
    model = MODELS["factors"]
    rng = np.random.default_rng(6)
    filter_ = AuxiliaryFilter(model, 7, ess_threshold=0.0)
    weighed = reweigh(0.0, rng.normal(size=7), 0)
    particles = rng.normal(size=(7, 2))
    cloud = ParticleCloud(particles, weighed.weights, weighed.log_weights, -1.5, np.zeros(2))
    y = np.ones(4)
    new, info = filter_.step(rng, cloud, 3, y)
    densities, means = [], []
    for x in particles:
        started = small_factor_model()
        fields = {f: getattr(started, f) for f in started.__dataclass_fields__}
        moved = type(started)(
            **fields
            | {"initial_mean": started.transition @ x, "initial_cov": fields["transition_cov"]}
        )
        density, mean, _ = joint_gaussian(moved, y[None], 0)
        densities.append(density)
        means.append(mean)
    terms = weighed.weights * np.exp(densities)
    assert info.log_evidence_increment == pytest.approx(math.log(terms.sum()), abs=1e-10)
    assert new.log_evidence == pytest.approx(-1.5 + math.log(terms.sum()), abs=1e-10)
    np.testing.assert_allclose(new.weights, terms / terms.sum(), rtol=1e-10)
    np.testing.assert_allclose(new.mean, terms @ means / terms.sum(), rtol=1e-10)


@pytest.mark.parametrize("name", FILTERS)
def test_missing_dates_only_move_the_state(name: str) -> None:
    model = MODELS["factors"]
    filter_ = FILTERS[name](model)
    y = simulate(model, np.random.default_rng(7), 6)[1]
    y[[2, 3, 5]] = np.nan
    clouds: list[ParticleCloud] = []
    result = run_filter(
        filter_, y, np.random.default_rng(8), record=lambda t, cloud: clouds.append(cloud)
    )
    assert not result.log_evidence_increments[[2, 3, 5]].any()
    assert not result.resampled[[2, 3, 5]].any()
    for t in (2, 3, 5):
        np.testing.assert_allclose(clouds[t].weights, clouds[t - 1].weights, rtol=1e-12)
        assert clouds[t].log_evidence == clouds[t - 1].log_evidence
        innovations = clouds[t].particles - clouds[t - 1].particles @ model.transition.T
        bound = z_bound(FALSE_ALARM, 15)
        assert standard_errors(innovations, 0.0) < bound
        products = np.einsum("nk,nj->nkj", innovations, innovations).reshape(-1, 4)
        assert standard_errors(products, model.transition_cov.ravel()) < bound


@pytest.mark.parametrize("name", FILTERS)
def test_a_sample_may_begin_with_missing_dates(name: str) -> None:
    model = MODELS["local level"]
    y = np.array([np.nan, np.nan, 0.7, 1.1])
    exact = run_filter(KalmanFilter(model), y, np.random.default_rng(0))
    results = replicate(lambda rng: run_filter(FILTERS[name](model), y, rng), 200, seed=9)
    for result in results:
        assert not result.log_evidence_increments[:2].any()
        assert result.ess[0] == pytest.approx(PARTICLES)
    ratios = np.exp([result.log_evidence - exact.log_evidence for result in results])
    assert standard_errors(ratios, 1.0) < z_bound(FALSE_ALARM)


@pytest.mark.parametrize("name", FILTERS)
def test_results_hang_together(name: str) -> None:
    model = MODELS["stochastic volatility"]
    y, _ = sample_of("stochastic volatility")
    y.flags.writeable = False
    clouds: list[ParticleCloud] = []
    filter_ = FILTERS[name](model)
    result = run_filter(
        filter_, y, np.random.default_rng(10), record=lambda t, cloud: clouds.append(cloud)
    )
    for t, cloud in enumerate(clouds):
        assert cloud.particles.shape == (PARTICLES, 1)
        assert cloud.weights.sum() == pytest.approx(1, abs=1e-12)
        np.testing.assert_allclose(np.exp(cloud.log_weights), cloud.weights, rtol=1e-9)
        assert cloud.ess == pytest.approx(1 / np.sum(cloud.weights**2))
        assert result.ess[t] == pytest.approx(cloud.ess)
        np.testing.assert_allclose(cloud.mean, cloud.weights @ cloud.particles, rtol=1e-10)
        np.testing.assert_array_equal(result.means[t], cloud.mean)
        expected = np.cov(cloud.particles[:, 0], aweights=cloud.weights, ddof=0)
        assert cloud.cov()[0, 0] == pytest.approx(float(expected), rel=1e-10)
        total = result.log_evidence_increments[: t + 1].sum()
        assert cloud.log_evidence == pytest.approx(total, abs=1e-10)
        if t and not name.startswith(("adapted", "point")) and not np.isnan(y[t, 0]):
            assert result.resampled[t] == (clouds[t - 1].ess < filter_.ess_threshold * PARTICLES)


@pytest.mark.parametrize("name", FILTERS)
def test_the_same_seed_gives_the_same_bits_and_another_does_not(name: str) -> None:
    model = MODELS["factors"]
    y, _ = sample_of("factors")
    first, again, other = (
        run_filter(FILTERS[name](model), y, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.means, again.means)
    np.testing.assert_array_equal(first.last.particles, again.last.particles)
    assert first.log_evidence == again.log_evidence
    assert first.log_evidence != other.log_evidence


@pytest.mark.parametrize("name", FILTERS)
def test_a_step_does_not_change_the_belief_it_is_given(name: str) -> None:
    model = MODELS["factors"]
    filter_, rng = FILTERS[name](model), np.random.default_rng(12)
    belief = filter_.init(rng, np.ones(4))
    belief, _ = filter_.step(rng, belief, 1, np.full(4, 4.0))
    arrays = (belief.particles, belief.weights, belief.log_weights, belief.mean)
    before = [array.copy() for array in arrays]
    for y_t in (np.full(4, -3.0), np.full(4, np.nan)):
        y_t.flags.writeable = False
        filter_.step(rng, belief, 2, y_t)
        for array, copy in zip(arrays, before, strict=True):
            np.testing.assert_array_equal(array, copy)


def test_cov_of_a_cloud_is_the_weighted_covariance() -> None:
    rng = np.random.default_rng(13)
    weighed = reweigh(0.0, rng.normal(size=50), 0)
    particles = rng.normal(size=(50, 3)) + 100
    cloud = ParticleCloud(particles, weighed.weights, weighed.log_weights, 0.0, np.zeros(3))
    expected = np.cov(particles.T, aweights=weighed.weights, ddof=0)
    np.testing.assert_allclose(cloud.cov(), expected, rtol=1e-9, atol=1e-12)


def test_weights_multiply_without_overflow() -> None:
    rng = np.random.default_rng(14)
    log_weights, log_factors = rng.normal(size=(2, 30))
    for shift in (-3000.0, 0.0, 3000.0):
        kept = log_weights.copy(), log_factors.copy()
        weighed = reweigh(log_weights, log_factors + shift, 0)
        terms = np.exp(log_weights + log_factors)
        assert weighed.log_increment == pytest.approx(math.log(terms.sum()) + shift, abs=1e-10)
        np.testing.assert_allclose(weighed.weights, terms / terms.sum(), rtol=1e-10)
        assert weighed.ess == pytest.approx(terms.sum() ** 2 / (terms**2).sum())
        np.testing.assert_array_equal(log_weights, kept[0])
        np.testing.assert_array_equal(log_factors, kept[1])
    uneven = reweigh(0.0, np.array([0.0, -2000.0]), 0)
    np.testing.assert_array_equal(uneven.weights, [1.0, 0.0])
    np.testing.assert_allclose(uneven.log_weights, [0.0, -2000.0], rtol=1e-15)


def test_adapted_and_bootstrap_filters_agree_on_counts() -> None:
    model = PoissonModel(scale=1.5)
    y = np.array([[1.0, 2.0], [4.0, 2.0], [np.nan, np.nan], [0.0, 9.0], [3.0, 3.0]])
    reference = replicate(
        lambda rng: run_filter(BootstrapFilter(model, 20_000), y, rng), 40, seed=15
    )
    logs = np.array([result.log_evidence for result in reference])
    ratios = np.exp(logs - logs.mean())
    for filter_ in (
        AuxiliaryFilter(model, 300),
        AuxiliaryFilter(model, 300, ess_threshold=1.0),
        AuxiliaryFilter(model, 300, look_ahead="point"),
    ):
        results = replicate(lambda rng, f=filter_: run_filter(f, y, rng), 400, seed=16)
        found = np.exp([result.log_evidence - logs.mean() for result in results])
        error = math.hypot(
            found.std(ddof=1) / len(found) ** 0.5, ratios.std(ddof=1) / len(ratios) ** 0.5
        )
        assert abs(found.mean() - ratios.mean()) < z_bound(FALSE_ALARM) * error
