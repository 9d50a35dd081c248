"""One CmdStan home and two compiled models for all tests."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cmdstan_home import build, load_model
from stan_program import HERE, Program


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in a folder of its own: a model with profiles writes where it is run."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def home() -> Path:
    """The home that this package builds, whatever CmdStan is installed beside it."""
    return build.publish(build.cached_home(), build._build_home)


@pytest.fixture(scope="session")
def executables(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("models")

    def compiled(name: str) -> Path:
        model = load_model(HERE / f"{name}.stan", folder, cmdstan=home)
        return Path(model.exe_file)

    return compiled


@pytest.fixture
def known(executables: Callable[[str], Path], tmp_path: Path) -> Program:
    return Program(executables("known"), tmp_path)


@pytest.fixture
def no_parameters(executables: Callable[[str], Path], tmp_path: Path) -> Program:
    return Program(executables("no_parameters"), tmp_path)
