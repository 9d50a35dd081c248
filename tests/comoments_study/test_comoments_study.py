"""The study's fits, bootstrap and forecasts."""

from dataclasses import replace

import numpy as np
import pytest
from comoment_cases import ACD_PARAMETERS
from scipy.stats import norm

from bayesfolio.comoments.dynamics import FactorLaw, simulate_factors
from bayesfolio.comoments.mean import fit_mean
from bayesfolio.comoments.model import fit_ifacd
from bayesfolio.comoments_study.study import (
    ACD,
    CORNISH_FISHER,
    EXACT,
    HISTORICAL,
    METHODS,
    NORMAL,
    STATIC,
    Backtest,
    FittedModels,
    ModelSettings,
    backtest,
    bootstrap_study,
    fit_study,
)
from bayesfolio.core.arrays import load_record, save_record

SETTINGS = ModelSettings(
    innovations="nig",
    shape_map="logistic",
    dynamics="acd",
    mean="ar",
    mean_lags=1,
    n_factors=None,
    residual="none",
    covariance="sample",
    contrast="tanh",
    n_starts=2,
)
LEVELS = (0.01, 0.1)


@pytest.fixture(scope="module")
def returns() -> np.ndarray:
    law, rng = FactorLaw(), np.random.default_rng(1)
    factors = simulate_factors([ACD_PARAMETERS] * 3, law, rng, 260)[0]
    return 0.02 * factors @ np.array([[1.0, 0.2, 0.1], [0.5, 1.0, 0.0], [0.0, 0.3, 1.0]]).T


@pytest.fixture(scope="module")
def fitted(returns: np.ndarray) -> FittedModels:
    return fit_study(returns, SETTINGS, seed=3)


@pytest.fixture(scope="module")
def found(returns: np.ndarray) -> Backtest:
    return backtest(returns, SETTINGS, LEVELS, 220, 25, seed=3)


def test_a_fit_comes_back_from_a_file(fitted, returns, tmp_path) -> None:
    save_record(tmp_path / "fit.npz", fitted)
    models = load_record(tmp_path / "fit.npz", FittedModels).models(returns, SETTINGS)
    assert list(models) == [ACD, STATIC]
    np.testing.assert_allclose(
        models[ACD].factor_log_likelihoods, fitted.log_likelihoods, atol=1e-9
    )
    np.testing.assert_allclose(
        models[STATIC].factor_log_likelihoods, fitted.static_log_likelihoods, atol=1e-9
    )
    assert (fitted.ratios >= 0).all()
    assert len(models[ACD].factors) == len(returns) - SETTINGS.lost_dates


def test_replications_do_not_depend_on_their_job(fitted) -> None:
    whole = bootstrap_study(fitted, SETTINGS, 120, range(3), seed=3)
    assert whole.shape == (3, 3)
    parts = [bootstrap_study(fitted, SETTINGS, 120, part, seed=3) for part in ([0], [1, 2])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert len(np.unique(whole)) == 9


def test_forecasts_are_of_the_fit_to_the_dates_before(found, returns) -> None:
    portfolio, weights = returns.mean(axis=1), np.full(3, 1 / 3)
    np.testing.assert_allclose(found.returns, portfolio[220:], atol=1e-15)
    assert found.value_at_risk.shape == (len(METHODS), 2, 40)
    place = {pair: m for m, pair in enumerate(METHODS)}
    # The historical quantile, and what a new fit to the first 220 dates says of the next date.
    past = portfolio[:233]
    m = place["none", HISTORICAL]
    assert found.value_at_risk[m, 1, 13] == -np.quantile(past, 0.1)
    assert np.isnan(found.log_scores[m]).all()
    for name, dynamics in ((ACD, "acd"), (STATIC, "static")):
        model = replace(SETTINGS, n_starts=1).fit(returns[:220], np.random.default_rng(0))
        if dynamics == "static":
            model = replace(model, parameters=tuple(fit.static_parameters for fit in model.fits))
        moments = model.forecast.portfolio_moments(weights)
        density = model.portfolio_density(weights, 219)
        exact = -density.quantile(np.array(LEVELS))
        # Components of another start end within FastICA's tolerance of the same optimum.
        np.testing.assert_allclose(found.value_at_risk[place[name, EXACT], :, 0], exact, rtol=2e-3)
        score = density.log_density(portfolio[220])
        assert found.log_scores[place[name, EXACT], 0] == pytest.approx(score, abs=5e-3)
        normal = moments.mean[0] - 2.3263479 * moments.sd[0]
        assert found.value_at_risk[place[name, NORMAL], 0, 0] == pytest.approx(-normal, rel=2e-3)
        score = norm.logpdf(portfolio[220], moments.mean[0], moments.sd[0])
        assert found.log_scores[place[name, NORMAL], 0] == pytest.approx(score, abs=5e-3)
        assert np.isin(found.valid[place[name, CORNISH_FISHER]], [0, 1]).all()
    order = found.value_at_risk[:, 0] > found.value_at_risk[:, 1]
    assert order.all()
    assert (found.expected_shortfall >= found.value_at_risk)[
        ~np.isnan(found.expected_shortfall)
    ].all()


def test_the_future_is_not_used(found, returns) -> None:
    changed = returns.copy()
    changed[245:] *= -3
    other = backtest(changed, SETTINGS, LEVELS, 220, 25, seed=3)
    # Date 245, at which the model is refitted, is forecast from those before it.
    np.testing.assert_array_equal(other.value_at_risk[:, :, :26], found.value_at_risk[:, :, :26])
    assert (other.value_at_risk[:, :, 26:] != found.value_at_risk[:, :, 26:]).any()


def test_an_expansion_that_is_not_valid_is_not_used(found: Backtest) -> None:
    for name in (ACD, STATIC):
        cornish, exact = METHODS.index((name, CORNISH_FISHER)), METHODS.index((name, EXACT))
        refused = found.valid[cornish] == 0
        same = found.value_at_risk[cornish] == found.value_at_risk[exact]
        np.testing.assert_array_equal(same, np.broadcast_to(refused, same.shape))
    assert (found.valid == 0).any()


def test_too_few_dates(returns) -> None:
    with pytest.raises(ValueError, match="the first sample has 260 dates of 260, expected fewer"):
        backtest(returns, SETTINGS, LEVELS, 260, 25, seed=3)


def test_settings_are_arguments_of_the_fit(returns) -> None:
    settings = replace(SETTINGS, mean="constant", n_factors=2, residual="diag", n_starts=1)
    model = settings.fit(returns, np.random.default_rng(4))
    plain = fit_ifacd(
        returns, mean=fit_mean(returns), n_factors=2, residual="diag", n_starts=1,
        rng=np.random.default_rng(4),
    )  # fmt: skip
    assert model.parameters == plain.parameters
    assert settings.lost_dates == 0
