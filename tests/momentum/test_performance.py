"""Mean, volatility, Sharpe ratio and largest loss."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import arrays

from bayesfolio.momentum.performance_measures import Performance, performance, strategy_performance

DRAWS = arrays(float, st.tuples(st.integers(1, 5), st.integers(2, 40)), elements=st.floats(-50, 50))


def test_by_hand() -> None:
    assert performance([1.0, -2.0, 4.0]) == Performance(1.0, 3.0, 1 / 3, -2.0)
    assert performance(pd.Series([3.0, 5.0])).largest_loss == 3.0


@settings(deadline=None)
@given(DRAWS)
def test_against_pandas(draws: np.ndarray) -> None:
    found = performance(draws)
    table = pd.DataFrame(draws.T)
    np.testing.assert_allclose(found.mean, table.mean(), atol=1e-10)
    np.testing.assert_allclose(found.volatility, table.std(ddof=1), atol=1e-6)
    np.testing.assert_array_equal(found.largest_loss, table.min())
    # Volatility below rounding noise makes the ratio meaningless in either calculation.
    clear = table.std(ddof=1).to_numpy() > 1e-3
    ratio = (table.mean() / table.std(ddof=1)).to_numpy()
    np.testing.assert_allclose(found.sharpe[clear], ratio[clear], rtol=1e-6, atol=1e-9)
    for d, row in enumerate(draws):
        single = performance(pd.Series(row))
        assert isinstance(single.mean, float)
        assert single.volatility == pytest.approx(found.volatility[d], abs=1e-12)
        assert single.largest_loss == found.largest_loss[d]


def test_leading_axes() -> None:
    values = np.random.default_rng(0).normal(size=(2, 3, 9))
    found = performance(values)
    assert found.mean.shape == found.sharpe.shape == (2, 3)
    assert found.mean[1, 2] == pytest.approx(values[1, 2].mean())


def test_constant_series_has_no_sharpe_ratio() -> None:
    found = performance(np.full(7, 0.1))
    assert found.volatility == 0.0
    assert np.isnan(found.sharpe)


def test_cell_is_the_mean_over_draws_of_whole_series_statistics() -> None:
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(50, 30)) * rng.uniform(1, 5, size=(50, 1))
    found = strategy_performance(draws)
    table = pd.DataFrame(draws.T)
    expected = {
        "mean": table.mean(),
        "volatility": table.std(ddof=1),
        "sharpe": table.mean() / table.std(ddof=1),
        "largest_loss": table.min(),
    }
    for name, series in expected.items():
        assert getattr(found.cell, name) == pytest.approx(series.mean(), abs=1e-12)
        assert getattr(found.draw_sd, name) == pytest.approx(series.std(ddof=1), abs=1e-12)
    assert (found.n_draws, found.n_months) == (50, 30)
    pooled = draws.std(ddof=1)
    assert abs(found.cell.volatility - pooled) > 0.1, "not the statistic of pooled draws"


def test_one_draw() -> None:
    found = strategy_performance([[1.0, -2.0, 4.0]])
    assert found.cell == Performance(1.0, 3.0, 1 / 3, -2.0)
    assert np.isnan(found.draw_sd.mean)


@pytest.mark.parametrize(
    ("returns", "message"),
    [
        ([1.0], "at least two months"),
        (3.0, "at least two months"),
        (np.empty((0, 5)), "at least two months"),
        ([1.0, np.nan], r"returns\[1\] is nan"),
        ([[1.0, 2.0], [np.inf, 0.0]], r"returns\[1, 0\] is inf"),
    ],
)
def test_errors(returns: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        performance(returns)  # type: ignore[arg-type]


def test_draws_need_two_axes() -> None:
    with pytest.raises(ValueError, match=r"shape \(3,\), expected \(D, T\)"):
        strategy_performance([1.0, 2.0, 3.0])
