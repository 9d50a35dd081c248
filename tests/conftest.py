"""Fixtures that several folders of tests share."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Folder `shared` beside the checkout, with reference data that are not committed."""
    path = Path(__file__).resolve().parents[2] / "shared"
    if not path.is_dir():
        pytest.skip(f"needs the reference data in {path}, which is not there")
    return path


@pytest.fixture(scope="session")
def favar_sv():
    """The compiled model class, from the checkout's build folder."""
    return _compiled("favar_sv")


@pytest.fixture(scope="session")
def m6_factor():
    """The compiled M6 factor model, from the checkout's build folder."""
    return _compiled("m6_factor")


def _compiled(program: str):
    from bayesfolio.models.programs import load_program

    return load_program(program, Path(__file__).resolve().parents[1] / "build")
