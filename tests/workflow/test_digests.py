"""An edit of what a file does changes its digest; an edit of what it says does not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bayesfolio.workflow.digests import file_digest, source_digest

PYTHON = '"""Module."""\n\n\ndef double(x):\n    """Twice x."""\n    return 2 * x  # comment\n'
STAN = "// a model\ndata {\n  int N; /* number\n of rows */\n}\n"


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
        ("a.html", "<p>one</p>\n", "<p>two</p>\n", False),
        ("a.css", "p { margin: 0; } /* none */\n", "p { margin: 0; } /* no */\n", True),
        ("a.js", "let a = 1; // one\n", "let a = 2; // one\n", False),
        ("a.stanfunctions", STAN, STAN.replace("int N", "int M"), False),
    ],
)
def test_digest(tmp_path: Path, name: str, text: str, edited: str, same: bool) -> None:
    assert text != edited
    file = tmp_path / name
    file.write_text(text)
    before = source_digest(file)
    folder_before = source_digest(tmp_path)
    file.write_text(edited)
    assert (source_digest(file) == before) is same
    assert (source_digest(tmp_path) == folder_before) is same


def test_names_and_new_files_count(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    before = source_digest(tmp_path)
    (tmp_path / "notes.txt").write_text("not a source")
    assert source_digest(tmp_path) == before
    (tmp_path / "b.py").write_text("")
    with_b = source_digest(tmp_path)
    assert with_b != before
    (tmp_path / "b.py").rename(tmp_path / "c.py")
    assert source_digest(tmp_path) not in (before, with_b)


def test_the_order_of_a_set_does_not_count(tmp_path: Path) -> None:
    """Texts have another hash, and sets of them another order, in each process."""
    file = tmp_path / "a.py"
    file.write_text("def f(x):\n    return x in {'one', 'two', 'three', 'four', 'five'}\n")
    ask = "import sys; from bayesfolio.workflow.digests import *; print(source_digest(sys.argv[1]))"
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
    assert found == {f"{source_digest(file)}\n"}


def test_a_missing_source_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="does not exist, expected a source file"):
        source_digest(tmp_path / "none.py")


def test_file_digest_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert file_digest(tmp_path / "x").startswith("ba7816bf8f01cfea414140de5dae2223")
