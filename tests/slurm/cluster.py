"""A real SLURM cluster of one node on the loopback interface, for as long as a test needs it.

All its files are in one temporary folder: configuration, keys, sockets, spool, the record of
finished jobs. Nothing under /etc is read or written. The daemons run as the present user, who must
be root.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo", "scancel", "srun")
PACKAGES = ("slurm-wlm", "munge")  # of Debian

CONFIG = """\
ClusterName=bayesfolio
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/finished_jobs.log
MinJobAge=3600
KillWait=2
EnforcePartLimits=ALL
DefMemPerCPU=1000
NodeName=localhost NodeAddr=127.0.0.1 NodeHostname={host} CPUs={cpus} RealMemory={memory}
PartitionName=main Nodes=localhost Default=YES MaxTime=120 State=UP
PartitionName=test Nodes=localhost Default=NO MaxTime=120 State=UP
"""


@dataclass(frozen=True)
class Cluster:
    """A running cluster: where its files are and what a client's environment must hold."""

    folder: Path
    environment: dict[str, str]

    def command(self, *arguments: str) -> str:
        """Output of one of SLURM's own commands."""
        return subprocess.run(
            arguments, env=self.environment, capture_output=True, text=True, check=True
        ).stdout

    def finished_jobs(self) -> dict[int, dict[str, str]]:
        """The controller's record of finished jobs, by number."""
        path = self.folder / "finished_jobs.log"
        jobs = {}
        for line in path.read_text().splitlines() if path.exists() else []:
            fields = dict(part.split("=", 1) for part in line.split() if "=" in part)
            jobs[int(fields["JobId"])] = fields
        return jobs


def missing_programs() -> list[str]:
    """Programs of SLURM and munge that this machine lacks."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def install() -> None:
    """Install SLURM and munge from Debian's packages; raises CalledProcessError if that fails."""
    for command in (
        ["apt-get", "update", "-q"],
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES],
    ):
        subprocess.run(
            command,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            check=True,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=600,
        )


@contextmanager
def running_cluster(cpus: int = 2, memory: int = 16_000) -> Iterator[Cluster]:
    """Start a cluster whose node has `cpus` processors and `memory` MB, and stop it in the end."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)  # munged wants a socket that every user reaches
    for name in ("state", "spool", "bin"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.touch(mode=0o400)
    key.write_bytes(secrets.token_bytes(1024))
    controller_port, node_port = _free_ports(2)
    config = folder / "slurm.conf"
    config.write_text(
        CONFIG.format(
            folder=folder,
            host=socket.gethostname().split(".")[0],
            controller_port=controller_port,
            node_port=node_port,
            cpus=cpus,
            memory=memory,
        )
    )
    # SLURM takes its own variables out of a job's environment, and with them the way to this
    # configuration: the srun that a job finds puts it back.
    shim = folder / "bin" / "srun"
    shim.write_text(f'#!/bin/sh\nSLURM_CONF={config} exec {shutil.which("srun")} "$@"\n')
    shim.chmod(0o755)
    environment = os.environ | {
        "SLURM_CONF": str(config),
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
    }
    munge = [f"--{name}={folder}/munge.{name.split('-')[0]}" for name in ("pid-file", "log-file")]
    daemons = [
        ["munged", "-F", f"--key-file={key}", f"--socket={folder}/munge.sock", *munge,
         f"--seed-file={folder}/munge.seed"],
        ["slurmctld", "-D", "-c"],
        ["slurmd", "-D", "-c", "-N", "localhost"],
    ]  # fmt: skip
    started: list[subprocess.Popen[bytes]] = []
    cluster = Cluster(folder, environment)
    try:
        for command in daemons:
            started.append(_start(command, environment, folder / f"{command[0]}.out"))
            if command[0] == "munged":
                _wait_for(folder / "munge.sock")
        _wait_until_idle(cluster, started)
        yield cluster
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(path: Path, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.1)


def _start(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(command, env=environment, stdout=file, stderr=file)


def _wait_until_idle(
    cluster: Cluster, daemons: list[subprocess.Popen[bytes]], seconds: float = 30
) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = subprocess.run(
            ["sinfo", "-h", "-o", "%T"], env=cluster.environment, capture_output=True, text=True
        )
        if found.stdout.split() == ["idle"]:
            return
        if any(process.poll() is not None for process in daemons):
            break
        time.sleep(0.5)
    logs = "\n".join(
        f"--- {path.name}\n{path.read_text(errors='replace')[-2000:]}"
        for path in sorted(cluster.folder.glob("*.[lo][ou][gt]"))
    )
    raise RuntimeError(f"the cluster did not come up within {seconds} seconds\n{logs}")


def _free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    try:
        for found in sockets:
            found.bind(("127.0.0.1", 0))
        return [found.getsockname()[1] for found in sockets]
    finally:
        for found in sockets:
            found.close()
