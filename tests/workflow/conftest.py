"""Running the workflow in a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from workflow_root import ROOT, Snakemake


@pytest.fixture
def config() -> dict:
    """The default configuration, to be changed by a test."""
    return yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


@pytest.fixture
def snakemake(tmp_path: Path) -> Snakemake:
    """Run snakemake with the given arguments; results go to ``tmp_path / "run"``."""
    folder = tmp_path / "run"

    def run(
        *arguments: str | Path, root: Path = ROOT, folder: Path = folder, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        folder.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "snakemake", "--snakefile", root / "Snakefile"]
        return subprocess.run(
            [*map(str, command), "--directory", str(folder), *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | environment,
        )

    return run
