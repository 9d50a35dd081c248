"""What the settings of every study share: closed groups of keys, kinds of values, refusals.

Snakemake imports the settings whenever it starts, so their imports are light.
"""

import os
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

Config = Mapping[str, Any]

LARGEST = 2**63 - 1
"""Largest whole number of a configuration; Python refuses to print those of 4,300 digits."""

MOST_JOBS = 10_000
"""Jobs of one kind: Snakemake plans for minutes at more."""


class Settings(BaseModel):
    """A closed group of keys, all of them required; a value is never converted to another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def refusal(expected: str, *key: str, **found: object) -> PydanticCustomError:
    """Error of a validator, which `bayesfolio.config` makes into a sentence.

    Parameters
    ----------
    expected : str
        What was expected, and the remedy.
    key : str
        The key inside the group that is validated; none for what is validated itself.
    found : object
        At most one of ``value``, what the key is where the configuration writes it otherwise;
        ``has``, what is wrong inside it; ``known``, the names that the key may have.
    """
    return PydanticCustomError("refused", "refused", {"key": key, "expected": expected, **found})


def _different(values: list[Any]) -> list[Any]:
    if len(set(values)) < len(values):
        raise PydanticCustomError("repeated", "repeated")
    return values


def _printable(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("unprintable", "unprintable")
    return text


def _day_of_the_calendar(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise refusal("a day of the calendar") from None
    return text


T = TypeVar("T")

Whole = Annotated[int, Field(le=LARGEST)]
Count = Annotated[Whole, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]
Name = Annotated[str, Field(min_length=1, title="a name"), AfterValidator(_printable)]
Slug = Annotated[
    str,
    Field(
        max_length=60,
        pattern="^[a-z][a-z0-9_]*$",
        title="a name of lower-case letters, digits and _ that starts with a letter",
    ),
]
Month = Annotated[
    str,
    Field(
        pattern="^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$", title='a month in quotes, such as "2015-06"'
    ),
]
Day = Annotated[
    str,
    Field(
        pattern="^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        title='a day in quotes, such as "2003-01-31"',
    ),
    AfterValidator(_day_of_the_calendar),
]
Sha256 = Annotated[
    str, Field(pattern="^[0-9a-fA-F]{64}$", title="a SHA-256 of 64 hexadecimal digits")
]
Different = Annotated[
    list[T], AfterValidator(_different), Field(json_schema_extra={"uniqueItems": True})
]


class FileSource(Settings):
    """A source of data of which the one named ``file`` reads the CSV file `path`."""

    source: str
    path: Annotated[str, Field(title="the path of a CSV file")] | None

    @model_validator(mode="after")
    def _only_a_file_has_a_path(self) -> "FileSource":
        path = data_path({"path": self.path})
        if self.source != "file" and path is not None:
            raise refusal(
                f"null: only source file reads a path, and the source is {self.source}", "path"
            )
        if self.source == "file" and path is None:
            raise refusal("the CSV file that source file reads", "path")
        if path is not None:
            check_path(path, "CSV file", "path")
        return self


class Batched(Settings):
    """Replications that are dealt out to jobs."""

    replications: int
    replications_per_job: Count

    @model_validator(mode="after")
    def _few_enough_jobs(self) -> "Batched":
        least = -(-self.replications // MOST_JOBS)
        if self.replications_per_job < least:
            jobs = -(-self.replications // self.replications_per_job)
            raise refusal(
                f"{least} or more: {jobs} jobs are too many to plan", "replications_per_job"
            )
        return self


def check_path(path: str, kind: str, *key: str) -> None:
    """Refuse a path that Snakemake cannot carry or where there is no such file or folder.

    Parameters
    ----------
    path : str
        The path, with ``~`` and environment variables filled in.
    kind : str
        ``folder``, or what kind of file it is.
    key : str
        Key of the path inside the group that is validated.
    """
    if "{" in path or "}" in path or not path.isprintable():
        raise refusal(
            "a path without braces, which Snakemake fills in, and without control characters: "
            "rename the file or its folder",
            *key,
            value=path,
        )
    if not (os.path.isdir if kind == "folder" else os.path.isfile)(path):
        unset = re.search(r"\$\{?(\w+)", path)
        if unset:
            why = f"; the environment variable {unset[1]} is not set"
        else:
            why = "" if os.path.isabs(path) else f"; it was sought in {os.getcwd()}"
        raise refusal(f"an existing {kind}{why}", *key, value=path)


def data_path(data: Config) -> str | None:
    """Path of a data file with ``~`` and environment variables such as ``$NAME`` filled in."""
    path = data["path"]
    return None if path is None else os.path.expanduser(os.path.expandvars(path))


def replication_chunks(group: Config) -> dict[str, list[int]]:
    """Replications of each job, by chunk name such as ``0-24``."""
    n, size = group["replications"], group["replications_per_job"]
    parts = [list(range(start, min(start + size, n))) for start in range(0, n, size)]
    return {f"{part[0]}-{part[-1]}": part for part in parts}


def merged(config: Config, *overlays: Config) -> dict[str, Any]:
    """Configuration with overlays laid over it, key by key, as Snakemake does it."""
    found = dict(config)
    for overlay in overlays:
        for key, value in overlay.items():
            old = found.get(key)
            if isinstance(value, Mapping) and isinstance(old, Mapping):
                found[key] = merged(old, value)
            else:
                found[key] = value
    return found
