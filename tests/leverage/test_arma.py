"""ARMA forecasts by both estimators, against formulas and against the figures of the study."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from bayesfolio.core.errors import ForecastError
from bayesfolio.leverage.arma import (
    ArmaSettings,
    arma_forecasts,
    css_innovations,
    css_prediction,
    mean_forecasts,
    stationary,
)
from bayesfolio.leverage.periods import period_returns

PHI, THETA = np.array([0.6, -0.2]), np.array([0.4])


def simulate(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.asarray(lfilter(np.r_[1, THETA], np.r_[1, -PHI], rng.standard_normal(n + 200))[200:])


def test_innovations_and_prediction_by_hand() -> None:
    x = simulate(np.random.default_rng(1), 30) + 0.3
    e = np.zeros(30)
    for t in range(30):
        past = [x[t - i] - 0.3 if t >= i else 0.0 for i in (1, 2)]
        e[t] = x[t] - 0.3 - PHI @ past - (THETA[0] * e[t - 1] if t else 0.0)
    np.testing.assert_allclose(css_innovations(PHI, THETA, 0.3, x), e, atol=1e-10)
    expected = 0.3 + PHI @ (x[[-1, -2]] - 0.3) + THETA[0] * e[-1]
    assert css_prediction(PHI, THETA, 0.3, x) == pytest.approx(expected, abs=1e-10)


def test_partial_autocorrelations_give_stationary_coefficients() -> None:
    rng = np.random.default_rng(8)
    for partial in rng.uniform(-1, 1, (20, 3)):
        phi = stationary(partial)
        assert np.abs(np.roots(np.r_[1, -phi])).max() < 1
    a, b = 0.5, -0.3
    np.testing.assert_allclose(stationary(np.array([a, b])), [a * (1 - b), b], atol=1e-12)


def test_ar_by_css_is_least_squares() -> None:
    """Without moving averages the minimum is that of a regression with zeros before the sample."""
    x = simulate(np.random.default_rng(2), 300)
    forecast = arma_forecasts(x, 299, ArmaSettings(1, 0, False, "css")).forecast[0]
    seen = x[:299]
    slope = seen[1:] @ seen[:-1] / (seen[:-1] @ seen[:-1])
    assert forecast == pytest.approx(slope * seen[-1], rel=1e-6)


@pytest.mark.parametrize("estimator", ["css", "ml"])
def test_forecasts_are_nearly_those_of_the_true_model(estimator: str) -> None:
    """The excess of squared error over the true model's, n = 300: about (p + q + 1) / n of it.

    Mean over 60 samples; bound three times that, its standard error is 1 / sqrt(60) of it.
    """
    excess = []
    for i in range(60):
        x = simulate(np.random.default_rng([3, i]), 301)
        found = arma_forecasts(x, 300, ArmaSettings(2, 1, True, estimator)).forecast[0]  # type: ignore[arg-type]
        excess.append((found - css_prediction(PHI, THETA, 0.0, x[:300])) ** 2)
    assert np.mean(excess) < 3 * 4 / 300


def test_perturbing_the_future_changes_nothing() -> None:
    x = simulate(np.random.default_rng(4), 80)
    changed = x.copy()
    changed[70:] = 99.0
    for settings in (ArmaSettings(1, 1, False, "css"), ArmaSettings(1, 1, True, "ml")):
        before, after = (arma_forecasts(y, 60, settings).forecast for y in (x, changed))
        np.testing.assert_array_equal(before[:11], after[:11])
        assert before[11] != after[11]
    before, after = (mean_forecasts(y, 60).forecast for y in (x, changed))
    np.testing.assert_array_equal(before[:11], after[:11])
    assert before[0] == pytest.approx(x[:60].mean(), abs=1e-12)


def test_bad_input_is_refused_with_cause_and_remedy() -> None:
    x = simulate(np.random.default_rng(5), 80)
    css = ArmaSettings(1, 1, False, "css")
    with pytest.raises(ForecastError, match=r"first window has 5 months, expected 8 to 79 with 80"):
        arma_forecasts(x, 5, css)
    with pytest.raises(ForecastError, match=r"all 60 returns of the first window are 1, expected"):
        arma_forecasts(np.ones(80), 60, css)
    with pytest.raises(ForecastError, match=r"return 3 is nan, expected finite"):
        arma_forecasts(np.where(np.arange(80) == 3, np.nan, x), 60, css)
    with pytest.raises(ForecastError, match=r"estimator is 'ols', expected 'css' or 'ml'"):
        ArmaSettings(1, 1, False, "ols")  # type: ignore[arg-type]
    with pytest.raises(ForecastError, match="has nothing to estimate"):
        ArmaSettings(0, 0, False, "css")


@pytest.mark.parametrize(("constant", "hits"), [(False, 59), (True, 67)])
def test_hits_of_the_study(index: pd.Series, constant: bool, hits: int) -> None:
    """59 of 107 months without a mean, 67 with one; 73 of them rose."""
    returns = period_returns(index, "monthly").to_numpy()
    assert len(returns) == 203
    found = arma_forecasts(returns, 96, ArmaSettings(1, 1, constant, "css"))
    assert ((found.forecast > 0) == (returns[96:] > 0)).sum() == hits
    assert (returns[96:] > 0).sum() == 73
