"""Reader of the ten-industry files of the Ken French data library, and of files like them.

Two layouts are read: the library's own file (a preamble, then sections separated by blank lines,
then a copyright line) and a simple table with the header ``month,NoDur,...,Other``. Either may
have other columns than the ten industries, which must then be named.

A file is either read as a whole or refused: rows are never sorted, filled or dropped. What a file
cannot show by itself is a digit changed inside a cell or, in a simple table, rows missing at its
end; give ``expected_sha256`` or ``end`` to `bayesfolio.momentum.load_industries` for these.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd

from bayesfolio.core.errors import DataError
from bayesfolio.core.files import opened

Weighting = Literal["value", "equal"]

#: Column order of every industry table in this package.
INDUSTRIES: tuple[str, ...] = (
    "NoDur", "Durbl", "Manuf", "Enrgy", "HiTec", "Telcm", "Shops", "Hlth", "Utils", "Other",
)  # fmt: skip

MAX_FILE_BYTES = 20_000_000
_MISSING_CODES = (-99.99, -999.0)
_LARGEST_RETURN = 500.0  # per cent a month; the largest on record is about 80
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_MONTH = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])", re.ASCII)
_TITLE = re.compile(r"average (value|equal)[ -]weighted returns -- monthly", re.IGNORECASE)
_VINTAGE = re.compile(r"using the (\d{6}) CRSP database", re.ASCII)
_AGAIN = "get the file from the Ken French data library again"
_CORRECT = "correct the file or get it again"


@dataclass(frozen=True)
class IndustryFile:
    """Contents of one industry file.

    Attributes
    ----------
    returns : DataFrame
        Months x assets, per cent a month, NaN where the file says missing.
    vintage : str or None
        The yyyymm of the preamble's "using the yyyymm CRSP database"; None where not stated.
    sha256 : str
        SHA-256 of the file's bytes, in hexadecimal.
    """

    returns: pd.DataFrame
    vintage: str | None
    sha256: str


@dataclass
class _Section:
    title: str
    header: list[str]
    line: int
    remedy: str
    rows: list[tuple[int, str]] = field(default_factory=list)


def read_industry_file(
    path: str | Path, weighting: Weighting = "value", assets: Sequence[str] = INDUSTRIES
) -> IndustryFile:
    """Read a file of either layout from disk.

    Parameters
    ----------
    path : path
        The library's own CSV or a simple table.
    weighting : {"value", "equal"}
        Section to read. A simple table has one section and does not state its weighting: a file
        name that ends in ``_vw`` or ``_ew`` must agree with this argument, any other name is
        taken on trust.
    assets : sequence of str
        Columns of the file, all of them, in the order wanted of the result.

    Returns
    -------
    IndustryFile

    Raises
    ------
    DataError
        File missing, empty, too large, not text, truncated, or not the table expected.
    """
    path = Path(path)
    try:
        with opened(path) as stream:
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or error}); expected a CSV file of "
            f"{len(assets)} portfolios: check `path`"
        ) from error
    if len(content) > MAX_FILE_BYTES:
        raise DataError(
            f"{path}: more than {MAX_FILE_BYTES:,} bytes, expected about 500,000: check `path`"
        )
    return parse_industry_file(content, str(path), weighting, assets)


def parse_industry_file(
    content: bytes, name: str, weighting: Weighting, assets: Sequence[str] = INDUSTRIES
) -> IndustryFile:
    """Parse the bytes of a file; arguments and errors as `read_industry_file`."""
    if weighting not in get_args(Weighting):
        raise DataError(f"weighting is {weighting!r}, expected 'value' or 'equal'")
    lines = _lines(content, name)
    digest = hashlib.sha256(content).hexdigest()
    first = next(line for line in lines if line.strip())
    if first.split(",")[0].strip().lower() == "month":
        _check_name_weighting(name, weighting)
        section = _simple_section(lines, name, content)
        return IndustryFile(_parse_rows(section, name, assets), None, digest)
    sections, vintage = _library_sections(lines, name, assets)
    monthly: dict[str, _Section] = {}
    for section in sections:
        match = _TITLE.fullmatch(" ".join(section.title.split()))
        if match is None:
            continue
        key = match[1].lower()
        if key in monthly:
            raise DataError(
                f"{name}, line {section.line}: a second monthly {key}-weighted section, the first "
                f"is at line {monthly[key].line}; expected one: {_AGAIN}"
            )
        monthly[key] = section
    if weighting not in monthly:
        titles = "; ".join(repr(s.title.strip()) for s in sections) or "none"
        raise DataError(
            f"{name}: no section 'Average {weighting.title()} Weighted Returns -- Monthly', "
            f"sections found: {titles}; {_AGAIN} or choose another `weighting`"
        )
    _check_same_months(monthly, name)
    return IndustryFile(_parse_rows(monthly[weighting], name, assets), vintage, digest)


def _lines(content: bytes, name: str) -> list[str]:
    """Decoded lines without line ends; the file must be non-empty text."""
    if b"\0" in content:
        raise DataError(f"{name}: holds zero bytes, expected a text file; unzip it or check `path`")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name}: byte {error.start} is not UTF-8, expected a text file; unzip it or {_AGAIN}"
        ) from error
    if not text.strip():
        raise DataError(f"{name}: the file is empty, expected returns by month; {_AGAIN}")
    return text.replace("\r\n", "\n").split("\n")


def _check_name_weighting(name: str, weighting: Weighting) -> None:
    stem = Path(name).stem.lower()
    for ending, stated in (("_vw", "value"), ("_ew", "equal")):
        if stem.endswith(ending) and stated != weighting:
            raise DataError(
                f"{name}: the name says {stated}-weighted, asked for {weighting}-weighted; pass "
                f"weighting={stated!r} or the other file"
            )


def _simple_section(lines: list[str], name: str, content: bytes) -> _Section:
    """The one section of a simple table."""
    if not content.endswith(b"\n"):
        raise DataError(
            f"{name}, line {len(lines)}: the last line has no line end, so the file may be "
            "truncated; get it again or end it with a line end"
        )
    numbered = list(enumerate(lines, start=1))
    while not numbered[-1][1].strip():
        numbered.pop()
    while not numbered[0][1].strip():
        numbered.pop(0)
    for line, text in numbered:
        if not text.strip():
            raise DataError(f"{name}, line {line}: blank line inside the table; remove it")
    line, header = numbered[0]
    return _Section("monthly returns", header.split(","), line, _CORRECT, numbered[1:])


def _library_sections(
    lines: list[str], name: str, assets: Sequence[str]
) -> tuple[list[_Section], str | None]:
    """Split the library's own layout into sections; returns them with the vintage."""
    sections: list[_Section] = []
    current: _Section | None = None
    title: str | None = None
    vintage: str | None = None
    last = ""
    for line, text in enumerate(lines, start=1):
        if not text.strip():
            current = None
            continue
        last = text
        first = text.split(",")[0].strip()
        if "," in text and not first:
            if title is None:
                raise DataError(
                    f"{name}, line {line}: column names without a section title above; {_AGAIN}"
                )
            current = _Section(title, text.split(","), line, _AGAIN)
            sections.append(current)
            title = None
        elif current is not None:
            current.rows.append((line, text))
        elif "," in text and first.isdigit():
            raise DataError(
                f"{name}, line {line}: a row of data ({first}) outside a section, expected a "
                f"section title and column names first; {_AGAIN}"
            )
        else:
            title = text
            if match := _VINTAGE.search(text):
                vintage = match[1]
    if not sections:
        raise DataError(
            f"{name}: no section of portfolios found, expected the Ken French library's own file "
            f"or a table with the header month,{','.join(assets)}; check `path`"
        )
    if not last.strip().lower().startswith("copyright"):
        raise DataError(
            f"{name}: the last line is {last.strip()[:60]!r}, expected the library's copyright "
            f"line, so the file is truncated; {_AGAIN}"
        )
    return sections, vintage


def _check_same_months(monthly: dict[str, _Section], name: str) -> None:
    """The value- and the equal-weighted section cover the same months."""
    if len(monthly) < 2:
        return
    value, equal = (
        [text.split(",")[0].strip() for _, text in monthly[key].rows] for key in ("value", "equal")
    )
    if value != equal:
        odd = sorted(set(value) ^ set(equal))
        what = f"month {odd[0]} is in one only" if odd else "the order of months differs"
        raise DataError(
            f"{name}: the monthly value- and equal-weighted sections cover different months "
            f"({len(value)} and {len(equal)} rows, {what}); {_AGAIN}"
        )


def _parse_rows(section: _Section, name: str, assets: Sequence[str]) -> pd.DataFrame:
    """Parse a section's rows; every cell and month is checked."""
    columns = _columns(section, name, assets)
    remedy = section.remedy
    if not section.rows:
        raise DataError(f"{name}, line {section.line}: no rows under the column names; {remedy}")
    values = np.empty((len(section.rows), len(assets)))
    previous: int | None = None
    start = 0
    for i, (line, text) in enumerate(section.rows):
        cells = [cell.strip() for cell in text.split(",")]
        where = f"{name}, line {line}"
        if not _MONTH.fullmatch(cells[0]):
            raise DataError(
                f"{where}: found {cells[0][:40]!r} for the month, expected yyyymm such as 192607; "
                f"{remedy}"
            )
        if len(cells) != len(assets) + 1:
            raise DataError(
                f"{where}: {len(cells) - 1} values in month {cells[0]}, expected "
                f"{len(assets)}; the file may be truncated: {remedy}"
            )
        month = int(cells[0][:4]) * 12 + int(cells[0][4:]) - 1
        if previous is None:
            start = month
        elif month != previous + 1:
            raise DataError(f"{where}: {_month_fault(previous, month)}; {remedy}")
        previous = month
        for j, column in enumerate(columns):
            values[i, column] = _cell(cells[j + 1], assets[column], cells[0], where, remedy)
    for j, asset in enumerate(assets):
        if np.isnan(values[:, j]).all():
            raise DataError(
                f"{name}: every month of {asset} is missing (-99.99 or -999), expected "
                f"returns; {remedy}"
            )
    first = pd.Period(year=start // 12, month=start % 12 + 1, freq="M")
    months = pd.period_range(first, periods=len(values), freq="M", name="month")
    return pd.DataFrame(values, index=months, columns=list(assets))


def _columns(section: _Section, name: str, assets: Sequence[str]) -> list[int]:
    """For each column of the file its place in `assets`."""
    names = [cell.strip() for cell in section.header[1:]]
    missing = [asset for asset in assets if asset not in names]
    extra = [column for column in names if column not in assets]
    twice = [asset for asset in assets if names.count(asset) > 1]
    if missing or extra or twice:
        faults = [
            f"{label} {', '.join(repr(n[:20]) for n in found[:12])}"
            for label, found in (("missing", missing), ("unknown", extra), ("twice", twice))
            if found
        ]
        raise DataError(
            f"{name}, line {section.line}: columns {'; '.join(faults)}; expected each of "
            f"{', '.join(assets)} once: use a file of these, or name its columns in `assets`"
        )
    return [list(assets).index(column) for column in names]


def _month_fault(previous: int, month: int) -> str:
    found, before, expected = (
        f"{m // 12}{m % 12 + 1:02d}" for m in (month, previous, previous + 1)
    )
    kind = (
        "duplicate month" if month == previous
        else "month out of order" if month < previous
        else "months missing"
    )  # fmt: skip
    return f"{kind}: {found} follows {before}, expected {expected}"


def _cell(text: str, asset: str, month: str, where: str, remedy: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise DataError(
            f"{where}: {asset} in month {month} is {text[:40]!r}, expected a number in per "
            f"cent; {remedy}"
        )
    value = float(text)
    if value in _MISSING_CODES:
        return np.nan
    if not -100.0 <= value <= _LARGEST_RETURN:
        raise DataError(
            f"{where}: {asset} in month {month} is {text[:40]}, expected a return between -100 "
            f"and {_LARGEST_RETURN:g} per cent, or -99.99 or -999 where missing; {remedy}"
        )
    return value
