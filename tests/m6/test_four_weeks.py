"""Periods of four weeks: calendar, returns, features, and nothing from the future in them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesfolio.m6.assets import AssetPrices, load_assets
from bayesfolio.m6.author_panel import read_author_panel
from bayesfolio.m6.four_weeks import (
    AssetPeriods,
    asset_periods,
    check_four_weeks,
    earnings_in_periods,
    four_week_calendar,
    week_features,
)

NO_EARNINGS = pd.DataFrame(
    {"symbol": pd.Series(dtype=object), "report_date": pd.Series(dtype="datetime64[ns]")}
)
FEATURES = ("recent_return", "recent_volatility", "earnings")


def prices_of(closes: pd.DataFrame, opens: pd.DataFrame | None = None) -> AssetPrices:
    opens = closes * 0.99 if opens is None else opens
    classes = pd.Series("stock", index=closes.columns)
    return AssetPrices(closes, opens, classes, NO_EARNINGS, {})


@pytest.fixture
def walk() -> AssetPrices:
    """Forty periods of random prices of three assets, with gaps and a late start."""
    rng = np.random.default_rng(11)
    days = pd.bdate_range("2010-01-01", periods=41 * 20, name="date")
    closes = pd.DataFrame(
        np.exp(np.cumsum(rng.normal(scale=0.01, size=(len(days), 3)), axis=0)),
        days,
        pd.Index(list("ABC"), name="symbol"),
    )
    opens = closes * np.exp(rng.normal(scale=0.005, size=closes.shape))
    closes = closes.mask(rng.uniform(size=closes.shape) < 0.03)
    closes.loc[:"2010-03-01", "C"] = np.nan
    return prices_of(closes, opens.where(closes.notna()))


@pytest.fixture
def calendar() -> pd.DataFrame:
    return four_week_calendar("2010-01-04", 0, 39)


@pytest.fixture(scope="module")
def m6(reference_data: Path) -> Path:
    return reference_data / "data" / "m6"


@pytest.fixture(scope="module")
def universe(m6: Path) -> AssetPrices:
    return load_assets("file", m6)


def test_the_calendar_is_that_of_the_competition(m6: Path) -> None:
    table = pd.read_csv(m6 / "calendar.csv", parse_dates=["period_start", "period_end"])
    found = four_week_calendar("2005-01-31", 0, 234)
    assert found.index.tolist() == table["period_i"].tolist()
    assert (found["start"].to_numpy() == table["period_start"].to_numpy()).all()
    assert (found["end"].to_numpy() == table["period_end"].to_numpy()).all()
    assert (found["base"].iloc[1:].to_numpy() == found["end"].iloc[:-1].to_numpy()).all()
    back = four_week_calendar("2023-01-09", -234, 0)
    pd.testing.assert_frame_equal(back.set_axis(found.index), found)


def test_a_period_has_twenty_business_days() -> None:
    found = four_week_calendar(pd.Timestamp("2024-02-05"), -3, 2)
    assert found.index.tolist() == [-3, -2, -1, 0, 1, 2]
    assert found.loc[0].tolist() == [
        pd.Timestamp(day) for day in ("2024-02-05", "2024-03-01", "2024-02-02")
    ]
    assert all(len(pd.bdate_range(p.start, p.end)) == 20 for p in found.itertuples())


def test_faults_of_a_calendar() -> None:
    with pytest.raises(
        ValueError, match=r"anchor is 2024-02-06 00:00:00 \(Tuesday\), expected a M"
    ):
        four_week_calendar("2024-02-06", 0, 1)
    with pytest.raises(ValueError, match=r"anchor is 2024-02-05 12:00:00 \(Monday\), expected a M"):
        four_week_calendar("2024-02-05 12:00", 0, 1)
    with pytest.raises(ValueError, match="last is period 1, before the first, 2; exchange them"):
        four_week_calendar("2024-02-05", 2, 1)
    good = four_week_calendar("2024-02-05", 2, 5)
    check_four_weeks(good)
    with pytest.raises(ValueError, match="has 4 rows and no column base, expected those of"):
        check_four_weeks(good.drop(columns="base"))
    with pytest.raises(ValueError, match="has 0 rows"):
        check_four_weeks(good.iloc[:0])
    with pytest.raises(
        ValueError, match=r"row 2 of the calendar is period 5: .* expected period 4: start"
    ):
        check_four_weeks(good.drop(index=4))
    wrong = good.assign(base=good["base"] - pd.Timedelta(days=1))
    with pytest.raises(ValueError, match="row 0 of the calendar is period 2: start 2024-04-01"):
        asset_periods(prices_of(pd.DataFrame({"A": [1.0]}, good["start"].iloc[:1])), wrong)


def test_returns_by_hand() -> None:
    calendar = four_week_calendar("2020-01-06", 0, 2)  # bases 01-03, 01-31, 02-28; end 03-27
    days = ["2020-01-03", "2020-01-29", "2020-02-23", "2020-02-28", "2020-03-20", "2020-03-26"]
    closes = pd.DataFrame(
        {
            "A": [10.0, 11.0, 9.0, 12.0, 5.0, 6.0],
            # B has a quote of the Sunday before period 1's last week, and none in it.
            "B": [2.0, 3.0, 4.0, np.nan, 5.0, np.nan],
        },
        pd.DatetimeIndex(days, name="date"),
    )
    found = asset_periods(prices_of(closes), calendar, as_of="2020-03-27").returns
    expected = [[0.1, 0.5], [12 / 11 - 1, np.nan], [-0.5, np.nan]]
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    # Without its Friday the last week is not known to be over.
    open_end = asset_periods(prices_of(closes), calendar).returns
    np.testing.assert_allclose(open_end.iloc[:2], expected[:2], rtol=1e-14)
    assert open_end.iloc[2].isna().all()


def test_features_of_a_week_by_hand() -> None:
    days = pd.DatetimeIndex(
        [
            "2020-01-10",
            "2020-01-12",
            "2020-01-13",
            "2020-01-14",
            "2020-01-15",
            "2020-01-16",
            "2020-01-17",
        ],
        name="date",
    )
    nan = np.nan
    closes = pd.DataFrame(
        {
            "full": [100.0, nan, 110.0, 99.0, 99.0, 108.9, 108.9],
            "holiday": [100.0, nan, nan, 110.0, 110.0, 99.0, nan],
            "few": [100.0, 103.0, 101.0, nan, nan, nan, 102.0],
            "stale": [100.0, nan, 100.0, 100.0, 100.0, 100.0, 100.0],
        },
        days,
    )
    opens = closes - 1.0
    returns, log_sds = week_features(
        prices_of(closes, opens), pd.Series([pd.Timestamp("2020-01-17")], index=[7])
    )
    expected = [108.9 / 109 - 1, 99.0 / 109 - 1, nan, 100 / 99 - 1]
    np.testing.assert_allclose(returns.loc[7], expected, rtol=1e-14)
    # Daily returns .1, -.1, 0, .1, 0 have mean .02 and squares of deviations that sum to .028.
    # Daily returns .1, 0, -.1 have mean 0 and squares that sum to .02.
    expected = [0.5 * np.log(0.028 / 4), 0.5 * np.log(0.02 / 2), nan, nan]
    np.testing.assert_allclose(log_sds.loc[7], expected, rtol=1e-12)


def test_a_return_reaches_back_at_most_a_week() -> None:
    def log_sd(first: str) -> float:
        days = pd.DatetimeIndex([first, "2020-01-13", "2020-01-14", "2020-01-15"], name="date")
        closes = pd.DataFrame({"A": [1.0, 2.0, 3.0, 6.0]}, days)
        fridays = pd.Series([pd.Timestamp("2020-01-17")])
        return float(week_features(prices_of(closes), fridays, as_of="2020-01-17")[1].iloc[0, 0])

    assert log_sd("2020-01-06") == pytest.approx(0.5 * np.log(np.var([1.0, 0.5, 1.0], ddof=1)))
    assert np.isnan(log_sd("2020-01-05"))  # two daily returns are too few


def test_standardisation_is_that_of_the_values_so_far(
    walk: AssetPrices, calendar: pd.DataFrame
) -> None:
    found = asset_periods(walk, calendar, min_periods=6)
    raw = week_features(walk, calendar["base"])
    assert raw[0]["C"].isna().sum() >= 2
    for values, table in zip(raw, (found.recent_return, found.recent_volatility), strict=True):
        for name in "ABC":
            for t in calendar.index:
                past = values.loc[:t, name].dropna()
                if len(past) < 6 or np.isnan(values.loc[t, name]):
                    assert np.isnan(table.loc[t, name])
                else:
                    expected = (past.iloc[-1] - past.mean()) / past.std(ddof=1)
                    assert table.loc[t, name] == pytest.approx(expected, abs=1e-10)
    with pytest.raises(ValueError, match="min_periods is 1, expected at least 2"):
        asset_periods(walk, calendar, min_periods=1)


def test_a_feature_that_has_not_varied_is_unknown(calendar: pd.DataFrame) -> None:
    days = pd.bdate_range("2010-01-01", periods=41 * 20, name="date")
    # Price 1.1 and 1 by turns: each week ends where it began, or not, always in the same way.
    values = np.where(np.arange(len(days)) % 2, 1.1, 1.0)
    closes = pd.DataFrame({"A": values}, days)
    found = asset_periods(prices_of(closes, closes * 0.9), calendar, min_periods=3)
    assert found.recent_return.isna().to_numpy().all()
    assert found.returns.notna().to_numpy().all()


def test_no_look_ahead(walk: AssetPrices, calendar: pd.DataFrame) -> None:
    """Whatever prices do after a base Friday, features up to the next period are the same bits."""
    before = asset_periods(walk, calendar, min_periods=6)
    for t in (10, 25, 39):
        base = calendar.loc[t, "base"]
        later = np.broadcast_to((walk.closes.index > base)[:, None], walk.closes.shape)
        rng = np.random.default_rng(t)
        closes, opens = (
            table.where(~later, table * rng.uniform(0.1, 9.0, table.shape)).mask(
                later & (rng.uniform(size=table.shape) < 0.2)
            )
            for table in (walk.closes, walk.opens)
        )
        after = asset_periods(prices_of(closes, opens), calendar, min_periods=6)
        cut = asset_periods(
            prices_of(walk.closes.loc[:base], walk.opens.loc[:base]),
            calendar,
            min_periods=6,
            as_of=base,
        )
        known = asset_periods(walk, calendar, min_periods=6, as_of=base)
        for name in FEATURES:
            for other in (after, cut, known):
                pd.testing.assert_frame_equal(
                    getattr(before, name).loc[:t], getattr(other, name).loc[:t], check_exact=True
                )
        for other in (after, cut, known):
            pd.testing.assert_frame_equal(
                before.returns.loc[: t - 1], other.returns.loc[: t - 1], check_exact=True
            )
        assert not np.allclose(before.returns.loc[t:], after.returns.loc[t:], equal_nan=True)
        for other in (cut, known):
            assert other.returns.loc[t:].isna().to_numpy().all()
            assert other.recent_return.loc[t + 1 :].isna().to_numpy().all()
            assert other.recent_volatility.loc[t + 1 :].isna().to_numpy().all()
        assert known.recent_return.loc[t].notna().any()


def test_the_unit_of_prices_does_not_matter(walk: AssetPrices, calendar: pd.DataFrame) -> None:
    before = asset_periods(walk, calendar, min_periods=6)
    # A power of two moves no digit; pence for pounds may move the last one.
    for factor, tolerance in ((0.25, 0.0), (100.0, 1e-9)):
        scaled = prices_of(walk.closes * factor, walk.opens * factor)
        after = asset_periods(scaled, calendar, min_periods=6)
        for name in ("returns", "recent_return", "recent_volatility"):
            np.testing.assert_allclose(
                getattr(after, name), getattr(before, name), rtol=tolerance, atol=tolerance
            )


def test_inputs_are_kept_and_the_result_is_their_own(
    walk: AssetPrices, calendar: pd.DataFrame
) -> None:
    kept = walk.closes.copy(), walk.opens.copy(), calendar.copy()
    found = asset_periods(walk, calendar)
    found.calendar.iloc[0, 0] = pd.Timestamp("2000-01-03")
    found.classes.iloc[0] = "etf"
    for now, then in zip((walk.closes, walk.opens, calendar), kept, strict=True):
        pd.testing.assert_frame_equal(now, then)
    assert (walk.classes == "stock").all()


def test_earnings_count_from_the_first_day_to_before_the_last() -> None:
    calendar = four_week_calendar("2020-01-06", 0, 1)  # to 01-31, and 02-03 to 02-28
    dates = ["2020-01-03", "2020-01-06", "2020-01-31", "2020-02-01", "2020-02-27", "2020-02-28"]
    for date, expected in zip(dates, ([0, 0], [1, 0], [0, 0], [0, 0], [0, 1], [0, 0]), strict=True):
        earnings = pd.DataFrame({"symbol": ["A", "X"], "report_date": [pd.Timestamp(date)] * 2})
        found = earnings_in_periods(earnings, calendar, ["A", "B"])
        assert found["A"].tolist() == expected
        assert found["B"].tolist() == [0, 0]
    assert (earnings_in_periods(NO_EARNINGS, calendar, ["B"]) == 0).to_numpy().all()


def test_returns_are_those_of_the_winners_panel(universe: AssetPrices, m6: Path) -> None:
    panel = read_author_panel(m6)
    found = asset_periods(universe, panel.calendar)
    assert isinstance(found, AssetPeriods)
    difference = (found.returns - panel.returns).abs().to_numpy()
    both = difference[np.isfinite(difference)]
    assert len(both) > 16_000
    assert np.median(both) < 2e-6
    # The panel's own errors, most at spin-offs: 90 and 23 of them in the notes on the data.
    assert (both > 0.002).sum() == 90
    assert (both > 0.01).sum() == 23
    pd.testing.assert_frame_equal(found.earnings, panel.earnings)


def test_volatility_is_that_of_the_winners_panel(universe: AssetPrices, m6: Path) -> None:
    calendar = four_week_calendar("2005-01-31", 0, 234)
    table = pd.read_csv(m6 / "period_panel.csv.gz")
    log_sds = week_features(universe, calendar["end"])[1].to_numpy()
    days = universe.closes.index
    n_quotes = np.zeros(log_sds.shape)
    for t, friday in calendar["end"].items():
        week = (days > friday - pd.Timedelta(days=5)) & (days <= friday)
        n_quotes[t] = universe.closes[week].count()
    panel = table.pivot_table(index="period_i", columns="symbol", values="d5_std")
    panel = panel.reindex(index=calendar.index, columns=universe.closes.columns).to_numpy()
    there = np.isfinite(log_sds) & (panel > 0)
    ratio = np.exp(log_sds) / np.where(there, panel, np.nan)
    whole = np.abs(ratio[there & (n_quotes == 5)] - 1)
    assert len(whole) > 13_000
    assert (np.quantile(whole, [0.5, 0.9]) < 1e-3).all()
    # In a week with a holiday the panel counts that day as one without a change.
    assert np.mean(ratio[there & (n_quotes == 4)] > 1.02) > 0.5


def test_the_period_to_be_forecast(universe: AssetPrices) -> None:
    found = asset_periods(universe, four_week_calendar("2005-01-31", 0, 235))
    assert found.returns.loc[235].isna().all()
    assert found.recent_return.loc[235].notna().sum() == 98  # DRE is gone, OGN too young
    assert found.recent_volatility.loc[235].notna().sum() == 98
