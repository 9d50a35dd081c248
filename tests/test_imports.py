"""What a job imports: packages that take seconds only where they are needed."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from bayesfolio.studies import STUDIES

ROOT = Path(__file__).resolve().parents[1]
RUFF = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
SLOW = {*RUFF["flake8-tidy-imports"]["banned-module-level-imports"], "matplotlib"}


def imported(paths: Iterable[Path]) -> set[str]:
    """Modules of the package that these files import at their top."""
    text = "".join(path.read_text() for path in paths)
    return set(re.findall(r"^from (bayesfolio[\w.]*) import", text, flags=re.MULTILINE))


def scripts(kinds: str) -> set[str]:
    """Modules that the scripts of these kinds import."""
    found = [path for path in (ROOT / "scripts").glob("*/*.py") if re.match(kinds, path.name)]
    assert len(found) > 3
    return imported(found)


def made(kind: str) -> set[str]:
    """Modules that make the tables or figures of all studies."""
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    entries = [entry for study in STUDIES.values() for entry in getattr(study, kind)(config)]
    return {entry.function.partition(":")[0] for entry in entries}


SNAKEFILE = imported([ROOT / "Snakefile"])


@pytest.mark.parametrize(
    ("modules", "slow"),
    [
        (SNAKEFILE, {*SLOW, "numba", "pandas", "scipy"}),  # each job on a cluster reads it twice
        (scripts("(load|write|combine|score|run|compute|collect|compare)_"), SLOW),
        (scripts("(fit|forecast|bootstrap|backtest)_"), SLOW),
        (made("tables"), SLOW),
        (made("figures"), SLOW - {"matplotlib"}),
    ],
    ids=["workflow", "jobs", "fits", "tables", "figures"],
)
def test_slow_packages_wait_until_they_are_needed(modules: set[str], slow: set[str]) -> None:
    assert len(modules) > 3
    program = f"import sys, {', '.join(sorted(modules))}; print(*sys.modules, sep='\\n')"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert set(found.stdout.split()) & slow == set()
