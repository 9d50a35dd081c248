"""Arrays in npz archives: damage is noticed, pickles are refused, nothing is read by halves."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from bayesfolio.core.archives import ZIP_FAULTS
from bayesfolio.core.errors import DamagedFileError
from bayesfolio.core.files import opened, replacing

Record = TypeVar("Record")

MAX_ARRAY_BYTES = 4 * 1024**3
"""Largest array read; those of a fit have some hundred million bytes."""

# numpy takes the header of an array for a Python literal.
_HEADER_FAULTS = (SyntaxError, TypeError, AttributeError, KeyError, IndexError, OverflowError)


class ArrayFile:
    """Arrays of an open npz archive, by name; each is read as a whole, its checksum verified."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        names = [info.filename for info in archive.infolist()]
        if len(set(names)) != len(names):
            raise ValueError("it holds an array twice")
        strange = [name for name in names if not name.endswith(".npy")]
        if strange:
            raise ValueError(f"it holds {strange[0][:40]!r}, which is no array")
        self.files = [name.removesuffix(".npy") for name in names]

    def __getitem__(self, name: str) -> np.ndarray:
        # np.load may leave the end of a member unread, and its checksum with it.
        if name not in self.files:
            raise ValueError(f"it has no array {name!r}")
        info = self._archive.getinfo(f"{name}.npy")
        if info.file_size > MAX_ARRAY_BYTES:
            raise ValueError(f"the array {name!r} is larger than {MAX_ARRAY_BYTES:,} bytes")
        content = io.BytesIO(self._archive.read(info))
        try:
            array: np.ndarray = np.lib.format.read_array(content, allow_pickle=False)
        except _HEADER_FAULTS as error:
            raise ValueError(f"the header of the array {name!r} is none ({error})") from error
        if content.read(1):
            raise ValueError(f"the array {name!r} is followed by more")
        return array


@contextmanager
def opened_arrays(path: str | Path) -> Iterator[ArrayFile]:
    """Open an npz archive for reading.

    A ValueError inside the block, such as for a shape that does not fit, counts as damage too.

    Raises
    ------
    DamagedFileError
        The file cannot be read, is not an archive of arrays, is damaged, holds pickled objects, or
        does not hold what is asked for.
    """
    try:
        with opened(path) as stream, zipfile.ZipFile(stream) as archive:
            yield ArrayFile(archive)
    except DamagedFileError:
        raise
    except ZIP_FAULTS as error:
        cause = " ".join(str(getattr(error, "strerror", None) or error).split())
        raise DamagedFileError(
            f"{path}: not the arrays expected of an earlier job "
            f"({cause[:300] or type(error).__name__}); delete the file, and the next run makes it "
            "again"
        ) from error


def check_shape(name: str, array: np.ndarray, *shape: int) -> np.ndarray:
    """Return a numeric array that has this shape; -1 stands for any length."""
    fits = array.ndim == len(shape) and all(
        want in (-1, have) for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits or array.dtype.kind not in "biufMm":
        raise ValueError(f"the array {name!r} is {array.dtype} {array.shape}, expected {shape}")
    return array


def save_record(path: str | Path, record: Any) -> None:
    """Write a dataclass whose fields are arrays or floats; `load_record` gives it back exactly."""
    arrays = {field.name: np.asarray(getattr(record, field.name)) for field in fields(record)}
    with replacing(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)


def load_record(path: str | Path, kind: type[Record]) -> Record:
    """Read what `save_record` wrote of a dataclass of this kind; numbers come back as floats.

    Raises
    ------
    DamagedFileError
        As `opened_arrays`; also if the archive holds other arrays than the fields.
    """
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    with opened_arrays(path) as archive:
        strange = sorted(set(archive.files) - set(names))
        if strange:
            raise ValueError(f"it has an array {strange[0][:40]!r}, which {kind.__name__} has not")
        values = {name: archive[name] for name in names}
        return kind(
            **{name: value if value.ndim else value.item() for name, value in values.items()}
        )
