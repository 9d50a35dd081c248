"""What a job imports: packages that take seconds only where they are needed."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SLOW = {
    "arch", "arviz", "cmdstanpy", "matplotlib", "scipy.optimize", "scipy.signal", "scipy.stats",
    "statsmodels",
}  # fmt: skip


def imported(text: str) -> set[str]:
    """Modules of the package that a source imports at its top."""
    return {
        node.module
        for node in ast.parse(text).body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bayesfolio")
    }


def scripts(kinds: str) -> set[str]:
    """Modules that the scripts of these kinds import."""
    found = [path for path in (ROOT / "scripts").glob("*.py") if re.match(kinds, path.name)]
    assert len(found) > 3
    return set().union(*(imported(path.read_text()) for path in found))


SNAKEFILE = set(
    re.findall(
        r"^from (bayesfolio[\w.]*) import", (ROOT / "Snakefile").read_text(), flags=re.MULTILINE
    )
)


@pytest.mark.parametrize(
    ("modules", "slow"),
    [
        (SNAKEFILE, {*SLOW, "numba", "pandas", "scipy"}),  # each job on a cluster reads it twice
        (scripts("(tabulate|load|write|combine|score|run|compute)_"), SLOW),
        (scripts("(plot|fit|forecast|bootstrap|backtest)_"), SLOW - {"matplotlib"}),
    ],
    ids=["workflow", "tables", "figures and fits"],
)
def test_slow_packages_wait_until_they_are_needed(modules: set[str], slow: set[str]) -> None:
    assert len(modules) > 3
    program = f"import sys, {', '.join(sorted(modules))}; print(*sys.modules, sep='\\n')"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert set(found.stdout.split()) & slow == set()
