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


def start(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    """Run a script with `body` inside a job, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("{body}", body.replace("\n", "\n    "))],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
    )


def run(folder: Path, body: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """The same; also give its log."""
    return start(folder, body), (folder / "logs" / "fit.log").read_text()


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


@pytest.mark.parametrize(
    "error", ["bayesfolio.core.errors.DataError", "cmdstan_home.CmdStanHomeError"]
)
def test_an_error_that_says_all_has_no_traceback(tmp_path: Path, error: str) -> None:
    module, _, name = error.rpartition(".")
    body = f"from {module} import {name}\nraise {name}('a.csv: is empty; get it again')"
    found, log = run(tmp_path, body)
    assert found.returncode == 1
    assert found.stderr == "fit_models: a.csv: is empty; get it again (see logs/fit.log)\n"
    assert log == "a.csv: is empty; get it again\n"


def test_a_log_starts_anew(tmp_path: Path) -> None:
    run(tmp_path, "print('first')")
    assert run(tmp_path, "print('second')")[1] == "second\n"


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "SystemExit(3)"])
def test_an_interrupt_is_passed_on(tmp_path: Path, error: str) -> None:
    found, log = run(tmp_path, f"raise {error}")
    assert found.returncode == (3 if "3" in error else -2)
    assert error.split("(")[0] in log


def test_what_to_do_about_a_full_disk_is_said(tmp_path: Path) -> None:
    found, log = run(
        tmp_path, "import errno\nraise OSError(errno.ENOSPC, 'No space left on device')"
    )
    assert found.returncode == 1
    sentence = (
        "fit_models: [Errno 28] No space left on device; the disk is full: make room, and start "
        "again: what is finished is kept (see logs/fit.log)\n"
    )
    assert found.stderr == sentence
    assert log.startswith("Traceback")


def test_data_that_cannot_be_opened_are_no_matter_of_the_results_folder(tmp_path: Path) -> None:
    found, _ = run(
        tmp_path,
        "try:\n    raise PermissionError(13, 'Permission denied')\n"
        "except OSError as error:\n    raise ValueError('a.csv: cannot be read') from error",
    )
    assert found.stderr == "fit_models: a.csv: cannot be read (see logs/fit.log)\n"
    found, _ = run(tmp_path, "raise OSError(30, 'Read-only file system')")
    assert "; make the folder writable, and start again" in found.stderr


def test_a_log_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "fit.log").symlink_to("/dev/full")
    found = start(tmp_path, "raise ValueError('bad data')")
    assert found.stderr == "fit_models: bad data (see logs/fit.log)\n"
    (tmp_path / "logs" / "fit.log").unlink()
    (tmp_path / "logs" / "fit.log").mkdir()
    found = start(tmp_path, "pass")
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1
    assert found.stderr.startswith("fit_models: [Errno 21] Is a directory")
