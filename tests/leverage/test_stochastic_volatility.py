"""Forecasts of the Bayesian stochastic volatility model."""

import arviz as az
import numpy as np
import pandas as pd
import pytest

from bayesfolio.core.errors import ForecastError
from bayesfolio.leverage.periods import period_returns
from bayesfolio.leverage.stochastic_volatility import SvSettings, sv_forecasts
from bayesfolio.models.fitting import FitSettings, fit
from bayesfolio.models.gibbs.engine import GibbsEngine, GibbsSettings
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import ModelSpec

SETTINGS = SvSettings(2, 50, 50, 0.97, 0.02, rhat=1.5, ess=5)


def test_perturbing_the_future_changes_nothing(garch_returns: np.ndarray, favar_sv) -> None:
    before = sv_forecasts(garch_returns, [200, 300], 21, favar_sv, SETTINGS, seed=1)
    changed = garch_returns.copy()
    changed[300:] = 40.0
    after = sv_forecasts(changed, [200, 300], 21, favar_sv, SETTINGS, seed=1)
    np.testing.assert_array_equal(before.forecast_sd, after.forecast_sd)
    # Nor does it matter which other windows a job has.
    alone = sv_forecasts(garch_returns, [300], 21, favar_sv, SETTINGS, seed=1)
    np.testing.assert_array_equal(before.forecast_sd[1:], alone.forecast_sd)
    assert before.n_days.tolist() == [200, 300]
    assert (before.rhat < SETTINGS.rhat).tolist() == (before.passed == 1).tolist() == [True, True]
    other = sv_forecasts(garch_returns, [300], 21, favar_sv, SETTINGS, seed=2)
    assert other.forecast_sd[0] != alone.forecast_sd[0]


def test_a_longer_window_than_the_data_is_refused(garch_returns: np.ndarray, favar_sv) -> None:
    with pytest.raises(ForecastError, match="window of 700 days was asked for and there are 600"):
        sv_forecasts(garch_returns, [700], 21, favar_sv, SETTINGS, seed=1)


@pytest.mark.slow
def test_calm_returns_of_one_variance_are_forecast_at_that_variance(favar_sv) -> None:
    """1,000 normal returns of standard deviation 2 with hardly any volatility of volatility.

    The forecast's error is about 2 / sqrt(2 * effective days); 60 days give 9%, five of them 46%:
    wide enough never to fail by chance, and narrow enough to see a wrong unit or a wrong horizon.
    """
    returns = 2 * np.random.default_rng(2).standard_normal(1000) + 0.5
    found = sv_forecasts(returns, [1000], 21, favar_sv, SETTINGS, seed=1)
    assert found.forecast_sd[0] == pytest.approx(2, rel=0.25)


def test_both_engines_forecast_the_same_variance(index: pd.Series, favar_sv) -> None:
    """Two years of the index, 21 days ahead."""
    returns = period_returns(index, "daily").to_numpy()[:504]
    sampler = SvSettings(2, 300, 2000, 0.97, 0.02, rhat=1.02, ess=400)
    found = sv_forecasts(returns, [504], 21, favar_sv, sampler, seed=1)
    posterior = fit(
        ModelSpec("SV"),
        returns[:, None],
        engine=GibbsEngine(GibbsSettings(2, 2000, 20_000, 2)),
        rng=np.random.default_rng(1),
        settings=FitSettings(center=True, priors=Priors(psi_mean=0.97, psi_sd=0.02)),
    )
    ahead = posterior.variances_ahead(21)[..., 0].mean(axis=1)
    # Draws of both are autocorrelated; Stan's chains passed with 400 effective draws or more.
    draws = ahead.reshape(2, -1)
    limit = 4.5 * ahead.std() * np.sqrt(1 / float(az.ess(draws)) + 1 / sampler.ess)
    assert limit < 0.15 * ahead.mean()
    assert found.passed[0] == 1
    assert found.rhat[0] < sampler.rhat
    assert found.ess[0] > sampler.ess
    # 4.5 standard errors: a false alarm in 150,000 runs.
    assert found.forecast_sd[0] ** 2 == pytest.approx(ahead.mean(), abs=limit)
