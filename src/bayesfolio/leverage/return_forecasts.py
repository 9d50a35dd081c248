"""Forecasts of monthly returns of all models as one table, and the file that holds it."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from bayesfolio.leverage.arma import ArmaSettings, ReturnForecasts

EXPANDING_MEAN = "Expanding mean"


def model_name(settings: ArmaSettings) -> str:
    """Name of a model of monthly returns, such as ``ARMA(1,1), zero mean, CSS``."""
    mean = "with constant" if settings.constant else "zero mean"
    return f"ARMA({settings.ar},{settings.ma}), {mean}, {settings.estimator.upper()}"


def forecast_frame(returns: pd.Series, forecasts: Mapping[str, ReturnForecasts]) -> pd.DataFrame:
    """Forecasts as a tidy table: month, model, n_months, forecast, converged."""
    parts = [
        pd.DataFrame(
            {
                "month": returns.index[forecast.n_months.astype(int)].astype(str),
                "model": name,
                "n_months": forecast.n_months.astype(int),
                "forecast": forecast.forecast,
                "converged": forecast.converged.astype(int),
            }
        )
        for name, forecast in forecasts.items()
    ]
    return pd.concat(parts, ignore_index=True)


def read_return_forecasts(path: str | Path) -> pd.DataFrame:
    """Read the forecasts of monthly returns, written from a frame of `forecast_frame`."""
    return pd.read_csv(path, float_precision="round_trip")
