"""Facts that one job writes as JSON and another reads, refused when they are damaged."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bayesfolio.core.errors import DamagedFileError
from bayesfolio.core.files import MADE_AGAIN, read_limited, replacing

_MAX_FACTS_BYTES = 1_000_000


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
            f"{path}: not the facts that an earlier job wrote ({cause}); {MADE_AGAIN}"
        ) from error
    return facts


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    facts = dict(pairs)
    if len(facts) != len(pairs):
        raise ValueError("it holds a name twice")
    return facts


def _refuse(constant: str) -> float:
    raise ValueError(f"it holds {constant}, which is no number")
