"""Where things are kept that are costly to get again: downloads and compiled functions."""

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_directory() -> Path:
    """Return ``$BAYESFOLIO_CACHE``, or a folder in the user's cache (``$XDG_CACHE_HOME``)."""
    if override := os.environ.get("BAYESFOLIO_CACHE"):
        return Path(override).expanduser().absolute()
    return user_cache_path("bayesfolio")
