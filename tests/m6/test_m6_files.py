"""Files of the M6 study read back, and what is assembled from them."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesfolio.core.errors import ForecastError
from bayesfolio.m6.assets import AssetPrices
from bayesfolio.m6.files import read_periods, read_prices, write_periods, write_prices
from bayesfolio.m6.fit import FactorDiagnostics, FactorForecast
from bayesfolio.m6.fit_files import read_fit, write_forecast
from bayesfolio.m6.forecasts import assemble_forecasts
from bayesfolio.m6.four_weeks import AssetPeriods, asset_periods, four_week_calendar
from bayesfolio.m6.observations import observations_at
from bayesfolio.m6.quintiles import quintile_targets
from bayesfolio.m6.study import RankStudy

NAMES = list("ABCDEFGHIJKL")
BASELINE = {"half_lives": [60], "n_days": 250, "shrinkage": 0.05, "dof": 6, "n_draws": 400}


@pytest.fixture
def prices() -> AssetPrices:
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2015-01-01", "2019-12-27", name="date")
    closes = 50 * np.exp(np.cumsum(0.01 * rng.standard_normal((len(days), 12)), axis=0))
    closes[:400, 2] = np.nan
    frame = pd.DataFrame(closes, days, NAMES)
    return AssetPrices(
        closes=frame,
        opens=frame * 1.001,
        classes=pd.Series(["stock"] * 6 + ["etf"] * 4 + ["etf_fi"] * 2, NAMES),
        earnings=pd.DataFrame(
            {"symbol": ["A", "B"], "report_date": pd.to_datetime(["2018-02-01", "2019-05-05"])}
        ),
        facts={"source": "here"},
    )


@pytest.fixture
def periods(prices: AssetPrices) -> AssetPeriods:
    return asset_periods(prices, four_week_calendar("2015-02-02", 0, 64), min_periods=5)


def forecast(rng: np.random.Generator, n_assets: int) -> FactorForecast:
    diagnostics = FactorDiagnostics(
        1.01, 300.0, 1.02, 200.0, 1.0, 150.0, 2, 1, 47.5, 12.25, True, False
    )
    return FactorForecast(
        returns=0.05 * rng.standard_normal((300, n_assets)),
        mean=0.01 * rng.standard_normal((30, n_assets)),
        log_scale=rng.standard_normal((30, n_assets)) - 3,
        dof=5 + rng.uniform(size=(30, n_assets)),
        common_cov=np.eye(n_assets),
        parameters={"s_nu": rng.uniform(size=(30, 1)), "m_beta": rng.uniform(size=(30, 3))},
        diagnostics=diagnostics,
    )


def test_prices_periods_and_fits_read_back(
    prices: AssetPrices, periods: AssetPeriods, tmp_path: Path
) -> None:
    write_prices(prices, tmp_path / "prices.npz")
    found = read_prices(tmp_path / "prices.npz")
    for name in ("closes", "opens", "earnings"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(prices, name), check_freq=False)
    pd.testing.assert_series_equal(found.classes, prices.classes, check_names=False)

    write_periods(periods, tmp_path / "periods.npz")
    again = read_periods(tmp_path / "periods.npz")
    for name in ("returns", "recent_return", "recent_volatility", "earnings", "calendar"):
        pd.testing.assert_frame_equal(
            getattr(again, name), getattr(periods, name), check_dtype=False, check_names=False
        )

    origin = observations_at(periods, 60, full_from="2018-01-01", unchanged={"B": "2019-01-01"})
    written = forecast(np.random.default_rng(2), 11)
    write_forecast(written, origin, tmp_path / "fit.npz")
    fit = read_fit("ar1", 60, tmp_path / "fit.npz")
    assert fit.assets == origin.assets
    assert fit.unchanged == ("B",)
    assert fit.neutral == origin.neutral
    assert fit.forecast.diagnostics == written.diagnostics
    for field in fields(FactorForecast):
        value = getattr(fit.forecast, field.name)
        if isinstance(value, np.ndarray):
            np.testing.assert_allclose(value, getattr(written, field.name), rtol=1e-6)
    assert set(fit.forecast.parameters) == {"s_nu", "m_beta"}


@pytest.fixture
def outcome(tmp_path: Path) -> Path:
    """Two months of a competition with the universe's assets, in another order."""
    rng = np.random.default_rng(5)
    rows = []
    for month in (1, 2):
        returns = 0.05 * rng.standard_normal(len(NAMES))
        targets = quintile_targets(returns)
        for k in rng.permutation(len(NAMES)):
            ranks = {f"Rank{q + 1}": targets[k, q] for q in range(5)}
            rows.append({"m6_month": month, "symbol": NAMES[k], "return": returns[k], **ranks})
    folder = tmp_path / "competition"
    folder.mkdir()
    pd.DataFrame(rows).to_csv(folder / "realised_quintiles.csv", index=False)
    (folder / "leaderboard.csv").write_text(
        "rps_rank,team_id,team_name,rps_global,ir_global\n1,a,First,0.15,1\n2,b,Second,0.16,0\n"
    )
    return folder


def test_the_competitions_outcome_goes_before_that_of_the_prices(
    prices: AssetPrices, outcome: Path, tmp_path: Path
) -> None:
    """Months by their first day, assets by name; a period that is no month has the prices' own."""
    days = pd.bdate_range(end="2022-06-30", periods=len(prices.closes), name="date")
    prices = replace(prices, closes=prices.closes.set_axis(days), opens=prices.opens.set_axis(days))
    calendar = four_week_calendar("2005-01-31", 165, 225)
    assert calendar["start"].dt.strftime("%Y-%m-%d")[223] == "2022-03-07"
    periods = asset_periods(prices, calendar, min_periods=5)
    write_prices(prices, tmp_path / "prices.npz")
    write_periods(periods, tmp_path / "periods.npz")
    unchanged = {"B": "2022-04-01"}
    fits, rng = {}, np.random.default_rng(3)
    for period in (222, 223, 224):
        origin = observations_at(periods, period, full_from="2018-01-01", unchanged=unchanged)
        fits["ar1", period] = tmp_path / f"{period}.npz"
        write_forecast(forecast(rng, len(origin.assets)), origin, fits["ar1", period])

    def assembled(scored: list[int]) -> RankStudy:
        return assemble_forecasts(
            tmp_path / "periods.npz",
            tmp_path / "prices.npz",
            fits,
            competition=outcome,
            scored=scored,
            unchanged=unchanged,
            baseline=BASELINE,
            seed=1,
        )

    study = assembled([223, 224])
    table = pd.read_csv(outcome / "realised_quintiles.csv").set_index(["m6_month", "symbol"])
    for row, month in ((1, 1), (2, 2)):
        official = table.loc[month].loc[NAMES]
        np.testing.assert_allclose(study.returns[row], official["return"])
        np.testing.assert_allclose(study.targets[row], official.filter(like="Rank"))
    assert official.loc["B", "return"] != 0  # an unchanged asset is ranked as officially too
    np.testing.assert_allclose(study.returns[0], periods.returns.loc[222])
    np.testing.assert_allclose(study.targets[0], quintile_targets(study.returns[0]))

    with pytest.raises(ForecastError, match=r"period 222, which starts on 2022-02-07, is no month"):
        assembled([222, 223])
    path = outcome / "realised_quintiles.csv"
    path.write_text(path.read_text().replace(",L,", ",M,"))
    with pytest.raises(ForecastError, match="L is only in one of the competition's outcome and"):
        assembled([223, 224])


def test_forecasts_are_set_beside_what_came(
    prices: AssetPrices, periods: AssetPeriods, tmp_path: Path
) -> None:
    """Assets that are unchanged, unquoted at the end, or new are ranked or left out as they are."""
    closes = prices.closes.copy()
    closes.loc["2019-09-01":, "D"] = np.nan  # delisted: no return in the last periods
    prices = replace(prices, closes=closes)
    periods = asset_periods(prices, four_week_calendar("2015-02-02", 0, 64), min_periods=5)
    write_prices(prices, tmp_path / "prices.npz")
    write_periods(periods, tmp_path / "periods.npz")
    unchanged = {"B": "2019-10-01"}
    fits = {}
    rng = np.random.default_rng(3)
    for period in (58, 60, 61, 64):
        origin = observations_at(periods, period, full_from="2018-01-01", unchanged=unchanged)
        path = tmp_path / f"{period}.npz"
        write_forecast(forecast(rng, len(origin.assets)), origin, path)
        fits["ar1", period] = path
    study = assemble_forecasts(
        tmp_path / "periods.npz",
        tmp_path / "prices.npz",
        fits,
        competition=None,
        scored=[60, 61],
        unchanged=unchanged,
        baseline=BASELINE,
        seed=1,
    )
    assert study.periods.tolist() == [58, 60, 61, 64]
    assert study.scored.tolist() == [False, True, True, False]
    assert study.over.tolist() == [False, True, True, False]
    assert study.methods.tolist() == [
        "ar1", "Student t, half-life 60", "equal pool", "linear pool", "log pool",
    ]  # fmt: skip
    returns = periods.returns.loc[60].to_numpy()
    ranked = np.isfinite(returns)
    assert ranked.sum() == 11
    np.testing.assert_array_equal(study.targets[1, ranked], quintile_targets(returns[ranked]))
    assert np.isnan(study.targets[1, 3]).all()
    np.testing.assert_allclose(study.probabilities[1, :, ranked].sum(axis=-1), 1)
    assert np.isnan(study.probabilities[1, :, 3]).all()
    # The period to come has no targets, and every asset with a forecast is ranked.
    assert np.isnan(study.targets[3]).all()
    probabilities, assets = study.forecast(64, "linear pool")
    assert "B" in assets
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert np.isfinite(study.scores()[[0, 1, 2]]).all()
    assert np.isnan(study.scores()[3]).all()
    # Weights of the first scored period come from the one before.
    assert study.weights.shape == (2, 4, 2)
    np.testing.assert_allclose(study.weights[:, 0], 0.5)
