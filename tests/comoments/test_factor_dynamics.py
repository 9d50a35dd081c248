"""Recursions, likelihoods, fits and simulations of one factor."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from comoment_cases import ACD_PARAMETERS

from bayesfolio.comoments import estimation
from bayesfolio.comoments.dynamics import (
    N_PARAMETERS,
    FactorLaw,
    FactorParameters,
    filter_factor,
    log_likelihood,
    log_likelihood_gradient,
    simulate_factors,
)
from bayesfolio.comoments.estimation import bootstrap_p_value, bootstrap_ratios, fit_factor
from bayesfolio.comoments.laws import GeneralisedHyperbolic, Normal

LAW = FactorLaw()
STATIC = replace(ACD_PARAMETERS, skew_shock=0.0, skew_square=0.0, shape_shock=0.0, shape_square=0.0)


def simulated(parameters: FactorParameters, n_obs: int, seed: int = 1) -> np.ndarray:
    return simulate_factors([parameters], LAW, np.random.default_rng(seed), n_obs)[0, :, 0]


@pytest.fixture(scope="module")
def factor() -> np.ndarray:
    return simulated(ACD_PARAMETERS, 300)


def test_the_path_is_the_recursion_date_by_date(factor: np.ndarray) -> None:
    p, path = ACD_PARAMETERS, filter_factor(factor, ACD_PARAMETERS)
    h, r, s, value = p.start_variance, p.skew_level, p.shape_level, 0.0
    for t, f in enumerate(factor):
        np.testing.assert_allclose(
            [path.variance[t], path.skew_level[t], path.shape_level[t]], [h, r, s], rtol=1e-11
        )
        z = f / np.sqrt(h)
        skew, shape = -0.99 + 1.98 / (1 + np.exp(-r)), 0.1 + 24.9 / (1 + np.exp(-s))
        value += LAW.innovations.log_density(np.array(z), skew, shape) - np.log(h) / 2
        h = p.variance_constant + p.variance_shock * f**2 + p.variance_persistence * h
        r = (
            p.skew_level * (1 - p.skew_persistence) + p.skew_shock * z + p.skew_square * z**2
            + p.skew_persistence * r
        )  # fmt: skip
        s = (
            p.shape_level * (1 - p.shape_persistence) + p.shape_shock * z + p.shape_square * z**2
            + p.shape_persistence * s
        )  # fmt: skip
    forecast = [path.variance[-1], path.skew_level[-1], path.shape_level[-1]]
    np.testing.assert_allclose(forecast, [h, r, s], rtol=1e-11)
    assert log_likelihood(factor, p, LAW) == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    "law",
    [LAW, FactorLaw(shape_map="exp"), FactorLaw(GeneralisedHyperbolic(1.0)), FactorLaw(Normal())],
    ids=["nig", "exp", "gh", "normal"],
)
def test_the_gradient(factor: np.ndarray, law: FactorLaw) -> None:
    p = replace(ACD_PARAMETERS, shape_level=2.2, shape_square=0.1)
    value, gradient = log_likelihood_gradient(factor, p, law)
    assert value == pytest.approx(log_likelihood(factor, p, law), abs=1e-9)
    numbers, step = np.array(astuple(p)), 1e-6
    for k in range(N_PARAMETERS):
        ends = []
        for sign in (1, -1):
            moved = numbers.copy()
            moved[k] += sign * step
            ends.append(log_likelihood(factor, FactorParameters(*moved), law))
        slope = (ends[0] - ends[1]) / (2 * step)
        assert gradient[k] == pytest.approx(slope, rel=1e-4, abs=1e-4), k


def test_acd_without_shocks_is_static_whatever_the_persistence(factor: np.ndarray) -> None:
    other = replace(STATIC, skew_persistence=-0.3, shape_persistence=0.1)
    assert log_likelihood(factor, STATIC, LAW) == log_likelihood(factor, other, LAW)


@pytest.mark.parametrize("dynamics", ["acd", "full"])
@pytest.mark.parametrize("parameters", [ACD_PARAMETERS, STATIC])
def test_dynamics_never_lower_the_likelihood(dynamics, parameters: FactorParameters) -> None:
    sample = simulated(parameters, 400, seed=2)
    fit = fit_factor(sample, LAW, dynamics)
    assert fit.likelihood_ratio >= 0
    static = fit_factor(sample, LAW, "static")
    assert static.likelihood_ratio == 0
    assert static.log_likelihood == pytest.approx(fit.static_log_likelihood, abs=1e-6)
    free = {"acd": {"shape_shock"}, "full": set()}[dynamics]
    assert all(getattr(fit.parameters, name) == 0 for name in free)


@pytest.mark.parametrize("shape_map", ["logistic", "exp"])
def test_what_is_not_free_stays_zero_from_every_start(
    factor: np.ndarray, shape_map: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    law = FactorLaw(shape_map=shape_map)
    start = replace(ACD_PARAMETERS, shape_shock=-0.4)
    assert fit_factor(factor, law, "acd", start).parameters.shape_shock == 0
    for one in estimation._ACD_STARTS:
        monkeypatch.setattr(estimation, "_ACD_STARTS", ((*one[:3], 0.3, *one[4:]),))
        assert fit_factor(factor, law, "acd").parameters.shape_shock == 0


def test_estimates_are_a_maximum(factor: np.ndarray) -> None:
    fit = fit_factor(factor, LAW, "static")
    best, numbers = fit.log_likelihood, np.array(astuple(fit.parameters))
    for k in (0, 1, 2, 3, 7):
        for sign in (1, -1):
            moved = numbers.copy()
            moved[k] += sign * 1e-3
            assert log_likelihood(factor, FactorParameters(*moved), LAW) < best + 1e-6


def test_simulated_parameters_are_found_again() -> None:
    """Errors below 4.5 standard errors from the outer product of scores.

    Ten parameters: about one false alarm in 15,000.
    """
    true = replace(ACD_PARAMETERS, shape_shock=0.0, skew_square=0.0, start_variance=1.0)
    sample = simulated(true, 6000, seed=5)
    fit = fit_factor(sample, LAW, "acd")
    assert fit.likelihood_ratio > 60
    places = [0, 1, 2, 3, 4, 5, 6, 7, 9, 10]
    numbers, step = np.array(astuple(fit.parameters)), 1e-5
    scores = []
    for k in places:
        ends = []
        for sign in (1, -1):
            moved = numbers.copy()
            moved[k] += sign * step
            p = FactorParameters(*moved)
            path = filter_factor(sample, p)
            skew, shape = LAW.skew(path.skew_level[:-1]), LAW.shape(path.shape_level[:-1])
            density = LAW.innovations.log_density(path.innovations, skew, shape)
            ends.append(density - np.log(path.variance[:-1]) / 2)
        scores.append((ends[0] - ends[1]) / (2 * step))
    scores = np.array(scores)
    errors = np.sqrt(np.diag(np.linalg.inv(scores @ scores.T)))
    away = numbers[places] - np.array(astuple(true))[places]
    assert (np.abs(away) < 4.5 * errors).all(), away / errors


def test_units_of_the_factor_do_not_matter(factor: np.ndarray) -> None:
    one, other = (fit_factor(scale * factor, LAW, "acd") for scale in (1.0, 100.0))
    gap = one.log_likelihood - other.log_likelihood
    assert gap == pytest.approx(len(factor) * np.log(100), abs=1e-3)


def test_bootstrap_ratios_are_those_of_simulated_static_samples(factor: np.ndarray) -> None:
    fit = fit_factor(factor, LAW, "acd")

    def drawn(*seeds: int) -> np.ndarray:
        return bootstrap_ratios(fit, LAW, "acd", 150, [np.random.default_rng(s) for s in seeds])

    ratios = drawn(1, 2)
    assert (ratios >= 0).all()
    assert drawn(2)[0] == ratios[1]
    assert bootstrap_p_value(3.0, np.array([1.0, 3.0, 5.0])) == 0.75


def test_simulated_innovations_are_those_drawn() -> None:
    draws = np.random.default_rng(6).standard_normal(50)
    law, large = FactorLaw(Normal()), replace(ACD_PARAMETERS, start_variance=9.0)
    factor = simulate_factors([large], law, np.random.default_rng(6), 50)[0, :, 0]
    np.testing.assert_allclose(filter_factor(factor, large).innovations, draws, rtol=1e-10)


def test_simulations_start_where_they_are_told(factor: np.ndarray) -> None:
    path = filter_factor(factor, ACD_PARAMETERS)
    still = replace(ACD_PARAMETERS, start_variance=float(path.variance[-1]))
    rng = np.random.default_rng(4)
    draws = simulate_factors([still], LAW, rng, 1, 20_000, [path])[:, 0, 0]
    # Mean square of 20,000 draws of excess kurtosis K: within 4.5 standard errors, 7e-6.
    error = draws.var() * np.sqrt((np.mean(draws**4) / draws.var() ** 2 - 1) / len(draws))
    assert abs(draws.var() - path.variance[-1]) < 4.5 * error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dynamics": "garch"}, "dynamics is 'garch', expected one of static, acd, full"),
        ({"law": FactorLaw(Normal())}, "with normal innovations, expected 'static'"),
        ({"law": FactorLaw(shape_map="exp"), "dynamics": "full"}, "expected 'acd': a signed shock"),
    ],
)
def test_dynamics_that_do_not_go(factor: np.ndarray, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_factor(factor, **options)
