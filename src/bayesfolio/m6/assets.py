"""Daily opening and closing prices of a universe of stocks and funds."""

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from bayesfolio.core.csv_fields import (
    find_table,
    read_table,
    require_values,
    to_days,
    to_names,
    to_numbers,
)
from bayesfolio.core.errors import DataError
from bayesfolio.core.price_tables import WHEEL_TABLES, load_wheel_prices

AssetSource = Literal["embedded", "file", "yfinance"]

ASSET_CLASSES = ("stock", "etf", "etf_fi")
"""Stocks, funds, and funds of bonds (fixed income)."""

RENAMED = {"EG": "RE"}
"""Tickers of earnings dates that a symbol took later: Everest Re has been EG since 2023."""

_PRICES = ("adj_close", "close", "open")
_PRICE_RANGE = 1e-9, 1e9  # no price of any currency is outside, and their ratios stay finite


@dataclass(frozen=True)
class AssetPrices:
    """Daily prices of assets, adjusted for splits and dividends; only their ratios matter.

    Attributes
    ----------
    closes, opens : DataFrame, days x assets
        Adjusted closes and opens (open * adjusted close / close), in an asset's own currency; NaN
        where an asset has no quote. Index a DatetimeIndex "date" of the days with any quote.
    classes : Series
        One of `ASSET_CLASSES` for each asset, in the order of the columns.
    earnings : DataFrame
        Columns symbol, report_date (Timestamp), by symbol and date; may be empty.
    facts : dict
        Ready for JSON: source, sha256 (by file), first_day, last_day, n_days, n_assets, renamed
        (tickers of earnings dates that were read as another symbol).
    """

    closes: pd.DataFrame
    opens: pd.DataFrame
    classes: pd.Series
    earnings: pd.DataFrame
    facts: dict[str, Any]


def load_assets(
    source: AssetSource = "embedded",
    path: str | Path | None = None,
    *,
    start: str | None = None,
    end: str | None = None,
    renamed: Mapping[str, str] = RENAMED,
) -> AssetPrices:
    """Daily prices of a universe, checked.

    Parameters
    ----------
    source : {"embedded", "file", "yfinance"}
        ``embedded``: the 20 stocks (from 1990) and 5 factor funds (from 2014) of the wheel, to the
        end of 2022; see `bayesfolio.core.price_tables`. It has closes only, without dividends:
        the open of a day is taken to be the close of the day before, and there are no earnings
        dates.
        ``file``: a folder of tables. ``yfinance``: downloaded from Yahoo by the package of that
        name, which is not installed by default; today's adjusted prices, so no two downloads need
        agree.
    path : path, optional
        For ``file``: a folder with ``prices_daily.csv`` (symbol, date, adj_close, close, open; a
        row for each quote), ``universe.csv`` (symbol, model_class) and, optionally,
        ``earnings_dates.csv`` (ticker, report_date); each may end in ``.csv.gz``. For
        ``yfinance``: a folder with the last two, or the first of them itself.
    start, end : str, optional
        First and last day kept, such as "2010-01-01", both included.
    renamed : mapping
        Tickers of earnings dates that are a symbol of the universe under another name.

    Returns
    -------
    AssetPrices
        Columns in the order of the universe.

    Raises
    ------
    DataError
        Arguments that do not go together; a missing file or column; a date or number that cannot
        be read; a price that is not positive; rows of a symbol that are out of order or twice; a
        class that is unknown; a symbol with prices but without a class or the reverse; an asset
        without a quote from `start` to `end`; a package that is not installed.
    """
    if source not in ("embedded", "file", "yfinance"):
        raise DataError(f"source is {source!r}, expected 'embedded', 'file' or 'yfinance'")
    if (path is None) == (source != "embedded"):
        raise DataError(
            f"path is {path}, expected one for source 'file' or 'yfinance' and none for 'embedded'"
        )
    if source == "embedded":
        return _embedded(start, end)
    folder = Path(str(path))
    if source == "yfinance" and folder.name.startswith("universe.csv"):
        folder = folder.parent
    digests: dict[str, str] = {}
    classes = read_classes(folder, digests)
    earnings, used = read_earnings(folder, classes, renamed, digests)
    if source == "file":
        table, file, digest = read_table(folder, "prices_daily.csv", ("symbol", "date", *_PRICES))
        digests[file.name], name = digest, str(file)
    else:
        table, name = _download(list(classes.index), start, end), "the prices from Yahoo"
    closes, opens = _price_tables(table, name, classes)
    facts = {"source": source, "sha256": digests, "renamed": used}
    return _cut(closes, opens, classes, earnings, facts, (start, end), name)


def read_classes(folder: Path, digests: dict[str, str]) -> pd.Series:
    """Class by symbol, of universe.csv in a folder, checked; adds its SHA-256 to `digests`."""
    table, file, digest = read_table(folder, "universe.csv", ("symbol", "model_class"))
    digests[file.name] = digest
    symbols = to_names(require_values(table, str(file)), "symbol", str(file))
    for fault, where, column in (
        ("is in two rows, expected one", table["symbol"].duplicated(), "symbol"),
        (
            f"is not a class, expected one of {', '.join(ASSET_CLASSES)}",
            ~table["model_class"].isin(ASSET_CLASSES),
            "model_class",
        ),
    ):
        if where.any():
            row = int(np.flatnonzero(where)[0])
            raise DataError(
                f"{file}: {column} {table[column].iloc[row]!r} of row {row + 1} {fault}; correct "
                "the row or remove it"
            )
    index = pd.Index(symbols, name="symbol")
    return pd.Series(table["model_class"].to_numpy(str), index=index, name="class", dtype=object)


def read_earnings(
    folder: Path, classes: pd.Series, renamed: Mapping[str, str], digests: dict[str, str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Earnings dates of a folder, and the renamed tickers among them; adds to `digests`."""
    if not find_table(folder, "earnings_dates.csv"):
        return _no_earnings(), {}
    table, file, digest = read_table(folder, "earnings_dates.csv", ("ticker", "report_date"))
    digests[file.name] = digest
    tickers = to_names(table, "ticker", str(file))
    used = {
        ticker: symbol
        for ticker, symbol in renamed.items()
        if ticker in set(tickers) and ticker not in classes.index and symbol in classes.index
    }
    days = to_days(table, "report_date", str(file))
    earnings = pd.DataFrame({"symbol": tickers.replace(used), "report_date": days})
    _no_strangers(earnings["symbol"].unique(), classes, str(file), "an earnings date")
    return earnings.sort_values(["symbol", "report_date"], ignore_index=True), used


def _no_earnings() -> pd.DataFrame:
    return pd.DataFrame(
        {"symbol": pd.Series(dtype=object), "report_date": pd.Series(dtype="datetime64[ns]")}
    )


def _no_strangers(symbols: Iterable[str], classes: pd.Series, name: str, what: str) -> None:
    strangers = [str(symbol) for symbol in symbols if symbol not in classes.index]
    if strangers:
        raise DataError(
            f"{name}: {strangers[0]} has {what} but no class in universe.csv; add the symbol there "
            f"or remove its rows here (symbols like it: {len(strangers)})"
        )


def _price_tables(
    table: pd.DataFrame, name: str, classes: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Adjusted closes and opens, days x assets, of rows of quotes."""
    days, prices = to_days(table, "date", name), to_numbers(table, _PRICES, name)
    symbols = to_names(require_values(table, name), "symbol", name)
    lowest, highest = _PRICE_RANGE
    bad = np.argwhere((prices.to_numpy() < lowest) | (prices.to_numpy() > highest))
    if bad.size:
        row, column = int(bad[0][0]), _PRICES[int(bad[0][1])]
        raise DataError(
            f"{name}: {column} of {symbols.iloc[row]} on {days.iloc[row]:%Y-%m-%d} is "
            f"{prices[column].iloc[row]:g}, expected a positive price of at most "
            f"{highest:g}; correct or remove the row"
        )
    steps = days.groupby(symbols, sort=False).diff().dt.days.to_numpy()
    for fault, where, remedy in (
        ("is there twice", steps == 0, "keep one of its rows"),
        ("comes after a later day", steps < 0, "sort the rows of each symbol by date"),
    ):
        if where.any():
            row = int(np.flatnonzero(where)[0])
            raise DataError(
                f"{name}: {days.iloc[row]:%Y-%m-%d} of {symbols.iloc[row]} {fault}, expected each "
                f"symbol's days in order, each once; {remedy}"
            )
    _no_strangers(symbols.unique(), classes, name, "prices")
    missing = classes.index.difference(pd.Index(symbols.unique()), sort=False)
    if len(missing):
        raise DataError(
            f"{name}: {missing[0]} of universe.csv has no prices; add them or remove the symbol "
            f"there (symbols like it: {len(missing)})"
        )
    index = pd.DatetimeIndex(np.sort(days.unique()), name="date")
    rows = index.get_indexer(pd.Index(days))
    columns = classes.index.get_indexer(pd.Index(symbols))
    wide = []
    for values in (prices["adj_close"], prices["open"] * prices["adj_close"] / prices["close"]):
        array = np.full((len(index), len(classes)), np.nan)
        array[rows, columns] = values
        wide.append(pd.DataFrame(array, index, classes.index))
    return wide[0], wide[1]


def _embedded(start: str | None, end: str | None) -> AssetPrices:
    tables = {name: load_wheel_prices(name) for name in ("stocks", "factors")}
    closes = pd.concat(tables.values(), axis=1).rename_axis(columns="symbol")
    closes = closes.loc[: min(table.index[-1] for table in tables.values())]
    digests = {WHEEL_TABLES[name].member: WHEEL_TABLES[name].sha256 for name in tables}
    kinds = ["stock"] * tables["stocks"].shape[1] + ["etf"] * tables["factors"].shape[1]
    return _cut(
        closes,
        closes.shift(1),
        pd.Series(kinds, index=closes.columns, name="class"),
        _no_earnings(),
        {"source": "embedded", "sha256": digests, "renamed": {}},
        (start, end),
        "the embedded data",
    )


def _download(symbols: list[str], start: str | None, end: str | None) -> pd.DataFrame:
    """Quotes from Yahoo as rows symbol, date, adj_close, close, open."""
    try:
        yahoo = importlib.import_module("yfinance")
    except ImportError as error:
        raise DataError(
            "source 'yfinance' needs a package that is not installed: `pip install -e '.[yahoo]'`"
        ) from error
    last = None if end is None else str((pd.Timestamp(end) + pd.Timedelta(days=1)).date())
    # Yahoo's last day is excluded, and without a first one it sends a month only.
    wide = yahoo.download(
        symbols, start=start or "1900-01-01", end=last, auto_adjust=False, progress=False
    )
    if wide is None or len(wide) == 0:
        raise DataError(f"Yahoo has no prices from {start} to {end}; change the dates or try again")
    columns = {"adj_close": "Adj Close", "close": "Close", "open": "Open"}
    rows = []
    for symbol in symbols:
        if ("Close", symbol) in wide.columns:
            one = pd.DataFrame({to: wide[(name, symbol)] for to, name in columns.items()})
            one = one.dropna(how="all").rename_axis("date").reset_index()
            rows.append(one.assign(symbol=symbol, date=one["date"].dt.strftime("%Y-%m-%d")))
    # As text, like the fields of a file, which are checked next.
    return pd.concat(rows, ignore_index=True).astype(str).astype(object)


def _cut(
    closes: pd.DataFrame,
    opens: pd.DataFrame,
    classes: pd.Series,
    earnings: pd.DataFrame,
    facts: dict[str, Any],
    days: tuple[str | None, str | None],
    name: str,
) -> AssetPrices:
    start, end = days
    kept = closes.loc[start:end]
    if kept.empty:
        raise DataError(
            f"{name}: from {closes.index[0]:%Y-%m-%d} to {closes.index[-1]:%Y-%m-%d}, nothing of "
            f"{start} to {end}; change start or end"
        )
    empty = closes.columns[kept.isna().all().to_numpy()]
    if len(empty):
        raise DataError(
            f"{name}: {empty[0]} has no quote from {kept.index[0]:%Y-%m-%d} to "
            f"{kept.index[-1]:%Y-%m-%d}, expected a history of each asset; change start or end, or "
            "leave it out of the universe"
        )
    facts = facts | {
        "first_day": f"{kept.index[0]:%Y-%m-%d}",
        "last_day": f"{kept.index[-1]:%Y-%m-%d}",
        "n_days": len(kept),
        "n_assets": kept.shape[1],
    }
    return AssetPrices(kept.copy(), opens.loc[start:end].copy(), classes, earnings, facts)
