"""Where the numbers of a run come from: code, packages, data, compiler, configuration."""

import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bayesfolio.core.facts import read_facts

PACKAGES = (
    "bayesfolio",
    "arch",
    "arviz",
    "cmdstanpy",
    "linearmodels",
    "matplotlib",
    "numba",
    "numpy",
    "pandas",
    "scipy",
    "snakemake",
    "statsmodels",
)


def commit(root: str | Path) -> str | None:
    """Hash of the commit checked out at `root`, with ``-dirty`` where files differ from it.

    None outside a git repository, before the first commit, and where git is not installed.
    """
    described = _git(root, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    return described or None


def package_versions() -> dict[str, str | None]:
    """Versions of the packages that shape the numbers; None for one that is not installed."""
    return {name: _version(name) for name in PACKAGES}


def machine() -> dict[str, str]:
    """Python, operating system and processor architecture."""
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "architecture": platform.machine(),
    }


def compiled_with(path: Path) -> dict[str, Any]:
    """What an engine was compiled with, from the file of facts that its rule writes.

    Folders are left out, and the home folder is ``~``: they are those of one machine, and the
    record is there to be shown.
    """
    facts = {
        name: Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value
        for name, value in read_facts(path).items()
    }
    shown: dict[str, Any] = json.loads(json.dumps(facts).replace(f"{Path.home()}/", "~/"))
    return shown


def _git(root: str | Path, *arguments: str) -> str:
    try:
        run = subprocess.run(
            ["git", *arguments], cwd=root, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
