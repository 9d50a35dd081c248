"""Tables and figures of the leverage study say what the forecasts say."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bayesfolio.leverage.arma import ReturnForecasts
from bayesfolio.leverage.claims import CLAIMS, claims_table, shown_claims
from bayesfolio.leverage.garch import GarchForecasts
from bayesfolio.leverage.outputs import STUDY
from bayesfolio.leverage.results import (
    refit_table,
    return_table,
    sampled_days,
    strategies,
    strategy_table,
    sv_table,
    volatility_table,
)
from bayesfolio.leverage.return_forecasts import EXPANDING_MEAN, forecast_frame
from bayesfolio.leverage.scores import qlike_losses
from bayesfolio.leverage.stochastic_volatility import SvForecasts
from bayesfolio.leverage.study import DAYS_A_MONTH, LeverageStudy, assemble
from bayesfolio.report.registry import load_function
from bayesfolio.report.style import save_figure
from bayesfolio.report.tables import read_table, write_contents

ROOT = Path(__file__).resolve().parents[2]
HORIZON, FIRST = 5, 30
MODEL = "ARMA(1,1), zero mean, CSS"
STRATEGY = {"constants": [1, 2], "caps": [1, 2], "risk_free": 1.2, "borrowing_spread": 2.4}
SETTINGS = {
    "data": {"index": {"source": "file"}, "vix": {"source": "file"}},
    "garch": {"first_window_days": FIRST},
    "stochastic_volatility": {"chains": 2, "draws": 10},
    "strategy": STRATEGY,
    "lags": 4,
}


def make_study(change: Callable[[pd.Series], pd.Series] = lambda closes: closes) -> LeverageStudy:
    """Three years of made-up days; forecasts that a reader can follow."""
    days = pd.bdate_range("2010-01-01", "2012-12-31", name="date")
    rng = np.random.default_rng(3)
    closes = pd.Series(
        100 * np.exp(np.cumsum(0.01 * rng.standard_normal(len(days)) + 0.0005)), index=days
    )
    closes = change(closes)
    market = pd.DataFrame({"index": closes, "vix": 15 + 5 * rng.random(len(days))})
    returns = 100 * closes.pct_change().iloc[1:]
    n = np.arange(FIRST, len(returns) + 1, dtype=float)
    sd = np.array([returns.iloc[: int(k)].std() for k in n])
    gain = np.where(np.arange(len(n)) % 100 == 0, 0.02, np.nan)
    garch = GarchForecasts(
        n_days=n,
        parameters=np.tile([0.0, 0.1, 0.1, 0.8], (len(n), 1)),
        in_sample_sd=1.1 * sd,
        forecast_sd=sd,
        log_likelihood=np.zeros(len(n)),
        converged=np.r_[0.0, np.ones(len(n) - 1)],
        arch_log_likelihood=-gain,
    )
    coarse = n[::60]
    second = np.arange(len(coarse)) == 1
    sv = SvForecasts(
        n_days=coarse,
        forecast_sd=1.2 * sd[::60],
        rhat=1 + 0.1 * second,
        ess=100.0 + np.arange(len(coarse)),
        divergences=7.0 * second,
        refitted=1.0 * second,
        passed=1.0 - second,
    )
    monthly = 100 * closes.groupby(days.to_period("M")).last().pct_change().iloc[1:]
    months = np.arange(10, len(monthly), dtype=float)
    forecasts = {
        MODEL: ReturnForecasts(months, np.where(months % 3, 0.4, -0.4), np.ones_like(months)),
        EXPANDING_MEAN: ReturnForecasts(months, 0.5 + 0.01 * months, np.ones_like(months)),
    }
    return assemble(market, forecast_frame(monthly, forecasts), garch, sv, HORIZON)


@pytest.fixture(scope="module")
def study() -> LeverageStudy:
    return make_study()


def test_days_hold_what_was_known_and_what_came(study: LeverageStudy) -> None:
    returns = 100 * study.closes.pct_change().to_numpy()[1:]
    t = 200
    row = study.days.iloc[t]
    assert row["trailing_sd"] == pytest.approx(returns[t - 4 : t + 1].std(ddof=1), rel=1e-9)
    assert row["trailing_rms"] == pytest.approx(
        np.sqrt(np.mean(returns[t - 4 : t + 1] ** 2)), rel=1e-9
    )
    assert row["realised_sd"] == pytest.approx(returns[t + 1 : t + 6].std(ddof=1), rel=1e-9)
    assert row["garch"] == pytest.approx(returns[: t + 1].std(ddof=1), rel=1e-9)
    assert row["garch_in_sample"] == pytest.approx(1.1 * row["garch"])
    assert study.days["realised_sd"].isna().sum() == HORIZON


def test_variances_of_months_are_known_before_them(study: LeverageStudy) -> None:
    variances = study.month_variances("garch")
    month = variances.index[5]
    before = study.days.loc[: (month - 1).end_time]
    expected = DAYS_A_MONTH * before["garch"].iloc[-1] ** 2
    assert variances[month] == pytest.approx(expected, rel=1e-12)


def test_strategies_know_no_future(study: LeverageStudy) -> None:
    """Closes after a month's start change neither its leverage nor any before it."""
    month = study.months.index[12]

    def crash(closes: pd.Series) -> pd.Series:
        return closes.where(closes.index < month.start_time, 0.5 * closes)

    pairs = zip(strategies(study, STRATEGY), strategies(make_study(crash), STRATEGY), strict=True)
    for (*name, before), (*same, after) in pairs:
        assert str(name) == str(same)
        np.testing.assert_array_equal(before.loc[:month], after.loc[:month])


def test_volatility_scores_of_known_forecasts(study: LeverageStudy) -> None:
    table = volatility_table(study).set_index(["origins", "forecast"])
    apart = sampled_days(study, "non-overlapping")
    steps = np.diff([study.days.index.get_loc(day) for day in apart.index])
    assert set(steps) == {HORIZON}
    assert study.days.index.get_loc(apart.index[0]) == FIRST - 1
    row = table.loc[("non-overlapping", "Trailing days")]
    ours, garch = (
        qlike_losses(apart[name].to_numpy(), apart["realised_sd"].to_numpy())
        for name in ("trailing_sd", "garch")
    )
    assert row["n"] == len(apart)
    assert row["qlike"] == pytest.approx(ours.mean(), rel=1e-9)
    assert row["qlike_less_garch"] == pytest.approx((ours - garch).mean(), rel=1e-9)
    assert row["qlike_se"] == pytest.approx((ours - garch).std() / np.sqrt(len(ours)), rel=1e-9)
    assert ("coarse grid", "Stochastic volatility") in table.index
    assert ("every day", "Stochastic volatility") not in table.index


def test_returns_table(study: LeverageStudy) -> None:
    table = return_table(study).set_index("model")
    realised = study.months["realised"]
    up = (realised > 0).mean()
    assert table.loc[EXPANDING_MEAN, "direction"] == pytest.approx(100 * up)
    assert table.loc[EXPANDING_MEAN, "r2"] == 0
    assert table.loc[EXPANDING_MEAN, "p_always_up"] == 1
    hits = ((study.months[MODEL] > 0) == (realised > 0)).sum()
    assert table.loc[MODEL, "hits"] == hits
    assert table.loc[MODEL, "unconverged"] == 0


def test_strategy_table(study: LeverageStudy) -> None:
    table = strategy_table(study, STRATEGY)
    assert len(table) == 2 + 2 * 3 * 2
    index, twice = table.iloc[0], table.iloc[1]
    realised = study.months["realised"]
    assert index["mean"] == pytest.approx(12 * realised.mean())
    assert index["turnover"] == pytest.approx(0, abs=1e-12)
    # Twice the index, less a year's interest and spread on what is borrowed.
    assert twice["mean"] == pytest.approx(24 * realised.mean() - 3.6)
    assert twice["turnover"] > 0
    half = table[(table["cap"] == 1) & (table["expected_return"] == MODEL)]
    assert (half["mean_leverage"] < 1).all()


def test_refits(study: LeverageStudy) -> None:
    table = refit_table(study).set_index("windows")
    assert table.loc["all", "refits"] == len(study.garch.n_days)
    assert table["unconverged"].tolist() == [1, 0, 1]
    assert table.loc["all", "better"] == table.loc["all", "checked"] == 8
    assert table.loc["all", ["worse", "shortfall"]].tolist() == [0, 0]


def test_claims_are_all_there(study: LeverageStudy) -> None:
    published = pd.read_csv(ROOT / "results" / "published" / "leverage.csv")
    assert published["claim"].tolist() == list(CLAIMS)
    table = claims_table(study, published).set_index("claim")
    returns = return_table(study).iloc[0]
    assert table.loc["direction", "as_published"] == pytest.approx(returns["direction"])
    assert table.loc["direction", "benchmark"] == pytest.approx(returns["always_up"])
    assert table.loc["vix_month", "as_published"] == pytest.approx(9.904, abs=1e-3)
    assert table.loc["vix_month", "benchmark"] == pytest.approx(8.253, abs=1e-3)
    shown = shown_claims(table.reset_index()).set_index("claim")
    assert shown.loc["direction", "printed_shown"] == "55.0"
    assert shown.loc["acf_daily", "printed_shown"] == ""


def test_fits_of_stochastic_volatility_are_listed(study: LeverageStudy) -> None:
    table = sv_table(study)
    assert len(table) == len(study.sv.n_days)
    row = table.iloc[1]
    # Day 0 of the closes has no return, so a window of n returns ends with close n.
    assert row["last_day"] == f"{study.closes.index[FIRST + 60]:%Y-%m-%d}"
    assert row.drop("last_day").to_dict() == {
        "n_days": FIRST + 60, "rhat": 1.1, "ess": 101.0, "divergences": 7,
        "refitted": True, "passed": False,
    }  # fmt: skip
    assert table.drop(index=1)["passed"].all()
    assert not table.drop(index=1)["refitted"].any()


def test_every_table_and_figure_is_written(
    study: LeverageStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("tables", "figures"):
        monkeypatch.setattr(f"bayesfolio.leverage.{module}.read_study", lambda files, config: study)
    files = SimpleNamespace(published=ROOT / "results" / "published" / "leverage.csv")
    run = {"config": {"run": "trial", "leverage": SETTINGS}}
    for table in STUDY.tables({}):
        path = tmp_path / f"{table.name}.csv"
        write_contents(table, load_function(table.function)(files, run), path)
        assert len(read_table(path)) >= 2
        assert "Run trial: S&P 500 index" in path.with_suffix(".md").read_text()
    for figure in STUDY.figures({}):
        save_figure(load_function(figure.function)(files, run), tmp_path / figure.name)
        assert (tmp_path / f"{figure.name}.pdf").stat().st_size > 5_000
