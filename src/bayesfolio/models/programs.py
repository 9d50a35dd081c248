"""Compiling the Stan programs of the checkout.

A program `name` is stan/name.stan; what it includes, and likelihood.hpp with functions that it only
declares, lie in stan/functions/name.
"""

from pathlib import Path

from cmdstanpy import CmdStanModel

from bayesfolio.toolchain import load_model

PROGRAMS = Path(__file__).resolve().parents[3] / "stan"
"""The checkout's folder of Stan programs."""


def load_program(name: str, build_directory: Path, cmdstan: Path | None = None) -> CmdStanModel:
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
    bayesfolio.toolchain.ToolchainError
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
