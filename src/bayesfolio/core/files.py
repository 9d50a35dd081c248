"""Files that are read only if they are files, and that appear only when they are complete."""

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def opened(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file for reading; never wait for what is not one.

    Raises
    ------
    OSError
        It cannot be opened, or it is a folder, a pipe, a socket or a device. A name that no file
        can have counts too.
    """
    try:
        # Opening a pipe would wait for a writer for ever.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except ValueError as error:
        raise OSError(errno.EINVAL, "no file can have this name") from error
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is a pipe, a socket or a device")
    except OSError:
        os.close(handle)
        raise
    with os.fdopen(handle, "rb") as stream:
        yield stream


def read_limited(path: str | Path, max_bytes: int) -> bytes:
    """Content of a file, at most so many bytes; raises OSError as `opened` does, and for more."""
    with opened(path) as stream:
        content = stream.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise OSError(errno.EFBIG, f"it is larger than {max_bytes:,} bytes")
    return content


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`, renamed to it when the block ends without an error.

    The temporary name keeps the suffix, which many writers choose their format by. After an error
    nothing is left, and a file that was at `path` before stays.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Another job may write the same file at the same time, on another computer even.
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file's bytes."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
