"""A script's output is in its log, and an error is told in one line."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import subprocess, sys
from types import SimpleNamespace
from bayesfolio.workflow.jobs import Job

with Job(SimpleNamespace(rule="fit_models", log=["logs/fit.log"])) as job:
    {body}
print("after")
"""


def run(folder: Path, body: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Run a script with `body` inside a job, in a process of its own; also give its log."""
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("{body}", body.replace("\n", "\n    "))],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
    )
    return found, (folder / "logs" / "fit.log").read_text()


def test_all_output_goes_to_the_log(tmp_path: Path) -> None:
    found, log = run(
        tmp_path,
        "print('printed')\n"
        "print('warned', file=sys.stderr)\n"
        "subprocess.run([sys.executable, '-c', 'print(\"by a child\")'])\n"
        "job.say('DFM-SV(4,2) 1994: 3.1 s')",
    )
    assert log.splitlines() == ["printed", "warned", "by a child", "DFM-SV(4,2) 1994: 3.1 s"]
    assert (found.stdout, found.stderr) == ("after\n", "DFM-SV(4,2) 1994: 3.1 s\n")


def test_an_error_is_one_line_and_a_traceback_in_the_log(tmp_path: Path) -> None:
    found, log = run(tmp_path, "raise ValueError('window is too short')")
    assert found.returncode == 1
    assert found.stdout == ""
    assert found.stderr == "fit_models: window is too short (see logs/fit.log)\n"
    assert log.startswith("Traceback")
    assert log.endswith("ValueError: window is too short\n")


def test_a_log_starts_anew(tmp_path: Path) -> None:
    run(tmp_path, "print('first')")
    assert run(tmp_path, "print('second')")[1] == "second\n"


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "SystemExit(3)"])
def test_an_interrupt_is_passed_on(tmp_path: Path, error: str) -> None:
    found, log = run(tmp_path, f"raise {error}")
    assert found.returncode == (3 if "3" in error else -2)
    assert error.split("(")[0] in log
