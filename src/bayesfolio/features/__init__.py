"""Windows, the decision calendar, standardisation and stylised facts."""

from bayesfolio.features.calendar import Calendar, Decision, check_months
from bayesfolio.features.missing import check_missing
from bayesfolio.features.standardise import standardise_expanding
from bayesfolio.features.stylised import explained_variance, pair_correlations, stylised_windows
from bayesfolio.features.windows import EstimationWindow, expanding_windows, rolling_windows

__all__ = [
    "Calendar",
    "Decision",
    "EstimationWindow",
    "check_missing",
    "check_months",
    "expanding_windows",
    "explained_variance",
    "pair_correlations",
    "rolling_windows",
    "standardise_expanding",
    "stylised_windows",
]
