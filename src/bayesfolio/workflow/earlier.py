"""Tables and facts that one job writes and another reads, refused when they are damaged."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from bayesfolio.data import DataError
from bayesfolio.data._tables import parse_table, read_content
from bayesfolio.workflow.files import DamagedFileError, read_limited, replacing

_MAX_FACTS_BYTES = 1_000_000
_AGAIN = "delete the file, and the next run makes it again"


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
        raise DamagedFileError(f"{cause or error}; {_AGAIN}") from error


def write_facts(path: str | Path, facts: Mapping[str, Any]) -> None:
    """Write facts as JSON; :func:`read_facts` gives them back."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(facts, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_facts(path: str | Path, keys: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read what `write_facts` wrote; `keys` are texts that must be among the facts.

    Raises
    ------
    DamagedFileError
        The file cannot be read, is not JSON, or lacks one of the keys.
    """
    try:
        facts = json.loads(
            read_limited(path, _MAX_FACTS_BYTES), object_pairs_hook=_once, parse_constant=_refuse
        )
        if not isinstance(facts, dict):
            raise ValueError("it holds no facts by name")
        lacking = [key for key in keys if not isinstance(facts.get(key), str)]
        if lacking:
            raise ValueError(f"it does not say {lacking[0]!r}")
    except (OSError, ValueError, RecursionError) as error:
        cause = getattr(error, "strerror", None) or error
        raise DamagedFileError(
            f"{path}: not the facts that an earlier job wrote ({cause}); {_AGAIN}"
        ) from error
    return facts


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    facts = dict(pairs)
    if len(facts) != len(pairs):
        raise ValueError("it holds a name twice")
    return facts


def _refuse(constant: str) -> float:
    raise ValueError(f"it holds {constant}, which is no number")
