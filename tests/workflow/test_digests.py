"""An edit of what a script can run changes its digest; an edit of anything else does not."""

import ast
import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from workflow_root import ROOT

from bayesfolio.core.files import file_digest
from bayesfolio.studies import STUDIES
from bayesfolio.workflow import digests

PYTHON = '"""Module."""\n\n\ndef double(x):\n    """Twice x."""\n    return 2 * x  # comment\n'
STAN = "// a model\ndata {\n  int N; /* number\n of rows */\n}\n"
CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
MADE = {
    (study.name, kind, entry.name): (f"shared/{kind}.py", entry.function)
    for study in STUDIES.values()
    for kind, entries in (("tabulate", study.tables), ("plot", study.figures))
    for entry in entries(CONFIG)
}
SCRIPTS = {
    path.relative_to(ROOT / "scripts").as_posix(): () for path in (ROOT / "scripts").rglob("*.py")
}
SCRIPTS |= {
    f"momentum/fit_models.py {engine}": (f"bayesfolio.models.{engine}.engine",)
    for engine in ("stan", "gibbs")
}


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package, which digests are of."""
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    monkeypatch.setattr(digests, "SOURCES", tmp_path / "src")
    monkeypatch.chdir(tmp_path)  # where what was found is kept
    return tmp_path / "src" / "bayesfolio"


def script_digests() -> dict[str, str]:
    digests._analysed.cache_clear()
    found = {
        name: digests.script_digest(ROOT / "scripts" / name.split()[0], *modules)
        for name, modules in SCRIPTS.items()
    }
    for name, (script, function) in MADE.items():
        found["/".join(name)] = digests.script_digest(ROOT / "scripts" / script, function)
    return found


def changed(path: Path, old: str = "", new: str = "\nEDITED = 1\n") -> set[str]:
    """What an edit of a file marks; the file is put back."""
    before, text = script_digests(), path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else text + new)
    after = script_digests()
    path.write_text(text)
    return {name for name in before if before[name] != after[name]}


def test_an_edit_marks_what_can_import_the_module_and_nothing_else(sources: Path) -> None:
    reached = {
        name: {n for n, _ in digests.closure(ROOT / "scripts" / name.split()[0], *modules)}
        for name, modules in SCRIPTS.items()
    }
    modules = sorted(sources.rglob("*.py"))[::7]
    for path in modules:
        name = ".".join(path.relative_to(sources.parent).with_suffix("").parts)
        name = name.removesuffix(".__init__")
        scripts = changed(path) & set(SCRIPTS)
        assert scripts == {script for script in SCRIPTS if name in reached[script]}, name


@pytest.mark.parametrize(
    ("file", "old", "new", "marked"),
    [
        ("filters_study/study.py", "- 1) // 2", "+ 1) // 2", {"filters/run_filter_sizes.py"}),
        (
            "core/arrays.py",
            "value.ndim else",
            "value.size > 1 else",
            {"m6/build_periods.py", "leverage/tabulate/garch_refits"},
        ),
        ("models/gibbs/state.py", "", "\nX = 1\n", {"momentum/fit_models.py gibbs"}),
    ],
)
def test_edits_mark(sources: Path, file: str, old: str, new: str, marked: set[str]) -> None:
    found = changed(sources / file, old, new)
    assert marked <= found
    assert "momentum/fit_models.py stan" not in found or file == "core/arrays.py"


@pytest.mark.parametrize("study", STUDIES)
def test_an_edit_of_a_studys_tables_or_figures_marks_no_other_study(
    sources: Path, study: str
) -> None:
    package = MADE[next(name for name in MADE if name[0] == study)][1].split(".")[1]
    tables = changed(sources / package / "tables.py")
    assert tables == {f"{study}/tabulate/{t.name}" for t in STUDIES[study].tables(CONFIG)}
    figures = changed(sources / package / "figures.py")
    of_module = [f for f in STUDIES[study].figures(CONFIG) if f".{package}.figures:" in f.function]
    assert figures == {f"{study}/plot/{figure.name}" for figure in of_module}


def _modules_after(script: Path, queue: "multiprocessing.Queue[set[str]]") -> None:
    """Import what a script imports at its top, and tell which modules of ours that has loaded."""
    for node in ast.parse(script.read_text()).body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("bayesfolio"):
            for alias in node.names:
                getattr(import_module(str(node.module)), alias.name)
    queue.put({name for name in sys.modules if name.split(".")[0] == "bayesfolio"})


def test_what_a_script_loads_is_among_what_it_can_import() -> None:
    """Python itself says which modules are loaded, whatever the digests think of imports."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    for script in ["momentum/compare_combinations.py", "leverage/forecast_sv.py",
                   "shared/write_report.py", "m6/score_forecasts.py"]:  # fmt: skip
        process = context.Process(target=_modules_after, args=(ROOT / "scripts" / script, queue))
        process.start()
        loaded = queue.get(timeout=60)
        process.join()
        known = {name for name, _ in digests.closure(ROOT / "scripts" / script)}
        loaded -= {"bayesfolio.studies", "bayesfolio.workflow.digests"}  # this test's own
        loaded -= {name for name, _ in digests.closure(Path(__file__))} - known
        assert len(loaded) > 5
        assert loaded <= known, script


@pytest.mark.parametrize(
    ("name", "text", "edited", "same"),
    [
        ("a.py", PYTHON, PYTHON.replace("Twice x", "Two times x"), True),
        ("a.py", PYTHON, PYTHON.replace("# comment", "# other"), True),
        ("a.py", PYTHON, PYTHON.replace("Module", "Library"), True),
        ("a.py", PYTHON, PYTHON.replace("2 * x", "(\n        2\n        * x\n    )"), True),
        ("a.py", PYTHON, PYTHON.replace("\n\n\n", "\n\n\n\n\n"), True),
        ("a.py", PYTHON, PYTHON.replace("2 * x", "3 * x"), False),
        ("a.py", PYTHON, PYTHON.replace("2 * x", "2.0 * x"), False),
        ("a.py", PYTHON, PYTHON.replace("2 * x", "2 + x"), False),
        ("a.py", PYTHON, PYTHON.replace("(x)", "(*x)"), False),
        ("a.py", PYTHON, PYTHON.replace("(x)", "(x, *, y=1)"), False),
        ("a.py", PYTHON, PYTHON.replace("2 * x", "abs(x)"), False),
        ("a.py", PYTHON, PYTHON.replace("2 * x", "(lambda: 2)() * x"), False),
        ("a.py", PYTHON, PYTHON.replace("double", "treble"), False),
        ("a.stan", STAN, STAN.replace("a model", "the model"), True),
        ("a.stan", STAN, STAN.replace("number", "count"), True),
        ("a.stan", STAN, STAN.replace("  int", " int"), True),
        ("a.stan", STAN, STAN.replace("int N", "int M"), False),
        ("a.hpp", STAN, STAN.replace("int N", "int M"), False),
        ("a.stanfunctions", STAN, STAN.replace("int N", "int M"), False),
    ],
)
def test_what_counts_of_a_file(
    tmp_path: Path, name: str, text: str, edited: str, same: bool
) -> None:
    assert text != edited

    def digest() -> str:
        digests._analysed.cache_clear()
        file = tmp_path / name
        return digests.script_digest(file) if name == "a.py" else digests.text_digest(file)

    (tmp_path / name).write_text(text)
    before = digest()
    (tmp_path / name).write_text(edited)
    assert (digest() == before) is same


def test_pages_depend_on_their_templates(sources: Path) -> None:
    marked = changed(sources / "report" / "page" / "templates" / "style.css", "44rem", "45rem")
    assert marked == {"shared/write_report.py"}


def test_what_was_found_is_kept_and_used(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cold() -> Iterator[None]:
        digests._known.cache_clear()
        digests._seen.clear()
        return iter(())

    cold()
    found = script_digests()
    digests.save_analysed()
    cold()
    monkeypatch.setattr(digests, "_analyse", lambda content, suffix: pytest.fail("analysed again"))
    cold()
    digests._analysed.cache_clear()
    digests.script_digest(ROOT / "scripts" / "filters" / "run_filters.py")
    digests.save_analysed()  # of few files, as in a process that runs one job
    cold()
    assert script_digests() == found
    monkeypatch.undo()
    cold()


def test_the_order_of_a_set_does_not_count(tmp_path: Path) -> None:
    """Texts have another hash, and sets of them another order, in each process."""
    file = tmp_path / "a.py"
    file.write_text("def f(x):\n    return x in {'one', 'two', 'three', 'four', 'five'}\n")
    ask = "import sys; from bayesfolio.workflow.digests import *; print(script_digest(sys.argv[1]))"
    found = {
        subprocess.run(
            [sys.executable, "-c", ask, file],
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in range(3)
    }
    assert len(found) == 1


@pytest.mark.parametrize(
    ("line", "needed"),
    [
        ("from bayesfolio.leverage import fit_garch", "bayesfolio.leverage.garch"),
        ("import bayesfolio.leverage as lev", "bayesfolio.leverage.garch"),
        ("from bayesfolio import leverage", "bayesfolio.leverage.arma"),
        ("def f():\n    from bayesfolio.m6 import pools", "bayesfolio.m6.pools"),
    ],
)
def test_every_way_to_import_counts(tmp_path: Path, line: str, needed: str) -> None:
    (tmp_path / "a.py").write_text(f"{line}\n")
    assert needed in dict(digests.closure(tmp_path / "a.py"))


@pytest.mark.parametrize("line", ["from . import a", "from bayesfolio.leverage import *"])
def test_imports_that_hide_what_they_need_are_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.py").write_text(f"{line}\n")
    with pytest.raises(ValueError, match="line 1 hides what it imports"):
        digests.closure(tmp_path / "a.py")


def test_a_module_that_has_moved_is_found_where_it_is_now(sources: Path, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from bayesfolio.leverage import fit_garch\n")
    digests.closure(tmp_path / "a.py")
    stub = sources / "leverage" / "__init__.pyi"
    (sources / "leverage" / "garch.py").rename(sources / "leverage" / "moved.py")
    stub.write_text(stub.read_text().replace("from .garch", "from .moved"))
    digests._file_in.cache_clear()
    assert "bayesfolio.leverage.moved" in dict(digests.closure(tmp_path / "a.py"))


def test_a_missing_module_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("from bayesfolio.core.none import x\n")
    with pytest.raises(FileNotFoundError, match=r"none\.py does not exist"):
        digests.script_digest(tmp_path / "a.py")


def test_file_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert file_digest(tmp_path / "x").startswith("ba7816bf8f01cfea414140de5dae2223b00361a3")
