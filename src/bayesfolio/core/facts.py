"""Facts that one job writes as JSON and another reads."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bayesfolio.core.files import replacing


def write_facts(path: str | Path, facts: Mapping[str, Any]) -> None:
    """Write facts as JSON; :func:`read_facts` gives them back."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(facts, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read_facts(path: str | Path) -> dict[str, Any]:
    """Read what `write_facts` wrote."""
    facts: dict[str, Any] = json.loads(Path(path).read_bytes())
    return facts
