"""Tables as the page shows them: the columns, units and digits of their Markdown files."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

from bayesfolio.report.tables import read_table

_LEADING_NUMBER = re.compile(r"-?(\d+(\.\d+)?|inf)")
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LONG_TEXT = 26  # letters that are not worth a line of their own
_MARKS = {
    "holds": "yes",
    "does not hold": "no",
    "undecided": "open",
    "not tested": "none",
    "agree": "yes",
    "agrees": "yes",
    "differ": "no",
    "passes": "yes",
    "fails": "no",
}
"""Cells that are shown as a verdict, and which of four signs goes with each."""


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text : str
        As shown; empty for a missing value.
    key : str or None
        What the cell is sorted by where the text itself will not do.
    mark : str or None
        Sign of a verdict: ``yes``, ``no``, ``open`` or ``none``.
    """

    text: str
    key: str | None = None
    mark: str | None = None


@dataclass(frozen=True)
class Heading:
    """Heading of a column: `group` is shared with its neighbours of the same group."""

    label: str
    group: str = ""
    numeric: bool = False
    long: bool = False


@dataclass(frozen=True)
class PageTable:
    """A table of the page.

    Attributes
    ----------
    anchor : str
        Id in the page.
    title : str
        Caption.
    headings : tuple of Heading
        One for each column.
    rows : tuple of tuple of Cell
        As long as the headings each.
    notes : tuple of str
        Sentences below.
    source : str
        Where the numbers are, below the folder of results.
    """

    anchor: str
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    source: str = ""

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Groups of neighbouring columns and how many columns each has; empty without groups."""
        if not any(heading.group for heading in self.headings):
            return []
        parts = [(heading.group or f"\0{i}") for i, heading in enumerate(self.headings)]
        return [
            ("" if name.startswith("\0") else name, len(list(part)))
            for name, part in groupby(parts)
        ]

    @property
    def wide(self) -> bool:
        """Whether the table needs a page turned on its side."""
        return len(self.headings) > 9

    def column(self, label: str) -> int:
        """Place of the column of this label.

        Raises
        ------
        ValueError
            There is none.
        """
        labels = [heading.label for heading in self.headings]
        if label not in labels:
            raise ValueError(
                f"table {self.source or self.anchor} has no column {label!r}, expected one of "
                f"{', '.join(labels)}"
            )
        return labels.index(label)

    def with_column(self, place: int, label: str, texts: Sequence[str]) -> "PageTable":
        """The same with a column more, numbers if all its cells are."""
        if len(texts) != len(self.rows):
            raise ValueError(
                f"table {self.source or self.anchor} has {len(self.rows)} rows, expected "
                f"{len(texts)} as in the column {label!r}"
            )
        heading, cells = make_column(label, texts)
        return replace(
            self,
            headings=(*self.headings[:place], heading, *self.headings[place:]),
            rows=tuple(
                (*row[:place], cell, *row[place:])
                for row, cell in zip(self.rows, cells, strict=True)
            ),
        )


def read_page_table(stem: Path, anchor: str, source: str) -> PageTable:
    """Table of ``stem.md``, as `bayesfolio.report.tables.write_table` writes it.

    Raises
    ------
    ValueError
        The file is not of that form.
    """
    path = stem.with_name(f"{stem.name}.md")
    title, *lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
    n_rows = sum(line.startswith("| ") for line in lines)
    if not (title.startswith("**") and title.endswith("**")) or n_rows < 2:
        raise ValueError(f"{path} is no table of write_table: it starts with {title[:40]!r}")
    names, rule, *rows = [_cells(line) for line in lines[:n_rows]]
    ragged = [row for row in rows if len(row) != len(names)]
    if ragged:
        raise ValueError(f"{path} has a row of {len(ragged[0])} cells, expected {len(names)}")
    parts = [name.split(": ", 1) if ": " in name else ["", name] for name in names]
    shared = {first[0] for first, second in pairwise(parts) if first[0] == second[0]} - {""}
    columns = [[row[place] for row in rows] for place in range(len(names))]
    headings, cells = [], []
    for name, (group, label), side, texts in zip(names, parts, rule, columns, strict=True):
        heading, column = make_column(
            label if group in shared else name,
            texts,
            group=group if group in shared else "",
            numeric=side.endswith(":"),
        )
        headings.append(heading)
        cells.append(column)
    return PageTable(
        anchor=anchor,
        title=title.strip("*"),
        headings=tuple(headings),
        rows=tuple(zip(*cells, strict=True)),
        notes=tuple(lines[n_rows:]),
        source=source,
    )


def read_plain_table(path: Path, anchor: str, title: str, source: str) -> PageTable:
    """Table of a CSV file that has no Markdown beside it, every cell as it is there."""
    frame = read_table(path)
    columns = [make_column(str(name), list(frame[name].fillna("").astype(str))) for name in frame]
    return PageTable(
        anchor=anchor,
        title=title,
        headings=tuple(heading for heading, _ in columns),
        rows=tuple(zip(*(cells for _, cells in columns), strict=True)),
        source=source,
    )


def make_column(
    label: str, texts: Sequence[str], group: str = "", numeric: bool | None = None
) -> tuple[Heading, list[Cell]]:
    """Heading and cells of a column; by default numbers if all that is in it are."""
    filled = [text for text in texts if text]
    if numeric is None:
        numeric = bool(filled) and all(_PLAIN_NUMBER.fullmatch(text) for text in filled)
    long = not numeric and any(len(text) > _LONG_TEXT for text in filled)
    cells = [
        Cell(text, sort_key(text) if numeric else None, _MARKS.get(text.lower())) for text in texts
    ]
    return Heading(label, group, numeric, long), cells


def sort_key(text: str) -> str | None:
    """Number to sort a cell by, such as 0.12 of ``0.12 (-0.06, 0.32)``; None if `text` is it.

    Infinities become the largest doubles, as browsers read no "inf". A cell without a number
    sorts as a missing one.
    """
    if not text or _PLAIN_NUMBER.fullmatch(text):
        return None
    found = _LEADING_NUMBER.match(text)
    return found[0].replace("inf", "1e308") if found else ""


def _cells(line: str) -> list[str]:
    """Cells of one row. A bar inside a cell is written with a backslash before it."""
    return [cell.replace("\\|", "|") for cell in line[2:-2].split(" | ")]
