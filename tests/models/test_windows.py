"""Estimation windows."""

import itertools

import pytest
from hypothesis import given, settings, strategies as st

from bayesfolio.models.windows import EstimationWindow, expanding_windows, rolling_windows


def test_window() -> None:
    window = EstimationWindow(2, 5)
    assert window.length == 3
    assert list(range(10))[window.rows] == [2, 3, 4]
    with pytest.raises(AttributeError):
        window.start = 0  # type: ignore[misc]


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (3, 3), (4, 3)])
def test_impossible_window(start: int, stop: int) -> None:
    with pytest.raises(ValueError, match=rf"window is \[{start}, {stop}\)"):
        EstimationWindow(start, stop)


def test_small_cases() -> None:
    assert rolling_windows(5, 3) == tuple(EstimationWindow(a, a + 3) for a in (0, 1, 2))
    assert rolling_windows(6, 3, 2) == (EstimationWindow(0, 3), EstimationWindow(2, 5))
    assert expanding_windows(6, 3, 2) == (EstimationWindow(0, 3), EstimationWindow(0, 5))
    assert rolling_windows(3, 3) == expanding_windows(3, 3) == (EstimationWindow(0, 3),)


@settings(deadline=None)
@given(st.data(), st.integers(1, 60), st.integers(1, 9))
def test_all_windows_that_fit(data: st.DataObject, n_obs: int, step: int) -> None:
    length = data.draw(st.integers(1, n_obs))
    rolling, expanding = (
        rolling_windows(n_obs, length, step),
        expanding_windows(n_obs, length, step),
    )
    assert [w.stop for w in rolling] == [w.stop for w in expanding]
    assert {w.length for w in rolling} == {length}
    assert {w.start for w in expanding} == {0}
    stops = [w.stop for w in rolling]
    assert stops[0] == length
    assert all(b - a == step for a, b in itertools.pairwise(stops))
    assert n_obs - step < stops[-1] <= n_obs


@pytest.mark.parametrize("make", [rolling_windows, expanding_windows])
def test_arguments(make: object) -> None:
    with pytest.raises(ValueError, match="window length is 6 with 5 rows"):
        make(5, 6)  # type: ignore[operator]
    with pytest.raises(ValueError, match="window length is 0"):
        make(5, 0)  # type: ignore[operator]
    with pytest.raises(ValueError, match="step is 0"):
        make(5, 2, 0)  # type: ignore[operator]
