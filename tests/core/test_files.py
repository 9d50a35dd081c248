"""Files appear complete or not at all."""

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesfolio.core.files import replacing
from bayesfolio.momentum.returns import read_returns, write_returns


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / "table.csv"
    with replacing(path) as temporary:
        temporary.write_text("half")
        assert not path.exists()
        assert temporary.suffix == ".csv"
        temporary.write_text("whole")
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


def test_after_an_error_the_old_file_stays_alone(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_readers_never_see_a_part(tmp_path: Path) -> None:
    path, seen, done = tmp_path / "x.txt", set(), threading.Event()
    path.write_text("a" * 100_000)

    def read() -> None:
        while not done.is_set():
            seen.add(path.read_text())

    reader = threading.Thread(target=read)
    reader.start()
    for letter in "abcdefgh" * 10:
        with replacing(path) as temporary:
            temporary.write_text(letter * 100_000)
    done.set()
    reader.join()
    assert seen <= {letter * 100_000 for letter in "abcdefgh"}


def test_returns_come_back_exactly(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    returns = pd.DataFrame(
        rng.normal(size=(30, 3)) * 10.0 ** rng.integers(-9, 9, (30, 3)),
        index=pd.period_range("1999-11", periods=30, freq="M", name="month"),
        columns=["a", "b", "c"],
    )
    returns.iloc[3, 1] = np.nan
    write_returns(returns, tmp_path / "returns.csv")
    pd.testing.assert_frame_equal(read_returns(tmp_path / "returns.csv"), returns, check_exact=True)
