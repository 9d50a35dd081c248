"""Compiling Stan programs into a build directory, once per text and set of flags."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmdstan_home.build import find_or_build, publish
from cmdstan_home.errors import CmdStanHomeError

if TYPE_CHECKING:
    from cmdstanpy import CmdStanModel

__all__ = ["load_model"]

_INCLUDE = re.compile(r"^\s*#include\s+[<\"]?([^\s>\"]+)", re.MULTILINE)


def load_model(
    stan_file: Path,
    build_directory: Path,
    *,
    include_paths: Sequence[Path] = (),
    stanc_options: Mapping[str, Any] | None = None,
    cpp_options: Mapping[str, Any] | None = None,
    user_header: Path | None = None,
    cmdstan: Path | None = None,
) -> CmdStanModel:
    """Return a Stan program as a cmdstanpy model, compiling it if it has changed.

    The executable lies in a directory whose name carries a digest of the program, of all that it
    includes, of the options and of the CmdStan home. It appears there complete or not at all, and
    two processes that want the same one compile it once.

    Parameters
    ----------
    stan_file : Path
        The program.
    build_directory : Path
        Where executables go; created if missing.
    include_paths : sequence of Path
        Searched for ``#include`` after the program's own directory.
    stanc_options, cpp_options : mapping, optional
        As cmdstanpy takes them.
    user_header : Path, optional
        C++ that defines functions which the program only declares.
    cmdstan : Path, optional
        The CmdStan home; found or built if not given.

    Returns
    -------
    CmdStanModel

    Raises
    ------
    CmdStanHomeError
        If there is no CmdStan, the program or an include is missing, or it does not compile.
    """
    import cmdstanpy  # slow to import, and not needed to find or build a CmdStan

    home = find_or_build(cmdstan)
    cmdstanpy.set_cmdstan_path(str(home))
    stan_file = stan_file.absolute()
    folders = [stan_file.parent, *(path.absolute() for path in include_paths)]
    stanc = {**(stanc_options or {}), "include-paths": [str(folder) for folder in folders]}
    cpp = dict(cpp_options or {})

    digest = hashlib.sha256(f"{home} {sorted(stanc.items())} {sorted(cpp.items())}".encode())
    texts = list(_texts(stan_file, folders))
    if user_header is not None:
        user_header = user_header.absolute()
        texts += _texts(user_header, [user_header.parent])
    for text in texts:
        digest.update(hashlib.sha256(text.encode()).digest())

    def compile_in(directory: Path) -> None:
        directory.mkdir()
        program = directory / stan_file.name
        shutil.copyfile(stan_file, program)
        try:
            cmdstanpy.compile_stan_file(
                program,
                stanc_options=stanc,
                cpp_options=cpp,
                user_header=None if user_header is None else str(user_header),
            )
        except ValueError as error:
            raise CmdStanHomeError(
                f"{stan_file} does not compile with the CmdStan in {home}:\n{error}"
            ) from error

    built = publish(
        build_directory.absolute() / f"{stan_file.stem}-{digest.hexdigest()[:12]}", compile_in
    )
    return cmdstanpy.CmdStanModel(
        stan_file=stan_file,
        exe_file=built / stan_file.stem,
        stanc_options=stanc,
        cpp_options=cpp,
    )


def _texts(file: Path, folders: Sequence[Path]) -> Iterator[str]:
    """Yield the text of a file and of every one of ours that it includes, directly or not."""
    waiting, seen = [file], {file}
    while waiting:
        path = waiting.pop()
        text = _read(path)
        yield text
        for name in _INCLUDE.findall(text):
            found = next((folder / name for folder in folders if (folder / name).is_file()), None)
            if found is not None and found not in seen:  # the compiler reports a missing one better
                seen.add(found)
                waiting.append(found)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise CmdStanHomeError(
            f"cannot read the Stan program {path} ({cause}): check its name."
        ) from error
