"""Forecasts of returns by ARMA models and of volatility by GARCH, and how good they are."""

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
from bayesfolio.forecasting.windows import expanding_origins, join_forecasts

__all__ = [
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
    "direction_test",
    "expanding_origins",
    "fit_garch",
    "garch_forecasts",
    "integration_order",
    "join_forecasts",
    "mean_forecast",
    "mean_forecasts",
    "qlike_losses",
    "serial_correlation",
    "volatility_scores",
]
