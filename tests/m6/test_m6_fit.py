"""The M6 factor model on simulated and real returns: what it sees, finds and refuses."""

from dataclasses import replace
from unittest.mock import ANY

import numpy as np
import pandas as pd
import pytest

from bayesfolio.m6 import fit
from bayesfolio.m6.assets import AssetPrices
from bayesfolio.m6.fit import FactorDiagnostics, FactorSampler, fit_factor_model
from bayesfolio.m6.four_weeks import asset_periods, four_week_calendar
from bayesfolio.m6.observations import characteristics, observations_at, period_weights
from bayesfolio.m6.spec import FactorObservations, FactorPriors, FactorSpec, ManualForecast
from bayesfolio.models.programs import sampled

SAMPLER = FactorSampler(chains=2, warmup=150, draws=200, forecasts=10, fitted=5)
PRIORS = FactorPriors(loading_dof=1000, loading_sd=0.05)
T, N = 120, 12


@pytest.fixture(scope="module")
def truth() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    loadings = np.column_stack([rng.uniform(0.02, 0.05, N), rng.normal(0, 0.02, N)])
    return {"loadings": loadings, "scale": rng.uniform(0.01, 0.04, N)}


@pytest.fixture(scope="module")
def observations(truth: dict[str, np.ndarray]) -> FactorObservations:
    """Returns of two factors and noise whose scale rises by half with recent volatility."""
    rng = np.random.default_rng(5)
    volatility = rng.standard_normal((T + 1, N))
    scale = truth["scale"] * np.exp(0.4 * volatility)
    noise = scale * rng.standard_t(7, (T + 1, N))
    returns = rng.standard_normal((T + 1, 2)) @ truth["loadings"].T + noise
    returns[-1] = np.nan
    returns[:60, 0] = returns[30, 4] = np.nan
    return FactorObservations(
        returns=returns,
        weight=np.ones(T + 1),
        recent_return=rng.standard_normal((T + 1, N)),
        recent_volatility=volatility,
        earnings=np.zeros((T + 1, N)),
        classes=np.repeat([0, 1], N // 2),
    )


def small_prices() -> AssetPrices:
    """Nine assets over five years, days and nights a random walk."""
    rng = np.random.default_rng(6)
    days = pd.bdate_range("2015-01-01", "2020-03-31", name="date")
    names = list("ABCDEFGHI")
    moves = 0.01 * rng.standard_normal((len(days), 9)) + 0.01 * rng.standard_normal((len(days), 1))
    closes = pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), days, names)
    return AssetPrices(
        closes=closes,
        opens=closes * np.exp(0.002 * rng.standard_normal(closes.shape)),
        classes=pd.Series(["stock"] * 4 + ["etf"] * 5, names),
        earnings=pd.DataFrame({"symbol": ["A"], "report_date": [pd.Timestamp("2019-05-02")]}),
        facts={},
    )


@pytest.mark.slow
def test_covariance_and_slopes_are_found_again(
    observations: FactorObservations, truth: dict[str, np.ndarray], m6_factor
) -> None:
    found = fit_factor_model(
        FactorSpec("ar1", n_factors=2),
        observations,
        program=m6_factor,
        rng=np.random.default_rng(1),
        priors=PRIORS,
        sampler=replace(SAMPLER, draws=400),
    )
    diagnostics = found.diagnostics
    assert max(diagnostics.rhat_mean, diagnostics.rhat_scale) < 1.05
    expected = truth["loadings"] @ truth["loadings"].T
    sd = np.sqrt(np.diag(expected))
    # Correlations of 120 periods have standard errors of about .09 (1 - r^2), sds of 6.5%.
    assert np.abs(np.sqrt(np.diag(found.common_cov)) / sd - 1).mean() < 0.15
    correlation = found.common_cov / np.sqrt(
        np.outer(np.diag(found.common_cov), np.diag(found.common_cov))
    )
    assert np.abs(correlation - expected / np.outer(sd, sd)).mean() < 0.1
    slopes = found.parameters["m_delta"].mean(axis=0)
    # Each class has 700 returns, whose log scale is known to .03 in all.
    np.testing.assert_allclose(slopes, 0.4, atol=0.12)
    forecast_sd = found.returns.std(axis=0)
    scale = truth["scale"] * np.exp(0.4 * observations.recent_volatility[-1])
    np.testing.assert_allclose(forecast_sd, np.sqrt(sd**2 + 1.4 * scale**2), rtol=0.35)


def test_a_fit_that_fails_is_repeated_once_with_a_longer_warmup(
    m6_factor, monkeypatch: pytest.MonkeyPatch
) -> None:
    calendar = four_week_calendar("2015-01-26", 0, 64)
    periods = asset_periods(small_prices(), calendar, min_periods=5)
    origin = observations_at(periods, 60, full_from="2018-01-01")
    warmups = []

    def watched(*arguments, **settings):
        warmups.append(settings["iter_warmup"])
        return sampled(*arguments, **settings)

    monkeypatch.setattr(fit, "sampled", watched)

    def diagnostics(max_rhat: float) -> FactorDiagnostics:
        warmups.clear()
        return fit_factor_model(
            FactorSpec.parse("ar1", 2),
            origin.observations,
            program=m6_factor,
            rng=np.random.default_rng(1),
            priors=PRIORS,
            sampler=FactorSampler(
                chains=2, warmup=20, draws=10, forecasts=2, fitted=2, max_depth=4, max_rhat=max_rhat
            ),
        ).diagnostics

    first = diagnostics(1e6)
    worst = max(first.rhat_mean, first.rhat_scale, first.rhat_dof)
    assert warmups == [20]
    assert first.passed
    assert not first.refitted
    assert diagnostics(worst) == replace(first, seconds=ANY)  # the bound itself passes
    second = diagnostics(1.0000001)
    assert warmups == [20, 40]
    assert second.refitted
    assert not second.passed
    assert "refitted, FAILED" in second.summary()
    assert second.rhat_mean != first.rhat_mean
    between = diagnostics(np.nextafter(worst, 0))
    assert warmups == [20, 40]
    assert between.refitted
    assert between.rhat_mean == second.rhat_mean


@pytest.mark.parametrize("variant", ["ar1", "reversal_momentum", "var", "instrumented"])
def test_what_comes_later_changes_no_forecast(variant: str, m6_factor) -> None:
    """Prices after the base Friday change nothing, bit for bit; the seed and the past do."""
    prices = small_prices()
    calendar = four_week_calendar("2015-01-26", 0, 64)
    origin = 60
    base = calendar.loc[origin, "base"]
    sampler = FactorSampler(chains=1, warmup=20, draws=10, forecasts=2, fitted=2, max_depth=4)

    def forecast(changed: AssetPrices, seed: int = 1) -> np.ndarray:
        periods = asset_periods(changed, calendar, min_periods=5)
        return fit_factor_model(
            FactorSpec.parse(variant, 2),
            observations_at(periods, origin, full_from="2018-01-01").observations,
            program=m6_factor,
            rng=np.random.default_rng(seed),
            priors=PRIORS,
            sampler=sampler,
        ).returns

    def perturbed(after: pd.Timestamp) -> AssetPrices:
        closes, opens = prices.closes.copy(), prices.opens.copy()
        closes.loc[closes.index > after] *= 3.0
        opens.loc[opens.index > after] *= 2.0
        return replace(prices, closes=closes, opens=opens)

    before = forecast(prices)
    np.testing.assert_array_equal(before, forecast(perturbed(base)))
    assert (before != forecast(perturbed(base - pd.Timedelta(days=5)))).any()
    assert (before != forecast(prices, seed=2)).any()


def test_weights_fall_with_age_before_the_cutoff() -> None:
    calendar = four_week_calendar("2005-01-31", 0, 234)
    weights = period_weights(calendar, 230, "2018-05-01")
    assert len(weights) == 231
    full = calendar.loc[:229, "end"] >= pd.Timestamp("2018-05-01")
    assert np.all(weights[:-1][full] == 1)
    days = (calendar.loc[230, "start"] - calendar.loc[:229, "end"]).dt.days.to_numpy()
    longest = days[full].max()
    np.testing.assert_allclose(weights[0], 1 - (days[0] - longest) / days[0])
    assert np.all(np.diff(weights[:-1][~full]) > 0)
    with pytest.raises(ValueError, match="no period before 2022-09-19 ends after 2030-01-01"):
        period_weights(calendar, 230, "2030-01-01")


def test_treatment_of_assets_is_said() -> None:
    prices = small_prices()
    prices.closes.loc[:, "E"] = np.nan
    prices.closes.loc[:"2019-06-01", "F"] = np.nan
    periods = asset_periods(prices, four_week_calendar("2015-01-26", 0, 64), min_periods=5)
    found = observations_at(periods, 60, full_from="2018-01-01", unchanged={"B": "2019-01-01"})
    assert found.assets == ("A", "C", "D", "F", "G", "H", "I")
    assert found.unchanged == ("B",)
    assert found.dropped == ("E",)
    observed = int(np.isfinite(periods.returns.loc[:59, list(found.assets)]).to_numpy().sum())
    assert f"7 assets, {observed} returns" in found.summary()
    assert "unchanged: B; dropped, without a return so far: E" in found.summary()
    unknown = ~np.isfinite(
        (periods.recent_return + periods.recent_volatility).loc[:60, list(found.assets)]
    )
    wanted = np.isfinite(periods.returns.loc[:60, list(found.assets)])
    wanted.loc[60] = True
    assert found.neutral == int((unknown & wanted).to_numpy().sum()) > 0
    # Before the day, the asset is one like others.
    early = observations_at(periods, 40, full_from="2017-01-01", unchanged={"B": "2019-01-01"})
    assert "B" in early.assets
    with pytest.raises(ValueError, match="period 65 is not in the calendar, 0 to 64"):
        observations_at(periods, 65, full_from="2018-01-01")
    with pytest.raises(ValueError, match="manual: B is not forecast in this period"):
        observations_at(
            periods,
            60,
            full_from="2018-01-01",
            unchanged={"B": "2019-01-01"},
            manual={"B": (0.1, 0.1)},
        )
    later = asset_periods(prices, four_week_calendar("2015-01-26", 0, 75), min_periods=5)
    with pytest.raises(ValueError, match="no asset has features in period 75, whose base day is"):
        observations_at(later, 75, full_from="2018-01-01")
    with pytest.raises(ValueError, match="unchanged: X is none of the 9 assets"):
        observations_at(periods, 60, full_from="2018-01-01", unchanged={"X": "2019-01-01"})


def test_periods_before_the_first_return_are_left_out() -> None:
    prices = small_prices()
    calendar = four_week_calendar("2010-01-04", 0, 128)
    origin = int(calendar.index[calendar["start"] >= "2019-09-01"][0])
    periods = asset_periods(prices, calendar, min_periods=5)
    first = int(np.flatnonzero(periods.returns.notna().any(axis=1))[0])
    assert first > 60
    found = observations_at(periods, origin, full_from="2018-01-01").observations
    assert len(found.returns) == origin - first + 1
    assert np.isfinite(found.returns[0]).any()
    np.testing.assert_array_equal(
        found.returns[:-1], periods.returns.loc[first : origin - 1].to_numpy()
    )
    for table in (found.recent_return, found.recent_volatility, found.earnings):
        assert len(table) == len(found.returns)
    weight = period_weights(calendar, origin, "2018-01-01")  # by age, whatever is left out
    np.testing.assert_array_equal(found.weight, weight[first:])


def test_manual_forecasts_move_the_forecast(observations: FactorObservations, m6_factor) -> None:
    means = {}
    for mean in (-0.2, 0.2):
        manual = [ManualForecast(3, mean, 0.001)]
        found = fit_factor_model(
            FactorSpec("ar1", n_factors=2),
            replace(observations, manual=manual),
            program=m6_factor,
            rng=np.random.default_rng(1),
            priors=PRIORS,
            sampler=SAMPLER,
        )
        np.testing.assert_allclose(found.mean[:, 3].mean(), mean, atol=0.005)
        means[mean] = found.returns.mean(axis=0)
    # Other assets move by their covariance with it.
    moved = means[0.2] - means[-0.2]
    assert np.corrcoef(moved, found.common_cov[3])[0, 1] > 0.95


def test_characteristics_are_standardised_and_independent(observations) -> None:
    found = characteristics(observations.returns, observations.classes)
    assert found.shape == (N, 2 + 2 + 3)
    np.testing.assert_array_equal(found[:, 0], observations.classes == 0)
    np.testing.assert_allclose(found[:, 2:].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(found[:, 2:].std(axis=0), 1)
    assert np.linalg.matrix_rank(found) == 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": np.full(T + 1, 1.5)}, "a period's weight is not between 0 and 1"),
        ({"weight": np.ones(T)}, "weights of 120 periods and classes of 12 assets, expected 121"),
        ({"recent_return": np.zeros((T, N))}, r"recent_return has shape \(120, 12\), expected"),
        ({"classes": np.repeat([0, 2], N // 2)}, "classes are not numbered from 0 without gaps"),
        ({"manual": [ManualForecast(12, 0.1, 0.1)]}, "expected an asset from 0 to 11"),
        ({"manual": [ManualForecast(1, 0.1, 0.0)]}, "standard deviation above 0"),
    ],
)
def test_observations_that_do_not_fit_are_refused(
    observations: FactorObservations, change: dict, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        replace(observations, **change)


def test_assets_and_returns_that_cannot_be_used_are_refused(
    observations: FactorObservations,
) -> None:
    returns = observations.returns.copy()
    returns[:, 2] = np.nan
    with pytest.raises(ValueError, match="asset 2 has no return with features"):
        replace(observations, returns=returns)
    features = observations.recent_volatility.copy()
    features[-1, 5] = np.nan
    with pytest.raises(ValueError, match="asset 5 has no features in the period"):
        replace(observations, recent_volatility=features)
    returns = observations.returns.copy()
    returns[3, 2] = np.inf
    with pytest.raises(ValueError, match="a return is infinite"):
        replace(observations, returns=returns)


def test_loadings_on_too_little_are_refused(observations: FactorObservations) -> None:
    with pytest.raises(ValueError, match="13 factors and 12 assets, expected no more"):
        observations.instruments(FactorSpec("ar1", n_factors=13))
    with pytest.raises(ValueError, match="need characteristics of assets, found none"):
        observations.instruments(FactorSpec("ar1", instrumented=True, n_factors=2))
    twice = replace(observations, characteristics=np.ones((N, 2)))
    with pytest.raises(ValueError, match="2 characteristics of 12 assets are linearly dependent"):
        twice.instruments(FactorSpec("ar1", instrumented=True, n_factors=2))
    with pytest.raises(ValueError, match="dynamics are 'ma', expected one of"):
        FactorSpec.parse("ma", 2)
