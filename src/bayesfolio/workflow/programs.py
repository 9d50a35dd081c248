"""Compiled Stan programs, as the scripts of rules find them."""

import json
from pathlib import Path

from cmdstanpy import CmdStanModel, set_cmdstan_path


def read_program(facts: str | Path) -> CmdStanModel:
    """Return the model whose facts, a JSON file of rule compile_stan, name it and its CmdStan."""
    compiled = json.loads(Path(facts).read_text())
    set_cmdstan_path(compiled["cmdstan"])
    return CmdStanModel(exe_file=compiled["executable"])
