"""GARCH fits: the likelihood is exact, the optimum is arch's, forecasts know no future."""

from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pytest
from arch import arch_model
from garch_cases import simulate_garch

from bayesfolio.core.errors import ForecastError
from bayesfolio.leverage import _kernels as kernels, _reference as reference
from bayesfolio.leverage.garch import arch_log_likelihood, fit_garch, garch_forecasts, mean_forecast
from bayesfolio.leverage.windows import expanding_origins, join_forecasts

PARAMETERS = np.array([0.03, 0.015, 0.08, 0.9])


def value(likelihood: Callable, parameters: np.ndarray, returns: np.ndarray) -> tuple:
    variances, gradient = np.empty(len(returns) + 1), np.empty(4)
    return likelihood(parameters, returns, 0.8, variances, gradient), variances, gradient


def test_kernel_and_reference_agree(garch_returns: np.ndarray) -> None:
    ours = value(kernels.garch_log_likelihood, PARAMETERS, garch_returns)
    theirs = value(reference.garch_log_likelihood, PARAMETERS, garch_returns)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_gradient_is_that_of_the_likelihood(garch_returns: np.ndarray) -> None:
    gradient = value(kernels.garch_log_likelihood, PARAMETERS, garch_returns)[2]
    for i, step in enumerate(1e-5 * PARAMETERS):
        ends = [PARAMETERS + sign * step * np.eye(4)[i] for sign in (1, -1)]
        high, low = (value(kernels.garch_log_likelihood, x, garch_returns)[0] for x in ends)
        # Central differences of a sum of 600 terms: errors of step^2 and of rounding over step.
        assert (high - low) / (2 * step) == pytest.approx(gradient[i], rel=1e-5, abs=1e-4)


def test_likelihood_is_archs_at_archs_parameters(garch_returns: np.ndarray) -> None:
    fit = arch_model(garch_returns, rescale=False).fit(disp="off")
    centred = garch_returns - garch_returns.mean()
    weights = 0.94 ** np.arange(75)
    backcast = weights @ centred[:75] ** 2 / weights.sum()
    variances, gradient = np.empty(601), np.empty(4)
    ours = kernels.garch_log_likelihood(
        fit.params.to_numpy(), garch_returns, backcast, variances, gradient
    )
    assert ours == pytest.approx(fit.loglikelihood, abs=1e-10 * 600)
    np.testing.assert_allclose(variances[:-1], fit.conditional_volatility**2, rtol=1e-10)
    ahead = fit.forecast(horizon=21, reindex=False).variance.to_numpy()[0]
    assert variances[-1] == pytest.approx(ahead[0], rel=1e-10)


def test_fit_and_forecast_are_archs(garch_returns: np.ndarray) -> None:
    fit = fit_garch(garch_returns)
    theirs = arch_model(garch_returns, rescale=False).fit(disp="off")
    assert fit.converged
    # arch stops within 1e-6 of its optimum.
    assert -1e-8 < fit.log_likelihood - theirs.loglikelihood < 1e-4
    ahead = theirs.forecast(horizon=21, reindex=False).variance.to_numpy()[0]
    assert mean_forecast(fit, 21) == pytest.approx(ahead.mean(), rel=1e-3)


def test_two_steps_ahead_by_hand(garch_returns: np.ndarray) -> None:
    fit = fit_garch(garch_returns)
    _, omega, alpha, beta = fit.parameters
    one = fit.variances[-1]
    assert mean_forecast(fit, 2) == pytest.approx(
        (one + omega + (alpha + beta) * one) / 2, rel=1e-12
    )


def test_estimates_scatter_about_the_truth() -> None:
    """Mean of 60 fits of 1,500 days against the truth: four standard errors, alarm 6e-5 each.

    The small bias of maximum likelihood in persistence is of the order 1/T and is allowed for.
    """
    truth = np.array([0.05, 0.05, 0.1, 0.85])
    found = np.array(
        [fit_garch(simulate_garch(np.random.default_rng([7, i]), 1500, truth)).parameters
         for i in range(60)]
    )  # fmt: skip
    errors = found.std(axis=0, ddof=1) / np.sqrt(60)
    assert (np.abs(found.mean(axis=0) - truth) < 4 * errors + 15 / 1500 * truth).all()


def test_perturbing_the_future_changes_nothing(garch_returns: np.ndarray) -> None:
    windows = [100, 101, 250, 400]
    before = garch_forecasts(garch_returns, windows, 21)
    changed = garch_returns.copy()
    changed[400:] = 50 * np.random.default_rng(1).standard_normal(200)
    after = garch_forecasts(changed, windows, 21)
    for field in fields(before):
        np.testing.assert_array_equal(getattr(before, field.name), getattr(after, field.name))
    changed[399] += 1
    after = garch_forecasts(changed, windows, 21)
    np.testing.assert_array_equal(before.forecast_sd[:3], after.forecast_sd[:3])
    assert before.forecast_sd[3] != after.forecast_sd[3]


def test_jobs_share_out_the_windows() -> None:
    parts = [expanding_origins(63, 1000, 1, part, 3) for part in (1, 2, 3)]
    assert [n for part in parts for n in part] == list(range(63, 1001))
    days = [sum(part) for part in parts]
    assert max(days) < 1.01 * min(days)
    assert expanding_origins(63, 100, 20, 1, 1) == [63, 83]
    with pytest.raises(ForecastError, match=r"hold 1 windows .* each of 2 jobs"):
        expanding_origins(63, 70, 20, 1, 2)


def test_forecasts_are_joined_and_checked_against_arch(garch_returns: np.ndarray) -> None:
    first = garch_forecasts(garch_returns, [300, 301, 302], 5, check_every=2)
    assert np.isfinite(first.arch_log_likelihood).tolist() == [True, False, True]
    assert (first.log_likelihood - first.arch_log_likelihood)[[0, 2]].min() > -0.01
    assert first.arch_log_likelihood[0] == arch_log_likelihood(garch_returns[:300])
    both = join_forecasts([first, garch_forecasts(garch_returns, [400], 5)])
    assert both.n_days.tolist() == [300, 301, 302, 400]
    assert both.parameters.shape == (4, 4)


def test_bad_windows_are_refused_with_cause_and_remedy(garch_returns: np.ndarray) -> None:
    with pytest.raises(ForecastError, match=r"window has 10 days, expected at least 20; lengthen"):
        fit_garch(garch_returns[:10])
    with pytest.raises(ForecastError, match=r"all 50 returns .* are 0, expected variation; check"):
        fit_garch(np.zeros(50))
    broken = garch_returns.copy()
    broken[7] = np.nan
    with pytest.raises(ForecastError, match=r"return 7 is nan, expected finite .*; fill or drop"):
        fit_garch(broken)
    with pytest.raises(ForecastError, match=r"window of 900 days was asked for and there are 600"):
        garch_forecasts(garch_returns, [900])


@pytest.mark.slow
def test_no_refit_of_the_index_is_worse_than_a_cold_one(index) -> None:
    """Every day around the change of modes, and every 60th elsewhere."""
    returns = 100 * index.pct_change().to_numpy()[1:]
    windows = sorted({*range(63, len(returns), 60), *range(865, 895)})
    found = garch_forecasts(returns, windows, check_every=1)
    gain = found.log_likelihood - found.arch_log_likelihood
    assert gain.min() > -0.01
    assert found.converged.all()
