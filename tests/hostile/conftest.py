"""The checkout, and what broken files name must not stay behind."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _cmdstan_stays() -> Iterator[None]:
    """Put back CmdStan's path, which cmdstanpy keeps in the environment."""
    before = os.environ.get("CMDSTAN")
    yield
    if before is None:
        os.environ.pop("CMDSTAN", None)
    else:
        os.environ["CMDSTAN"] = before
