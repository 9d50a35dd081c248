"""Digests of the code that a rule runs, so that an edit of it reruns the rule.

What a script can import inside the project decides: the modules that it names, those that these
name, and so on, whether at the top of a file or inside a function. Nothing is listed by hand.
Imports are written in full: a relative one or a star is refused, since it would hide what is used.
Comments, docstrings, assertions and layout do not count: mending a sentence must not cost hours of
fits. Of Stan programs and their C++ it is the text without comments that counts.

A name that a package hands on by its stub ``__init__.pyi`` leads to the module that defines it, so
a script depends on what it uses and not on all that the package offers.
"""

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import CodeType

from bayesfolio.core.files import replacing

PACKAGE = "bayesfolio"
SOURCES = Path(str(find_spec(PACKAGE).origin)).parents[1]  # type: ignore[union-attr]
"""Folder of the package, the one that scripts import: a checkout where it is installed so."""

_CACHE = Path(".snakemake") / "code.json"
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def script_digest(script: str | Path, *modules: str) -> str:
    """SHA-256, shortened to 16 digits, of all code that a script can run.

    Parameters
    ----------
    script : path
        Python file of a rule.
    *modules : str
        Modules that it imports by a name it is given, such as
        ``bayesfolio.momentum.tables``; what follows a colon is ignored.

    Raises
    ------
    FileNotFoundError
        The script or a module does not exist.
    """
    digest = hashlib.sha256()
    for name, path in closure(script, *modules):
        digest.update(f"{name} {_analysed(path)[0]}\n".encode())
    return digest.hexdigest()[:16]


def text_digest(*paths: str | Path) -> str:
    """SHA-256, shortened to 16 digits, of Stan and C++ files, or of all such files in folders."""
    digest = hashlib.sha256()
    for path in map(Path, paths):
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.suffix in {".stan", ".stanfunctions", ".hpp"}:
                text = " ".join(_COMMENT.sub(" ", file.read_text(encoding="utf-8")).split())
                digest.update(f"{file.relative_to(path.parent).as_posix()} {text}".encode())
    return digest.hexdigest()[:16]


def closure(script: str | Path, *modules: str) -> list[tuple[str, Path]]:
    """Name and file of a script and of every module of the package that it can import, by name.

    Templates of web pages that lie beside a module count with it.
    """
    script = Path(script)
    found: dict[str, Path] = {}
    waiting = [*_imported(script), *(module.partition(":")[0] for module in modules)]
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found[module] = _file_of(module)
        waiting += _imported(found[module])
        waiting += [module.rpartition(".")[0]] if "." in module else []
    templates = {
        f"{module}/{file.name}": file
        for module, path in found.items()
        if path.name == "__init__.py"
        for file in _templates(path.parent)
    }
    return sorted({script.name: script, **found, **templates}.items())


@cache
def _templates(folder: Path) -> list[Path]:
    return sorted(folder.glob("templates/*"))


def save_analysed() -> None:
    """Keep what was found of each file for the next start of Snakemake, by the file's content.

    A process that runs one job sees few files, so what others found stays.
    """
    if _seen.keys() - _known().keys():
        with suppress(OSError), replacing(_CACHE) as temporary:  # a start is slower without it
            temporary.write_text(json.dumps(_known() | _seen), encoding="utf-8")


_seen: dict[str, tuple[str, list[list[str]]]] = {}


@cache
def _known() -> dict[str, tuple[str, list[list[str]]]]:
    try:
        found: dict[str, tuple[str, list[list[str]]]] = {
            key: (essence, imports)
            for key, (essence, imports) in json.loads(_CACHE.read_bytes()).items()
        }
    except (OSError, ValueError):
        return {}
    return found


@cache
def _analysed(path: Path) -> tuple[str, list[list[str]]]:
    """Digest of what a file does, and what it imports of the package: modules and names."""
    content = path.read_bytes()
    # Bytecode differs between versions of Python.
    key = hashlib.sha256(f"{path} {ast.__file__}".encode() + content).hexdigest()
    found = _seen.get(key) or _known().get(key) or _analyse(content, path.suffix)
    _seen[key] = found
    return found


def _imported(path: Path) -> Iterator[str]:
    """Modules that a file needs, by the stubs and files that there are now."""
    for module, name in _analysed(path)[1]:
        yield from _defining(module, name)


def _analyse(content: bytes, suffix: str) -> tuple[str, list[list[str]]]:
    if suffix != ".py":
        return hashlib.sha256(content).hexdigest(), []
    tree = ast.parse(content)
    imports = sorted(map(list, set(_imports(tree))))
    # The compiler leaves out what does not count.
    code = compile(tree, "", "exec", dont_inherit=True, optimize=2)
    return hashlib.sha256("\n".join(_without_places(code)).encode()).hexdigest(), imports


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Modules of the package and names in them; an empty name is a module as a whole."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse  # the rest is for type checkers only
            continue
        waiting += ast.iter_child_nodes(node)
        if isinstance(node, ast.Import):
            yield from ((a.name, "") for a in node.names if a.name.split(".")[0] == PACKAGE)
        elif isinstance(node, ast.ImportFrom):
            ours = str(node.module).split(".")[0] == PACKAGE
            if node.level or (ours and node.names[0].name == "*"):
                raise ValueError(f"line {node.lineno} hides what it imports; name it in full")
            if ours:
                yield from ((str(node.module), a.name) for a in node.names)


def _defining(module: str, name: str) -> list[str]:
    """Modules that ``from module import name`` needs: a submodule, one in the stub, or itself.

    A package with a stub that is imported as a whole needs all that the stub names.
    """
    file = _file_of(module)
    if file.name != "__init__.py":
        return [module]
    if name and any((file.parent / name).with_suffix(end).exists() for end in (".py", "")):
        return _defining(f"{module}.{name}", "")
    stub = file.with_suffix(".pyi")
    if not stub.exists():
        return [module]
    nodes = [n for n in ast.parse(stub.read_bytes()).body if isinstance(n, ast.ImportFrom)]
    of_name = [n for n in nodes if name in [a.name for a in n.names]]
    return [f"{module}.{node.module}" for node in of_name or nodes]


def _file_of(module: str) -> Path:
    return _file_in(SOURCES, module)


@cache
def _file_in(sources: Path, module: str) -> Path:
    path = sources.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not file.exists():
        raise FileNotFoundError(f"{file} does not exist, which a script or an entry names")
    return file


def _without_places(code: CodeType) -> Iterable[str]:
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
