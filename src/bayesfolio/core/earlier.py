"""Tables that one job writes and another reads, refused when they are damaged."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from bayesfolio.core.csv_fields import parse_table, read_content
from bayesfolio.core.errors import DamagedFileError, DataError
from bayesfolio.core.files import MADE_AGAIN


def read_own_table(path: str | Path, columns: tuple[str, ...] = ()) -> pd.DataFrame:
    """Fields, as text, of a CSV file that another job wrote.

    Raises
    ------
    DamagedFileError
        It is not a table with these columns.
    """
    with of_earlier_job():
        return parse_table(read_content(Path(path)), str(path), columns)


@contextmanager
def of_earlier_job() -> Iterator[None]:
    """Turn a fault of data inside the block into one of a file that an earlier job wrote."""
    try:
        yield
    except DataError as error:
        cause, _, _ = str(error).rpartition("; ")
        raise DamagedFileError(f"{cause or error}; {MADE_AGAIN}") from error
