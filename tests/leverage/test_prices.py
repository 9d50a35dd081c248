"""Daily closes: three sources, one face, and faults that would give wrong returns."""

import gzip
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cmdstan_home import CmdStanHomeError

from bayesfolio.core import price_tables as wheel_module
from bayesfolio.core.errors import DataError
from bayesfolio.core.price_tables import WHEEL_TABLES, load_wheel_prices
from bayesfolio.leverage import prices as module
from bayesfolio.leverage.prices import INDEX, VIX, check_prices, load_prices, parse_prices

DAYS = pd.DatetimeIndex(
    ["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07", "2020-01-08"], name="date"
)
CLOSES = pd.Series([10.0, 11.0, 10.5, 10.25, 12.0], index=DAYS)
CSV = b"Date,Open,High,Low,Close,Volume\n" + b"".join(
    f"{day:%m/%d/%Y},1,1,1,{close},0\n".encode() for day, close in CLOSES.items()
)


def test_a_file_is_read_cut_and_described(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_bytes(CSV)
    found = load_prices(INDEX, "file", path, start="2020-01-03", end="2020-01-07")
    pd.testing.assert_series_equal(found, CLOSES.iloc[1:4], check_names=False, check_freq=False)
    assert found.attrs["facts"] == {
        "source": "file",
        "sha256": hashlib.sha256(CSV).hexdigest(),
        "first_day": "2020-01-03",
        "last_day": "2020-01-07",
        "n_days": 3,
    }
    with pytest.raises(DataError, match=f"SHA-256 is .*, expected {'0' * 64}; get the file"):
        load_prices(INDEX, "file", path, expected_sha256="0" * 64)
    with pytest.raises(DataError, match="covers 2020-01-02 to 2020-01-08, nothing of 2021-01-01"):
        load_prices(INDEX, "file", path, start="2021-01-01")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.set_axis([*s.index[:4], s.index[3]]), "a day twice, 2020-01-07 before"),
        (
            lambda s: s.iloc[[0, 2, 1, 3, 4]],
            "days out of order, 2020-01-06 before 2020-01-03; sort",
        ),
        (
            lambda s: s.set_axis([*s.index[:4], pd.Timestamp("2020-01-15")]),
            "a gap of more than 7 days, 2020-01-07 before 2020-01-15; fill it",
        ),
        (lambda s: s.replace(11.0, 0.0), "close of 2020-01-03 is 0.0, expected a positive number"),
        (lambda s: s.replace(11.0, np.nan), "close of 2020-01-03 is nan, expected a positive"),
        (
            lambda s: pd.Series(7.0, pd.bdate_range("2020-01-01", periods=9)),
            "the close is 7 on more than 5 days in a row up to 2020-01-08, expected changing",
        ),
    ],
)
def test_faults_are_named_with_their_day_and_remedy(change, message: str) -> None:
    check_prices(CLOSES, "closes")
    with pytest.raises(DataError, match=message):
        check_prices(change(CLOSES), "closes")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"Date,Close\n2020-01-02,abc\n", "Close of row 1 is 'abc', expected a finite number"),
        (b"Date,Close\nyesterday,1\n", "the date of row 1 is 'yesterday', expected a day"),
        (b"Date,Open,High\n2020-01-02,1,2\n", "1 rows and the columns Date, Open, High; expected"),
        (b"<html>busy</html>\n", "0 rows and the columns"),
        (b"", "not a CSV file"),
    ],
)
def test_other_contents_are_refused(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        parse_prices(content, "answer")


def test_a_web_source_is_fetched_once_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [CSV, b"<html>busy</html>\n"]
    monkeypatch.setattr("bayesfolio.core.download.fetch", lambda *_: answers.pop(0))
    first = load_prices(VIX, "cboe", cache_dir=tmp_path)
    again = load_prices(VIX, "cboe", cache_dir=tmp_path)
    pd.testing.assert_series_equal(first, again)
    assert len(answers) == 1
    with pytest.raises(DataError, match="is a page and not the data"):
        load_prices(VIX, "cboe", cache_dir=tmp_path, refresh=True)
    pd.testing.assert_series_equal(first, load_prices(VIX, "cboe", cache_dir=tmp_path))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cboe",), "source is 'cboe', expected 'embedded', 'stooq' or 'file'"),
        (("file",), "`path` goes with source 'file'; found None"),
        (("embedded", "a.csv"), "`path` goes with source 'file'; found 'a.csv'"),
        (("file", "/no/such.csv"), "cannot be read"),
    ],
)
def test_arguments_that_do_not_go_together(arguments: tuple, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_prices(INDEX, *arguments)


def test_the_embedded_vix_is_that_of_the_exchange(reference_data: Path) -> None:
    embedded = load_prices(VIX)
    assert (str(embedded.index[0])[:10], str(embedded.index[-1])[:10]) == (
        "2014-01-03", "2019-01-03",
    )  # fmt: skip
    full = load_prices(VIX, "file", reference_data / "data/leverage/vix_daily.csv")
    both = pd.concat([embedded, full], axis=1, join="inner")
    assert len(both) == len(embedded)
    assert (both.iloc[:, 0] - both.iloc[:, 1]).abs().max() < 0.011


@pytest.fixture
def made_up_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A wheel with a small index in it, in place of the real one; the list counts downloads."""
    content = gzip.compress(b"Date,SP500\n2020-01-02,10\n2020-01-03,11.5\n", mtime=0)
    table = wheel_module.WheelTable("some/index.csv.gz", hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(WHEEL_TABLES, "index", table)
    downloads: list[Path] = []

    def download(lock_file: Path, directory: Path) -> Path:
        with zipfile.ZipFile(directory / "some-1.0.whl", "w") as archive:
            archive.writestr(table.member, content)
        downloads.append(directory)
        return directory / "some-1.0.whl"

    monkeypatch.setattr(wheel_module, "download_wheel", download)
    return downloads


def test_the_wheel_is_downloaded_once_and_read(tmp_path: Path, made_up_wheel: list[Path]) -> None:
    for _ in range(2):
        found = load_wheel_prices("index", tmp_path)
        assert found["SP500"].tolist() == [10, 11.5]
        assert found.index.name == "date"
    assert len(made_up_wheel) == 1
    (folder,) = tmp_path.glob("data-wheel-*")
    assert [path.name for path in folder.iterdir()] == ["some-1.0.whl"]
    (folder / "some-1.0.whl").write_bytes(b"damaged")
    with pytest.raises(DataError, match=r"cannot be read .*; delete the wheel"):
        load_wheel_prices("index", tmp_path)


def test_a_wheel_with_other_data_is_refused(
    tmp_path: Path, made_up_wheel: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = wheel_module.WheelTable(WHEEL_TABLES["index"].member, "0" * 64)
    monkeypatch.setitem(WHEEL_TABLES, "index", other)
    with pytest.raises(
        DataError, match=rf"SHA-256 of some/index.csv.gz is .*, expected {'0' * 64}"
    ):
        load_wheel_prices("index", tmp_path)


def test_a_wheel_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(lock_file: Path, directory: Path) -> Path:
        raise CmdStanHomeError("pip could not download it")

    monkeypatch.setattr(wheel_module, "download_wheel", refuse)
    with pytest.raises(DataError, match="pip could not download it, or use source 'file'"):
        load_wheel_prices("index", tmp_path)
    with pytest.raises(DataError, match="table 'bonds' is unknown, expected one of index, stocks"):
        load_wheel_prices("bonds", tmp_path)


def test_the_real_wheel() -> None:
    """Sizes and first values of the three tables; downloads a wheel of 1.5 MB on first use."""
    shapes = {"index": (8313, 1), "stocks": (8313, 20), "factors": (2264, 5)}
    for name, shape in shapes.items():
        assert load_wheel_prices(name).shape == shape
    index = load_prices(INDEX)
    assert index.iloc[0] == 359.69
    assert np.diff(index.index).max() / np.timedelta64(1, "D") == module.LONGEST_CLOSURE
