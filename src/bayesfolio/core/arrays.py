"""Arrays that one job writes and another reads, in npz archives. Pickles are never read."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from bayesfolio.core.archives import ZIP_FAULTS
from bayesfolio.core.errors import DamagedFileError
from bayesfolio.core.files import replacing

Record = TypeVar("Record")


class ArrayFile(Mapping[str, np.ndarray]):
    """Arrays of an open npz archive by name, each read when it is asked for."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def __getitem__(self, name: str) -> np.ndarray:
        # As a whole: np.load may leave the end of a member unread, and its checksum with it.
        content = io.BytesIO(self._archive.read(f"{name}.npy"))
        array: np.ndarray = np.lib.format.read_array(content, allow_pickle=False)
        return array

    def __iter__(self) -> Iterator[str]:
        return (name.removesuffix(".npy") for name in self._archive.namelist())

    def __len__(self) -> int:
        return len(self._archive.namelist())


@contextmanager
def opened_arrays(path: str | Path) -> Iterator[ArrayFile]:
    """Open an npz archive for reading.

    Raises
    ------
    DamagedFileError
        The file cannot be read, is damaged, or lacks an array that is asked for.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield ArrayFile(archive)
    except (*ZIP_FAULTS, KeyError) as error:
        cause = getattr(error, "strerror", None) or error
        raise DamagedFileError(
            f"{path}: not the arrays that an earlier job wrote ({cause}); delete the file, and "
            "the next run makes it again"
        ) from error


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
        As `opened_arrays`.
    """
    with opened_arrays(path) as archive:
        values = {field.name: archive[field.name] for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value if value.ndim else value.item() for name, value in values.items()})
