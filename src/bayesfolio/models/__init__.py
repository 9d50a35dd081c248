"""The model class, its priors and its engines."""

from bayesfolio.models.diagnostics import Thresholds
from bayesfolio.models.fit import Engine, FitSettings, fit, fit_windows
from bayesfolio.models.posterior import (
    Diagnostics,
    Draws,
    Posterior,
    load_posteriors,
    save_posteriors,
)
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import PAPER_MODELS, ModelSpec

__all__ = [
    "PAPER_MODELS",
    "Diagnostics",
    "Draws",
    "Engine",
    "FitSettings",
    "ModelSpec",
    "Posterior",
    "Priors",
    "Thresholds",
    "fit",
    "fit_windows",
    "load_posteriors",
    "save_posteriors",
]
