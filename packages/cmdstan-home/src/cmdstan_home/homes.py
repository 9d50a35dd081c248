"""Recognising CmdStan homes and finding the one to use."""

import os
import re
import subprocess
from pathlib import Path

from cmdstan_home.errors import CmdStanHomeError

__all__ = ["cmdstan_version", "compiler_command", "compiler_flags", "find_home", "require_home"]

_VERSION_LINE = re.compile(r"^CMDSTAN_VERSION\s*:=\s*(\S+)", re.MULTILINE)


def cmdstan_version(home: Path) -> str:
    """Read the version of a CmdStan home from its makefile.

    Parameters
    ----------
    home : Path
        Directory of a CmdStan.

    Returns
    -------
    str
        Such as ``"2.35.0"``.

    Raises
    ------
    CmdStanHomeError
        If the directory is no CmdStan home.
    """
    return _read_version(home, str(home))


def compiler_command() -> str:
    """Return the C++ compiler that homes and models are built with: ``$CXX``, or ``g++``."""
    return os.environ.get("CXX", "").strip() or "g++"


def make_command() -> str:
    """Return the make to run: ``$MAKE``, or ``make``."""
    return os.environ.get("MAKE", "").strip() or "make"


def compiler_flags(home: Path) -> list[str]:
    """Return what the home says it compiles models with, line by line; empty if it does not say.

    Parameters
    ----------
    home : Path
        A CmdStan home.
    """
    run = subprocess.run(
        [make_command(), "-s", "print-compiler-flags"],
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout.splitlines() if run.returncode == 0 else []


def require_home(home: Path, source: str) -> Path:
    """Return `home` as an absolute path if it is a usable CmdStan home.

    Parameters
    ----------
    home : Path
        The directory to look at.
    source : str
        Who named it, for the message: ``"$CMDSTAN"``, say.

    Raises
    ------
    CmdStanHomeError
        If it is not, with what is missing.
    """
    home = home.expanduser().absolute()
    _read_version(home, f"{source} points to {home}")
    if not os.access(home / "bin" / "stanc", os.X_OK):
        raise CmdStanHomeError(
            f"{source} points to {home}, which is an unfinished CmdStan home (no bin/stanc that "
            "runs): run `make build` there, or take the setting away to use another CmdStan."
        )
    return home


def find_home(configured: Path | None = None) -> Path | None:
    """Find an installed CmdStan, in this order: configured, ``$CMDSTAN``, cmdstanpy's own.

    Parameters
    ----------
    configured : Path, optional
        The home that the caller or a configuration names.

    Returns
    -------
    Path or None
        None if no place names a CmdStan.

    Raises
    ------
    CmdStanHomeError
        If a place names a directory that is no CmdStan home. A wrong setting is never skipped.
    """
    if configured is not None:
        return require_home(configured, "the configured CmdStan path")
    if variable := os.environ.get("CMDSTAN"):
        return require_home(Path(variable), "$CMDSTAN")
    return _newest_installed(Path.home() / ".cmdstan")


def _read_version(home: Path, subject: str) -> str:
    try:
        line = _VERSION_LINE.search((home / "makefile").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        line = None
    if line is None:
        lack = "no makefile with a CMDSTAN_VERSION line" if home.is_dir() else "no such directory"
        raise CmdStanHomeError(
            f"{subject}, which is no CmdStan home ({lack}): correct the path, or take the setting "
            "away to use another CmdStan."
        )
    return line[1]


def _newest_installed(directory: Path) -> Path | None:
    """Return the newest release that cmdstanpy's `install_cmdstan` has put there."""
    releases = []
    for home in directory.glob("cmdstan-*"):
        number = re.fullmatch(r"cmdstan-(\d+)\.(\d+)\.(\d+)", home.name)
        complete = (home / "makefile").is_file() and os.access(home / "bin" / "stanc", os.X_OK)
        if number and complete:
            releases.append((tuple(int(part) for part in number.groups()), home))
    return max(releases)[1] if releases else None
