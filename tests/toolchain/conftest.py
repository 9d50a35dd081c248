"""One CmdStan home and two compiled models for all tests of the toolchain."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bayesfolio.toolchain import find_or_build, load_model

HERE = Path(__file__).parent
DATA = {"N": 10, "y": [0, 1, 0, 0, 0, 0, 0, 0, 0, 1]}


class Program:
    """An executable model in a directory of its own, run by its command line."""

    def __init__(self, executable: Path, directory: Path) -> None:
        self.executable = executable
        self.directory = directory
        (directory / "data.json").write_text(json.dumps(DATA))

    def __call__(self, words: str, *, status: int = 0) -> subprocess.CompletedProcess[str]:
        finished = subprocess.run(
            [self.executable, *words.split()], cwd=self.directory, capture_output=True, text=True
        )
        assert finished.returncode == status, finished.stdout + finished.stderr
        return finished

    def comments(self, name: str = "output.csv") -> list[str]:
        lines = (self.directory / name).read_text().splitlines()
        return [line[1:].strip() for line in lines if line.startswith("#")]

    def rows(self, name: str = "output.csv") -> list[str]:
        lines = (self.directory / name).read_text().splitlines()
        return [line for line in lines if not line.startswith("#")]

    def table(self, name: str = "output.csv") -> dict[str, np.ndarray]:
        header, *rows = self.rows(name)
        values = np.array([[float(cell) for cell in row.split(",")] for row in rows])
        return dict(zip(header.split(","), values.T, strict=True))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run each test in a folder of its own: a model with profiles writes where it is run."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def home() -> Path:
    return find_or_build()


@pytest.fixture(scope="session")
def executables(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    build = tmp_path_factory.mktemp("models")

    def compiled(name: str) -> Path:
        model = load_model(HERE / f"{name}.stan", build, cmdstan=home)
        return Path(model.exe_file)

    return compiled


@pytest.fixture
def known(executables: Callable[[str], Path], tmp_path: Path) -> Program:
    return Program(executables("known"), tmp_path)


@pytest.fixture
def no_parameters(executables: Callable[[str], Path], tmp_path: Path) -> Program:
    return Program(executables("no_parameters"), tmp_path)
