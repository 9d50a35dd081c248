"""The Gibbs kernels against the readable reference, and against other people's code."""

import numpy as np
import pytest
from gibbs_blocks import draw_point
from scipy import stats
from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother

from bayesfolio.models.gibbs.kernels import elementary, factors, moves, regression, sweep
from bayesfolio.models.gibbs.mixture import (
    CELLS,
    LOWEST,
    MEANS,
    PROBABILITIES,
    SHARE_BITS,
    VARIANCES,
    component_log_densities,
    log_weight,
    mixture_tables,
)
from bayesfolio.models.gibbs.reference import (
    factors as reference_factors,
    imputation,
    regression as reference_regression,
    sweep as reference,
)
from bayesfolio.models.gibbs.state import fill_missing, hyperparameters, start, window_data
from bayesfolio.models.priors import Priors, factor_innovation_variances
from bayesfolio.models.spec import ModelSpec

MODELS = [
    "VAR-N",
    "SV",
    "VAR-SV",
    "DFM-N(1,1)",
    "DFM-N(1,2)",
    "DFM-N(2,2)",
    "DFM-N(3,1)",
    "DFM-N(5,1)",
    "DFM-SV(2,1)",
    "DFM-SV(3,2)",
    "DFM-SV2(2,3)",
    "FAVAR-SV(1,2)",
    "FAVAR-SV(4,1)",
    "FAVAR-SV2(4,2)",
]


def generator(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(seed))


@pytest.mark.parametrize("missing", [[], [(3, 1), (20, 2), (21, 2), (30, 0), (30, 5), (59, 4)]])
@pytest.mark.parametrize("name", MODELS)
def test_a_sweep_is_that_of_the_reference(name: str, missing: list[tuple[int, int]]) -> None:
    spec = ModelSpec.parse(name)
    rng = np.random.default_rng(0)
    # Correlated, of different scales, one return of exactly zero and one outlier.
    returns = rng.normal(size=(60, 6)) * [1, 2, 3, 4, 5, 9] + 3 * rng.normal(size=(60, 1))
    returns[5, 2], returns[40, 1] = 0.0, -60.0
    for cell in missing:
        returns[cell] = np.nan
    our_window, their_window = (window_data(spec, returns) for _ in range(2))
    returns = fill_missing(returns)
    q_scale = factor_innovation_variances(returns, spec.n_factors, lagged=spec.has_lagged_returns)
    hyper = hyperparameters(spec, Priors(), q_scale, 6)
    ours, theirs = (start(our_window, hyper, generator(1), dispersed=True) for _ in range(2))
    our_rng, their_rng = generator(5), generator(5)
    work = sweep.start_work(our_window)
    for _ in range(3):
        sweep.sweep(our_rng, our_window, ours, work, hyper, mixture_tables())
        reference.sweep(their_rng, their_window, theirs, hyper, mixture_tables())
        np.testing.assert_allclose(our_window.y, their_window.y, rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(our_window.lagged, their_window.lagged, rtol=1e-11, atol=1e-11)
        for field, a, b in zip(ours._fields, ours, theirs, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-11, err_msg=field)
    assert our_rng.random() == their_rng.random()


class Noise:
    """Stands in for a generator of normals that are all one number."""

    def __init__(self, value: float) -> None:
        self.value = value

    def standard_normal(self) -> float:
        return self.value


@pytest.mark.parametrize("name", ["SV", "VAR-SV", "FAVAR-SV2(2,1)"])
@pytest.mark.parametrize("month", [0, 7, 11])
def test_a_missing_return_has_the_density_of_the_joint(name: str, month: int) -> None:
    point = draw_point(ModelSpec.parse(name), 12, 4, generator(4))
    window = point.window._replace(missing=np.array([[month, 2]]))

    def drawn(noise: float) -> float:
        imputation.impute_returns(Noise(noise), window, point.state)
        return window.y[month, 2]

    mean, density = drawn(0.0), point.log_joint()
    for noise in (-2.0, 0.5, 1.0):
        assert drawn(noise) != mean
        assert point.log_joint() - density == pytest.approx(-0.5 * noise**2, abs=1e-9)


@pytest.mark.parametrize("name", ["DFM-SV2(1,1)", "DFM-SV2(2,2)", "DFM-SV2(3,1)", "DFM-SV2(2,3)"])
@pytest.mark.parametrize("depth", [0.0, -12.0, -20.0])
def test_factors_of_steep_volatility_are_those_of_the_reference(name: str, depth: float) -> None:
    point = draw_point(ModelSpec.parse(name), 30, 5, generator(6))
    s = point.state
    # A factor that sleeps for months: standard deviations down to exp(-20), 2e-9.
    s.factor_log_variance[5:25, -1] += 2 * depth
    arguments = (
        point.window.y,
        np.ascontiguousarray(s.coefficients),
        np.exp(-s.log_variance),
        s.transition,
        np.exp(-s.factor_log_variance),
    )
    y, loadings, precision, transition, innovation_precision = arguments
    operators = factors.lag_operators(transition, transition.shape[1] // transition.shape[0])
    steep = factors.draw_steep_factors(
        generator(1), y, loadings, precision, operators, innovation_precision
    )
    expected = reference_factors.draw_volatile_factors(generator(1), *arguments)
    np.testing.assert_allclose(steep, expected, atol=1e-5 if depth else 1e-11)
    chosen = factors.draw_volatile_factors(generator(1), *arguments)
    np.testing.assert_allclose(chosen, steep, atol=0.0 if depth else 1e-11)
    # What a sleeping factor's equation leaves is as small as its standard deviation says.
    innovations = moves.factor_innovations(steep, s.transition)
    assert (
        np.abs(innovations[5:25, -1]).max()
        < 6 * np.exp(0.5 * s.factor_log_variance[5:25, -1].max()) + 1e-9
    )


@pytest.mark.parametrize("name", ["DFM-SV(1,1)", "DFM-SV(3,2)", "FAVAR-SV(4,1)", "DFM-SV2(2,1)"])
@pytest.mark.parametrize("depth", [-12.0, -20.0])
def test_a_series_that_the_factors_fit_exactly_keeps_the_digits(name: str, depth: float) -> None:
    """Its variance falls for months to exp(-40): the sums of precisions would hold no others."""
    spec = ModelSpec.parse(name)
    point = draw_point(spec, 30, 5, generator(8))
    s = point.state
    s.log_variance[4:9, 2] += 2 * depth
    s.log_variance[15:, 2] += 2 * depth
    precision = np.exp(-s.log_variance)
    n_lagged = 5 if spec.has_lagged_returns else 0
    loadings = np.ascontiguousarray(s.coefficients[:, n_lagged:])
    arguments = (point.window.y, loadings, precision, s.transition)
    if spec.has_factor_sv:
        draws = [kind.draw_volatile_factors for kind in (factors, reference_factors)]
        arguments += (np.exp(-s.factor_log_variance),)
    else:
        draws = [kind.draw_factors for kind in (factors, reference_factors)]
        arguments += (s.factor_cov,)
    found, expected = (draw(generator(1), *arguments) for draw in draws)
    np.testing.assert_allclose(found, expected, atol=1e-5)

    design = np.vstack([point.window.lagged, s.factors.T])
    size = len(design)
    pairs = np.empty((size * (size + 1) // 2, 30))
    regression.multiply_pairs(design, 0, pairs)
    found, expected = np.zeros((2, *s.coefficients.shape))
    y, hyper = point.window.y, point.hyper
    regression.draw_rows(generator(2), y, precision, design, pairs, n_lagged, found, hyper)
    reference_regression.draw_rows(generator(2), y, precision, design, n_lagged, expected, hyper)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["DFM-N(2,1)", "DFM-N(1,2)", "DFM-SV2(2,2)", "FAVAR-SV(3,1)"])
def test_mean_of_the_factors_is_the_kalman_smoothers(name: str) -> None:
    spec = ModelSpec.parse(name)
    point = draw_point(spec, 25, 5, generator(3))
    s, k, n_lags = point.state, spec.n_factors, spec.n_lags
    n_lagged = point.window.lagged.shape[0]
    loadings = np.ascontiguousarray(s.coefficients[:, n_lagged:])
    net = point.window.y - (s.coefficients[:, :n_lagged] @ point.window.lagged).T
    precision = np.exp(-s.log_variance)
    if spec.has_factor_sv:
        prior = factors.varying_panels(s.transition, np.exp(-s.factor_log_variance), n_lags)
        state_cov = np.exp(s.factor_log_variance)[:, :, None] * np.eye(k)
    else:
        prior = factors.constant_panels(s.transition, s.factor_cov, n_lags)
        state_cov = np.tile(s.factor_cov, (25, 1, 1))
    products = [loadings[:, a] * loadings[:, b] for a in range(k) for b in range(a, k)]
    upper = precision @ np.array(products).T
    information = (precision * net) @ loadings
    found = factors.solve_factors(prior, upper, information, np.zeros((25, k)))

    smoother = KalmanSmoother(k_endog=5, k_states=k * n_lags, k_posdef=k)
    smoother.bind(np.asfortranarray(net.T))
    smoother["design"] = np.hstack([loadings, np.zeros((5, k * (n_lags - 1)))])
    obs_cov = np.zeros((5, 5, 25))
    obs_cov[range(5), range(5)] = np.exp(s.log_variance).T
    smoother["obs_cov"] = obs_cov
    smoother["transition"] = np.vstack([s.transition, np.eye(k * (n_lags - 1), k * n_lags)])
    smoother["selection"] = np.eye(k * n_lags, k)
    # statsmodels' covariance at t drives the state at t + 1.
    smoother["state_cov"] = np.moveaxis(np.vstack([state_cov[1:], state_cov[-1:]]), 0, -1)
    first_cov = np.zeros((k * n_lags, k * n_lags))
    first_cov[:k, :k] = state_cov[0]
    smoother.initialize_known(np.zeros(k * n_lags), first_cov)
    expected = smoother.smooth().smoothed_state[:k].T
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_coefficients_of_no_months_are_their_prior() -> None:
    n_draws, false_alarm = 20_000, 1e-6
    point = draw_point(ModelSpec("DFM-N", 2, 2), 3, 4, generator(1))
    rng, hyper = generator(7), point.hyper
    q, phi, loadings = [], [], []
    for _ in range(n_draws):
        transition, cov = np.zeros((2, 4)), np.eye(2)
        regression.draw_transition(rng, np.zeros((0, 2)), transition, cov, hyper)
        q.append(1 / np.linalg.inv(cov)[0, 0])
        phi.append(transition[1, 2] / np.sqrt(cov[1, 1] * hyper.omega[2]))
        coefficients = np.zeros((4, 2))
        regression.draw_rows(
            rng,
            np.zeros((0, 4)),
            np.zeros((0, 4)),
            np.zeros((2, 0)),
            np.zeros((3, 0)),
            0,
            coefficients,
            hyper,
        )
        loadings.append(coefficients[3, 1] / hyper.loading_sd)
    # 1 / [Q^-1]_11 of an inverse Wishart is an inverse gamma of its full degrees of freedom.
    expected = stats.invgamma(hyper.q_dof / 2, scale=hyper.q_scale[0] / 2)
    assert stats.kstest(q, expected.cdf).pvalue > false_alarm
    assert stats.kstest(phi, stats.norm.cdf).pvalue > false_alarm
    assert stats.kstest(loadings, stats.norm.cdf).pvalue > false_alarm


def test_elementary_functions() -> None:
    x = np.concatenate([np.linspace(-690, 690, 10_001), [0.0, -1e-300, 1e-9]]).reshape(4, -1)
    np.testing.assert_allclose(elementary.exp_array(x), np.exp(x), rtol=2e-15)
    np.testing.assert_allclose(elementary.exp_array(x + 1e4), np.exp(700.0), rtol=2e-15)
    y = np.concatenate([np.exp(np.linspace(-600, 600, 10_001)), [1.0, 2.0, 0.5, 1 - 1e-16]])
    np.testing.assert_allclose(elementary.log_array(y), np.log(y), rtol=2e-15, atol=2e-16)


def test_random_bits_are_uniform_and_independent() -> None:
    bits = elementary.random_bits(generator(2), 200_001)
    half = bits.size // 2
    for shift in (0, SHARE_BITS):
        counts = np.bincount(bits >> shift & 7, minlength=8)
        assert stats.chisquare(counts).pvalue > 1e-6
    both = (bits[:half] >> SHARE_BITS) * 8 + (bits[half:] >> SHARE_BITS)
    assert stats.chisquare(np.bincount(both, minlength=64)).pvalue > 1e-6


def test_the_mixture_is_nearly_log_chi_squared() -> None:
    assert PROBABILITIES.sum() == pytest.approx(1, abs=1e-5)
    mean = PROBABILITIES @ MEANS
    variance = PROBABILITIES @ (VARIANCES + MEANS**2) - mean**2
    assert mean == pytest.approx(-1.2704, abs=5e-4)
    assert variance == pytest.approx(np.pi**2 / 2, abs=5e-3)
    e = np.linspace(-12, 2.2, 2000)
    exact = 0.5 * (e - np.exp(e)) - 0.5 * np.log(2 * np.pi)
    mixture = np.log(np.exp(component_log_densities(e)).sum(axis=1))
    assert np.abs(np.exp(exact) - np.exp(mixture)).max() < 0.011  # the peak is 0.24
    np.testing.assert_allclose(log_weight(e) - 0.5 * np.log(2 * np.pi), exact - mixture)


def test_alias_tables_have_the_components_probabilities() -> None:
    alias = mixture_tables().alias.astype(np.int64)
    middles = LOWEST + (np.arange(len(alias)) + 0.5) / CELLS
    expected = np.exp(component_log_densities(middles))
    expected /= expected.sum(axis=1, keepdims=True)
    found = np.zeros((len(alias), 8))
    rows = np.arange(len(alias))
    for column in range(8):
        own = (alias[:, column] >> 3) / 2**SHARE_BITS
        found[:, column] += own / 8
        found[rows, alias[:, column] & 7] += (1 - own) / 8
    np.testing.assert_allclose(found[:, :7], expected, atol=1e-6)
    assert not found[:, 7].any()
