"""Digests of source files, so that an edit reruns the rules that depend on it.

Comments, docstrings, assertions and layout do not count: mending a sentence must not cost hours of
fits.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType

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
    # The compiler leaves out what does not count, in a third of the time of a walk over the syntax
    # tree; every job that SLURM starts waits for this.
    code = compile(text, "", "exec", dont_inherit=True, optimize=2)
    return "\n".join(_without_places(code))


def _without_places(code: CodeType) -> Iterator[str]:
    """What a code object does, and those inside it; not the lines where it says so."""
    arguments = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
    variables = code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars
    yield repr((code.co_name, code.co_code, code.co_exceptiontable, arguments, variables))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _without_places(constant)
        elif isinstance(constant, frozenset):  # in another order in each process
            yield repr(sorted(map(repr, constant)))
        else:
            yield repr(constant)
