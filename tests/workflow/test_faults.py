"""Runs that are killed, run out of disk or meet each other: nothing is lost, nothing half accepted.

Each fault must end in a message that says what to do, and the run that follows must give the
numbers of a run without it, bit for bit.
"""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from runs import TINY, Folder, Run, differences, wait_until

pytestmark = pytest.mark.system

CORES = ("--cores", "2")
ONE_CORE = ("--cores", "1")


def kill_snakemake(folder: Folder, run: Run, delay: float) -> None:
    """SIGKILL of Snakemake itself: its jobs go on without it."""
    assert wait_until(lambda: "Select jobs to execute" in run.text, 60), run.text
    wait_until(lambda: run.text.count("Finished jobid") >= 8 * delay, 120)
    time.sleep(delay)
    run.process.kill()
    assert run.process.wait() == -signal.SIGKILL
    refused = folder.run(*CORES)
    assert refused.process.returncode == 1
    assert "--unlock" in refused.text
    assert folder.run("--unlock").process.returncode == 0


def kill_one(word: str, said: str) -> Callable[[Folder, Run, float], None]:
    """SIGKILL of a process whose command has this word, some time after it was first seen."""

    def kill(folder: Folder, run: Run, delay: float) -> None:
        while run.process.poll() is None:
            found = folder.processes(word)
            time.sleep(delay)
            try:
                for process in found[:1]:
                    process.kill()
                    process.wait(10)
                    assert wait_until(lambda: said in run.text, 60), run.text[-4000:]
                    run.interrupt()
                    return
            except psutil.NoSuchProcess:
                continue  # it came to its end before
        raise AssertionError(f"nothing was left to be killed\n{run.text[-4000:]}")

    return kill


KILLS = {
    "Snakemake": kill_snakemake,
    "a fit": kill_one(".fit_", "Error in rule fit_"),
    "Stan": kill_one("/build/", "was killed"),
}


def test_one_core_killed_ten_times_gives_what_two_give(smoke_results: Path, tmp_path: Path) -> None:
    """Neither the number of cores nor what happens to a run makes a difference."""
    rng = random.Random(20171028)
    folder = Folder(tmp_path / "killed")
    # Fits first, while there are some left.
    for kill in [*3 * ["a fit", "Stan"], *4 * ["Snakemake"]]:
        run = folder.start(*ONE_CORE)
        KILLS[kill](folder, run, rng.uniform(0, 2))
    assert differences(smoke_results, folder.completed(*ONE_CORE)) == []


def small_run(path: Path) -> Folder:
    """A folder for one table and one figure of the leverage study, and all that they need."""
    study = "results/tiny/leverage"
    return Folder(path, TINY, (f"{study}/tables/strategy.csv", f"{study}/figures/strategy.pdf"))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a small run that nothing happens to."""
    return small_run(tmp_path_factory.mktemp("leverage") / "run").completed(*CORES)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A file system of its own in memory; called again, it is mounted anew with other options."""
    path = tmp_path / "disk"
    path.mkdir()

    def mounted(options: str) -> Path:
        if path.is_mount():
            options = f"remount,{options}"
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode:
            reason = f"no file system could be mounted: {found.stderr.strip()}"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    yield mounted
    if path.is_mount():
        subprocess.run(["umount", "--lazy", str(path)], check=True)


@pytest.mark.parametrize(
    ("everything", "sizes"),
    [(False, [60, 120, 180, 240]), (True, [100, 180, 260, 340])],
    ids=["results", "everything"],
)
def test_a_full_disk(
    everything: bool,
    sizes: list[int],
    undisturbed: Path,
    disk: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    """The disk grows by steps, until the run fits; each time it is full somewhere else.

    On it are the results only, or what Snakemake writes for itself too.
    """
    path = disk(f"size={sizes[0]}k")
    folder = small_run(path if everything else tmp_path / "run")
    if not everything:
        (folder.path / "results").symlink_to(path)
    failures = 0
    for size in [*sizes, 100_000]:
        disk(f"size={size}k")
        run = folder.run(*CORES)
        if run.process.returncode == 0:
            break
        failures += 1
        assert "No space left on device" in run.text, run.text[-4000:]
        if not everything:  # Snakemake is less brief about its own files
            assert "the disk is full: make room, and start again" in run.text, run.text[-4000:]
            assert "Traceback" not in run.text
        folder.run("--unlock")
        assert folder.part_written() == []
    assert failures >= 3
    assert differences(undisturbed, folder.results) == []


def test_results_that_cannot_be_written(undisturbed: Path, disk: Callable[[str], Path]) -> None:
    path = disk("rw")
    folder = small_run(path.parent / "run")
    (folder.path / "results").symlink_to(path)
    disk("ro")
    run = folder.run(*CORES)
    assert run.process.returncode == 1
    assert "Read-only file system" in run.text, run.text[-4000:]
    assert "Traceback" not in run.text, run.text[-6000:]
    disk("rw")
    assert differences(undisturbed, folder.completed(*CORES)) == []


def test_two_runs_in_one_folder(undisturbed: Path, tmp_path: Path) -> None:
    folder = small_run(tmp_path / "both")
    first = folder.start(*CORES)
    assert wait_until(lambda: "Select jobs to execute" in first.text, 60)
    second = folder.run(*CORES)
    assert second.process.returncode == 1
    assert "cannot be locked" in second.text
    assert first.process.wait() == 0, first.text[-4000:]
    assert differences(undisturbed, folder.results) == []


def test_a_clock_that_jumps_back(undisturbed: Path, tmp_path: Path) -> None:
    """Results of the first half are two days younger than what they are made into."""
    folder = small_run(tmp_path / "clock")
    run = folder.start(*CORES, **shifted(tmp_path, 2))
    assert wait_until(lambda: run.text.count("Finished jobid") >= 4, 240), run.text[-4000:]
    run.interrupt()
    refused = folder.run(*CORES)
    assert refused.process.returncode == 1
    assert "clock skew problem" in refused.text
    # As docs/faults.md says.
    subprocess.run(
        ["find", "results", "-newermt", "1 hour", "-exec", "touch", "{}", "+"],
        cwd=folder.path,
        check=True,
    )
    assert differences(undisturbed, folder.completed(*CORES)) == []


def test_a_clock_that_is_late(undisturbed: Path, tmp_path: Path) -> None:
    """Outputs would seem older than inputs: refused until the clock is right."""
    folder = small_run(tmp_path / "clock")
    late = folder.run(*CORES, **shifted(tmp_path, -2))
    assert late.process.returncode == 1
    assert "has older modification time" in late.text
    assert "clock skew problem" in late.text
    assert differences(undisturbed, folder.completed(*CORES)) == []


def shifted(folder: Path, days: int) -> dict[str, str]:
    """Environment in which the clock of programs is off by so many days."""
    library = folder / "wrong_clock.so"
    source = Path(__file__).with_name("wrong_clock.c")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
    environment = {"LD_PRELOAD": str(library), "WRONG_CLOCK_SECONDS": str(days * 86400)}
    shown = subprocess.run(
        ["date", "+%s"], env=os.environ | environment, capture_output=True, text=True, check=True
    )
    assert abs(float(shown.stdout) - time.time() - days * 86400) < 60
    return environment
