"""Broken tables are refused in one sentence, or read as an independent reader reads them."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hostile_input import (
    assert_clear,
    broken_table,
    damaged,
    days,
    from_file,
    numbers,
    read_again,
    try_inputs,
)
from hypothesis import strategies as st

from bayesfolio.comoments_study.stocks import load_stocks
from bayesfolio.core.errors import DataError
from bayesfolio.leverage.prices import parse_prices
from bayesfolio.m6.assets import load_assets
from bayesfolio.m6.author_panel import read_author_panel
from bayesfolio.m6.competition import read_competition
from bayesfolio.momentum.kenfrench import INDUSTRIES, parse_industry_file

REFUSED = {
    "prices": 150, "prices, month first": 120, "stocks": 140, "assets": 200, "assets, zipped": 50,
    "competition": 150, "winner's panel": 150, "industries": 150,
}  # fmt: skip
"""Least numbers of different bad inputs that each reader must have met and refused."""

RNG = np.random.default_rng(11)
BUSINESS = [f"{day:%Y-%m-%d}" for day in pd.bdate_range("2020-01-02", periods=14)]
CLOSES = [f"{x:.4f}" for x in 100 + np.cumsum(RNG.normal(size=14))]


def table(header: str, rows: list[list[Any]]) -> str:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n"


def tried(
    read: Callable[[bytes], Any],
    compare: Callable[[Any, bytes], None],
    strategy: st.SearchStrategy[bytes],
    reader: str,
    examples: int,
    error: type[Exception] = DataError,
) -> None:
    try_inputs(read, compare, strategy, error, examples).expect(reader, REFUSED[reader])


# Prices, stocks, industries ------------------------------------------------------------------

PRICES = table(
    "Date,Open,Close,Volume", [[d, 1, c, 0] for d, c in zip(BUSINESS, CLOSES, strict=True)]
)


def same_prices(found: pd.Series, content: bytes) -> None:
    again = read_again(content)
    names = [c for c in again.columns[1:] if c.lower() == "close"] or list(again.columns[1:])
    assert len(names) == 1
    assert found.tolist() == numbers(again[names[0]])
    assert found.between(0, 1e9, inclusive="right").all()
    assert found.index.is_monotonic_increasing
    assert found.index.is_unique
    text = again.iloc[:, 0].str.replace(r"^(\d\d)/(\d\d)/(\d{4})$", r"\3-\1-\2", regex=True)
    assert [day.date() for day in found.index] == days(text)
    assert (found.index == found.index.normalize()).all()


def test_prices() -> None:
    read = lambda content: parse_prices(content, "prices.csv")  # noqa: E731
    tried(read, same_prices, broken_table(PRICES), "prices", 320)


def test_prices_with_the_month_first() -> None:
    rows = [
        [f"{d[5:7]}/{d[8:]}/{d[:4]}", c] for d, c in zip(BUSINESS, CLOSES, strict=True)
    ]  # fmt: skip
    read = lambda content: parse_prices(content, "prices.csv")  # noqa: E731
    text = table("DATE,CLOSE", rows)
    tried(read, same_prices, broken_table(text), "prices, month first", 240)


STOCKS = table(
    "date,AA,BB,CC",
    [
        [f"{day:%Y-%m-%d}", *(f"{x:.6f}" for x in RNG.normal(0, 0.03, 3))]
        for day in pd.date_range("2001-01-05", periods=10, freq="7D")
    ],
)


def same_wide(found: pd.DataFrame, content: bytes) -> None:
    again = read_again(content)
    assert len(found.columns) == len(set(again.columns)) - 1 == again.shape[1] - 1
    for column in found:
        np.testing.assert_array_equal(found[column], numbers(again[column]))


def test_stocks(tmp_path: Path) -> None:
    def same(found: pd.DataFrame, content: bytes) -> None:
        same_wide(found, content)
        assert [day.date() for day in found.index] == days(read_again(content)["date"])

    read = from_file(tmp_path / "stocks.csv", lambda path: load_stocks("file", path))
    tried(read, same, broken_table(STOCKS), "stocks", 260)


INDUSTRY_ROWS = [
    [f"2000{month:02d}", *(f"{x:.2f}" for x in RNG.normal(1, 5, 10))] for month in range(1, 13)
]


def test_industries() -> None:
    def same(found: Any, content: bytes) -> None:
        again = read_again(content)
        assert list(found.returns.columns) == list(INDUSTRIES)
        assert sorted(again.columns) == sorted(["month", *INDUSTRIES])
        for column in INDUSTRIES:
            expected = [np.nan if x in (-99.99, -999) else x for x in numbers(again[column])]
            np.testing.assert_array_equal(found.returns[column], expected)
        assert [m.strftime("%Y%m") for m in found.returns.index] == list(again["month"])

    text = table(f"month,{','.join(INDUSTRIES)}", INDUSTRY_ROWS)
    read = lambda content: parse_industry_file(content, "some.csv", "value")  # noqa: E731
    tried(read, same, broken_table(text), "industries", 260)


# Folders of the M6 study ---------------------------------------------------------------------

SYMBOLS = ("AA", "NA", "0700", "1e5", "EE")
FOLDER = {
    "prices_daily.csv": table(
        "symbol,date,adj_close,close,open,volume",
        [
            [s, d, f"{x:.3f}", f"{2 * x:.3f}", f"{2 * x + 1:.3f}", ""]
            for s in SYMBOLS
            for d, x in zip(BUSINESS[:5], RNG.uniform(5, 50, 5), strict=True)
        ],
    ),
    "universe.csv": table(
        "id,symbol,model_class",
        [[i, s, ("stock", "etf", "etf_fi")[i % 3]] for i, s in enumerate(SYMBOLS)],
    ),
    "earnings_dates.csv": table(
        "ticker,report_date,when", [["AA", "2020-01-03", ""], ["0700", "2019-11-04", "x"]]
    ),
    "realised_quintiles.csv": table(
        "m6_month,symbol,return,Rank1,Rank2,Rank3,Rank4,Rank5",
        [
            [month, s, f"{k / 10 - 0.2:.3f}", *(int(j == k) for j in range(5))]
            for month in (1, 2)
            for k, s in enumerate(SYMBOLS)
        ],
    ),
    "leaderboard.csv": table(
        "rps_rank,team_id,team_name,rps_global,ir_global,rps_m01",
        [
            ["1.0", "a", "A", 0.15, 1, 0.14],
            [2.5, "b", "", 0.16, -2, ""],
            [2.5, "c", "", 0.16, 3, 1],
        ],
    ),
    "calendar.csv": table(
        "period_i,period_start,period_end",
        [[0, "2005-01-31", "2005-02-25"], [1, "2005-02-28", "2005-03-25"]],
    ),
    "period_panel.csv": table(
        "symbol,period_i,d20_r,d5_r_lag1_z,d5_std_lag1_z",
        [[s, p, f"{RNG.normal():.4f}", f"{RNG.normal():.3f}", 1] for s in SYMBOLS for p in (0, 1)],
    ),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FOLDER.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def in_folder(
    folder: Path, files: tuple[str, ...], read: Callable[[Path], Any], *, zipped: bool = False
) -> tuple[Callable[[bytes], Any], st.SearchStrategy[bytes]]:
    """A reader of a folder in which one of some files is broken; the first byte says which."""

    def reader(content: bytes) -> Any:
        for name, text in FOLDER.items():
            (folder / name).write_text(text)
        (folder / files[content[0]]).write_bytes(content[1:])
        return read(folder)

    one = lambda place: broken_table(FOLDER[files[place]]).map(  # noqa: E731
        lambda content: bytes([place]) + content
    )
    return reader, st.integers(0, len(files) - 1).flatmap(one)


def test_assets(folder: Path) -> None:
    files = ("prices_daily.csv", "universe.csv", "earnings_dates.csv")

    def same(found: Any, content: bytes) -> None:
        texts = {name: FOLDER[name].encode() for name in files}
        texts[files[content[0]]] = content[1:]
        prices, universe, earnings = (read_again(texts[name]) for name in files)
        assert list(found.classes.index) == list(universe["symbol"])
        assert list(found.classes) == list(universe["model_class"])
        quotes = found.closes.stack().dropna()  # noqa: PD013
        assert len(quotes) == len(prices)
        for values in (found.closes, found.opens):
            priced = values.to_numpy()[values.notna()]
            assert (np.isfinite(priced) & (priced > 0)).all()
        for _, row in prices.iterrows():
            place = pd.Timestamp(row["date"]), row["symbol"]
            adjusted, close, opened = (float(row[k]) for k in ("adj_close", "close", "open"))
            assert found.closes.loc[place] == adjusted
            assert found.opens.loc[place] == opened * adjusted / close
        pairs = zip(earnings["ticker"], days(earnings["report_date"]), strict=True)
        assert [(s, d.date()) for s, d in found.earnings.itertuples(index=False)] == sorted(pairs)

    reader, strategy = in_folder(folder, files, lambda path: load_assets("file", path))
    tried(reader, same, strategy, "assets", 340)


def test_zipped_assets(folder: Path) -> None:
    (folder / "prices_daily.csv").unlink()
    truth = gzip.compress(FOLDER["prices_daily.csv"].encode(), mtime=0)
    path = folder / "prices_daily.csv.gz"
    path.write_bytes(truth)
    expected = load_assets("file", folder)

    def same(found: Any, _: bytes) -> None:
        pd.testing.assert_frame_equal(found.closes, expected.closes)
        pd.testing.assert_frame_equal(found.opens, expected.opens)

    read = from_file(path, lambda _: load_assets("file", folder))
    tried(read, same, damaged(truth), "assets, zipped", 120)


def test_competition(folder: Path) -> None:
    files = ("realised_quintiles.csv", "leaderboard.csv")

    def same(found: Any, content: bytes) -> None:
        texts = {name: FOLDER[name].encode() for name in files}
        texts[files[content[0]]] = content[1:]
        outcome, board = (read_again(texts[name]) for name in files)
        assert found.returns.size == len(outcome)
        columns = list(found.returns.columns)
        for _, row in outcome.iterrows():
            month, asset = float(row["m6_month"]), columns.index(row["symbol"])
            assert month == int(month)
            assert found.returns.iloc[int(month) - 1, asset] == float(row["return"])
            shares = [float(row[f"Rank{k}"]) for k in range(1, 6)]
            assert found.targets[int(month) - 1, asset].tolist() == shares
        for name in ("rps_rank", "rps_global", "ir_global"):
            assert found.leaderboard[name].tolist() == numbers(board[name])
        if "rps_m01" in board:
            np.testing.assert_array_equal(found.leaderboard["rps_m01"], numbers(board["rps_m01"]))
        assert found.leaderboard["team_name"].tolist() == board["team_name"].tolist()

    reader, strategy = in_folder(folder, files, read_competition)
    tried(reader, same, strategy, "competition", 280)


def test_winners_panel(folder: Path) -> None:
    files = ("period_panel.csv", "calendar.csv")

    def same(found: Any, content: bytes) -> None:
        texts = {name: FOLDER[name].encode() for name in files}
        texts[files[content[0]]] = content[1:]
        panel, calendar = (read_again(texts[name]) for name in files)
        assert list(found.calendar.index) == numbers(calendar["period_i"])
        assert [d.date() for d in found.calendar["start"]] == days(calendar["period_start"])
        assert found.returns.notna().to_numpy().sum() == len(panel)
        for _, row in panel.iterrows():
            place = float(row["period_i"]), row["symbol"]
            assert found.returns.loc[place] == float(row["d20_r"])
            assert found.recent_return.loc[place] == float(row["d5_r_lag1_z"])
            assert found.recent_volatility.loc[place] == float(row["d5_std_lag1_z"])

    reader, strategy = in_folder(folder, files, read_author_panel)
    tried(reader, same, strategy, "winner's panel", 260)


def test_a_cut_inside_a_line_is_always_refused(folder: Path) -> None:
    """The number that a cut leaves is a number too, so no reading of the file shows it."""
    readers: list[tuple[str, str, Callable[[Path], Any]]] = [
        ("stocks.csv", STOCKS, lambda path: load_stocks("file", path)),
        ("prices.csv", PRICES, lambda path: parse_prices(path.read_bytes(), "prices.csv")),
        ("prices_daily.csv", FOLDER["prices_daily.csv"], lambda path: load_assets("file", folder)),
        ("leaderboard.csv", FOLDER["leaderboard.csv"], lambda path: read_competition(folder)),
        ("period_panel.csv", FOLDER["period_panel.csv"], lambda path: read_author_panel(folder)),
    ]
    refused = 0
    for name, text, read in readers:
        path = folder / name
        path.write_text(text)
        read(path)
        last = text.rstrip("\n").rfind("\n") + 1
        for stop in range(last + 1, len(text)):
            path.write_text(text[:stop])
            with pytest.raises(DataError, match="last line has no line end"):
                read(path)
            refused += 1
        path.write_text(text)
    assert refused >= 100


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("realised_quintiles.csv", "\n1,AA", "\n1.5,AA"),
        ("realised_quintiles.csv", ",-0.200,", ",-1.200,"),
        ("leaderboard.csv", "\n2.5,c", "\n2.25,c"),
        ("leaderboard.csv", "\n2.5,c", "\n2.5,b"),
        ("calendar.csv", "\n1,", "\n1.5,"),
        ("period_panel.csv", "AA,1,", "AA,1.5,"),
        ("prices_daily.csv", "symbol,date,adj_close,close", "symbol,date,close,close"),
        ("prices_daily.csv", f"AA,{BUSINESS[0]},", f"AA,{BUSINESS[0]},9999999999"),
        ("universe.csv", "\n0,AA,", "\n0,,"),
    ],
)
def test_what_once_was_read_as_something_else(folder: Path, file: str, old: str, new: str) -> None:
    assert FOLDER[file].count(old) >= 1
    (folder / file).write_text(FOLDER[file].replace(old, new, 1))
    with pytest.raises(DataError) as caught:
        read_competition(folder), read_author_panel(folder), load_assets("file", folder)
    assert_clear(caught.value)


def test_a_table_that_unzips_to_a_hundred_million_bytes(folder: Path) -> None:
    (folder / "prices_daily.csv").unlink()
    (folder / "prices_daily.csv.gz").write_bytes(gzip.compress(b"\n" * 100_000_001, 1))
    with pytest.raises(DataError, match="unzips to more than 100,000,000 bytes") as caught:
        load_assets("file", folder)
    assert_clear(caught.value)
