"""Compiling stan/favar_sv.stan."""

from pathlib import Path

from cmdstanpy import CmdStanModel

from bayesfolio.toolchain import load_model

PROGRAMS = Path(__file__).resolve().parents[4] / "stan"
"""The checkout's folder of Stan programs."""


def load_program(build_directory: Path, cmdstan: Path | None = None) -> CmdStanModel:
    """Compile the model class, or reuse what was compiled from the same text and flags.

    Parameters
    ----------
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
        PROGRAMS / "favar_sv.stan",
        build_directory,
        include_paths=[PROGRAMS],
        stanc_options={"allow-undefined": True},
        user_header=PROGRAMS / "functions" / "likelihood.hpp",
        cmdstan=cmdstan,
    )
