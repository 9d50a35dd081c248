"""A compiled test model and what it writes, for conftest.py and the tests."""

import json
import subprocess
from pathlib import Path

import numpy as np

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
