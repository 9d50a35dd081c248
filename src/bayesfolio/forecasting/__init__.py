"""Forecasts of returns by ARMA models, of volatility by GARCH, of quintiles; how good they are."""

from bayesfolio.forecasting.arma import (
    ArmaSettings,
    ReturnForecasts,
    arma_forecasts,
    mean_forecasts,
)
from bayesfolio.forecasting.errors import ForecastError
from bayesfolio.forecasting.garch import (
    GarchFit,
    GarchForecasts,
    arch_log_likelihood,
    fit_garch,
    garch_forecasts,
    mean_forecast,
)
from bayesfolio.forecasting.pools import linear_pool, log_pool, pool_weights
from bayesfolio.forecasting.quintiles import (
    RANK_COLUMNS,
    check_probabilities,
    check_submission,
    quintile_probabilities,
    quintile_targets,
    ranked_probability_score,
    submission_frame,
)
from bayesfolio.forecasting.scores import (
    DirectionTest,
    VolatilityScores,
    direction_test,
    qlike_losses,
    volatility_scores,
)
from bayesfolio.forecasting.serial import (
    IntegrationOrder,
    SerialCorrelation,
    integration_order,
    serial_correlation,
)
from bayesfolio.forecasting.student_baseline import student_baseline
from bayesfolio.forecasting.windows import expanding_origins, join_forecasts

__all__ = [
    "RANK_COLUMNS",
    "ArmaSettings",
    "DirectionTest",
    "ForecastError",
    "GarchFit",
    "GarchForecasts",
    "IntegrationOrder",
    "ReturnForecasts",
    "SerialCorrelation",
    "VolatilityScores",
    "arch_log_likelihood",
    "arma_forecasts",
    "check_probabilities",
    "check_submission",
    "direction_test",
    "expanding_origins",
    "fit_garch",
    "garch_forecasts",
    "integration_order",
    "join_forecasts",
    "linear_pool",
    "log_pool",
    "mean_forecast",
    "mean_forecasts",
    "pool_weights",
    "qlike_losses",
    "quintile_probabilities",
    "quintile_targets",
    "ranked_probability_score",
    "serial_correlation",
    "student_baseline",
    "submission_frame",
    "volatility_scores",
]
