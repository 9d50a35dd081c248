"""Where things are kept that are costly to get again: CmdStan, downloads, compiled functions."""

import os
from pathlib import Path


def cache_directory() -> Path:
    """Return ``$BAYESFOLIO_CACHE``, or a folder in the user's cache (``$XDG_CACHE_HOME``)."""
    if override := os.environ.get("BAYESFOLIO_CACHE"):
        return Path(override).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG standard says that a relative path in the variable is to be ignored.
    root = Path(base) if os.path.isabs(base) else Path("~/.cache").expanduser()
    return root / "bayesfolio"
