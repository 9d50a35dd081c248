from pathlib import Path

import pytest

from bayesfolio.models.stan import load_program

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def favar_sv():
    """The compiled model class, from the checkout's build folder."""
    return load_program(ROOT / "build")
