"""The sampler, compiled; `gibbs.reference` is to be read first.

numba takes a function from its cache until the function's own file changes; a change in a function
that it calls, in another file, goes unnoticed. Hence the sampler's cache is a folder named by a
digest of all its sources, and its modules are imported here, while that folder is numba's cache.
"""

import hashlib
import importlib
import pkgutil
from pathlib import Path
from typing import Any

import numba

from bayesfolio.core.cache import cache_directory

_config: Any = numba.config


def kernel_cache() -> Path:
    """Return the folder of the compiled functions, in ``$NUMBA_CACHE_DIR`` or the user's cache."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    base = Path(_config.CACHE_DIR or cache_directory() / "numba")
    return base / f"gibbs-{digest.hexdigest()[:16]}"


_default = _config.CACHE_DIR
_config.CACHE_DIR = str(kernel_cache())
try:
    for _module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{_module.name}")
finally:
    _config.CACHE_DIR = _default
