"""A working CmdStan wherever a package index can be reached.

``find_or_build`` returns the CmdStan home to use and builds one from the package index if there is
none; ``load_model`` compiles a Stan program with it. From a shell::

    python -m bayesfolio.toolchain install | path | check
"""

from bayesfolio.toolchain.build import find_or_build
from bayesfolio.toolchain.errors import ToolchainError
from bayesfolio.toolchain.models import load_model

__all__ = ["ToolchainError", "find_or_build", "load_model"]
