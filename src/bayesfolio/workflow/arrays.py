"""Frozen dataclasses of arrays and numbers as npz archives."""

from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from bayesfolio.workflow.files import replacing

Record = TypeVar("Record")


def save_record(path: str | Path, record: Any) -> None:
    """Write a dataclass whose fields are arrays or floats; `load_record` gives it back exactly."""
    arrays = {field.name: np.asarray(getattr(record, field.name)) for field in fields(record)}
    with replacing(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)


def load_record(path: str | Path, kind: type[Record]) -> Record:
    """Read what `save_record` wrote of a dataclass of this kind; numbers come back as floats."""
    with np.load(path, allow_pickle=False) as archive:
        values = {field.name: archive[field.name] for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: value if value.ndim else value.item() for name, value in values.items()})
