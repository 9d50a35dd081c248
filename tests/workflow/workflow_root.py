"""Where the workflow is, and how tests call it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

Snakemake = Callable[..., subprocess.CompletedProcess[str]]


def run_snakemake(
    *arguments: str | Path, folder: Path, root: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the workflow that is in `root` in another folder, with more in its environment."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "snakemake", "--snakefile", root / "Snakefile"]
    return subprocess.run(
        [*map(str, command), "--directory", str(folder), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )
