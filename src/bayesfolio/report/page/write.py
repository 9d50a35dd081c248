"""The page: everything that a run has made, in one file that needs no other."""

from collections.abc import Collection, Iterable, Mapping
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bayesfolio.core.files import replacing
from bayesfolio.report.page.contents import OTHER_TIER, TIERS
from bayesfolio.report.page.studies import PageStudy, provenance_of, read_study, sort_files
from bayesfolio.report.page.timing import run_times
from bayesfolio.report.registry import Config, Study

_SHOWN = {
    "tables": {".csv", ".md"},
    "figures": {".svg", ".png"},
    "diagnostics": {".csv"},
    "": {".csv", ".json"},
}
"""Suffixes of the files that the page shows, by folder of a study."""


def write_page(
    output: str | Path,
    files: Iterable[str | Path],
    studies: Mapping[str, Study],
    config: Config,
    benchmarks: str | Path,
) -> None:
    """Write the page of a run, complete or not at all.

    Equal inputs give equal pages, to the last bit.

    Parameters
    ----------
    output : path
        The HTML file.
    files : iterable of path
        Tables (``.csv`` and ``.md``), figures (``.svg``, or ``.png`` where there is none),
        ``diagnostics/fits.csv``, ``submission.csv`` and ``provenance.json`` of one or more
        studies, each below a folder of the study's name. Other suffixes are passed over.
    studies : mapping of str to Study
        All studies by name, in the order of the page.
    config : mapping
        Configuration of the run.
    benchmarks : path
        Folder with Snakemake's benchmark files. Times differ from run to run.

    Raises
    ------
    ValueError
        A file is not of the expected form, or lacks a column.
    """
    shown = [path for path in files if _is_shown(path, studies)]
    pages = [
        read_study(studies[name], found, config)
        for name, found in sort_files(shown, studies).items()
    ]
    text = (
        _environment()
        .get_template("page.html")
        .render(
            run=str(config["run"]),
            seed=config["seed"],
            tier=TIERS.get(str(config["run"]), OTHER_TIER),
            studies=pages,
            missing=[study.title for study in studies.values() if study.name not in _names(pages)],
            commits=_commits(pages),
            times=run_times(Path(benchmarks), "run-times"),
        )
    )
    with replacing(output) as temporary:
        temporary.write_text(text, encoding="utf-8")


def find_files(results: str | Path, studies: Collection[str]) -> list[Path]:
    """Files of a folder ``results/<run>`` that a page shows, for runs made earlier."""
    found = [
        *Path(results).glob("*/*/*"),
        *Path(results).glob("*/provenance.json"),
        *Path(results).glob("*/submission.csv"),
    ]
    return sorted(
        path for path in found if set(path.parts) & set(studies) and _is_shown(path, studies)
    )


def recorded_config(files: Iterable[str | Path], studies: Collection[str]) -> dict[str, Any]:
    """Configuration of a run made earlier, from what its studies have on record."""
    config: dict[str, Any] = {}
    for found in sort_files(files, studies).values():
        config |= (provenance_of(found) or {}).get("config", {})
    return config


def unrecorded_studies(files: Iterable[str | Path], studies: Collection[str]) -> list[str]:
    """Studies of a run made earlier that have no record of their configuration."""
    return [
        study for study, found in sort_files(files, studies).items() if provenance_of(found) is None
    ]


def _is_shown(path: str | Path, studies: Collection[str]) -> bool:
    path = Path(path)
    folder = "" if path.parent.name in studies else path.parent.name
    if folder == "diagnostics":
        return path.name == "fits.csv"
    return path.suffix in _SHOWN.get(folder, set())


def _names(studies: list[PageStudy]) -> set[str]:
    return {study.name for study in studies}


def _commits(studies: list[PageStudy]) -> list[tuple[str, list[str]]]:
    """Commits of the run and the titles of the studies that are of each."""
    found: dict[str, list[str]] = {}
    for study in studies:
        found.setdefault(str((study.provenance or {}).get("commit") or "not known"), []).append(
            study.title
        )
    return list(found.items())


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bayesfolio.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    folder = package_files("bayesfolio.report.page") / "templates"
    for name in ("style.css", "page.js"):
        text = (folder / name).read_text(encoding="utf-8")
        environment.globals[name.partition(".")[2]] = Markup(text)
    return environment
