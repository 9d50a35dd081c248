"""Running the workflow in a folder of its own."""

from functools import partial
from pathlib import Path

import pytest
import yaml
from workflow_root import ROOT, Snakemake, run_snakemake


@pytest.fixture
def config() -> dict:
    """The default configuration, to be changed by a test."""
    return yaml.safe_load((ROOT / "config" / "config.yaml").read_text())


@pytest.fixture
def snakemake(tmp_path: Path) -> Snakemake:
    """Run snakemake with the given arguments; results go to ``tmp_path / "run"``."""
    return partial(run_snakemake, folder=tmp_path / "run")
