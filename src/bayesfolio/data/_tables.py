"""Reading the plain tables of a folder, with faults named."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pandas as pd

from bayesfolio.data._errors import DataError


def find_table(folder: Path, stem: str) -> list[Path]:
    """Return those of ``stem`` and ``stem.gz`` that are in a folder."""
    return [path for path in (folder / stem, folder / f"{stem}.gz") if path.is_file()]


def read_table(folder: Path, stem: str, columns: tuple[str, ...]) -> tuple[pd.DataFrame, Path, str]:
    """Table, path and SHA-256 of ``stem`` or ``stem.gz`` in a folder.

    Only an empty field is a missing one, so that a symbol may be called NA.
    """
    found = find_table(folder, stem)
    if len(found) != 1:
        there = "both are there" if found else "neither is there"
        raise DataError(f"{folder}: expected {stem} or {stem}.gz, {there}; keep one of them")
    path = found[0]
    try:
        content = path.read_bytes()
        table = pd.read_csv(
            io.BytesIO(content),
            compression="gzip" if path.suffix == ".gz" else None,
            keep_default_na=False,
            na_values=[""],
            float_precision="round_trip",
        )
    except (OSError, EOFError, ValueError) as error:
        raise DataError(f"{path}: not a readable CSV file ({error}); get the file again") from error
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DataError(
            f"{path}: has no column {', '.join(missing)}, found {', '.join(map(str, table))}; "
            "rename or add it"
        )
    return table, path, hashlib.sha256(content).hexdigest()


def to_days(table: pd.DataFrame, column: str, name: str) -> pd.Series:
    """Dates such as 2022-03-04 of a column."""
    days = pd.to_datetime(table[column], format="%Y-%m-%d", errors="coerce")
    bad = np.flatnonzero(days.isna())
    if bad.size:
        found = str(table[column].iloc[bad[0]])
        raise DataError(
            f"{name}: {column} of row {bad[0] + 1} is {found!r}, expected a date such "
            "as 2022-03-04; correct the row or remove it"
        )
    return days


def to_numbers(table: pd.DataFrame, columns: tuple[str, ...], name: str) -> pd.DataFrame:
    """Finite numbers of some columns."""
    numbers = table[list(columns)].apply(pd.to_numeric, errors="coerce").astype(float)
    bad = np.argwhere(~np.isfinite(numbers.to_numpy()))
    if bad.size:
        row, column = int(bad[0][0]), columns[int(bad[0][1])]
        found = str(table[column].iloc[row])
        raise DataError(
            f"{name}: {column} of row {row + 1} is {found!r}, expected a finite number; "
            "correct the row or remove it"
        )
    return numbers
