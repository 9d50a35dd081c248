"""Daily series of one market: an index's closing prices and the volatility index beside it."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfolio.core.csv_fields import parse_table, plain, read_content, to_numbers
from bayesfolio.core.download import download_csv
from bayesfolio.core.errors import DataError
from bayesfolio.core.fetch import DownloadLimits
from bayesfolio.core.price_tables import WHEEL_TABLES, load_wheel_prices

LONGEST_CLOSURE = 7
"""Days between two closes: the longest since 1990 is that of September 2001."""

LONGEST_CONSTANT = 5
"""Days in a row with one and the same close before a series is taken to be stuck."""


LARGEST_CLOSE = 1e9
"""Beyond any index."""

_DAY_FORMS = {
    "%Y-%m-%d": re.compile(r"(19|20)\d\d-\d\d-\d\d", re.ASCII),
    "%m/%d/%Y": re.compile(r"\d\d/\d\d/(19|20)\d\d", re.ASCII),  # Cboe's
}


@dataclass(frozen=True)
class PriceSource:
    """Where one daily series comes from.

    Attributes
    ----------
    name : str
        What messages call it.
    embedded : callable
        Gives the closes that come with a package, and the SHA-256 of their file.
    web : str
        Name of the web source.
    url : str
        Its address: a CSV with a date first and a column of closes.
    """

    name: str
    embedded: Callable[[str | Path | None], tuple[pd.Series, str]]
    web: str
    url: str


def _embedded_index(cache_dir: str | Path | None) -> tuple[pd.Series, str]:
    return load_wheel_prices("index", cache_dir).iloc[:, 0], WHEEL_TABLES["index"].sha256


def _embedded_vix(cache_dir: str | Path | None) -> tuple[pd.Series, str]:
    from arch.data import vix

    digest = hashlib.sha256((Path(vix.__file__).parent / "vix.csv.gz").read_bytes()).hexdigest()
    return vix.load()["vix"].dropna().rename_axis("date"), digest  # empty on holidays


INDEX = PriceSource(
    "the S&P 500 index", _embedded_index, "stooq", "https://stooq.com/q/d/l/?s=%5Espx&i=d"
)
VIX = PriceSource(
    "the VIX",
    _embedded_vix,
    "cboe",
    "https://cdn.cboe.com/api/global/us_indices/daily_prices/VIX_History.csv",
)


def load_prices(
    series: PriceSource,
    source: str = "embedded",
    path: str | Path | None = None,
    *,
    start: str | None = None,
    end: str | None = None,
    expected_sha256: str | None = None,
    cache_dir: str | Path | None = None,
    url: str | None = None,
    refresh: bool = False,
    limits: DownloadLimits | None = None,
) -> pd.Series:
    """Daily closes of one series, checked.

    Parameters
    ----------
    series : PriceSource
        `INDEX` or `VIX`.
    source : str
        ``embedded``: from a package; the index 1990-2022 without dividends, the VIX 2014-2018.
        The series' web source (``stooq``, ``cboe``): downloaded once, then read from a cache.
        ``file``: read from `path`.
    path : path, optional
        The CSV of source "file": dates in the first column, closes in one called Close, whatever
        its case, or in the only other one.
    start, end : str, optional
        First and last day kept, such as "2003-01-01"; days outside what the source has are not an
        error, no day at all is.
    expected_sha256 : str, optional
        SHA-256 of the CSV of a web source or a file; any other content is an error.
    cache_dir, url, refresh, limits
        See `bayesfolio.core.download.download_csv`.

    Returns
    -------
    Series
        Index points (for the VIX: annualised volatility in per cent) by day; index a DatetimeIndex
        named "date". ``attrs["facts"]`` says where it comes from, ready for JSON.

    Raises
    ------
    DataError
        Arguments that do not go together, or closes that cannot be used: see `check_prices`.
    """
    if source not in ("embedded", series.web, "file"):
        raise DataError(f"source is {source!r}, expected 'embedded', {series.web!r} or 'file'")
    if (source == "file") != (path is not None):
        raise DataError(f"`path` goes with source 'file'; found {path!r} with {source!r}")
    if source == "embedded":
        if expected_sha256 is not None:
            raise DataError(f"expected_sha256 is for {series.web!r} and 'file', not 'embedded'")
        closes, digest = series.embedded(cache_dir)
        name = f"the embedded data of {series.name}"
        check_prices(closes, name)
    else:
        if source == "file":
            file = Path(path or "")
        else:
            address = url or series.url
            file = download_csv(
                series.web, address, lambda content: _vintage(content, address),
                cache_dir=cache_dir, refresh=refresh, expected_sha256=expected_sha256,
                limits=limits,
            )  # fmt: skip
        name = str(file)
        content = read_content(file)
        digest = hashlib.sha256(content).hexdigest()
        if expected_sha256 is not None and digest != expected_sha256.lower():
            raise DataError(
                f"{file}: SHA-256 is {digest}, expected {expected_sha256.lower()}; get the file "
                "that the checksum was taken from, or change it if the new content is intended"
            )
        closes = parse_prices(content, name)
    kept = closes.loc[start:end]
    if kept.empty:
        raise DataError(
            f"{name} covers {closes.index[0]:%Y-%m-%d} to {closes.index[-1]:%Y-%m-%d}, nothing of "
            f"{start} to {end}; change the dates or the source"
        )
    kept = kept.copy()
    kept.attrs["facts"] = _facts(kept, source, digest)
    return kept


def parse_prices(content: bytes, name: str) -> pd.Series:
    """Closes of a CSV file: dates first, and a column Close or a single other one.

    Parameters
    ----------
    content : bytes
        The file: days such as 2020-01-31, or all of them such as 01/31/2020, month first.
    name : str
        How messages call it.

    Returns
    -------
    Series
        By day, checked; index a DatetimeIndex named "date".

    Raises
    ------
    DataError
        Not such a table, a date or a close that cannot be read, or as for `check_prices`.
    """
    table = parse_table(content, name)
    columns = [c for c in table.columns[1:] if c.lower() == "close"] or list(table.columns[1:])
    if len(columns) != 1 or table.empty:
        shown = ", ".join(map(plain, table.columns[:12]))
        raise DataError(
            f"{name}: has {len(table)} rows and the columns {shown}; expected dates first and one "
            "column of closes, called Close where there are others; use such a file"
        )
    text = table.iloc[:, 0]
    form = next((form for form, mark in _DAY_FORMS.items() if mark.fullmatch(text[0])), "%Y-%m-%d")
    like = text.str.fullmatch(_DAY_FORMS[form]).astype(bool)
    days = pd.to_datetime(text.where(like), format=form, errors="coerce")
    bad = np.flatnonzero(days.isna())
    if bad.size:
        raise DataError(
            f"{name}: the date of row {bad[0] + 1} is {text[bad[0]][:40]!r}, expected a day such "
            "as 2020-01-31, or 01/31/2020 in all rows; correct the row or remove it"
        )
    closes = to_numbers(table, (columns[0],), name)[columns[0]]
    index = pd.DatetimeIndex(days.astype("datetime64[ns]"), name="date")
    series = pd.Series(closes.to_numpy(float), index=index)
    check_prices(series, name)
    return series


def check_prices(closes: pd.Series, name: str) -> None:
    """Refuse closes that would give wrong returns without a word.

    Raises
    ------
    DataError
        A day twice or out of order, more than `LONGEST_CLOSURE` days without a close, a close that
        is not a positive number up to `LARGEST_CLOSE`, or one that does not change for more than
        `LONGEST_CONSTANT` days.
    """
    days = pd.DatetimeIndex(closes.index)
    steps = np.diff(days.to_numpy()).astype("timedelta64[D]").astype(int)
    values = closes.to_numpy(float)
    bad = np.flatnonzero(~((values > 0) & (values <= LARGEST_CLOSE)))
    if bad.size:
        raise DataError(
            f"{name}: the close of {days[bad[0]]:%Y-%m-%d} is {values[bad[0]]}, expected a "
            f"positive number of at most {LARGEST_CLOSE:g}; correct the close or remove the day"
        )
    for fault, where, remedy in (
        ("a day twice", steps == 0, "keep one of its rows"),
        ("days out of order", steps < 0, "sort the rows by date"),
        (
            f"a gap of more than {LONGEST_CLOSURE} days",
            steps > LONGEST_CLOSURE,
            "fill it from another source or start after it",
        ),
    ):
        if where.any():
            first = int(np.flatnonzero(where)[0])
            raise DataError(
                f"{name}: {fault}, {days[first]:%Y-%m-%d} before {days[first + 1]:%Y-%m-%d}; "
                f"{remedy}"
            )
    same, longest = 1, LONGEST_CONSTANT
    for place in range(1, len(values)):
        same = same + 1 if values[place] == values[place - 1] else 1
        if same > longest:
            raise DataError(
                f"{name}: the close is {values[place]:g} on more than {longest} days in a row up "
                f"to {days[place]:%Y-%m-%d}, expected changing prices; use another source"
            )


def _vintage(content: bytes, name: str) -> str:
    return f"{parse_prices(content, name).index[-1]:%Y-%m-%d}"


def _facts(closes: pd.Series, source: str, digest: str) -> dict[str, Any]:
    return {
        "source": source,
        "sha256": digest,
        "first_day": f"{closes.index[0]:%Y-%m-%d}",
        "last_day": f"{closes.index[-1]:%Y-%m-%d}",
        "n_days": len(closes),
    }
