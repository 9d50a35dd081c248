"""Broken JSON, makefiles and Stan programs; folders, pipes and links in the place of files."""

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_input import assert_clear, damaged, from_file, try_inputs
from hypothesis import strategies as st

from bayesfolio.comoments_study.stocks import load_stocks
from bayesfolio.core import download
from bayesfolio.core.errors import DamagedFileError, DataError
from bayesfolio.leverage.prices import INDEX, load_prices
from bayesfolio.m6.assets import load_assets
from bayesfolio.m6.author_panel import read_author_panel
from bayesfolio.m6.competition import read_competition
from bayesfolio.momentum.kenfrench import read_industry_file
from bayesfolio.toolchain.errors import ToolchainError
from bayesfolio.toolchain.homes import cmdstan_version
from bayesfolio.toolchain.models import load_model

REFUSED = {"records of downloads": 130, "makefiles": 40}

ODD_VALUES = st.sampled_from(
    [None, True, 0, -1.5, "", "x", "../up", "/etc/passwd", "\0", "a\nb", "é" * 5_000, [], {}, ["a"],
     {"a": None}, 2**70, "~", "\ud800", "{wildcards.x}", "$(touch x)"]
)  # fmt: skip


@st.composite
def broken_json(draw: st.DrawFn, facts: dict[str, Any]) -> bytes:
    """JSON with a value, a key or bytes broken."""
    text = json.dumps(facts, indent=2) + "\n"
    kind = draw(st.sampled_from(["bytes", "value", "value", "lose", "twice", "text"]))
    if kind == "bytes":
        return draw(damaged(text.encode()))
    name = draw(st.sampled_from(list(facts)))
    if kind == "value":
        return json.dumps(facts | {name: draw(ODD_VALUES)}).encode()
    if kind == "lose":
        return json.dumps({key: facts[key] for key in facts if key != name}).encode()
    if kind == "twice":
        return text.replace("{\n", f'{{\n  "{name}": "other",\n', 1).encode()
    bad = ["", "null", "[]", '"a"', "1", "{", "{}}", "{'a': 1}", '{"a": NaN}', '{"a": Infinity}',
           "[" * 100_000, '{"a":' * 50_000, '{"a": ' + "9" * 5_000 + "}", "\ufeff{}", "\0",
           text.replace(",", ""), text + text, text.replace('"', "'"), " " * 1_000_001]  # fmt: skip
    return draw(st.sampled_from(bad)).encode("utf-8", "surrogatepass")


def tried(
    path: Path,
    read: Callable[[Path], Any],
    strategy: st.SearchStrategy[bytes],
    reader: str,
    error: type[Exception],
    compare: Callable[[Any, bytes], None],
    examples: int = 260,
) -> None:
    found = try_inputs(from_file(path, read), compare, strategy, error, examples)
    found.expect(reader, REFUSED[reader])


def test_records_of_downloads(tmp_path: Path) -> None:
    content = b"month,NoDur\n"
    record = {
        "url": "https://example.org/a.zip", "retrieved": "2020-01-01T00:00:00+00:00",
        "bytes": len(content), "sha256": download.hashlib.sha256(content).hexdigest(),
        "vintage": "202001", "file": "a.csv", "earlier": [],
    }  # fmt: skip
    (tmp_path / "a.csv").write_bytes(content)
    (tmp_path.parent / "up").write_bytes(content)

    def read(path: Path) -> bytes | None:
        found = download._read_record(path)
        assert found is not None
        return download._checked_cache(tmp_path, found).read_bytes()

    def same(found: Any, _: bytes) -> None:
        assert found == content

    tried(
        tmp_path / "a.json", read, broken_json(record), "records of downloads", DataError, same, 320
    )


def test_makefiles_and_stan_programs(tmp_path: Path) -> None:
    makefile = b"# a makefile\nCMDSTAN_VERSION := 2.35.0\nall:\n"

    def same(found: str, content: bytes) -> None:
        assert f"CMDSTAN_VERSION := {found}".encode() in content.replace(b"\t", b" ") or found

    strategy = damaged(makefile)
    read = lambda path: cmdstan_version(path.parent)  # noqa: E731
    tried(tmp_path / "makefile", read, strategy, "makefiles", ToolchainError, same, 120)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "stanc").touch(0o755)
    (tmp_path / "makefile").write_bytes(makefile)
    (tmp_path / "a.stan").write_bytes(b"\xff\xfe parameters")
    with pytest.raises(ToolchainError, match="not UTF-8 text") as caught:
        load_model(tmp_path / "a.stan", tmp_path / "build", cmdstan=tmp_path)
    assert_clear(caught.value)


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
    "c.json": lambda path: download._checked_cache(
        path.parent, {"file": path.name, "sha256": "", "retrieved": ""}
    ),
    "makefile": lambda path: cmdstan_version(path.parent),
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
            pytest.raises((DataError, DamagedFileError, ToolchainError)) as caught,
        ):
            read(path)
        assert_clear(caught.value)
    assert len(readers) == 8


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 300, "/" * 5_000, "\ud800.csv", ""])
def test_names_that_no_file_can_have(name: str) -> None:
    for read in (READERS[name] for name in ("a.csv", "b.csv", "c.csv")):
        with pytest.raises((DataError, DamagedFileError)) as caught:
            read(name)  # type: ignore[arg-type]
        assert len(str(caught.value)) < 6_000


def test_a_record_that_names_no_file(tmp_path: Path) -> None:
    for name in ("", "..", ".", "a\0b", "x" * 300, "/etc/passwd", "../a.csv"):
        record = {"file": name, "sha256": "", "retrieved": "then"}
        with pytest.raises(DataError) as caught:
            download._checked_cache(tmp_path, record)
        assert "passwd" not in str(caught.value) or str(tmp_path) in str(caught.value)
