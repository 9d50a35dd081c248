"""The dynamic factor model that won the M6 competition, and variants of it."""

from bayesfolio.models.m6.fit import (
    FactorDiagnostics,
    FactorFit,
    FactorForecast,
    FactorSampler,
    fit_factor_model,
)
from bayesfolio.models.m6.spec import (
    VARIANTS,
    FactorObservations,
    FactorPriors,
    FactorSpec,
    ManualForecast,
)

__all__ = [
    "VARIANTS",
    "FactorDiagnostics",
    "FactorFit",
    "FactorForecast",
    "FactorObservations",
    "FactorPriors",
    "FactorSampler",
    "FactorSpec",
    "ManualForecast",
    "fit_factor_model",
]
