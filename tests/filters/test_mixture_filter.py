"""The M-Filter: unbiased whatever is fitted, exact references, and what it gains.

Expectations are tested with standard errors estimated from independent runs; each test's
false-alarm rate is FALSE_ALARM.
"""

import functools
from dataclasses import dataclass

import numpy as np
import pytest
from filter_cases import (
    Plain,
    SquareModel,
    replicate,
    small_factor_model,
    standard_errors,
    z_bound,
)
from scipy import stats

from bayesfolio.filters.bootstrap import BootstrapFilter
from bayesfolio.filters.gaussian_transition import StochasticVolatilityModel
from bayesfolio.filters.grid import GridFilter
from bayesfolio.filters.kalman import KalmanFilter
from bayesfolio.filters.linear_gaussian import local_level
from bayesfolio.filters.mitisem import FitSettings
from bayesfolio.filters.mixture import MixtureFilter
from bayesfolio.filters.particles import reweigh
from bayesfolio.filters.protocol import FilterResult, ParticleCloud, run_filter
from bayesfolio.filters.state_space import simulate
from bayesfolio.filters.student import StudentMixture

FALSE_ALARM = 1e-5
RUNS, PARTICLES, N_FIT = 200, 500, 200

MODELS = {
    "local level": local_level(0.3, 0.4, 1.1),
    "stochastic volatility": StochasticVolatilityModel(0.9, 0.2, observation_sd=1.5, level=0.3),
    "factors": small_factor_model(),
    "square": SquareModel(),
}


@functools.cache
def sample_of(name: str) -> tuple[np.ndarray, FilterResult]:
    """Observations with a missing date, and the exact filter's result."""
    model = MODELS[name]
    _, y = simulate(model, np.random.default_rng(1), 6)
    y[3] = np.nan
    y[4] += 1.5
    exact = {
        "stochastic volatility": lambda: GridFilter(model, -8.0, 8.5, 801),
        "square": lambda: GridFilter(model, -28.0, 28.0, 1401),
    }.get(name, lambda: KalmanFilter(model))
    return y, run_filter(exact(), y, np.random.default_rng(0))


VARIANTS = {
    "conditional": {},
    "conditional, always": {"ess_threshold": 1.0},
    "literal": {"variant": "literal"},
    "literal, always": {"variant": "literal", "ess_threshold": 1.0},
    "look-ahead": {"look_ahead": True},
    "look-ahead, always": {"look_ahead": True, "ess_threshold": 1.0},
    "look-ahead, literal": {"look_ahead": True, "variant": "literal", "ess_threshold": 1.0},
    "plain": {},
    "plain, literal": {"variant": "literal"},
}
CASES = [
    ("local level", "conditional"),
    ("local level", "literal"),
    ("local level", "look-ahead, always"),
    ("stochastic volatility", "conditional"),
    ("stochastic volatility", "literal"),
    ("stochastic volatility", "look-ahead"),
    ("factors", "conditional"),
    ("factors", "conditional, always"),
    ("factors", "literal, always"),
    ("factors", "look-ahead"),
    ("factors", "look-ahead, literal"),
    ("factors", "plain"),
    ("factors", "plain, literal"),
    ("square", "conditional"),
    ("square", "literal, always"),
]


def filter_of(name: str, variant: str, n_particles: int = PARTICLES, n_fit: int | None = None):
    model = MODELS[name]
    # Two modes take more draws to fit: fits that miss one have weights of no normal limit.
    n_fit = n_fit or (3 * N_FIT if name == "square" else N_FIT)
    if variant.startswith("plain"):
        model = Plain(model)
    return MixtureFilter(model, n_particles, n_fit=n_fit, **VARIANTS[variant])


@functools.cache
def results_of(name: str, variant: str) -> list[FilterResult]:
    y, _ = sample_of(name)
    filter_ = filter_of(name, variant)
    return replicate(lambda rng: run_filter(filter_, y, rng), RUNS, seed=2)


def judge(results: list[FilterResult], exact: FilterResult, max_sd: float = 0.7) -> None:
    """Likelihood, and its product with the last filtered mean, are unbiased."""
    ratios = np.exp([result.log_evidence - exact.log_evidence for result in results])
    products = ratios[:, None] * [result.means[-1] for result in results]
    assert ratios.std() < max_sd  # else the normal limit would be far
    bound = z_bound(FALSE_ALARM, 1 + products.shape[1])
    assert standard_errors(ratios, 1.0) < bound
    assert standard_errors(products, exact.means[-1]) < bound


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_likelihood_and_its_product_with_the_mean_are_unbiased(name: str, variant: str) -> None:
    results = results_of(name, variant)
    judge(results, sample_of(name)[1])
    components = np.array([result.n_components for result in results])
    assert not components[:, [0, 3]].any()
    assert (components[:, [1, 2, 4, 5]] >= 1).all()
    assert components.max() <= 4


def test_few_draws_to_fit_and_few_particles_leave_it_unbiased() -> None:
    y, exact = sample_of("local level")
    for variant in ("conditional", "literal"):
        filter_ = filter_of("local level", variant, 20, 20)
        results = replicate(lambda rng, f=filter_: run_filter(f, y[:3], rng), 1000, seed=3)
        ratios = np.exp([r.log_evidence - exact.log_evidence_increments[:3].sum() for r in results])
        assert ratios.std() < 1.5
        assert standard_errors(ratios, 1.0) < z_bound(FALSE_ALARM, 2)


def perturbed(mixture: StudentMixture, how: str) -> StudentMixture:
    probs, means, scales, dofs = mixture.probs, mixture.means, mixture.scales, mixture.dofs
    spread = np.sqrt(np.diagonal(scales, axis1=1, axis2=2))
    if how == "shifted":
        return StudentMixture(probs, means + 0.5 * spread, scales, np.minimum(dofs, 8.0))
    if how == "widened":
        return StudentMixture(probs, means, 2.0 * scales, np.minimum(dofs, 4.0))
    # A second component that no fit would find.
    return StudentMixture(
        np.append(0.6 * probs, 0.4 * probs),
        np.vstack([means, means - spread]),
        np.concatenate([scales, 1.7 * scales]),
        np.append(dofs, np.full(len(dofs), 5.0)),
    )


@dataclass(frozen=True)
class PerturbedFilter(MixtureFilter):
    """Proposals are spoilt after they have been fitted."""

    how: str = "shifted"

    def _fit_proposal(self, *arguments: object) -> StudentMixture:
        return perturbed(super()._fit_proposal(*arguments), self.how)


@pytest.mark.parametrize(
    ("name", "variant", "how"),
    [
        ("factors", "conditional", "shifted"),
        ("factors", "conditional", "widened"),
        ("factors", "conditional", "doubled"),
        ("factors", "look-ahead, always", "widened"),
        ("local level", "literal", "shifted"),
        ("stochastic volatility", "conditional", "doubled"),
    ],
)
def test_a_spoilt_proposal_changes_the_variance_only(name: str, variant: str, how: str) -> None:
    y, exact = sample_of(name)
    spoilt = PerturbedFilter(MODELS[name], PARTICLES, n_fit=N_FIT, how=how, **VARIANTS[variant])
    results = replicate(lambda rng: run_filter(spoilt, y, rng), RUNS, seed=4)
    judge(results, exact)
    if variant == "look-ahead, always":
        assert spread_of(results_of(name, "look-ahead")) < RATIO * spread_of(results)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("local level", FitSettings(max_rounds=1, iterations=1)),
        ("factors", FitSettings(max_components=3, min_gain=0.0, good_cv=0.0)),
    ],
)
def test_settings_of_the_fit_leave_it_unbiased(name: str, settings: FitSettings) -> None:
    y, exact = sample_of(name)
    filter_ = MixtureFilter(MODELS[name], PARTICLES, n_fit=N_FIT, fit=settings)
    judge(replicate(lambda rng: run_filter(filter_, y, rng), RUNS, seed=6), exact)


def spread_of(results: list[FilterResult]) -> float:
    return float(np.std([result.log_evidence for result in results], ddof=1))


RATIO = float(np.exp(-z_bound(2 * FALSE_ALARM) / (RUNS - 1) ** 0.5))
"""A ratio of standard deviations of RUNS normals below this is beyond chance."""


def test_two_modes_need_two_components() -> None:
    y, exact = sample_of("square")
    filters = [
        MixtureFilter(MODELS["square"], PARTICLES, n_fit=600, fit=fit)
        for fit in (FitSettings(), FitSettings(max_components=1))
    ]
    many, one = (
        replicate(lambda rng, f=filter_: run_filter(f, y, rng), RUNS, seed=7) for filter_ in filters
    )
    components = np.array([result.n_components for result in many])
    assert np.median(components[:, 2]) > 1
    assert spread_of(many) < RATIO * spread_of(one)
    judge(one, exact)
    # The grid's filtered distribution at the last date; products with Z are unbiased.
    points, masses = exact.last.particles[:, 0], exact.last.weights
    for edge in (-5.0, -1.0, 1.0, 5.0):
        products = [
            np.exp(result.log_evidence - exact.log_evidence)
            * result.last.weights[result.last.particles[:, 0] < edge].sum()
            for result in many
        ]
        expected = masses[points < edge].sum() - 0.5 * masses[np.isclose(points, edge)].sum()
        assert standard_errors(np.array(products), expected) < z_bound(FALSE_ALARM, 4)


def test_it_beats_the_bootstrap_filter_where_observations_say_much() -> None:
    y, _ = sample_of("factors")
    bootstrap = BootstrapFilter(MODELS["factors"], PARTICLES)
    results = replicate(lambda rng: run_filter(bootstrap, y, rng), RUNS, seed=10)
    assert spread_of(results_of("factors", "conditional")) < RATIO * spread_of(results)


def test_proposals_given_the_ancestor_beat_the_literal_ones() -> None:
    conditional, literal = (results_of("local level", v) for v in ("conditional", "literal"))
    assert spread_of(conditional) < RATIO * spread_of(literal)


def test_errors_halve_when_particles_quadruple() -> None:
    y, exact = sample_of("local level")
    runs, errors = 200, []
    for particles in (200, 800):
        filter_ = filter_of("local level", "conditional", particles)
        results = replicate(lambda rng, f=filter_: run_filter(f, y, rng), runs, seed=12)
        away = np.array([result.means[-1, 0] - exact.means[-1, 0] for result in results])
        errors.append(np.mean(away**2))
    # Of normal errors the log of a mean square has standard error sqrt(2 / runs).
    assert abs(np.log(errors[0] / errors[1]) / 2 - np.log(2)) < z_bound(FALSE_ALARM) / runs**0.5


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_step_weighs_by_the_density_of_the_proposal(variant: str) -> None:
    """The step's weights, recomputed from a known proposal by the formula of the paper."""
    model = MODELS["factors"]
    rng = np.random.default_rng(13)
    size = 2 if "literal" in variant else 4
    known = StudentMixture(
        [0.3, 0.7],
        rng.normal(size=(2, size)),
        np.stack([np.eye(size) + 0.3, 2 * np.eye(size) - 0.2]),
        [4.0, np.inf],
    )

    @dataclass(frozen=True)
    class Known(MixtureFilter):
        def _fit_proposal(self, rng, particles, weights, t, y_t):
            ancestors.append((particles, weights))
            return known

    ancestors: list[tuple[np.ndarray, np.ndarray]] = []
    options = VARIANTS[variant]
    filter_ = Known(Plain(model) if variant.startswith("plain") else model, 300, **options)
    weighed = reweigh(0.0, 0.3 * rng.normal(size=300), 0)
    cloud = ParticleCloud(
        rng.normal(size=(300, 2)), weighed.weights, weighed.log_weights, -2.0, np.zeros(2)
    )
    y_t = np.array([0.5, 1.0, 0.0, -0.5])
    new, info = filter_.step(rng, cloud, 1, y_t)
    (chosen, weights) = ancestors[0]
    if info.resampled and not options.get("look_ahead"):
        np.testing.assert_allclose(weights, 1 / 300)
    if not info.resampled:
        np.testing.assert_array_equal(chosen, cloud.particles)
        np.testing.assert_array_equal(weights, cloud.weights)
    z = new.particles
    if size == 2:
        log_proposal = known.log_density(z)
    else:
        marginal = StudentMixture(
            known.probs, known.means[:, :2], known.scales[:, :2, :2], known.dofs
        )
        log_proposal = known.log_density(np.hstack([chosen, z])) - marginal.log_density(chosen)
    terms = weights * np.exp(
        model.log_observation(1, y_t, z) + model.log_transition(1, z, chosen) - log_proposal
    )
    np.testing.assert_allclose(new.weights, terms / terms.sum(), rtol=1e-8)
    assert info.log_evidence_increment == pytest.approx(np.log(terms.sum()), abs=1e-10)
    assert new.log_evidence == pytest.approx(-2.0 + np.log(terms.sum()), abs=1e-10)
    assert info.resampled == ("always" in variant or variant == "look-ahead, literal")
    assert info.n_components == 2


def test_the_generator_moves_on_after_each_fit() -> None:
    model = MODELS["factors"]
    seen: list[np.ndarray] = []

    @dataclass(frozen=True)
    class Watching(MixtureFilter):
        def _fit_proposal(self, rng, particles, weights, t, y_t):
            state = rng.bit_generator.state
            mixture = super()._fit_proposal(rng, particles, weights, t, y_t)
            assert rng.bit_generator.state != state
            seen.append(rng.bit_generator.state["state"]["state"])
            return mixture

    rng = np.random.default_rng(14)
    filter_ = Watching(model, 100, n_fit=100)
    result = run_filter(filter_, np.ones((5, 4)), rng)
    assert len(set(seen)) == 4
    assert result.n_components[1:].all()


@pytest.mark.parametrize("variant", ["conditional", "literal", "look-ahead", "plain"])
def test_missing_dates_only_move_the_state(variant: str) -> None:
    model = MODELS["factors"]
    y = simulate(model, np.random.default_rng(15), 6)[1]
    y[[0, 2, 3]] = np.nan
    clouds: list[ParticleCloud] = []
    result = run_filter(
        filter_of("factors", variant),
        y,
        np.random.default_rng(16),
        record=lambda t, cloud: clouds.append(cloud),
    )
    assert not result.log_evidence_increments[[0, 2, 3]].any()
    assert not result.n_components[[0, 2, 3]].any()
    for t in (2, 3):
        np.testing.assert_allclose(clouds[t].weights, clouds[t - 1].weights, rtol=1e-12)
        innovations = clouds[t].particles - clouds[t - 1].particles @ model.transition.T
        assert standard_errors(innovations, 0.0) < z_bound(FALSE_ALARM, 4)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_seed_gives_the_same_bits_and_nothing_is_changed(variant: str) -> None:
    y, _ = sample_of("factors")
    y.flags.writeable = False
    filter_ = filter_of("factors", variant, 200, 100)
    first, again = (run_filter(filter_, y, np.random.default_rng(17)) for _ in range(2))
    np.testing.assert_array_equal(first.means, again.means)
    np.testing.assert_array_equal(first.last.particles, again.last.particles)
    np.testing.assert_array_equal(first.n_components, again.n_components)
    assert first.log_evidence == again.log_evidence
    belief, rng = first.last, np.random.default_rng(18)
    arrays = (belief.particles, belief.weights, belief.log_weights, belief.mean)
    before = [array.copy() for array in arrays]
    filter_.step(rng, belief, 6, np.full(4, 2.0))
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_draws_that_a_proposal_is_fitted_to() -> None:
    assert MixtureFilter(MODELS["local level"], 100).fit_draws == 500
    assert MixtureFilter(MODELS["local level"], 1500).fit_draws == 750
    assert MixtureFilter(MODELS["factors"], 50_000).fit_draws == 1000
    assert MixtureFilter(small_factor_model(), 100).fit_draws == 500
    assert MixtureFilter(MODELS["factors"], 100, n_fit=77).fit_draws == 77
    y, exact = sample_of("factors")
    odd = MixtureFilter(MODELS["factors"], 100, n_fit=77)
    result = run_filter(odd, y, np.random.default_rng(19))
    assert abs(result.log_evidence - exact.log_evidence) < 2


def test_many_particles_are_thinned_for_the_fit_without_bias() -> None:
    """8,000 particles and 40 draws: one in a hundred is looked at."""
    y, exact = sample_of("local level")
    filter_ = filter_of("local level", "conditional", 8000, 20)
    judge(replicate(lambda rng: run_filter(filter_, y, rng), 100, seed=20), exact)


@pytest.mark.parametrize("state", [0.0, 7.3])
def test_a_cloud_of_one_particle_can_be_moved(state: float) -> None:
    """All pairs start from one state, which is none of the thinned ones that a fit looks at."""
    model, n = local_level(1.0, 1.0, 1.0), 20_000
    particles = np.random.default_rng(1).normal(-20, 5, (n, 1))
    log_weights = np.full(n, -1e4)
    particles[77], log_weights[77] = state, 0.0
    cloud = ParticleCloud(particles, np.exp(log_weights), log_weights, 0.0, particles[77])
    assert cloud.ess == 1
    filter_ = MixtureFilter(model, n, ess_threshold=0)
    increments = [
        filter_.step(np.random.default_rng(seed), cloud, 1, np.array([2.0]))[1][0]
        for seed in range(8)
    ]
    # The weight of one draw: p(y | state) but for the errors of the fit.
    expected = stats.norm(state, 2**0.5).logpdf(2.0)
    np.testing.assert_allclose(increments, expected, atol=0.5)
