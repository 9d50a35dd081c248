"""How the fits went: those that fail first."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from bayesfolio.report.page.tables import PageTable, make_column
from bayesfolio.report.tables import read_table

MOST_FITS = 60
"""Failing fits that are listed: the worst. All are in the file."""

_FIT_COLUMNS = {
    "model": ("Model", None),
    "year": ("Window to", 0),
    "rhat_sums": ("R-hat, fitted sums", 3),
    "rhat_predictive": ("R-hat, predictive", 3),
    "ess_sums": ("ESS, fitted sums", 0),
    "ess_predictive": ("ESS, predictive", 0),
    "chain_spread": ("Chain spread (sd)", 2),
    "divergences": ("Divergences", 0),
    "max_depth_hits": ("Depth limit", 0),
}


@dataclass(frozen=True)
class FitCount:
    """Fits of one study and how many fail their diagnostics."""

    study: str
    n_fits: int
    n_failed: int


def momentum_fits(path: Path, anchor: str, source: str) -> tuple[FitCount, PageTable | None]:
    """Count of the momentum study's fits, and a table of those that fail, the worst first.

    Parameters
    ----------
    path : path
        ``fits.csv`` of the study: one row for each model and window.
    anchor, source : str
        Of the table.

    Returns
    -------
    FitCount
        Of all fits.
    PageTable or None
        At most `MOST_FITS` failing fits by falling R-hat; None if all pass.

    Raises
    ------
    ValueError
        A column is missing.
    """
    fits = _with_columns(read_table(path), [*_FIT_COLUMNS, "passed"], source)
    failed = fits[~fits["passed"].astype(bool)]
    count = FitCount("momentum", len(fits), len(failed))
    if failed.empty:
        return count, None
    worst = failed[["rhat_sums", "rhat_predictive"]].max(axis=1)
    order = worst.sort_values(ascending=False, kind="stable", na_position="first").index
    shown = failed.loc[order[:MOST_FITS]]
    columns = [
        make_column(label, [_text(value, decimals) for value in shown[key]])
        for key, (label, decimals) in _FIT_COLUMNS.items()
    ]
    which = (
        "All fits that fail"
        if len(shown) == len(failed)
        else f"The {len(shown)} worst of {len(failed):,} fits that fail"
    )
    table = PageTable(
        anchor=anchor,
        title=f"{which}, by falling R-hat",
        headings=tuple(heading for heading, _ in columns),
        rows=tuple(zip(*(cells for _, cells in columns), strict=True)),
        notes=(f"All {len(fits):,} fits, those that pass too, are in the file named here.",),
        source=source,
    )
    return count, table


def failing_first(table: PageTable, failed: list[int], fits: list[int]) -> PageTable:
    """The table with a verdict in front, rows by falling share of fits that fail.

    Parameters
    ----------
    table : PageTable
        One row for each model, or for each fit.
    failed, fits : list of int
        Of each row: how many fits fail, and how many there are.
    """
    verdicts = ["fails" if count else "passes" for count in failed]
    marked = table.with_column(0, "Fits", verdicts)
    # A row is named by its first column, so the verdict comes second.
    swapped = replace(
        marked,
        headings=(marked.headings[1], marked.headings[0], *marked.headings[2:]),
        rows=tuple((row[1], row[0], *row[2:]) for row in marked.rows),
    )
    order = sorted(range(len(failed)), key=lambda row: -failed[row] / max(fits[row], 1))
    return replace(swapped, rows=tuple(swapped.rows[row] for row in order))


def mark_momentum(table: PageTable, path: Path) -> PageTable:
    """Diagnostics by model, models with failing fits first; numbers from the CSV file."""
    frame = _with_columns(read_table(path), ["n_windows", "failed_windows"], table.source)
    return failing_first(table, frame["failed_windows"].tolist(), frame["n_windows"].tolist())


def mark_fits(study: str, table: PageTable, path: Path) -> tuple[FitCount, PageTable]:
    """A table with one row for each fit of a study, those that failed first."""
    frame = _with_columns(read_table(path), ["passed"], table.source)
    failed = (~frame["passed"].astype(bool)).astype(int).tolist()
    count = FitCount(study, len(failed), sum(failed))
    return count, failing_first(table, failed, [1] * len(failed))


def _with_columns(frame: pd.DataFrame, names: list[str], source: str) -> pd.DataFrame:
    lacking = [name for name in names if name not in frame]
    if lacking:
        raise ValueError(
            f"{source} has no column {lacking[0]!r}, expected one of {', '.join(frame.columns)}"
        )
    return frame


def _text(value: object, decimals: int | None) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    return str(value) if decimals is None else f"{value:.{decimals}f}"
