"""Reading plain tables, with faults named.

A table is read as a whole or refused. Fields are taken as the text they are and turned into numbers
and days one kind at a time, since a reader that guesses turns 0700 into 700 and a row with a field
too many into an index.
"""

import csv
import gzip
import hashlib
import io
import os
import re
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from bayesfolio.core.errors import DataError
from bayesfolio.core.files import read_limited

MAX_TABLE_BYTES = 100_000_000
"""Largest table, uncompressed; that of a hundred assets' daily prices has 11 million."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_DAY = re.compile(r"(19|20)\d\d-\d\d-\d\d", re.ASCII)
_LARGEST_WHOLE = 1_000_000


def read_content(path: Path) -> bytes:
    """Bytes of a file that is not too large; a file that ends in .gz stays compressed."""
    try:
        return read_limited(path, MAX_TABLE_BYTES)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or error}), expected a CSV file; check the "
            "path"
        ) from error


def find_table(folder: Path, stem: str) -> list[Path]:
    """Return those of ``stem`` and ``stem.gz`` that are in a folder."""
    return [path for path in (folder / stem, folder / f"{stem}.gz") if os.path.isfile(path)]


def read_table(folder: Path, stem: str, columns: tuple[str, ...]) -> tuple[pd.DataFrame, Path, str]:
    """Table, path and SHA-256 of ``stem`` or ``stem.gz`` in a folder; see `parse_table`."""
    found = find_table(folder, stem)
    if len(found) != 1:
        there = "both are there" if found else "neither is there"
        raise DataError(f"{folder}: expected {stem} or {stem}.gz, {there}; keep one of them")
    path = found[0]
    content = read_content(path)
    text = _unzipped(content, path) if path.suffix == ".gz" else content
    table = parse_table(text, str(path), columns)
    return table, path, hashlib.sha256(content).hexdigest()


def _unzipped(content: bytes, path: Path) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            text = stream.read(MAX_TABLE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: not a readable CSV file ({error}); get the file again") from error
    if len(text) > MAX_TABLE_BYTES:
        raise DataError(
            f"{path}: unzips to more than {MAX_TABLE_BYTES:,} bytes, expected a table; check the "
            "path"
        )
    return text


def parse_table(content: bytes, name: str, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """Table of a CSV file, every field as text without the blanks around it.

    Parameters
    ----------
    content : bytes
        UTF-8, perhaps with a byte-order mark; a header and rows of as many fields; lines end in any
        of the usual ways, the last one included, or the file may be cut off.
    name : str
        How messages call it.
    columns : tuple of str
        Columns that must be there.

    Raises
    ------
    DataError
        It is not such a table.
    """
    rows, lines = _rows(content, name)
    header = rows[0]
    twice, times = Counter(header).most_common(1)[0]
    if times > 1:
        raise DataError(f"{name}: has the column {_shown(twice)} twice; keep one of them")
    missing = [column for column in columns if column not in header]
    if missing:
        found = ", ".join(map(plain, header[:30]))
        raise DataError(
            f"{name}: has no column {', '.join(missing)}, found {found}; rename or add it"
        )
    for line, row in zip(lines[1:], rows[1:], strict=True):
        if len(row) != len(header):
            what = f"{len(row)} fields" if row else "nothing"
            raise DataError(
                f"{name}, line {line}: has {what}, expected {len(header)} fields as in the header; "
                "correct the line, or get the file again"
            )
    return pd.DataFrame(rows[1:], columns=pd.Index(header, dtype=object), dtype=object)


def _rows(content: bytes, name: str) -> tuple[list[list[str]], list[int]]:
    """Header and rows, and the line on which each one ends."""
    if b"\0" in content:
        raise DataError(f"{name}: holds zero bytes, expected a CSV file; unzip it or get it again")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name}: byte {error.start} is not UTF-8, expected a CSV file; save it as UTF-8, or "
            "get it again"
        ) from error
    if not text.strip():
        raise DataError(f"{name}: not a CSV file, it is empty; get the file again")
    if not text.endswith(("\n", "\r")):
        raise DataError(
            f"{name}: the last line has no line end, so the file may be truncated; get it again, "
            "or end it with a line end"
        )
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, lines = [], []
    try:
        for row in reader:
            rows.append([field.strip(" \t") for field in row])
            lines.append(reader.line_num)
    except csv.Error as error:
        raise DataError(
            f"{name}, line {reader.line_num}: not a readable CSV file ({error}); get the file again"
        ) from error
    while rows and not any(rows[-1]) and len(rows[-1]) < 2:  # blank lines at the end
        rows.pop(), lines.pop()
    if not any(rows[0]):
        raise DataError(f"{name}, line 1: is blank, expected the names of columns; remove it")
    return rows, lines


def plain(text: str) -> str:
    """A name as it is if it can stand in a sentence."""
    return text if text.isprintable() and 0 < len(text) <= 40 else _shown(text)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "...")


def to_days(table: pd.DataFrame, column: str, name: str) -> pd.Series:
    """Days such as 2022-03-04 of a column, of the years 1900 to 2099."""
    text = table[column]
    days = pd.to_datetime(
        text.where(text.str.fullmatch(_DAY).astype(bool)), format="%Y-%m-%d", errors="coerce"
    )
    bad = np.flatnonzero(days.isna())
    if bad.size:
        raise DataError(
            f"{name}: {column} of row {bad[0] + 1} is {_shown(text.iloc[bad[0]])}, expected a date "
            "such as 2022-03-04; correct the row or remove it"
        )
    return days.astype("datetime64[ns]")


def to_numbers(
    table: pd.DataFrame, columns: tuple[str, ...], name: str, *, empty: bool = False
) -> pd.DataFrame:
    """Finite numbers of some columns; with `empty`, NaN where a field is empty."""
    numbers = {}
    for column in columns:
        text = table[column]
        good = text.str.fullmatch(_NUMBER).astype(bool)
        values = text.where(good, "nan").astype(float)
        bad = np.flatnonzero(~(np.isfinite(values) | ((text == "") & empty)))
        if bad.size:
            raise DataError(
                f"{name}: {column} of row {bad[0] + 1} is {_shown(text.iloc[bad[0]])}, expected a "
                "finite number; correct the row or remove it"
            )
        numbers[column] = values
    return pd.DataFrame(numbers, index=table.index)


def to_whole(table: pd.DataFrame, column: str, name: str) -> pd.Series:
    """Whole numbers of a column; 3.0 is one."""
    numbers = to_numbers(table, (column,), name)[column]
    bad = np.flatnonzero((numbers % 1 != 0) | (numbers.abs() > _LARGEST_WHOLE))
    if bad.size:
        raise DataError(
            f"{name}: {column} of row {bad[0] + 1} is {_shown(table[column].iloc[bad[0]])}, "
            "expected a whole number; correct the row or remove it"
        )
    return numbers.astype(int)


def to_names(table: pd.DataFrame, column: str, name: str) -> pd.Series:
    """Names of a column, none of them empty."""
    text = table[column]
    bad = np.flatnonzero(~text.map(lambda field: bool(field) and field.isprintable()).astype(bool))
    if bad.size:
        raise DataError(
            f"{name}: {column} of row {bad[0] + 1} is {_shown(text.iloc[bad[0]])}, expected a "
            "name; correct the row or remove it"
        )
    return text


def require_values(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table, which must have rows."""
    if table.empty:
        raise DataError(f"{name}: has a header and no rows, expected some; get the file again")
    return table
