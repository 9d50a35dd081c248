"""Realised returns of standard, model and residual momentum."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.industries import load_industries
from bayesfolio.momentum.performance_measures import performance
from bayesfolio.momentum.strategies import (
    model_strategy_returns,
    realised_returns,
    standard_momentum,
)
from bayesfolio.momentum.weights import momentum_weights

SMALL = Calendar(window_months=24, first_decision_year=1952)


def made_up(seed: int = 0, n_obs: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    months = pd.period_range("1950-01", periods=n_obs, freq="M", name="month")
    columns = [f"asset{i}" for i in range(10)]
    return pd.DataFrame(rng.normal(1, 5, size=(n_obs, 10)), index=months, columns=columns)


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    return made_up()


@pytest.fixture(scope="session")
def paper(reference_data: Path) -> pd.DataFrame:
    """Value-weighted portfolios, vintage 201903, cut at the paper's last month."""
    path = reference_data / "data/kenfrench/10_industries_201903_vw.csv"
    return load_industries("file", "value", path, end="2015-06")


# decision month, skip the recent month, months skipped; then mean, volatility, worst, months
KNOWN = [
    ("the text", Calendar(), 0.232, 5.55, -37.43, 826, "2015-06"),
    ("no month skipped", Calendar(skip_recent=False), 0.297, 5.89, -37.43, 826, "2015-06"),
    (
        "sums May-April, held June-May",
        Calendar(
            decision_month=4, skip_recent=False, window_months=12, first_decision_year=1946,
            last_decision_year=2014,
        ),
        0.083, 5.67, -26.14, 828, "2015-05",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", KNOWN, ids=[case[0] for case in KNOWN])
def test_known_figures(paper: pd.DataFrame, case: tuple) -> None:
    _, calendar, mean, volatility, worst, n_months, last = case
    realised = standard_momentum(paper, calendar)
    found = performance(realised)
    assert round(found.mean, 3) == mean
    assert round(found.volatility, 2) == volatility
    assert found.largest_loss == pytest.approx(worst, abs=1e-9)
    assert len(realised) == n_months
    assert str(realised.index[-1]) == last


def test_known_sharpe_ratio(paper: pd.DataFrame) -> None:
    assert round(performance(standard_momentum(paper, KNOWN[2][1])).sharpe, 4) == 0.0147


def test_two_ways_to_the_same_calendar(paper: pd.DataFrame) -> None:
    """Leaving May out of the sum in May and holding at once is a skip month after April."""
    may = Calendar(
        decision_month=5, skip_recent=True, skip_months=0, window_months=13,
        first_decision_year=1946, last_decision_year=2014,
    )  # fmt: skip
    pd.testing.assert_series_equal(
        standard_momentum(paper, may), standard_momentum(paper, KNOWN[2][1])
    )


def test_worst_month(paper: pd.DataFrame, reference_data: Path) -> None:
    realised = standard_momentum(paper)
    assert str(realised.idxmin()) == "2009-04"
    spread = paper.loc["2009-04", "Enrgy"] - paper.loc["2009-04", "Durbl"]
    assert realised["2009-04"] == pytest.approx(spread, abs=1e-9)
    path = reference_data / "data/kenfrench/10_Industry_Portfolios_202309.csv"
    revised = standard_momentum(load_industries("file", path=path, end="2015-06"))
    assert str(revised.idxmin()) == "2009-04"
    assert revised.min() == pytest.approx(-40.99, abs=1e-9)


def test_embedded_data() -> None:
    realised = standard_momentum(load_industries())
    assert (str(realised.index[0]), str(realised.index[-1])) == ("1969-09", "2015-06")
    assert len(realised) == 550


def test_series(returns: pd.DataFrame) -> None:
    realised = standard_momentum(returns, SMALL)
    assert realised.name == "standard_momentum"
    assert realised.index.equals(pd.period_range("1952-09", "1959-12", freq="M"))
    assert realised.index.name == "month"


@pytest.mark.parametrize("recent", [True, False])
def test_definition(returns: pd.DataFrame, recent: bool) -> None:
    """Months written as dates, asset by asset."""
    realised = standard_momentum(returns, dataclasses.replace(SMALL, skip_recent=recent))
    for year in range(1952, 1960):
        first, last = (
            (f"{year - 1}-07", f"{year}-06") if recent else (f"{year - 1}-08", f"{year}-07")
        )
        sums = returns.loc[first:last].sum()
        assert len(returns.loc[first:last]) == 12
        held = slice(f"{year}-09", f"{year + 1}-08")
        expected = returns.loc[held, sums.idxmax()] - returns.loc[held, sums.idxmin()]
        np.testing.assert_allclose(realised.loc[held], expected, atol=1e-10)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    month=st.integers(1, 12),
    skip=st.integers(0, 2),
    recent=st.booleans(),
    chosen=st.integers(0, 5),
)
def test_no_look_ahead(seed: int, month: int, skip: int, recent: bool, chosen: int) -> None:
    """New returns after a decision month leave that decision's weights as they were."""
    calendar = Calendar(
        decision_month=month, skip_months=skip, skip_recent=recent, window_months=13
    )
    old = made_up(seed)
    decision = calendar.decisions(old.index)[chosen]
    known = decision.window.stop - recent  # rows that the sum may use
    new = old.copy()
    new.iloc[known:] = made_up(seed + 5000).iloc[known:].to_numpy()
    sums = old.iloc[known - 12 : known].sum()
    weights = momentum_weights(sums.to_numpy())
    held = old.index[decision.holding]
    for table in (old, new):
        realised = standard_momentum(table, calendar).loc[held[0] : held[-1]]
        np.testing.assert_allclose(realised, table.loc[held] @ weights, atol=1e-10)


def test_sums_equal_on_paper_are_ties() -> None:
    months = pd.period_range("1950-01", periods=36, freq="M", name="month")
    table = pd.DataFrame(0.0, index=months, columns=list("abcd"))
    table["d"] = -1.0
    formation = slice("1951-07", "1952-06")
    table.loc[formation, "a"] = [0.1] * 3 + [0.0] * 9
    table.loc[formation, "b"] = [0.3] + [0.0] * 11
    assert table.loc[formation, "a"].sum() > 0.3, "rounding noise favours a"
    table.loc["1952-09":, "b"] = 7.0
    table.loc["1952-09":, "a"] = 5.0
    swapped = table[["b", "a", "c", "d"]]
    calendar = Calendar(window_months=13, first_decision_year=1952)
    assert standard_momentum(table, calendar).eq(6.0).all()
    assert standard_momentum(swapped, calendar).eq(8.0).all()


@pytest.mark.parametrize("month", ["1952-04", "1953-03", "1959-12"])
def test_missing_returns_are_refused(returns: pd.DataFrame, month: str) -> None:
    hole = returns.copy()
    hole.loc[month, "asset4"] = np.nan
    with pytest.raises(ValueError, match=f"asset4 in {month} is nan, expected finite returns"):
        standard_momentum(hole, SMALL)
    if month > "1952-08":
        decisions = SMALL.decisions(hole.index)
        with pytest.raises(ValueError, match=f"asset4 in {month} is nan"):
            model_strategy_returns(weights_of(hole, 2), hole, decisions)


def test_missing_returns_before_the_months_used_do_not_matter(returns: pd.DataFrame) -> None:
    hole = returns.copy()
    hole.loc["1951-06", "asset4"] = np.nan
    pd.testing.assert_series_equal(
        standard_momentum(hole, SMALL), standard_momentum(returns, SMALL)
    )


def test_returns_are_kept(returns: pd.DataFrame) -> None:
    copy = returns.copy()
    standard_momentum(returns, SMALL)
    pd.testing.assert_frame_equal(returns, copy)


def test_realised_returns() -> None:
    weights = np.array([[1.0, -1.0, 0.0], [0.5, 0.5, -1.0]])
    table = np.array([[1.0, 2.0, 3.0], [4.0, -5.0, 6.0]])
    np.testing.assert_array_equal(realised_returns(weights, table), [[-1, 9], [-1.5, -6.5]])
    np.testing.assert_array_equal(realised_returns(weights[0], table), [-1, 9])
    with pytest.raises(ValueError, match=r"shape \(2, 3\) and returns \(3, 2\)"):
        realised_returns(weights, table.T)
    with pytest.raises(ValueError, match=r"returns\[0, 1\] is nan"):
        realised_returns(weights, [[1.0, np.nan, 0.0]])
    with pytest.raises(ValueError, match=r"asset_weights\[0\] is inf"):
        realised_returns([np.inf, 0.0, 0.0], table)


def weights_of(returns: pd.DataFrame, n_draws: int) -> list[np.ndarray]:
    rng = np.random.default_rng(2)
    n = len(SMALL.decisions(returns.index))
    return [momentum_weights(rng.normal(size=(n_draws, 10))) for _ in range(n)]


def test_model_strategy(returns: pd.DataFrame) -> None:
    decisions = SMALL.decisions(returns.index)
    weights = weights_of(returns, 4)
    values, months = model_strategy_returns(weights, returns, decisions)
    assert months.equals(pd.period_range("1952-09", "1959-12", freq="M"))
    assert values.shape == (4, 88)
    for k, decision in enumerate(decisions):
        held = returns.index[decision.holding]
        for d in range(4):
            best, worst = weights[k][d].argmax(), weights[k][d].argmin()
            expected = returns.loc[held].iloc[:, best] - returns.loc[held].iloc[:, worst]
            found = values[d, months.isin(held)]
            np.testing.assert_allclose(found, expected, atol=1e-12)


def test_model_strategy_with_returns_as_scores_is_standard_momentum(returns: pd.DataFrame) -> None:
    """Residuals of a model without a mean are the returns themselves."""
    decisions = SMALL.decisions(returns.index)
    sums = [returns.iloc[d.formation].sum().to_numpy()[None] for d in decisions]
    weights = [momentum_weights(found) for found in sums]
    values, months = model_strategy_returns(weights, returns, decisions)
    calendar = dataclasses.replace(SMALL, skip_recent=False)
    expected = standard_momentum(returns, calendar)
    np.testing.assert_allclose(values[0], expected, atol=1e-12)
    assert months.equals(expected.index)


def test_draws_are_treated_alike(returns: pd.DataFrame) -> None:
    decisions = SMALL.decisions(returns.index)
    weights = weights_of(returns, 5)
    values, _ = model_strategy_returns(weights, returns, decisions)
    turned, _ = model_strategy_returns([w[::-1] for w in weights], returns, decisions)
    np.testing.assert_array_equal(values[::-1], turned)


def test_model_strategy_errors(returns: pd.DataFrame) -> None:
    decisions = SMALL.decisions(returns.index)
    weights = weights_of(returns, 4)
    with pytest.raises(ValueError, match="7 arrays of weights for 8 decisions"):
        model_strategy_returns(weights[:-1], returns, decisions)
    with pytest.raises(ValueError, match="at least one decision"):
        model_strategy_returns([], returns, [])
    with pytest.raises(ValueError, match=r"decision 1953 have shape \(3, 10\), expected \(4, 10\)"):
        model_strategy_returns([weights[0], weights[1][:3], *weights[2:]], returns, decisions)
    with pytest.raises(ValueError, match=r"decision 1952 have shape \(4, 9\), expected \(D, 10\)"):
        model_strategy_returns([weights[0][:, :9], *weights[1:]], returns, decisions)
    with pytest.raises(ValueError, match=r"decision 1952 have shape \(0, 10\)"):
        model_strategy_returns([w[:0] for w in weights], returns, decisions)
    with pytest.raises(ValueError, match=r"shape \(10,\)"):
        model_strategy_returns([w[0] for w in weights], returns, decisions)
    bad = [w.copy() for w in weights]
    bad[2][1, 3] = np.nan
    with pytest.raises(ValueError, match=r"decision 1954: asset_weights\[1, 3\] is nan"):
        model_strategy_returns(bad, returns, decisions)
    with pytest.raises(ValueError, match=r"Calendar\.decisions gives for these returns"):
        model_strategy_returns(weights, returns, decisions[::-1])
    with pytest.raises(ValueError, match="within 100 rows"):
        model_strategy_returns(weights, returns.iloc[:100], decisions)
