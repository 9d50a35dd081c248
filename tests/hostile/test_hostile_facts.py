"""Broken JSON; folders, pipes and links in the place of files."""

import contextlib
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_input import assert_clear, damaged, from_file, try_inputs
from hostile_samples import write_samples
from hypothesis import strategies as st

from bayesfolio.data import (
    INDEX,
    DataError,
    download,
    load_assets,
    load_prices,
    load_stocks,
    read_competition,
    read_industry_file,
)
from bayesfolio.features.author_panel import read_author_panel
from bayesfolio.report import read_table
from bayesfolio.report.published import read_published
from bayesfolio.workflow.digests import file_digest
from bayesfolio.workflow.facts import read_facts, write_facts
from bayesfolio.workflow.files import DamagedFileError
from bayesfolio.workflow.market import read_market, read_return_forecasts
from bayesfolio.workflow.programs import read_program
from bayesfolio.workflow.provenance import compiled_with
from bayesfolio.workflow.returns import read_returns

REFUSED = {"facts": 120, "programs": 130, "records of downloads": 130}

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


FACTS = {"source": "file", "sha256": "ab" * 32, "first_month": "1926-07", "n_assets": 10}


def test_facts(tmp_path: Path) -> None:
    def same(found: Any, content: bytes) -> None:
        assert found == json.loads(content)
        assert isinstance(found["sha256"], str)

    read = lambda path: read_facts(path, ("source", "sha256"))  # noqa: E731
    tried(
        tmp_path / "a.json", read, broken_json(FACTS), "facts", DamagedFileError, same, examples=320
    )
    write_facts(tmp_path / "a.json", FACTS)
    assert read(tmp_path / "a.json") == FACTS


def test_programs(tmp_path: Path) -> None:
    home, program = tmp_path / "home", tmp_path / "program"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "stanc").touch(0o755)
    (home / "makefile").write_text("CMDSTAN_VERSION := 2.35.0\n")
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    facts = {
        "cmdstan": str(home),
        "executable": str(program),
        "executable_sha256": file_digest(program),
        "flags": ["-O3"],
        "compiler": "g++",
    }

    def same(found: Any, content: bytes) -> None:
        assert Path(found.exe_file) == program

    tried(tmp_path / "a.json", read_program, broken_json(facts), "programs", DamagedFileError, same)
    for path in (tmp_path / "b.json",):
        path.write_text("{")
        with pytest.raises(DamagedFileError) as caught:
            compiled_with(path)
        assert_clear(caught.value)


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
    "d.csv": read_returns,
    "e.csv": read_market,
    "f.csv": read_return_forecasts,
    "g.csv": read_table,
    "table5.csv": read_published,
    "universe.csv": lambda path: load_assets("file", path.parent),
    "realised_quintiles.csv": lambda path: read_competition(path.parent),
    "calendar.csv": lambda path: read_author_panel(path.parent),
    "a.json": read_facts,
    "b.json": read_program,
    "c.json": lambda path: download._checked_cache(
        path.parent, {"file": path.name, "sha256": "", "retrieved": ""}
    ),
    "record.npz": None, "posteriors.npz": None, "realised.npz": None, "samples.npz": None,
    "prices.npz": None, "periods.npz": None, "fit.npz": None,
}  # type: ignore[dict-item]  # fmt: skip

KINDS = ("folder", "pipe", "loop", "dangling", "device", "secret", "empty", "missing")


@pytest.mark.parametrize("what", KINDS)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, what: str) -> None:
    readers = dict(READERS)
    for name, (path, read) in write_samples(tmp_path / "samples").items():
        readers[f"{name}.npz"] = read
        path.unlink()
    for name, read in readers.items():
        path = tmp_path / name.replace(".", "-") / name
        path.parent.mkdir()
        make(path, what)
        with (
            at_most(10),
            as_nobody() if what == "secret" else contextlib.nullcontext(),
            pytest.raises((DataError, DamagedFileError)) as caught,
        ):
            read(path)
        assert_clear(caught.value)
    assert len(readers) == 22


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 300, "/" * 5_000, "\ud800.csv", ""])
def test_names_that_no_file_can_have(name: str) -> None:
    for read in (READERS[name] for name in ("a.csv", "b.csv", "c.csv", "d.csv", "a.json")):
        with pytest.raises((DataError, DamagedFileError)) as caught:
            read(name)  # type: ignore[arg-type]
        assert len(str(caught.value)) < 6_000


def test_a_record_that_names_no_file(tmp_path: Path) -> None:
    for name in ("", "..", ".", "a\0b", "x" * 300, "/etc/passwd", "../a.csv"):
        record = {"file": name, "sha256": "", "retrieved": "then"}
        with pytest.raises(DataError) as caught:
            download._checked_cache(tmp_path, record)
        assert "passwd" not in str(caught.value) or str(tmp_path) in str(caught.value)
