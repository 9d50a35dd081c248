"""Stylised facts on moving windows against direct calculation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesfolio.momentum.industries import load_industries
from bayesfolio.momentum.stylised_facts import (
    explained_variance,
    pair_correlations,
    stylised_windows,
)


@pytest.fixture
def returns() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    mixing = rng.normal(size=(6, 6))
    months = pd.period_range("2000-01", periods=80, freq="M", name="month")
    return pd.DataFrame(rng.normal(size=(80, 6)) @ mixing, index=months, columns=list("abcdef"))


def test_windows_expand_then_move() -> None:
    windows = stylised_windows(1068)
    assert len(windows) == 1068 - 49
    assert [w.stop for w in windows] == list(range(50, 1069))
    assert [w.length for w in windows[:192]] == [*range(50, 240), 240, 240]
    assert {w.length for w in windows[190:]} == {240}
    assert [w.length for w in stylised_windows(60)] == list(range(50, 61))
    assert [w.length for w in stylised_windows(60, 50, 50)] == [50] * 11
    with pytest.raises(ValueError, match="length is 40"):
        stylised_windows(60, 50, 40)


def test_pair_correlations(returns: pd.DataFrame) -> None:
    found = pair_correlations(returns, min_obs=10, length=30)
    assert len(found) == 71 * 15
    assert not found.duplicated(["month", "first", "second"]).any()
    for month, part in list(found.groupby("month"))[::10]:
        stop = returns.index.get_loc(month) + 1
        window = returns.iloc[max(stop - 30, 0) : stop]
        assert set(part["n_obs"]) == {len(window)}
        expected = window.corr()
        for row in part.itertuples():
            assert row.correlation == pytest.approx(expected.loc[row.first, row.second], abs=1e-12)
            assert row.canonical_correlation == abs(row.correlation)
    assert (found["correlation"] < 0).any()


@pytest.mark.parametrize("scale", ["covariance", "correlation"])
def test_explained_variance(returns: pd.DataFrame, scale: str) -> None:
    found = explained_variance(returns, 6, 10, 30, scale)
    assert len(found) == 71 * 6
    for month, part in list(found.groupby("month"))[::10]:
        stop = returns.index.get_loc(month) + 1
        window = returns.iloc[max(stop - 30, 0) : stop].to_numpy()
        centred = window - window.mean(axis=0)
        if scale == "correlation":
            centred /= centred.std(axis=0)
        squares = np.linalg.svd(centred, compute_uv=False) ** 2
        np.testing.assert_allclose(part["share"], squares / squares.sum(), atol=1e-12)
        np.testing.assert_array_equal(part["component"], np.arange(1, 7))
        np.testing.assert_allclose(part["cumulative_share"], part["share"].cumsum(), atol=1e-12)
        assert part["cumulative_share"].iloc[-1] == pytest.approx(1.0)
    four = explained_variance(returns, 4, 10, 30, scale)
    assert four["share"].tolist() == found.loc[found["component"] <= 4, "share"].tolist()


def test_no_look_ahead(returns: pd.DataFrame) -> None:
    changed = returns.copy()
    changed.iloc[50:] = changed.iloc[50:].to_numpy()[::-1]
    for make in (pair_correlations, explained_variance):
        before, after = (make(r, min_obs=10, length=30) for r in (returns, changed))
        early = before["month"] <= returns.index[49]
        pd.testing.assert_frame_equal(before[early], after[early])
        assert not before.equals(after)


def test_errors(returns: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="window length is 90 with 80 rows"):
        pair_correlations(returns, 90, 100)
    with pytest.raises(ValueError, match="every window has missing returns"):
        pair_correlations(returns.assign(d=np.nan))
    with pytest.raises(ValueError, match="expected a PeriodIndex"):
        pair_correlations(returns.reset_index(drop=True))
    flat = returns.copy()
    flat.iloc[20:60, 2] = 0.1
    for make in (pair_correlations, explained_variance):
        with pytest.raises(ValueError, match="c does not vary in the window that ends 2003-06"):
            make(flat, min_obs=10, length=22)
    flat.iloc[3, 3] = np.inf
    with pytest.raises(ValueError, match="d in 2000-04 is inf"):
        pair_correlations(flat)
    with pytest.raises(ValueError, match="n_components is 7, expected 1 to 6"):
        explained_variance(returns, 7)
    with pytest.raises(ValueError, match="scale is 'both'"):
        explained_variance(returns, scale="both")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="min_obs is 1"):
        pair_correlations(returns, 1)


def test_industries(reference_data: Path) -> None:
    path = reference_data / "data/kenfrench/10_industries_201903_vw.csv"
    returns = load_industries("file", path=path, end="2015-06")
    pairs, shares = pair_correlations(returns), explained_variance(returns)
    assert pairs.groupby("month").size().eq(45).all()
    assert pairs["month"].nunique() == shares["month"].nunique() == 1019
    first = shares[shares["component"] == 1]["share"]
    assert first.between(0.5, 0.95).all()
    assert shares["cumulative_share"].max() <= 1.0


def test_windows_with_missing_returns_are_left_out(returns: pd.DataFrame) -> None:
    gappy = returns.copy()
    gappy.iloc[40, 2] = np.nan
    for function in (pair_correlations, explained_variance):
        whole, found = (function(r, min_obs=10, length=30) for r in (returns, gappy))
        kept = whole["month"].map(returns.index.get_loc)
        expected = whole[(kept < 40) | (kept >= 70)].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected)
