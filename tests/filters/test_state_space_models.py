"""Models against scipy's densities, and the identities that tie their proposals to them."""

import numpy as np
import pytest
from filter_cases import (
    PoissonModel,
    SquareModel,
    dense_model,
    finite_model,
    small_factor_model,
    standard_errors,
    z_bound,
)
from scipy import stats

from bayesfolio.filters.gaussian_transition import StochasticVolatilityModel
from bayesfolio.filters.linear import LinearMap
from bayesfolio.filters.linear_gaussian import LinearGaussianModel, dynamic_factor, local_level
from bayesfolio.filters.state_space import StateSpaceModel, simulate

SV = StochasticVolatilityModel(0.9, 0.2, observation_sd=1.7, level=-0.8)
DIMENSIONS = [(1, 1), (1, 3), (3, 1), (2, 5), (4, 2), (3, 3)]
MODELS = {
    "dense, N > K": dense_model(2, 5),
    "dense, N < K": dense_model(4, 2),
    "local level": local_level(0.3, 0.7, 1.1),
    "stochastic volatility": SV,
    "factors": small_factor_model(),
    "Poisson": PoissonModel(),
}


def same_layouts(array: np.ndarray) -> list[np.ndarray]:
    return [np.ascontiguousarray(array), np.asfortranarray(array)]


def rows_of_normals(points: np.ndarray, means: np.ndarray, cov: np.ndarray) -> np.ndarray:
    frozen = stats.multivariate_normal(np.zeros(len(cov)), cov)
    return np.array([frozen.logpdf(row) for row in points - means])


@pytest.mark.parametrize(("n_states", "n_observed"), DIMENSIONS)
def test_linear_gaussian_densities_are_scipys(n_states: int, n_observed: int) -> None:
    model = dense_model(n_states, n_observed)
    rng = np.random.default_rng(1)
    x, z = rng.normal(size=(2, 30, n_states)) * 2
    y = rng.normal(size=n_observed) * 2
    initial = rows_of_normals(x, model.initial_mean, model.initial_cov)
    moved = rows_of_normals(z, x @ model.transition.T, model.transition_cov)
    seen = rows_of_normals(
        np.tile(y, (30, 1)),
        x @ model.loadings.T + model.observation_intercept,
        model.observation_cov,
    )
    for a, b in zip(same_layouts(x), same_layouts(z), strict=True):
        np.testing.assert_allclose(model.log_initial(a), initial, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(model.log_transition(3, b, a), moved, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(model.log_observation(3, y, a), seen, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(model.transition_mean(3, a), x @ model.transition.T, rtol=1e-12)


def test_stochastic_volatility_densities_are_scipys() -> None:
    rng = np.random.default_rng(2)
    x, z = rng.normal(size=(2, 30, 1)) * 2
    mean = -0.8 + 0.9 * (x + 0.8)
    variance = 0.2 / (1 - 0.81)
    assert SV.stationary_var == pytest.approx(variance)
    np.testing.assert_allclose(
        SV.log_initial(x), stats.norm(-0.8, variance**0.5).logpdf(x[:, 0]), rtol=1e-12
    )
    np.testing.assert_allclose(
        SV.log_transition(1, z, x), stats.norm(mean, 0.2**0.5).logpdf(z)[:, 0], rtol=1e-11
    )
    for y in (-3.0, 0.0, 0.4):
        expected = stats.norm(0, 1.7 * np.exp(x[:, 0] / 2)).logpdf(y)
        np.testing.assert_allclose(SV.log_observation(1, np.array([y]), x), expected, rtol=1e-11)


@pytest.mark.parametrize("name", MODELS)
def test_draws_have_the_moments_of_their_densities(name: str) -> None:
    model, n = MODELS[name], 40_000
    rng = np.random.default_rng(3)
    one = np.full((1, model.n_states), 0.6) * np.arange(1, model.n_states + 1)
    mean = model.transition_mean(1, one)[0]
    initial_cov = model.initial_root.matrix @ model.initial_root.matrix.T
    cov = model.transition_root.matrix @ model.transition_root.matrix.T
    previous = np.repeat(one, n, axis=0)
    cases = [
        (model.draw_initial(rng, n), model.initial_mean, initial_cov),
        (model.draw_transition(rng, 1, previous), mean, cov),
    ]
    np.testing.assert_array_equal(previous, np.repeat(one, n, axis=0))
    for draws, centre, spread in cases:
        assert draws.shape == (n, model.n_states)
        away = draws - centre
        products = np.einsum("nk,nj->nkj", away, away).reshape(n, -1)
        n_tests = away.shape[1] + products.shape[1]
        bound = z_bound(1e-6, 2 * n_tests)
        assert standard_errors(away, 0.0) < bound
        assert standard_errors(products, spread.ravel()) < bound


@pytest.mark.parametrize("name", ["dense, N > K", "stochastic volatility"])
def test_simulated_data_have_the_moments_of_the_model(name: str) -> None:
    model, n = MODELS[name], 5000
    rng = np.random.default_rng(4)
    samples = [simulate(model, rng, 2) for _ in range(n)]
    states = np.array([sample[0] for sample in samples])
    y = np.array([sample[1] for sample in samples])
    assert states.shape == (n, 2, model.n_states)
    assert y.shape == (n, 2, model.n_observed)
    bound = z_bound(1e-6, 40)
    innovations = states[:, 1] - model.transition_mean(1, states[:, 0])
    assert standard_errors(states[:, 0], model.initial_mean) < bound
    assert standard_errors(innovations, 0.0) < bound
    # Probability integral transforms of the observations given the states.
    for t in range(2):
        if name == "stochastic volatility":
            uniform = stats.norm.cdf(y[:, t, 0] / (1.7 * np.exp(states[:, t, 0] / 2)))
            assert stats.kstest(uniform, "uniform").pvalue > 1e-6
        else:
            errors = y[:, t] - states[:, t] @ model.loadings.T - model.observation_intercept
            products = np.einsum("nk,nj->nkj", errors, errors).reshape(n, -1)
            assert standard_errors(errors, 0.0) < bound
            assert standard_errors(products, model.observation_cov.ravel()) < bound


@pytest.mark.parametrize(("n_states", "n_observed"), DIMENSIONS)
def test_linear_gaussian_proposals_satisfy_bayes_rule(n_states: int, n_observed: int) -> None:
    model = dense_model(n_states, n_observed, seed=5)
    rng = np.random.default_rng(6)
    x, z = rng.normal(size=(2, 40, n_states)) * 2
    y = rng.normal(size=n_observed) * 2

    def check(proposal, log_joint: np.ndarray, points: np.ndarray) -> None:
        assert proposal.exact
        cov = proposal.root.matrix @ proposal.root.matrix.T
        posterior = rows_of_normals(points, proposal.means, cov)
        np.testing.assert_allclose(
            proposal.log_look_ahead + posterior, log_joint, rtol=1e-10, atol=1e-10
        )

    for a, b in zip(same_layouts(x), same_layouts(z), strict=True):
        joint = model.log_observation(2, y, b) + model.log_transition(2, b, a)
        check(model.conditional_proposal(2, y, a), joint, b)
    joint = model.log_observation(0, y, z) + model.log_initial(z)
    proposal = model.initial_proposal(y)
    assert proposal.means.shape == (1, n_states)
    check(proposal, joint, z)
    cov = model.loadings @ model.initial_cov @ model.loadings.T + model.observation_cov
    mean = model.loadings @ model.initial_mean + model.observation_intercept
    marginal = stats.multivariate_normal(mean, cov).logpdf(y)
    assert proposal.log_look_ahead[0] == pytest.approx(marginal, abs=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_proposals_draw_what_they_say(name: str) -> None:
    model, n = MODELS[name], 20_000
    y = np.full(model.n_observed, 2.0)
    proposal = model.initial_proposal(y).repeat(n)
    draws, log_density = proposal.draw(np.random.default_rng(7))
    cov = proposal.root.matrix @ proposal.root.matrix.T
    expected = rows_of_normals(draws[:50], proposal.means[:50], cov)
    np.testing.assert_allclose(log_density[:50], expected, rtol=1e-10, atol=1e-10)
    away = draws - proposal.means
    products = np.einsum("nk,nj->nkj", away, away).reshape(n, -1)
    bound = z_bound(1e-6, 20)
    assert standard_errors(away, 0.0) < bound
    assert standard_errors(products, cov.ravel()) < bound


def numerical_gradient(f, x: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Central differences (n, K) of a function of rows (n, K)."""
    columns = []
    for shift in step * np.eye(x.shape[1]):
        columns.append((f(x + shift) - f(x - shift)) / (2 * step))
    return np.stack(columns, axis=1)


DERIVED = {
    "stochastic volatility": (SV, [np.array([0.0]), np.array([0.3]), np.array([-4.0])]),
    "Poisson": (PoissonModel(), [np.array([0.0, 3.0]), np.array([6.0, 1.0])]),
}


@pytest.mark.parametrize("name", DERIVED)
def test_derivatives_are_those_of_the_density(name: str) -> None:
    model, observations = DERIVED[name]
    x = np.random.default_rng(8).normal(size=(10, model.n_states))
    for y in observations:
        gradient, curvature = model.observation_derivatives(1, y, x)
        slopes = numerical_gradient(lambda x, y=y: model.log_observation(1, y, x), x)
        np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-7)
        for k in range(model.n_states):

            def entry(x: np.ndarray, k: int = k, y: np.ndarray = y) -> np.ndarray:
                return -model.observation_derivatives(1, y, x)[0][:, k]

            slopes = numerical_gradient(entry, x)
            np.testing.assert_allclose(curvature[:, k], slopes, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", DERIVED)
def test_proposals_are_centred_at_modes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, observations = DERIVED[name]
    monkeypatch.setattr(type(model), "newton_steps", 30)
    rng = np.random.default_rng(9)
    x = rng.normal(size=(25, model.n_states))
    for y in observations:
        proposal = model.conditional_proposal(1, y, x)

        def log_posterior(z: np.ndarray, y: np.ndarray = y) -> np.ndarray:
            return model.log_observation(1, y, z) + model.log_transition(1, z, x)

        slopes = numerical_gradient(log_posterior, np.array(proposal.means))
        np.testing.assert_allclose(slopes, 0, atol=1e-6)
        assert not proposal.exact
        # The weights are highest at the mode: the density lies below its tangent.
        cov = proposal.root.matrix @ proposal.root.matrix.T
        top = log_posterior(proposal.means) - rows_of_normals(proposal.means, proposal.means, cov)
        for scale in (0.1, 1.0, 5.0):
            z = proposal.means + scale * rng.normal(size=x.shape)
            ratio = log_posterior(z) - rows_of_normals(z, proposal.means, cov)
            assert (ratio <= top + 1e-9).all()

        start = model.initial_proposal(y)
        slopes = numerical_gradient(
            lambda z, y=y: model.log_observation(0, y, z) + model.log_initial(z),
            np.array(start.means),
        )
        np.testing.assert_allclose(slopes, 0, atol=1e-6)


@pytest.mark.parametrize("name", DERIVED)
def test_look_ahead_is_laplaces_approximation(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, observations = DERIVED[name]
    monkeypatch.setattr(type(model), "newton_steps", 30)
    x = np.random.default_rng(10).normal(size=(6, model.n_states))
    for y in observations:
        proposal = model.conditional_proposal(1, y, x)
        mode = np.array(proposal.means)
        _, curvature = model.observation_derivatives(1, y, mode)
        cov = model.transition_root.matrix @ model.transition_root.matrix.T
        precision = curvature + np.linalg.inv(cov)
        expected = model.log_observation(1, y, mode) + model.log_transition(1, mode, x)
        expected += model.n_states / 2 * np.log(2 * np.pi) - np.linalg.slogdet(precision)[1] / 2
        np.testing.assert_allclose(proposal.log_look_ahead, expected, rtol=1e-9)


def test_few_newton_steps_come_close_where_innovations_are_small() -> None:
    model = StochasticVolatilityModel(0.98, 0.03)
    x = np.linspace(-2, 2, 9)[:, None]
    for y in (0.0, 1.0, 4.0):
        two = model.conditional_proposal(1, np.array([y]), x)
        many = model._propose(
            1, np.array([y]), model.transition_mean(1, x), model.transition_root, 40
        )
        np.testing.assert_allclose(two.means, many.means, atol=5e-3)
        np.testing.assert_allclose(two.log_look_ahead, many.log_look_ahead, atol=2e-3)


def test_factors_start_from_their_stationary_distribution() -> None:
    model = small_factor_model()
    moved = model.transition @ model.initial_cov @ model.transition.T + model.transition_cov
    np.testing.assert_allclose(moved, model.initial_cov, rtol=1e-12)
    assert not model.initial_mean.any()
    assert not model.observation_intercept.any()


def test_the_local_level_puts_its_variances_where_they_belong() -> None:
    model = local_level(0.3, 0.7, 1.1)
    for name, value in [
        ("transition", 1.0),
        ("loadings", 1.0),
        ("transition_cov", 0.3),
        ("observation_cov", 0.7),
        ("initial_cov", 1.1),
    ]:
        np.testing.assert_array_equal(getattr(model, name), [[value]])


def test_one_intercept_is_for_all_series() -> None:
    model = dense_model(2, 3)
    one = LinearGaussianModel(
        model.transition,
        model.transition_cov,
        model.loadings,
        model.observation_cov,
        model.initial_mean,
        model.initial_cov,
        np.array([2.5]),
    )
    np.testing.assert_array_equal(one.observation_intercept, [2.5, 2.5, 2.5])


def test_a_models_arrays_are_its_own_and_cannot_be_written() -> None:
    cov = np.eye(2)
    model = dynamic_factor(np.ones((3, 2)), 0.5 * np.eye(2), np.eye(3), cov)
    cov[0, 0] = 9.0
    assert model.transition_cov[0, 0] == 1.0
    for name in ("transition", "loadings", "initial_cov", "observation_intercept"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(model, name)[...] = 0.0


@pytest.mark.parametrize("name", MODELS)
def test_arrays_given_to_models_are_not_changed(name: str) -> None:
    model = MODELS[name]
    rng = np.random.default_rng(11)
    for order in "CF":
        x, z = (np.array(rng.normal(size=(8, model.n_states)), order=order) for _ in range(2))
        y = np.ones(model.n_observed)
        for array in (x, z, y):
            array.flags.writeable = False
        model.log_initial(x)
        model.log_transition(1, z, x)
        model.log_observation(1, y, x)
        model.draw_transition(rng, 1, x)
        model.transition_mean(1, x)
        model.conditional_proposal(1, y, x).draw(rng)
        model.initial_proposal(y)


@pytest.mark.parametrize(
    ("shape", "diagonal"),
    [((1, 1), True), ((3, 3), True), ((3, 3), False), ((4, 2), False), ((2, 4), False)],
)
def test_linear_maps_are_matrices(shape: tuple[int, int], diagonal: bool) -> None:
    rng = np.random.default_rng(12)
    matrix = rng.normal(size=shape)
    if diagonal:
        matrix = np.diag(rng.uniform(0.5, 2, shape[0]))
    mapped, states = LinearMap(matrix), rng.normal(size=(7, shape[1]))
    for layout in same_layouts(states):
        np.testing.assert_allclose(mapped.apply(layout), states @ matrix.T, rtol=1e-12)
        own = mapped.apply_to_own(layout.copy(order="K"))
        np.testing.assert_allclose(own, states @ matrix.T, rtol=1e-12)
        np.testing.assert_array_equal(layout, states)
    if shape[0] == shape[1]:
        np.testing.assert_allclose(mapped.inverse.matrix @ matrix, np.eye(len(matrix)), atol=1e-12)
    if diagonal:
        assert mapped.log_det == pytest.approx(np.linalg.slogdet(matrix)[1])


@pytest.mark.parametrize("model", [SquareModel(), finite_model()])
def test_the_tests_own_models_draw_from_their_densities(model: StateSpaceModel) -> None:
    rng, n = np.random.default_rng(13), 40_000
    previous = np.full((n, 1), 1.0)
    draws = model.draw_transition(rng, 1, previous)[:, 0]
    points = np.linspace(-25, 25, 4001) if isinstance(model, SquareModel) else np.arange(3.0)
    width = points[1] - points[0]
    density = np.exp(model.log_transition(1, points[:, None], np.full((len(points), 1), 1.0)))
    moments = [width * density @ points**power for power in (0, 1, 2)]
    assert moments[0] == pytest.approx(1, abs=1e-9)
    values = np.column_stack([draws, draws**2])
    assert standard_errors(values, np.array(moments[1:])) < z_bound(1e-6, 2)
