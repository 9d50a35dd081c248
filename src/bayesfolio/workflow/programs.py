"""Compiled Stan programs, as the scripts of rules find them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bayesfolio.workflow.digests import file_digest
from bayesfolio.workflow.facts import read_facts
from bayesfolio.workflow.files import DamagedFileError

if TYPE_CHECKING:
    from cmdstanpy import CmdStanModel


def read_program(facts: str | Path) -> "CmdStanModel":
    """Return the model whose facts, a JSON file of rule compile_stan, name it and its CmdStan.

    Raises
    ------
    DamagedFileError
        The facts cannot be read, or what they name is not there any more or has changed.
    """
    from cmdstanpy import CmdStanModel, set_cmdstan_path

    compiled = read_facts(facts, ("cmdstan", "executable", "executable_sha256"))
    home, executable = compiled["cmdstan"], compiled["executable"]
    again = "delete the file, and the next run compiles the program again"
    if not os.path.isdir(home):
        raise DamagedFileError(
            f"{facts}: the folder {home[:200]!r} of CmdStan is not there; {again}"
        )
    if not (os.path.isfile(executable) and os.access(executable, os.X_OK)):
        raise DamagedFileError(f"{facts}: the program {executable[:200]!r} is not there; {again}")
    if file_digest(executable) != compiled["executable_sha256"]:
        folder = os.path.dirname(executable)
        raise DamagedFileError(
            f"{executable[:200]} is not the program that was compiled; delete its folder "
            f"{folder!r} and {facts}, and the next run compiles it again"
        )
    set_cmdstan_path(home)
    return CmdStanModel(exe_file=executable)
