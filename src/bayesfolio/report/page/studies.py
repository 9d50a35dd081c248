"""Reading what a run has made, study by study."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from bayesfolio.report.page.claims import verdicts, with_difference
from bayesfolio.report.page.contents import CLAIMS, DIAGNOSTICS, STUDIES, figure_info, in_order
from bayesfolio.report.page.diagnostics import FitCount, mark_fits, mark_momentum, momentum_fits
from bayesfolio.report.page.figures import PageFigure, read_figure, render_caption
from bayesfolio.report.page.tables import PageTable, read_page_table, read_plain_table

_OFTEN = 3  # tables of a study that a note must be under to be printed once for all


@dataclass(frozen=True)
class PageStudy:
    """One study as the page shows it.

    Attributes
    ----------
    name, title, about : str
        See `bayesfolio.report.page.contents`.
    tables : tuple of PageTable
        Without those of claims and diagnostics.
    letters : mapping of str to str
        Letters of the shared notes that go with a table, by its anchor.
    notes : tuple of (str, str)
        Letter and text of notes that several tables share.
    figures : tuple of PageFigure
        In order.
    claims : PageTable or None
        With verdicts.
    verdicts : tuple of (str, int)
        How many claims have each verdict.
    fits : FitCount or None
        For studies that say which of their fits fail.
    diagnostics : tuple of PageTable
        Failing fits first.
    provenance : mapping or None
        What the study's numbers come from; None if the run has no record of it.
    """

    name: str
    title: str
    about: str
    tables: tuple[PageTable, ...]
    letters: Mapping[str, str]
    notes: tuple[tuple[str, str], ...]
    figures: tuple[PageFigure, ...]
    claims: PageTable | None = None
    verdicts: tuple[tuple[str, int], ...] = ()
    fits: FitCount | None = None
    diagnostics: tuple[PageTable, ...] = ()
    provenance: Mapping[str, Any] | None = None

    @property
    def commit(self) -> str:
        """Commit of the study's numbers, shortened; empty where it is not known."""
        commit = (self.provenance or {}).get("commit") or ""
        return str(commit[:7] + ("-dirty" if commit.endswith("-dirty") else ""))


Files = Mapping[str, Mapping[str, Mapping[str, Path]]]
"""By folder of a study, name and suffix; what lies in the study's own folder is under ``""``."""


def sort_files(files: Iterable[str | Path]) -> dict[str, Files]:
    """Files of a run by study, folder, name and suffix. Files of no study are refused.

    Raises
    ------
    ValueError
        A file is not below a folder named like a study.
    """
    found: dict[str, Any] = {}
    for path in map(Path, files):
        study = next((part for part in reversed(path.parts[:-1]) if part in STUDIES), None)
        if study is None:
            raise ValueError(
                f"{path} is of no study, expected a folder {', '.join(STUDIES)} in its path"
            )
        folder = "" if path.parent.name == study else path.parent.name
        names = found.setdefault(study, defaultdict(lambda: defaultdict(dict)))[folder]
        names[path.stem][path.suffix] = path
    return {study: found[study] for study in STUDIES if study in found}


def provenance_of(files: Files) -> dict[str, Any] | None:
    """What the numbers of a study come from; None if there is no record."""
    path = files.get("", {}).get("provenance", {}).get(".json")
    record: dict[str, Any] | None = json.loads(path.read_text()) if path else None
    return record


def read_study(name: str, files: Files, captions: Path, config: Mapping[str, Any]) -> PageStudy:
    """Read one study.

    Parameters
    ----------
    name : str
        One of `bayesfolio.report.page.contents.STUDIES`.
    files : mapping
        Its part of `sort_files`.
    captions : path
        Folder ``workflow/report``.
    config : mapping
        Configuration of the run, for the captions.
    """
    info = STUDIES[name]
    paths = files.get("tables", {})
    tables = {}
    for table, found in paths.items():
        if not {".csv", ".md"} <= set(found):
            raise ValueError(
                f"table {name}/tables/{table} has {', '.join(found)}, expected .csv and .md"
            )
        source = f"{name}/tables/{table}.csv"
        tables[table] = read_page_table(
            found[".csv"].with_suffix(""), f"{name}-{table}".replace("_", "-"), source
        )
    study = PageStudy(name, info.title, info.about, (), {}, (), (), provenance=provenance_of(files))
    for owner, table in CLAIMS:
        if owner == name and table in tables:
            claims = with_difference(tables.pop(table), table, paths[table][".csv"])
            study = replace(study, claims=claims, verdicts=tuple(verdicts(claims)))
    study = _with_diagnostics(study, tables, files)
    if "submission" in files.get("", {}):
        tables["submission"] = read_plain_table(
            files[""]["submission"][".csv"],
            f"{name}-submission",
            "Forecast of the next period, as the competition took it",
            f"{name}/submission.csv",
        )
    ordered = [tables[table] for table in in_order(tables, info.tables)]
    shown, letters, notes = _share_notes(name, ordered)
    return replace(
        study,
        tables=tuple(shown),
        letters=letters,
        notes=tuple(notes),
        figures=tuple(_figures(name, files, captions, config)),
    )


def _with_diagnostics(study: PageStudy, tables: dict[str, PageTable], files: Files) -> PageStudy:
    """Move the tables on how fits went from `tables` to the study, failing fits first."""
    found = []
    every = files.get("diagnostics", {}).get("fits", {}).get(".csv")
    if study.name == "momentum" and every:
        source = "momentum/diagnostics/fits.csv"
        count, failing = momentum_fits(every, "momentum-failing-fits", source)
        study = replace(study, fits=count)
        found += [failing] if failing else []
    for owner, name in DIAGNOSTICS:
        if owner != study.name or name not in tables:
            continue
        table, path = tables.pop(name), files["tables"][name][".csv"]
        if owner == "momentum":
            table = mark_momentum(table, path)
        elif name in {"fits", "sv_fits"}:
            count, table = mark_fits(owner, table, path)
            study = replace(study, fits=count)
        found.append(table)
    return replace(study, diagnostics=tuple(found))


def _share_notes(
    study: str, tables: list[PageTable]
) -> tuple[list[PageTable], dict[str, str], list[tuple[str, str]]]:
    """Take notes that stand under several tables out of them, and name them by letters."""
    counts = Counter(note for table in tables for note in table.notes)
    often = [note for note, count in counts.items() if count >= _OFTEN]
    letter = dict(zip(often, ascii_lowercase, strict=False))
    shown, letters = [], {}
    for table in tables:
        letters[table.anchor] = "".join(letter[note] for note in table.notes if note in letter)
        own = tuple(note for note in table.notes if note not in letter)
        shown.append(replace(table, notes=own))
    return shown, letters, [(mark, note) for note, mark in letter.items()]


def _figures(
    study: str, files: Files, captions: Path, config: Mapping[str, Any]
) -> Iterable[PageFigure]:
    found = files.get("figures", {})
    for name in in_order(found, STUDIES[study].figures):
        info = figure_info(study, name)
        wildcards = {info.wildcard: name} if info.wildcard else {}
        caption = render_caption(captions / info.caption, config, wildcards)
        anchor = f"{study}-figure-{name}".replace("_", "-").replace("figure-figure", "figure-")
        yield read_figure(found[name], anchor, info, caption, f"{study}/figures/{name}")
