"""Ways to break a file, what a reader may answer, and a count of what was tried."""

import datetime
import hashlib
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings, strategies as st

REMEDIES = re.compile(
    r"[;:] .*\b(correct|remove|get|check|keep|rename|add|use|change|sort|delete|download|pass|fill|"
    r"choose|unzip|save|end it|install|export|name|compute|set|drop|regenerate|make)\b"
)
"""What the sentence of an error must come to after its cause."""

CELLS = (
    "", " ", "nan", "NaN", "inf", "-inf", "Infinity", "1e999", "1e308", "-1e308", "1e-320", "-1",
    "0", "-0.5", "1,5", '"1,5"', "1.5.2", "1_000", "0x1F", "\u0661\u0662", "\uff11\uff12", "True",
    "None", "#N/A", "=1+1", "'", '"', '""', "9" * 400, "\0", "2020-02-30", "0000-01-01",
    "9999-12-31", "2020-13-01", "31/12/2020", "20200131", "2020-01-31T00:00:00Z", "2020-1-5",
    "1677-01-01", "é", "\ufeff", "1 000", "$5", "(1)", "5%", "--", "+", ".", "e5", "1.5", "0700",
    "-99.99", "\x1b[31m", "a\rb",
)  # fmt: skip
"""Fields that are wrong almost everywhere, and some that a lenient reader takes for another."""


@dataclass
class Tally:
    """Inputs tried on one reader: each counts once."""

    refused: set[bytes] = field(default_factory=set)
    taken: set[bytes] = field(default_factory=set)

    def add(self, content: bytes | str, refused: bool) -> None:
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        (self.refused if refused else self.taken).add(hashlib.sha256(data).digest())

    def expect(self, reader: str, least: int) -> None:
        """At least so many different inputs were refused; says how many were tried."""
        print(f"{reader}: {len(self.refused)} refused, {len(self.taken)} taken and compared")
        assert len(self.refused) >= least, (reader, len(self.refused), len(self.taken))


def assert_clear(error: Exception, longest: int = 1_500) -> None:
    """One printable line with a cause and a remedy."""
    message = str(error)
    assert message.isprintable(), repr(message)
    assert len(message) <= longest, len(message)
    assert REMEDIES.search(message), message


def try_inputs(
    read: Callable[[bytes], Any],
    compare: Callable[[Any, bytes], None],
    strategy: st.SearchStrategy[bytes],
    error: type[Exception],
    examples: int,
) -> Tally:
    """Give a reader many broken files; whatever it takes must compare."""
    tally = Tally()

    @settings(max_examples=examples)
    @given(content=strategy)
    def one(content: bytes) -> None:
        try:
            found = read(content)
        except error as fault:
            assert_clear(fault)
            tally.add(content, refused=True)
            return
        tally.add(content, refused=False)
        compare(found, content)

    one()
    return tally


def from_file(path: Path, read: Callable[[Path], Any]) -> Callable[[bytes], Any]:
    """A reader of content out of one of files."""

    def reader(content: bytes) -> Any:
        path.write_bytes(content)
        return read(path)

    return reader


# Faults of bytes -----------------------------------------------------------------------------


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Bytes cut, flipped, wiped, repeated or mixed in: what a disk or a network does."""
    kind = draw(st.sampled_from(["cut", "flip", "flips", "wipe", "repeat", "insert", "lose"]))
    n = len(content)
    at = draw(st.integers(0, n - 1))
    size = draw(st.integers(1, 40))
    if kind == "cut":
        return content[:at]
    if kind in ("flip", "flips"):
        broken = bytearray(content)
        for _ in range(1 if kind == "flip" else draw(st.integers(2, 5))):
            broken[draw(st.integers(0, n - 1))] ^= 1 << draw(st.integers(0, 7))
        return bytes(broken)
    if kind == "wipe":
        return content[:at] + b"\0" * min(size, n - at) + content[at + size :]
    if kind == "repeat":
        return content[: at + size] + content[at:]
    if kind == "insert":
        return content[:at] + draw(st.binary(min_size=1, max_size=size)) + content[at:]
    return content[:at] + content[at + size :]


# Faults of tables ----------------------------------------------------------------------------

Rows = list[list[str]]


def _set_cell(draw: st.DrawFn, rows: Rows) -> None:
    row = draw(st.sampled_from(rows))
    row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from(CELLS))


def _lose_cell(draw: st.DrawFn, rows: Rows) -> None:
    row = draw(st.sampled_from(rows))
    del row[draw(st.integers(0, len(row) - 1))]


def _more_cells(draw: st.DrawFn, rows: Rows) -> None:
    chosen = draw(st.sampled_from([rows, rows[1:], rows[:1], [draw(st.sampled_from(rows))]]))
    at = draw(st.sampled_from([0, 1, 1000]))
    value = draw(st.sampled_from(["", "1", "x", "2020-01-01"]))
    for row in chosen:
        row.insert(at, value)


def _lose_row(draw: st.DrawFn, rows: Rows) -> None:
    del rows[draw(st.integers(0, len(rows) - 1))]


def _repeat_row(draw: st.DrawFn, rows: Rows) -> None:
    row = list(draw(st.sampled_from(rows)))
    rows.insert(draw(st.integers(0, len(rows))), row)


def _swap_rows(draw: st.DrawFn, rows: Rows) -> None:
    a, b = (draw(st.integers(0, len(rows) - 1)) for _ in range(2))
    rows[a], rows[b] = rows[b], rows[a]


def _blank_row(draw: st.DrawFn, rows: Rows) -> None:
    blank = draw(st.sampled_from([[""], [" "], [""] * len(rows[0]), ["", ""]]))
    rows.insert(draw(st.integers(0, len(rows))), list(blank))


def _swap_names(draw: st.DrawFn, rows: Rows) -> None:
    a, b = (draw(st.integers(0, len(rows[0]) - 1)) for _ in range(2))
    rows[0][a], rows[0][b] = rows[0][b], rows[0][a]


def _odd_name(draw: st.DrawFn, rows: Rows) -> None:
    at = draw(st.integers(0, len(rows[0]) - 1))
    names = [*rows[0], "", "x", rows[0][at].upper(), rows[0][at] + ".1", "Close", "\ufeffdate"]
    rows[0][at] = draw(st.sampled_from(names))


def _swap_columns(draw: st.DrawFn, rows: Rows) -> None:
    a, b = (draw(st.integers(0, len(rows[0]) - 1)) for _ in range(2))
    for row in rows:
        if max(a, b) < len(row):
            row[a], row[b] = row[b], row[a]


def _lose_column(draw: st.DrawFn, rows: Rows) -> None:
    at = draw(st.integers(0, len(rows[0]) - 1))
    for row in rows:
        del row[at : at + 1]


def _decimal_commas(draw: st.DrawFn, rows: Rows) -> None:
    quote = draw(st.sampled_from(["", '"']))
    for row in draw(st.sampled_from([rows[1:], [draw(st.sampled_from(rows))]])):
        row[:] = [f"{quote}{c.replace('.', ',')}{quote}" if "." in c else c for c in row]


def _huge_field(draw: st.DrawFn, rows: Rows) -> None:
    row = draw(st.sampled_from(rows))
    row[draw(st.integers(0, len(row) - 1))] = draw(st.sampled_from(["7", "x", ","])) * 150_000


def _only_header(draw: st.DrawFn, rows: Rows) -> None:
    del rows[1:]


_CHANGES: tuple[Callable[[st.DrawFn, Rows], None], ...] = (
    _set_cell, _set_cell, _set_cell, _lose_cell, _more_cells, _lose_row, _repeat_row, _swap_rows,
    _blank_row, _swap_names, _odd_name, _swap_columns, _lose_column, _decimal_commas, _huge_field,
    _only_header,
)  # fmt: skip

_ENDINGS: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda text: text.encode(),
    "byte-order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "CR": lambda text: text.replace("\n", "\r").encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "Latin-1": lambda text: ("é" + text).encode("latin-1", "replace"),
    "semicolons": lambda text: text.replace(",", ";").encode(),
    "tabs": lambda text: text.replace(",", "\t").encode(),
    "no line end": lambda text: text.rstrip("\n").encode(),
    "blank lines after": lambda text: (text + "\n\n").encode(),
    "blanks": lambda text: text.replace(",", " , ").encode(),
    "HTML": lambda text: b"<html>busy</html>\n",
    "nothing": lambda text: b"",
    "blank": lambda text: b"\n \n\n",
}


@st.composite
def broken_table(draw: st.DrawFn, text: str) -> bytes:
    """A table of plain fields with one to three faults, of its rows and columns or of its bytes."""
    if draw(st.integers(0, 4)) == 0:
        return draw(damaged(text.encode()))
    rows = [line.split(",") for line in text.split("\n")[:-1]]
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 1, 2, 3]))):
        if rows and all(rows):
            draw(st.sampled_from(_CHANGES))(draw, rows)
    ending = draw(st.sampled_from([*["as it is"] * 20, *_ENDINGS]))
    return _ENDINGS[ending]("".join(",".join(row) + "\n" for row in rows))


# An independent reading ----------------------------------------------------------------------


def read_again(content: bytes) -> pd.DataFrame:
    """Fields of a table as text, by a reader that the library does not use."""
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    frame = pd.read_csv(
        io.StringIO(text), dtype=str, header=None, keep_default_na=False, na_filter=False,
        index_col=False, engine="c", skip_blank_lines=True,
    )  # fmt: skip
    cells = frame.to_numpy(dtype=str)
    cells = np.char.strip(cells.astype(str))
    return pd.DataFrame(cells[1:], columns=list(cells[0]), dtype=object)


def numbers(values: Sequence[str]) -> list[float]:
    return [float(value) if value else np.nan for value in values]


def days(values: Sequence[str]) -> list[datetime.date]:
    return [datetime.date.fromisoformat(value) for value in values]
