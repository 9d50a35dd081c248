"""Daily prices of a universe: three sources, one face; the competition's outcome."""

import hashlib
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bayesfolio.core.errors import DataError
from bayesfolio.core.price_tables import load_wheel_prices
from bayesfolio.m6.assets import AssetPrices, load_assets
from bayesfolio.m6.author_panel import read_author_panel
from bayesfolio.m6.competition import read_competition

PRICES = """symbol,date,adj_close,close,open
B,2020-01-03,10,20,18
B,2020-01-06,11,22,21
NA,2020-01-02,5,5,4
NA,2020-01-03,6,6,5.5
"""
UNIVERSE = "symbol,model_class,name\nNA,stock,one\nB,etf_fi,two\n"
EARNINGS = "ticker,report_date\nNA,2020-02-03\nNA,2019-11-04\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (
        ("prices_daily.csv", PRICES),
        ("universe.csv", UNIVERSE),
        ("earnings_dates.csv", EARNINGS),
    ):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_folder_is_read_cut_and_described(folder: Path) -> None:
    found = load_assets("file", folder, start="2020-01-03", end="2020-01-06")
    days = pd.DatetimeIndex(["2020-01-03", "2020-01-06"], name="date")
    columns = pd.Index(["NA", "B"], name="symbol")
    closes = pd.DataFrame([[6.0, 10.0], [np.nan, 11.0]], days, columns)
    opens = pd.DataFrame([[5.5, 9.0], [np.nan, 10.5]], days, columns)  # 18 * 10 / 20, 21 * 11 / 22
    pd.testing.assert_frame_equal(found.closes, closes)
    pd.testing.assert_frame_equal(found.opens, opens)
    assert found.classes.to_dict() == {"NA": "stock", "B": "etf_fi"}
    assert found.earnings["report_date"].tolist() == [
        pd.Timestamp("2019-11-04"),
        pd.Timestamp("2020-02-03"),
    ]
    assert found.facts == {
        "source": "file",
        "sha256": {
            name: hashlib.sha256(text.encode()).hexdigest()
            for name, text in (
                ("universe.csv", UNIVERSE),
                ("earnings_dates.csv", EARNINGS),
                ("prices_daily.csv", PRICES),
            )
        },
        "renamed": {},
        "first_day": "2020-01-03",
        "last_day": "2020-01-06",
        "n_days": 2,
        "n_assets": 2,
    }
    assert len(load_assets("file", folder).closes) == 3


def test_earnings_are_optional_and_may_carry_a_later_ticker(folder: Path) -> None:
    (folder / "earnings_dates.csv").write_text(EARNINGS + "BB,2020-01-05\n")
    with pytest.raises(DataError, match=r"BB has an earnings date but no class.*add the symbol"):
        load_assets("file", folder)
    found = load_assets("file", folder, renamed={"BB": "B", "C": "D"})
    assert found.earnings["symbol"].tolist() == ["B", "NA", "NA"]
    assert found.facts["renamed"] == {"BB": "B"}
    (folder / "earnings_dates.csv").unlink()
    empty = load_assets("file", folder).earnings
    assert empty.empty
    assert list(empty.columns) == ["symbol", "report_date"]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("prices_daily.csv", "10,20,18", "0,20,18", "adj_close of B on 2020-01-03 is 0, expected"),
        ("prices_daily.csv", "10,20,18", "10,20,-1", "open of B on 2020-01-03 is -1, expected a"),
        ("prices_daily.csv", "10,20,18", "10,inf,1", "close of row 1 is 'inf', expected a finite"),
        (
            "prices_daily.csv",
            "10,20,18",
            "10,,1",
            "close of row 1 is '', expected",
        ),
        ("prices_daily.csv", "10,20,18", "10,x,1", "close of row 1 is 'x', expected a finite"),
        ("prices_daily.csv", "B,2020-01-06", "B,2020-01-03", "2020-01-03 of B is there twice, exp"),
        ("prices_daily.csv", "B,2020-01-06", "B,2020-01-02", "2020-01-02 of B comes after a later"),
        ("prices_daily.csv", "2020-01-06", "6/1/2020", "date of row 2 is '6/1/2020', expected a d"),
        (
            "prices_daily.csv",
            "adj_close",
            "adjusted",
            "has no column adj_close, found symbol, date",
        ),
        ("prices_daily.csv", "NA,", "C,", "C has prices but no class in universe.csv; add the sym"),
        ("universe.csv", "B,etf_fi", "B,bond", "model_class 'bond' of row 2 is not a class, expec"),
        ("universe.csv", "B,etf_fi", "NA,etf_fi", "symbol 'NA' of row 2 is in two rows, expected"),
        ("universe.csv", "B,etf_fi,two", "B,etf,two\nC,etf,3", "C of universe.csv has no prices;"),
        ("universe.csv", "model_class", "class", "has no column model_class, found symbol, class"),
        ("earnings_dates.csv", "2019-11-04", "soon", "report_date of row 2 is 'soon', expected a"),
    ],
)
def test_faults_are_named_with_their_remedy(
    folder: Path, file: str, old: str, new: str, message: str
) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    with pytest.raises(DataError, match=message):
        load_assets("file", folder)


def test_arguments_files_and_dates_that_do_not_go_together(folder: Path) -> None:
    with pytest.raises(DataError, match="source is 'web', expected 'embedded', 'file' or 'yfin"):
        load_assets("web", folder)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="path is None, expected one for source 'file'"):
        load_assets("file")
    with pytest.raises(DataError, match=r"path is .*and none for 'embedded'"):
        load_assets("embedded", folder)
    with pytest.raises(DataError, match="nothing of 2021-01-01 to None; change start or end"):
        load_assets("file", folder, start="2021-01-01")
    with pytest.raises(DataError, match="NA has no quote from 2020-01-06 to 2020-01-06"):
        load_assets("file", folder, start="2020-01-06")
    (folder / "universe.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(DataError, match=r"universe.csv or universe.csv.gz, both are there"):
        load_assets("file", folder)
    (folder / "universe.csv").unlink()
    with pytest.raises(DataError, match="not a readable CSV file"):
        load_assets("file", folder)
    (folder / "universe.csv.gz").unlink()
    with pytest.raises(DataError, match=r"universe.csv or universe.csv.gz, neither is there"):
        load_assets("file", folder)


def test_the_embedded_universe_opens_at_the_close_before() -> None:
    found = load_assets(start="2013-12-30", end="2014-01-31")
    stocks, funds = load_wheel_prices("stocks"), load_wheel_prices("factors")
    assert list(found.closes.columns) == [*stocks.columns, *funds.columns]
    assert found.classes.value_counts().to_dict() == {"stock": 20, "etf": 5}
    np.testing.assert_array_equal(found.closes["KO"], stocks.loc[found.closes.index, "KO"])
    np.testing.assert_array_equal(found.opens["KO"].iloc[1:], found.closes["KO"].iloc[:-1])
    assert found.opens["KO"].iloc[0] == stocks["KO"].loc[:"2013-12-27"].iloc[-1]
    assert np.isfinite(found.closes["MTUM"]).idxmax() == pd.Timestamp("2014-01-02")
    assert np.isfinite(found.opens["MTUM"]).idxmax() == pd.Timestamp("2014-01-03")
    assert found.earnings.empty
    assert found.facts["n_assets"] == 25


def test_yahoo_through_a_stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {}

    def download(symbols: list[str], **arguments: object) -> pd.DataFrame:
        asked.update(arguments, symbols=symbols)
        days = pd.DatetimeIndex(["2020-01-02", "2020-01-03"], name="Date")
        values = {
            ("Adj Close", "NA"): [5.0, 6.0], ("Adj Close", "B"): [np.nan, 10.0],
            ("Close", "NA"): [5.0, 6.0], ("Close", "B"): [np.nan, 20.0],
            ("Open", "NA"): [4.0, 5.5], ("Open", "B"): [np.nan, 18.0],
        }  # fmt: skip
        return pd.DataFrame(values, days)

    monkeypatch.setitem(sys.modules, "yfinance", SimpleNamespace(download=download))
    for path in (folder, folder / "universe.csv"):
        found = load_assets("yfinance", path, start="2020-01-01", end="2020-01-03")
        expected = load_assets("file", folder, end="2020-01-03")
        pd.testing.assert_frame_equal(found.closes, expected.closes)
        pd.testing.assert_frame_equal(found.opens, expected.opens)
        assert found.facts["source"] == "yfinance"
        assert set(found.facts["sha256"]) == {"universe.csv", "earnings_dates.csv"}
    assert asked["symbols"] == ["NA", "B"]
    assert (asked["start"], asked["end"]) == ("2020-01-01", "2020-01-04")  # the end is excluded
    assert asked["auto_adjust"] is False
    nothing = SimpleNamespace(download=lambda *_, **__: pd.DataFrame())
    monkeypatch.setitem(sys.modules, "yfinance", nothing)
    with pytest.raises(DataError, match="Yahoo has no prices from None to None; change"):
        load_assets("yfinance", folder)
    monkeypatch.setitem(sys.modules, "yfinance", None)
    with pytest.raises(DataError, match=r"not installed: `pip install -e '\.\[yahoo\]'`"):
        load_assets("yfinance", folder)


@pytest.fixture(scope="module")
def m6(reference_data: Path) -> Path:
    return reference_data / "data" / "m6"


def test_the_m6_universe(m6: Path) -> None:
    found = load_assets("file", m6)
    assert isinstance(found, AssetPrices)
    assert found.closes.shape == found.opens.shape == (3605, 100)
    assert int(found.closes.notna().to_numpy().sum()) == 314_986
    assert found.classes.value_counts().to_dict() == {"stock": 51, "etf": 40, "etf_fi": 9}
    assert (found.facts["first_day"], found.facts["last_day"]) == ("2009-01-02", "2023-02-03")
    assert found.facts["renamed"] == {"EG": "RE"}
    assert found.facts["sha256"]["prices_daily.csv.gz"].startswith("b08fe8b2")
    # ABBV's first quote: 37 * 20.3443 / 35.
    assert found.opens["ABBV"].dropna().iloc[0] == pytest.approx(21.50683, abs=1e-5)


def test_the_outcome_of_the_competition(m6: Path) -> None:
    found = read_competition(m6)
    assert found.returns.shape == (12, 100)
    assert found.targets.shape == (12, 100, 5)
    np.testing.assert_array_equal(found.targets.sum(axis=1), 20.0)
    abbv = list(found.returns.columns).index("ABBV")
    assert found.returns.loc[1, "ABBV"] == 0.080502486
    assert found.targets[0, abbv].tolist() == [0, 0, 0, 1, 0]
    assert (found.returns.loc[9:, "DRE"] == 0).all()
    assert found.leaderboard["rps_global"].head(3).tolist() == [0.15645, 0.15648, 0.15649]


QUINTILES = "m6_month,symbol,return,Rank1,Rank2,Rank3,Rank4,Rank5\n" + "".join(
    f"{month},{symbol},{k / 10},{','.join('1' if j == k else '0' for j in range(5))}\n"
    for month, symbols in ((2, "BAEDC"), (1, "EDCBA"))
    for symbol in symbols
    for k in ["EDCBA".index(symbol)]
)
BOARD = "rps_rank,team_id,team_name,rps_global,ir_global\n1,a,A,0.15,1\n2,b,,0.16,2\n"


def test_an_outcome_in_another_order(tmp_path: Path) -> None:
    (tmp_path / "realised_quintiles.csv").write_text(QUINTILES)
    (tmp_path / "leaderboard.csv").write_text(BOARD)
    found = read_competition(tmp_path)
    assert list(found.returns.index) == [1, 2]
    assert list(found.returns.columns) == list("EDCBA")
    np.testing.assert_array_equal(found.targets, np.stack([np.eye(5)] * 2))
    np.testing.assert_array_equal(found.returns, [[0, 0.1, 0.2, 0.3, 0.4]] * 2)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "realised_quintiles.csv",
            "2,A,0.4,0,0,0,0,1",
            "2,A,.4,0,0,0,0,.9",
            "month 2: the targets",
        ),
        (
            "realised_quintiles.csv",
            "2,A,0.4,0,0,0,0,1",
            "2,A,.4,-1,0,0,1,1",
            "month 2: the targets",
        ),
        ("realised_quintiles.csv", "2,A,0.4,0,0,0,0,1", "2,A,.4,1,0,0,0,0", "quintiles hold"),
        (
            "realised_quintiles.csv",
            "2,A,0.4,0,0,0,0,1\n",
            "",
            "month 2 and symbol A go with no row",
        ),
        (
            "realised_quintiles.csv",
            "2,A,",
            "2,B,",
            "month 2 and symbol B go with no row or with se",
        ),
        ("leaderboard.csv", "0.16", "0.14", "row 2 has a lower rank or score than the row before"),
    ],
)
def test_faults_of_an_outcome(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    texts = {"realised_quintiles.csv": QUINTILES, "leaderboard.csv": BOARD}
    assert old in texts[file]
    texts[file] = texts[file].replace(old, new)
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message):
        read_competition(tmp_path)


def test_the_winners_panel(m6: Path) -> None:
    found = read_author_panel(m6)
    table = pd.read_csv(m6 / "period_panel.csv.gz")
    assert found.returns.shape == (235, 100)
    assert int(found.returns.notna().to_numpy().sum()) == len(table) == 19_654
    row = table.iloc[12_345]
    for values, column in (
        (found.returns, "d20_r"),
        (found.recent_return, "d5_r_lag1_z"),
        (found.recent_volatility, "d5_std_lag1_z"),
    ):
        assert values.loc[row["period_i"], row["symbol"]] == row[column]
    assert found.calendar.loc[234, "base"] == pd.Timestamp("2023-01-06")
    # ABBV reported on 2013-01-23: in period 104, which starts on 2013-01-21.
    assert found.earnings.loc[102:105, "ABBV"].tolist() == [0.0, 0.0, 1.0, 0.0]
    assert found.earnings["VXX"].sum() == 0.0
    assert found.earnings["RE"].sum() > 50  # its dates come under its later ticker


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("period_panel.csv", "B,1", "B,0", "row 2, B in period 0, is there twice or not in"),
        ("period_panel.csv", "B,1", "B,9", "row 2, B in period 9, is there twice or not in"),
        ("period_panel.csv", "B,1", "X,1", "row 2, X in period 1, is there twice or not in"),
        ("calendar.csv", "2005-02-28", "2005-03-07", "calendar.csv: row 1 of the calendar is p"),
        ("calendar.csv", "2005-03-25", "2005-03-24", "calendar.csv: row 1 of the calendar is p"),
    ],
)
def test_faults_of_a_panel(folder: Path, file: str, old: str, new: str, message: str) -> None:
    texts = {
        "period_panel.csv": "symbol,period_i,d20_r,d5_r_lag1_z,d5_std_lag1_z\n"
        "B,0,1,2,3\nB,1,1,2,3\n",
        "calendar.csv": "period_i,period_start,period_end\n0,2005-01-31,2005-02-25\n"
        "1,2005-02-28,2005-03-25\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    assert read_author_panel(folder).returns["B"].tolist() == [1.0, 1.0]
    assert old in texts[file]
    (folder / file).write_text(texts[file].replace(old, new))
    with pytest.raises(DataError, match=message):
        read_author_panel(folder)
