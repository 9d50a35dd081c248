"""Fixtures that several folders of tests share."""

import os
from pathlib import Path

import pytest

from bayesfolio.toolchain.build import cache_directory

# The workflow's cache of compiled functions: what one has compiled the other need not.
os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_directory() / "numba"))


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Folder `shared` beside the checkout, with reference data that are not committed."""
    path = Path(__file__).resolve().parents[2] / "shared"
    if not path.is_dir():
        pytest.skip(f"needs the reference data in {path}, which is not there")
    return path
