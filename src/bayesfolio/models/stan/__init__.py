"""The Stan engine."""

from bayesfolio.models.stan.engine import NutsSettings, StanEngine
from bayesfolio.models.stan.program import load_program

__all__ = ["NutsSettings", "StanEngine", "load_program"]
