"""Windows, the decision calendar, periods of four weeks, standardisation and stylised facts."""

from bayesfolio.features.calendar import Calendar, Decision, check_months
from bayesfolio.features.four_weeks import (
    AssetPeriods,
    asset_periods,
    check_four_weeks,
    earnings_in_periods,
    four_week_calendar,
    week_features,
)
from bayesfolio.features.missing import check_missing
from bayesfolio.features.standardise import standardise_expanding
from bayesfolio.features.stylised import explained_variance, pair_correlations, stylised_windows
from bayesfolio.features.windows import EstimationWindow, expanding_windows, rolling_windows

__all__ = [
    "AssetPeriods",
    "Calendar",
    "Decision",
    "EstimationWindow",
    "asset_periods",
    "check_four_weeks",
    "check_missing",
    "check_months",
    "earnings_in_periods",
    "expanding_windows",
    "explained_variance",
    "four_week_calendar",
    "pair_correlations",
    "rolling_windows",
    "standardise_expanding",
    "stylised_windows",
    "week_features",
]
