"""Compiling the Stan programs of the checkout, and drawing with them.

A program `name` is stan/name.stan; what it includes, and likelihood.hpp with functions that it only
declares, lie in stan/functions/name.
"""

import os
import re
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import TYPE_CHECKING, Any

import numpy as np
from cmdstan_home import load_model

from bayesfolio.core.errors import DamagedFileError
from bayesfolio.core.facts import read_facts

if TYPE_CHECKING:
    from cmdstanpy import CmdStanMCMC, CmdStanModel

PROGRAMS = Path(__file__).resolve().parents[3] / "stan"
"""The checkout's folder of Stan programs."""


def load_program(name: str, build_directory: Path, cmdstan: Path | None = None) -> "CmdStanModel":
    """Compile a program, or reuse what was compiled from the same text and flags.

    Parameters
    ----------
    name : str
        "favar_sv", the model class, or "m6_factor".
    build_directory : Path
        Where executables go.
    cmdstan : Path, optional
        The CmdStan home; found or built if not given.

    Raises
    ------
    cmdstan_home.CmdStanHomeError
        If there is no CmdStan or the program does not compile.
    """
    return load_model(
        PROGRAMS / f"{name}.stan",
        build_directory,
        include_paths=[PROGRAMS],
        stanc_options={"allow-undefined": True},
        user_header=PROGRAMS / "functions" / name / "likelihood.hpp",
        cmdstan=cmdstan,
    )


def read_program(facts: str | Path) -> "CmdStanModel":
    """Return the model whose facts, a JSON file of rule compile_stan, name it and its CmdStan.

    Raises
    ------
    DamagedFileError
        What the facts name is not there any more.
    """
    from cmdstanpy import CmdStanModel, set_cmdstan_path

    compiled = read_facts(facts)
    for path in (compiled["cmdstan"], compiled["executable"]):
        if not os.path.exists(path):
            raise DamagedFileError(
                f"{facts}: {path} is not there any more; delete {facts}, and the next run compiles "
                "the program again"
            )
    set_cmdstan_path(compiled["cmdstan"])
    return CmdStanModel(exe_file=compiled["executable"])


@contextmanager
def sampled(
    program: "CmdStanModel",
    subject: str,
    *,
    rng: np.random.Generator,
    chains: int,
    **arguments: Any,
) -> Iterator["CmdStanMCMC"]:
    """Draw by NUTS, chain after chain; the files of draws are there until the block ends.

    Parameters
    ----------
    program : CmdStanModel
        A compiled program.
    subject : str
        What is drawn from, for the message of an error.
    rng : Generator
        Gives the seed.
    chains : int
        Number of chains.
    **arguments
        Of ``CmdStanModel.sample``.

    Raises
    ------
    RuntimeError
        If a chain ends with an error.
    """
    from cmdstanpy import disable_logging

    with tempfile.TemporaryDirectory(prefix="bayesfolio-") as folder, disable_logging():
        try:
            fit = program.sample(
                chains=chains,
                parallel_chains=1,
                seed=int(rng.integers(1, 2**31 - chains)),
                sig_figs=8,
                output_dir=folder,
                show_progress=False,
                show_console=False,
                **arguments,
            )
        except RuntimeError as error:
            raise RuntimeError(f"Stan could not sample {subject}: {_cause(error)}") from error
        yield fit


def _cause(error: RuntimeError) -> str:
    """What ended a chain, in one line out of cmdstanpy's many."""
    text = str(error)
    statuses = re.search(r"retcodes=\[([-\d, ]*)\]", text)
    # -1 stands for a chain that was not run.
    killed = [int(n) for n in statuses[1].split(",") if int(n) < -1] if statuses else []
    if killed:
        name = signal.Signals(-killed[0]).name
        return (
            f"it was killed by {name}; unless somebody did that, the machine ran out of memory: "
            "run fewer jobs at once, and start again"
        )
    # It repeats what every initial value met; the first says it.
    said = [line.strip() for line in text.splitlines() if "Exception" in line]
    return said[0] if said else " ".join(text.split())


def cpu_seconds() -> float:
    """CPU seconds of this process and of those that it has waited for."""
    children = getrusage(RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
