"""Broken JSON; folders, pipes and links in the place of files."""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_input import assert_clear

from bayesfolio.comoments_study.stocks import load_stocks
from bayesfolio.core.errors import DataError
from bayesfolio.leverage.prices import INDEX, load_prices
from bayesfolio.m6.assets import load_assets
from bayesfolio.m6.author_panel import read_author_panel
from bayesfolio.m6.competition import read_competition
from bayesfolio.momentum.kenfrench import read_industry_file

# What is no file -----------------------------------------------------------------------------


@contextlib.contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Fail where a reader waits, as for the writer of a pipe."""

    def late(*_: object) -> None:
        raise AssertionError(f"not done within {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def make(path: Path, what: str) -> None:
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "loop":
        path.symlink_to(path.name)
    elif what == "dangling":
        path.symlink_to("nowhere")
    elif what == "device":
        path.symlink_to("/dev/zero")
    elif what == "secret":
        path.write_text("a,b\n1,2\n")
        path.chmod(0)
    elif what == "empty":
        path.touch()


READERS: dict[str, Callable[[Path], Any]] = {
    "a.csv": lambda path: load_stocks("file", path),
    "b.csv": lambda path: load_prices(INDEX, "file", path),
    "c.csv": read_industry_file,
    "universe.csv": lambda path: load_assets("file", path.parent),
    "realised_quintiles.csv": lambda path: read_competition(path.parent),
    "calendar.csv": lambda path: read_author_panel(path.parent),
}  # type: ignore[dict-item]  # fmt: skip

KINDS = ("folder", "pipe", "loop", "dangling", "device", "secret", "empty", "missing")


@pytest.mark.parametrize("what", KINDS)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, what: str) -> None:
    readers = dict(READERS)
    for name, read in readers.items():
        path = tmp_path / name.replace(".", "-") / name
        path.parent.mkdir()
        make(path, what)
        with (
            at_most(10),
            as_nobody() if what == "secret" else contextlib.nullcontext(),
            pytest.raises(DataError) as caught,
        ):
            read(path)
        assert_clear(caught.value)
    assert len(READERS) == 6


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 300, "/" * 5_000, "\ud800.csv", ""])
def test_names_that_no_file_can_have(name: str) -> None:
    for read in (READERS[name] for name in ("a.csv", "b.csv", "c.csv")):
        with pytest.raises(DataError) as caught:
            read(name)  # type: ignore[arg-type]
        assert len(str(caught.value)) < 6_000
