"""Whole runs of the workflow as processes of their own, and whether two runs gave the same."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil
import yaml
from workflow_root import ROOT

TINY = ROOT / "tests" / "workflow" / "tiny.yaml"

TIMED = ("seconds", "ess_rate_stan", "ess_rate_gibbs")
"""Columns that hold processor times, and what is computed from them."""

NUMBERS = ("tables", "figures", "weights", "diagnostics", "report")
"""Folders of a study whose files are compared."""


_STARTED: list[subprocess.Popen[bytes]] = []


def stop_all() -> None:
    """Kill what a test has started and not waited for, with its jobs."""
    while _STARTED:
        process = _STARTED.pop()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@dataclass
class Folder:
    """A folder that the workflow runs in, apart from the checkout but with its compiled programs.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    config : Path
        Configuration over the default one.
    targets : tuple of str
        What is made.
    """

    path: Path
    config: Path = ROOT / "config" / "smoke.yaml"
    targets: tuple[str, ...] = ("all",)

    def __post_init__(self) -> None:
        self.path.mkdir(exist_ok=True)
        (ROOT / "build").mkdir(exist_ok=True)
        if not (self.path / "build").exists():
            (self.path / "build").symlink_to(ROOT / "build")  # compiling takes minutes

    @property
    def results(self) -> Path:
        """Results of the run."""
        return self.path / "results" / yaml.safe_load(self.config.read_text())["run"]

    def start(self, *arguments: str, **environment: str) -> "Run":
        """Start Snakemake in a session of its own, its output in a file."""
        command = [
            *(sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"),
            *("--directory", self.path, "--configfile", self.config),
            *arguments,
            *("--", *self.targets),
        ]
        number = len(list(self.path.parent.glob(f"{self.path.name}-output-*")))
        output = self.path.with_name(f"{self.path.name}-output-{number}.txt")
        with output.open("wb") as file:
            process = subprocess.Popen(
                list(map(str, command)),
                stdout=file,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=os.environ | environment,
                start_new_session=True,
                cwd=ROOT,
            )
        _STARTED.append(process)
        return Run(process, output)

    def run(self, *arguments: str, **environment: str) -> "Run":
        """Start Snakemake and wait for its end."""
        run = self.start(*arguments, **environment)
        run.process.wait()
        return run

    def completed(self, *arguments: str, **environment: str) -> Path:
        """Run to the end, which must be a good one, and give the results."""
        run = self.run(*arguments, **environment)
        assert run.process.returncode == 0, run.text[-8000:]
        return self.results

    def processes(self, word: str) -> list[psutil.Process]:
        """Programs, not shells, that run in this folder with `word` in their command."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if (
                    word in " ".join(process.cmdline())
                    and process.cwd() == str(self.path)
                    and process.name() not in ("sh", "bash")
                    and process.status() != psutil.STATUS_ZOMBIE
                ):
                    found.append(process)
        return found

    def part_written(self) -> list[Path]:
        """Files under a temporary name, which nobody reads."""
        return [path for path in self.results.rglob(".*") if path.is_file()]


@dataclass
class Run:
    """One Snakemake process and what it printed."""

    process: subprocess.Popen[bytes]
    output: Path

    @property
    def text(self) -> str:
        """All that has been printed so far."""
        return self.output.read_text(errors="replace")

    def interrupt(self, seconds: float = 120) -> int:
        """Press Ctrl-C, wait for the end and give the exit status."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(seconds)


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    """Whether the condition came true within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def differences(one: Path, two: Path) -> list[str]:
    """Files that are not the same in two results folders, bit for bit.

    In tables that hold processor times the other columns are compared, exactly. Of their forms for
    reading, of figures drawn from times and of the page of a run, which shows run times, only that
    both are there.
    """
    found = []
    names = {str(path.relative_to(one)) for path in _numbers(one)}
    others = {str(path.relative_to(two)) for path in _numbers(two)}
    found += [f"{name} is in one of the two only" for name in sorted(names ^ others)]
    for name in sorted(names & others):
        first, second = one / name, two / name
        if first.read_bytes() == second.read_bytes():
            continue
        timed = _is_timed(first)
        if timed and first.suffix == ".csv":
            if not _without_times(first).equals(_without_times(second)):
                found.append(f"{name} differs in columns that are not times")
        elif not timed:
            found.append(f"{name} differs")
    return found


def compared(results: Path) -> int:
    """Number of files that `differences` compares byte for byte."""
    return sum(not _is_timed(path) for path in _numbers(results))


def _numbers(results: Path) -> Iterator[Path]:
    for path in results.rglob("*"):
        parts = path.relative_to(results).parts
        kept = any(part in NUMBERS for part in parts[:-1]) or path.name in (
            "claims.md",
            "submission.csv",
        )
        if path.is_file() and kept:
            yield path


def _is_timed(path: Path) -> bool:
    if path.name.startswith("filter_frontier") or path.parent.name == "report":
        return True
    table = path.with_suffix(".csv")
    return table.exists() and any(column in TIMED for column in pd.read_csv(table).columns)


def _without_times(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, float_precision="round_trip")
    return table.drop(columns=[column for column in TIMED if column in table.columns])
