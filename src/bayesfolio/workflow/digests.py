"""Digests of source files, so that an edit reruns the rules that depend on it.

Comments, docstrings and layout do not count: mending a sentence must not cost hours of fits.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_KINDS = {".py", ".stan", ".stanfunctions", ".hpp", ".html", ".css", ".js"}
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def source_digest(*paths: str | Path) -> str:
    """SHA-256, shortened to 16 digits, of what the files under `paths` do: Python, Stan,
    C++ and the parts of web pages.

    Parameters
    ----------
    *paths : path
        Files, or folders of which all files of these kinds count: ``.py``, ``.stan``,
        ``.stanfunctions``, ``.hpp``, ``.html``, ``.css``, ``.js``.

    Raises
    ------
    FileNotFoundError
        A path does not exist: a rule that names it would silently depend on nothing.
    """
    digest = hashlib.sha256()
    for path in map(Path, paths):
        for source in _sources(path):
            digest.update(source.relative_to(path.parent).as_posix().encode())
            digest.update(_essence(source.read_text(encoding="utf-8"), source.suffix).encode())
    return digest.hexdigest()[:16]


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file's bytes."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sources(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist, expected a source file or folder")
    if path.is_file():
        yield path
    else:
        yield from sorted(file for file in path.rglob("*") if file.suffix in _KINDS)


@cache  # many rules use the same modules
def _essence(text: str, suffix: str) -> str:
    if suffix != ".py":
        return " ".join(_COMMENT.sub(" ", text).split())
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [part for part in node.body if not _is_docstring(part)]
    return ast.dump(tree)


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
