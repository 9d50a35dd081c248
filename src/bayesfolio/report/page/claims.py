"""Claims with their verdicts, and what is ours less what is printed."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd

from bayesfolio.report.page.tables import PageTable
from bayesfolio.report.tables import read_table

_OURS = {"claims": ("ours", "Ours (sd)"), "published_claims": ("as_published", "As published")}
"""By table: column of the CSV file with our figure, and its heading."""


def with_difference(table: PageTable, name: str, path: Path) -> PageTable:
    """The table of claims with a column more: ours less printed, in the printed one's digits.

    Raises
    ------
    ValueError
        The CSV file lacks a column, or has other rows than the table.
    """
    if name not in _OURS:  # of a study whose claims have no printed figure
        return table
    key, label = _OURS[name]
    frame = read_table(path)
    for column in (key, "printed", "verdict"):
        if column not in frame:
            raise ValueError(
                f"{table.source} has no column {column!r}, expected one of "
                f"{', '.join(frame.columns)}"
            )
    if len(frame) != len(table.rows):
        raise ValueError(f"{table.source} has {len(frame)} rows, expected {len(table.rows)}")
    printed = table.column("Printed")
    texts = [
        _signed(ours - there, row[printed].text)
        for ours, there, row in zip(frame[key], frame["printed"], table.rows, strict=True)
    ]
    return _verdict_forward(table.with_column(table.column(label) + 1, "Difference", texts))


def verdicts(table: PageTable) -> list[tuple[str, int]]:
    """How many claims have each verdict, in a fixed order; empty if verdicts are sentences."""
    place = table.column("Verdict")
    counts = Counter(row[place].text for row in table.rows)
    order = ["holds", "does not hold", "undecided", "not tested"]
    if set(counts) - set(order):
        return []
    return [(verdict, counts[verdict]) for verdict in order if counts[verdict]]


def _verdict_forward(table: PageTable) -> PageTable:
    """The verdict before the first number, where it is seen without scrolling."""
    old = table.column("Verdict")
    new = next(place for place, heading in enumerate(table.headings) if heading.numeric)
    order = [place for place in range(len(table.headings)) if place != old]
    order.insert(new, old)
    return replace(
        table,
        headings=tuple(table.headings[place] for place in order),
        rows=tuple(tuple(row[place] for place in order) for row in table.rows),
    )


def _signed(difference: float, printed: str) -> str:
    if pd.isna(difference) or not printed:
        return ""
    decimals = len(printed.partition(".")[2])
    text = f"{difference:.{decimals}f}"
    return text[1:] if text.startswith("-") and float(text) == 0 else text
