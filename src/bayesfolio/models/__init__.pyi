from .diagnostics import Thresholds as Thresholds
from .fitting import (
    Engine as Engine,
    FitSettings as FitSettings,
    fit as fit,
    fit_windows as fit_windows,
)
from .posterior import (
    Diagnostics as Diagnostics,
    Draws as Draws,
    Posterior as Posterior,
    load_posteriors as load_posteriors,
    save_posteriors as save_posteriors,
)
from .priors import Priors as Priors
from .programs import load_program as load_program
from .spec import PAPER_MODELS as PAPER_MODELS, ModelSpec as ModelSpec
from .windows import (
    Decision as Decision,
    EstimationWindow as EstimationWindow,
    expanding_windows as expanding_windows,
    rolling_windows as rolling_windows,
)
