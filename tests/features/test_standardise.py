"""Expanding standardisation."""

import numpy as np
import pandas as pd
import pytest

from bayesfolio.features import standardise_expanding


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    return pd.DataFrame(1e3 + rng.normal(size=(40, 3)), columns=list("abc"))


@pytest.mark.parametrize("current", [False, True])
def test_against_the_definition(table: pd.DataFrame, current: bool) -> None:
    found = standardise_expanding(table, 5, include_current=current).to_numpy()
    x = table.to_numpy()
    for t in range(40):
        past = x[: t + current]
        if len(past) < 5:
            assert np.isnan(found[t]).all()
        else:
            expected = (x[t] - past.mean(axis=0)) / past.std(axis=0, ddof=1)
            np.testing.assert_allclose(found[t], expected, rtol=1e-8)


@pytest.mark.parametrize("current", [False, True])
def test_no_look_ahead(table: pd.DataFrame, current: bool) -> None:
    before = standardise_expanding(table, 5, include_current=current)
    changed = table.copy()
    changed.iloc[20:] *= -3.0
    after = standardise_expanding(changed, 5, include_current=current)
    pd.testing.assert_frame_equal(before.iloc[:20], after.iloc[:20])
    assert not np.allclose(before.iloc[20:], after.iloc[20:])


def test_input_is_kept(table: pd.DataFrame) -> None:
    copy = table.copy()
    standardise_expanding(table)
    pd.testing.assert_frame_equal(table, copy)


def test_errors(table: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="min_obs is 1"):
        standardise_expanding(table, 1)
    hole = table.copy()
    hole.iloc[4, 1] = np.nan
    with pytest.raises(ValueError, match="b in row 4 is nan"):
        standardise_expanding(hole)
    flat = table.copy()
    flat["c"] = 0.1
    with pytest.raises(ValueError, match="c does not vary up to row 5"):
        standardise_expanding(flat, 5)
