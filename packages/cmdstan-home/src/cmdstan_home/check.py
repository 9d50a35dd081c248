"""Proof that a CmdStan home works: a model with a known posterior, compiled and sampled."""

import logging
import math
import tempfile
import time
from pathlib import Path

from cmdstan_home.build import find_or_build
from cmdstan_home.errors import CmdStanHomeError
from cmdstan_home.homes import cmdstan_version
from cmdstan_home.models import load_model

__all__ = ["check"]

# mu ~ normal(0, 1) and 8 observations with mean 1 and unit variance: the posterior is normal with
# mean 8/9 and variance 1/9.
_PROGRAM = """\
data {
  vector[8] y;
}
parameters {
  real mu;
}
model {
  mu ~ normal(0, 1);
  y ~ normal(mu, 1);
}
"""
_DATA = {"y": [0.3, 1.7, 0.6, 1.4, 0.1, 1.9, 1.2, 0.8]}
_MEAN, _SD = 8 / 9, 1 / 3


def check(cmdstan: Path | None = None) -> None:
    """Compile and run a small model, compare it with its exact posterior, and print the figures.

    Parameters
    ----------
    cmdstan : Path, optional
        The CmdStan home; found or built if not given.

    Raises
    ------
    CmdStanHomeError
        If any step fails, or the posterior mean is off by more than 5 standard errors (one false
        alarm in 1.7 million runs).
    """
    home = find_or_build(cmdstan)
    logging.getLogger("cmdstanpy").setLevel(logging.WARNING)
    print(f"CmdStan    {cmdstan_version(home)} in {home}")
    with tempfile.TemporaryDirectory(prefix="cmdstan-home-check-") as scratch:
        program = Path(scratch) / "check.stan"
        program.write_text(_PROGRAM, encoding="utf-8")
        start = time.perf_counter()
        model = load_model(program, Path(scratch) / "build", cmdstan=home)
        print(f"compiled   in {time.perf_counter() - start:.1f} s")
        build = {name: value for name, value in model.exe_info().items() if name.isupper()}
        print("flags      " + ", ".join(f"{name}={value}" for name, value in build.items()))

        start = time.perf_counter()
        try:
            fit = model.sample(_DATA, seed=1, show_progress=False, output_dir=scratch)
        except RuntimeError as error:
            raise CmdStanHomeError(
                f"the model compiled with {home} does not run: rebuild it with "
                f"`python -m cmdstan_home install` after removing it ({error})"
            ) from error
        print(f"sampled    in {time.perf_counter() - start:.1f} s")
        row = {str(name): value for name, value in fit.summary().loc["mu"].to_dict().items()}
    mean = row["Mean"]
    margin = 5 * _SD / math.sqrt(row["N_Eff"] if "N_Eff" in row else row["ESS_bulk"])
    print(f"posterior  mean {mean:.4f}, exact {_MEAN:.4f} +- {margin:.4f}")
    if not abs(mean - _MEAN) < margin:
        raise CmdStanHomeError(
            f"the posterior mean is {mean:.4f}, expected {_MEAN:.4f} +- {margin:.4f}: "
            "the compiler breaks Stan; try other CXXFLAGS or another CXX."
        )
