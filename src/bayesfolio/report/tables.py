"""Write one table as CSV, Markdown and LaTeX.

The CSV file holds every column unrounded and reads back exactly; the other two show chosen
columns, rounded, under headings with units and above notes that say where the numbers come from.
"""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bayesfolio.core.files import replacing
from bayesfolio.report.registry import Column, Contents, Table

_LONG_TABLE = 50  # rows that still fit on one page
_WIDE_TABLE = 8  # columns that still fit in small type
_NUMBER = re.compile(r"-?\d+(\.\d+)?( \(-?\d+(\.\d+)?(, -?\d+(\.\d+)?)?\))?|\d+ of \d+|-?inf")
_LATEX_SPECIALS = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def write_table(
    frame: pd.DataFrame,
    stem: str | Path,
    title: str,
    notes: Sequence[str],
    columns: Sequence[Column] | None = None,
) -> None:
    """Write ``stem.csv``, ``stem.md`` and ``stem.tex``, each complete or not at all.

    Parameters
    ----------
    frame : DataFrame
        One row per table row; the index is not written. Missing values give empty cells.
    stem : path
        Path without a suffix. Its last part becomes the LaTeX label.
    title : str
        Caption, plain text.
    notes : sequence of str
        Sentences printed below the table, plain text.
    columns : sequence of Column, optional
        Columns shown in Markdown and LaTeX, in order. Default: all, floats with three decimals.

    Raises
    ------
    ValueError
        A column to show that the frame does not have.
    """
    stem = Path(stem)
    shown = _default_columns(frame) if columns is None else list(columns)
    wanted = {name for column in shown for name in (column.key, *column.beside)}
    lacking = sorted(wanted - set(frame.columns))
    if lacking:
        raise ValueError(
            f"table {stem.name} has no column {lacking[0]!r}, expected one of "
            f"{', '.join(map(str, frame.columns))}"
        )
    cells = [_format_column(frame, column) for column in shown]
    rows = list(zip(*cells, strict=True)) if len(frame) else []
    texts = {
        ".csv": frame.to_csv(index=False, lineterminator="\n"),
        ".md": _markdown(shown, rows, title, notes),
        ".tex": _latex(shown, rows, stem.name, title, notes),
    }
    for suffix, text in texts.items():
        with replacing(stem.with_name(stem.name + suffix)) as temporary:
            temporary.write_text(text, encoding="utf-8")


def write_contents(table: Table, contents: Contents, path: str | Path) -> None:
    """Write what the function of an entry returned, as the entry says.

    Parameters
    ----------
    table : Table
        The entry. Of its columns those are shown that the frame has.
    contents : Contents
        What its function returned.
    path : path
        The CSV file; the others go beside it.
    """
    shown = [c for c in contents.columns or table.columns if c.key in contents.frame]
    notes = [*table.notes, *contents.notes]
    title = contents.title or table.title
    write_table(contents.frame, Path(path).with_suffix(""), title, notes, shown)


def read_table(path: str | Path) -> pd.DataFrame:
    """Read the CSV file of a table: the numbers that `write_table` was given, to the last bit."""
    return pd.read_csv(path, float_precision="round_trip")


def _default_columns(frame: pd.DataFrame) -> list[Column]:
    return [
        Column(name, str(name), 3 if pd.api.types.is_float_dtype(frame[name]) else None)
        for name in frame.columns
    ]


def _format_column(frame: pd.DataFrame, column: Column) -> list[str]:
    values = [_format(value, column.decimals) for value in frame[column.key]]
    if not column.beside:
        return values
    parts = [[_format(value, column.decimals) for value in frame[name]] for name in column.beside]
    return [
        f"{value} ({', '.join(beside)})" if value and all(beside) else value
        for value, *beside in zip(values, *parts, strict=True)
    ]


def _format(value: object, decimals: int | None) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if decimals is None or isinstance(value, str):
        return str(value)
    if not math.isfinite(value):  # type: ignore[arg-type]
        return str(value)
    text = f"{value:.{decimals}f}"
    return text[1:] if text.startswith("-") and float(text) == 0 else text


def _alignments(rows: Sequence[Sequence[str]], n_columns: int) -> list[str]:
    """``r`` for columns of numbers, ``l`` for the rest."""
    filled = [[row[i] for row in rows if row[i]] for i in range(n_columns)]
    return ["r" if cells and all(map(_NUMBER.fullmatch, cells)) else "l" for cells in filled]


def _markdown(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], title: str, notes: Sequence[str]
) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    headings = [f"{c.group}: {c.label}" if c.group else c.label for c in columns]
    rule = ["---:" if side == "r" else "---" for side in _alignments(rows, len(columns))]
    lines = [f"**{title}**", "", line(headings), line(rule), *map(line, rows), ""]
    return "\n".join(lines + [f"{note}\n" for note in notes])


def _latex(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    label: str,
    title: str,
    notes: Sequence[str],
) -> str:
    """Booktabs table; one that is longer than a page is a longtable with repeated headings."""
    sides = _alignments(rows, len(columns))
    heading = [*_latex_groups(columns), " & ".join(_escape(c.label) for c in columns) + r" \\"]
    body = [
        " & ".join(
            _latex_number(cell) if side == "r" else _escape(cell)
            for cell, side in zip(row, sides, strict=True)
        )
        + r" \\"
        for row in rows
    ]
    caption = rf"\caption{{{_escape(title)}}}\label{{tab:{label.replace('_', '-')}}}"
    footnote = r"\par\smallskip{\footnotesize " + _escape(" ".join(notes)) + r"\par}"
    spec = "".join(sides)
    size = r"\scriptsize\setlength{\tabcolsep}{3pt}" if len(columns) > _WIDE_TABLE else r"\small"
    if len(rows) <= _LONG_TABLE:
        lines = [
            "% Needs the package booktabs.",
            r"\begin{table}[htbp]\centering" + size,
            caption,
            rf"\begin{{tabular}}{{{spec}}}",
            r"\toprule",
            *heading,
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            footnote,
            r"\end{table}",
        ]
    else:
        lines = [
            "% Needs the packages booktabs and longtable.",
            "{" + size,
            rf"\begin{{longtable}}{{{spec}}}",
            caption + r"\\",
            r"\toprule",
            *heading,
            r"\midrule\endfirsthead",
            r"\toprule",
            *heading,
            r"\midrule\endhead",
            r"\bottomrule\endfoot",
            *body,
            r"\end{longtable}}",
            footnote,
        ]
    return "\n".join(lines) + "\n"


def _latex_groups(columns: Sequence[Column]) -> list[str]:
    """Heading row that spans the columns of each group, with its rules; none without groups."""
    if not any(column.group for column in columns):
        return []
    cells, rules, start = [], [], 0
    while start < len(columns):
        group, stop = columns[start].group, start + 1
        while group and stop < len(columns) and columns[stop].group == group:
            stop += 1
        if group:
            cells.append(rf"\multicolumn{{{stop - start}}}{{c}}{{{_escape(group)}}}")
            rules.append(rf"\cmidrule(lr){{{start + 1}-{stop}}}")
        else:
            cells.append("")
        start = stop
    return [" & ".join(cells) + r" \\", " ".join(rules)]


def _escape(text: str) -> str:
    return "".join(_LATEX_SPECIALS.get(character, character) for character in text)


def _latex_number(cell: str) -> str:
    return cell.replace("-", "$-$")
