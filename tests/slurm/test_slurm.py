"""The smoke tier through a real SLURM cluster, killed on the way: the same numbers."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster, install, missing_programs, running_cluster
from runs import Folder, differences, wait_until
from workflow_root import ROOT

pytestmark = [pytest.mark.system, pytest.mark.slurm]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    if os.geteuid() != 0:
        _leave_out("a cluster that starts jobs needs root")
    if missing_programs():
        try:
            install()
        except (OSError, subprocess.SubprocessError) as error:
            _leave_out(f"SLURM is not installed and could not be: {error}")
    with running_cluster() as found:
        yield found


@pytest.fixture
def site(tmp_path: Path) -> tuple[str, ...]:
    """The profile with what this cluster needs written into it, as docs/slurm.md says."""
    text = (ROOT / "profiles" / "slurm" / "config.yaml").read_text()
    for old, new in (
        ("# slurm_partition: yours,", "slurm_partition: test #"),
        ("# slurm-status-command: squeue", "slurm-status-command: squeue"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    folder = tmp_path / "profile"
    folder.mkdir()
    # A cluster of one's own can be asked more often.
    (folder / "config.yaml").write_text(f"{text}slurm-init-seconds-before-status-checks: 1\n")
    return "--profile", str(folder)


def _leave_out(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"continuous integration must run this: {reason}")
    pytest.skip(reason)


def test_a_run_through_slurm_killed_once_gives_the_same(
    cluster: Cluster, site: tuple[str, ...], smoke_results: Path, tmp_path: Path
) -> None:
    folder = Folder(tmp_path / "slurm")

    # Killed while its jobs are running: these stay in the queue, and are cancelled by hand.
    run = folder.start(*site, **cluster.environment)
    assert wait_until(lambda: run.text.count("Finished jobid") >= 5, 300), run.text[-4000:]
    run.process.kill()
    run.process.wait()
    assert cluster.command("squeue", "--noheader").strip()
    cluster.command("scancel", "--user=root")
    assert wait_until(lambda: not cluster.command("squeue", "--noheader").strip(), 60)
    refused = folder.run(*site, **cluster.environment)
    assert refused.process.returncode != 0
    assert "--unlock" in refused.text
    assert folder.run("--unlock").process.returncode == 0

    resumed = folder.run(*site, **cluster.environment)
    assert resumed.process.returncode == 0, resumed.text[-8000:]
    assert differences(smoke_results, folder.results) == []

    # The controller's own record says that each job ran there.
    submitted = set(map(int, re.findall(r"SLURM jobid '?(\d+)", resumed.text)))
    steps = int(re.findall(r"(\d+) of \1 steps \(100%\) done", resumed.text)[-1])
    assert len(submitted) == steps - 1  # `all` has nothing to do
    record = cluster.finished_jobs()
    assert {record[number]["JobState"] for number in submitted} == {"COMPLETED"}
    assert {record[number]["Partition"] for number in submitted} == {"test"}
