"""The Stan engine."""

from bayesfolio.models.stan.engine import NutsSettings, StanEngine

__all__ = ["NutsSettings", "StanEngine"]
