"""Reading what a run has made, study by study."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from bayesfolio.report.page.claims import verdicts, with_difference
from bayesfolio.report.page.diagnostics import FitCount, mark_fits, mark_momentum, momentum_fits
from bayesfolio.report.page.figures import PageFigure, read_figure
from bayesfolio.report.page.tables import PageTable, read_page_table, read_plain_table
from bayesfolio.report.registry import Config, Study

_OFTEN = 3  # tables of a study that a note must be under to be printed once for all


@dataclass(frozen=True)
class PageStudy:
    """One study as the page shows it.

    Attributes
    ----------
    name, title, about : str
        As of its entry in the registry.
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


def sort_files(files: Iterable[str | Path], studies: Iterable[str]) -> dict[str, Files]:
    """Files of a run by study, folder, name and suffix. Files of no study are refused.

    Raises
    ------
    ValueError
        A file is not below a folder named like a study.
    """
    found: dict[str, Any] = {}
    for path in map(Path, files):
        study = next((part for part in reversed(path.parts[:-1]) if part in studies), None)
        if study is None:
            raise ValueError(
                f"{path} is of no study, expected a folder {', '.join(studies)} in its path"
            )
        folder = "" if path.parent.name == study else path.parent.name
        names = found.setdefault(study, defaultdict(lambda: defaultdict(dict)))[folder]
        names[path.stem][path.suffix] = path
    return {study: found[study] for study in studies if study in found}


def provenance_of(files: Files) -> dict[str, Any] | None:
    """What the numbers of a study come from; None if there is no record."""
    path = files.get("", {}).get("provenance", {}).get(".json")
    record: dict[str, Any] | None = json.loads(path.read_text()) if path else None
    return record


def read_study(study: Study, files: Files, config: Config) -> PageStudy:
    """Read what a run has made of one study.

    Parameters
    ----------
    study : Study
        Its entry.
    files : mapping
        Its part of `sort_files`.
    config : mapping
        Configuration of the run.
    """
    entries = {table.name: table for table in study.tables(config)}
    paths = files.get("tables", {})
    tables = {}
    for name in _in_order(paths, entries):
        found = paths[name]
        if not {".csv", ".md"} <= set(found):
            raise ValueError(
                f"table {study.name}/tables/{name} has {', '.join(found)}, expected .csv and .md"
            )
        tables[name] = read_page_table(
            found[".csv"].with_suffix(""),
            f"{study.name}-{name}".replace("_", "-"),
            f"{study.name}/tables/{name}.csv",
        )
    sections = {name: entries[name].section for name in tables if name in entries}
    page = PageStudy(study.name, study.title, study.about, (), {}, (), ())
    page = replace(page, provenance=provenance_of(files))
    for name in [name for name in tables if sections.get(name) == "claims"]:
        claims = with_difference(tables.pop(name), name, paths[name][".csv"])
        page = replace(page, claims=claims, verdicts=tuple(verdicts(claims)))
    diagnostics = [name for name in tables if sections.get(name) == "diagnostics"]
    page = _with_diagnostics(page, {name: tables.pop(name) for name in diagnostics}, files)
    if "submission" in files.get("", {}):
        tables["submission"] = read_plain_table(
            files[""]["submission"][".csv"],
            f"{study.name}-submission",
            "Forecast of the next period, as the competition took it",
            f"{study.name}/submission.csv",
        )
    shown, letters, notes = _share_notes(study.name, list(tables.values()))
    return replace(
        page,
        tables=tuple(shown),
        letters=letters,
        notes=tuple(notes),
        figures=tuple(_figures(study, files, config)),
    )


def _with_diagnostics(study: PageStudy, tables: Mapping[str, PageTable], files: Files) -> PageStudy:
    """Add the tables on how fits went to the study, failing fits first."""
    found = []
    every = files.get("diagnostics", {}).get("fits", {}).get(".csv")
    if study.name == "momentum" and every:
        source = "momentum/diagnostics/fits.csv"
        count, failing = momentum_fits(every, "momentum-failing-fits", source)
        study = replace(study, fits=count)
        found += [failing] if failing else []
    for name, table in tables.items():
        path = files["tables"][name][".csv"]
        shown = table
        if study.name == "momentum":
            shown = mark_momentum(table, path)
        elif name in {"fits", "sv_fits"}:
            count, shown = mark_fits(study.name, table, path)
            study = replace(study, fits=count)
        found.append(shown)
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


def _figures(study: Study, files: Files, config: Config) -> Iterable[PageFigure]:
    found = files.get("figures", {})
    entries = {figure.name: figure for figure in study.figures(config)}
    for name in _in_order(found, entries):
        entry = entries.get(name)
        title, caption = (entry.title, entry.caption_of(config)) if entry else (name, "")
        anchor = f"{study.name}-figure-{name}".replace("_", "-").replace("figure-figure", "figure-")
        yield read_figure(found[name], anchor, title, caption, f"{study.name}/figures/{name}")


def _in_order(names: Iterable[str], order: Iterable[str]) -> list[str]:
    """Names that are in `order` first, as they are there, then the others by name."""
    places = {name: place for place, name in enumerate(order)}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))
