"""Forecasts of monthly returns of all models as one table, and the file that holds it."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from bayesfolio.core.csv_fields import required, to_months, to_names, to_numbers, to_whole
from bayesfolio.core.earlier import of_earlier_job, read_own_table
from bayesfolio.core.errors import DataError
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
    name = str(path)
    table = read_own_table(path, ("month", "model", "n_months", "forecast", "converged"))
    with of_earlier_job():
        to_months(required(table, name), "month", name)
        twice = table.duplicated(["month", "model"])
        if twice.any():
            raise DataError(f"{name}: row {int(twice.argmax()) + 1} is there twice; remove it")
        return pd.DataFrame(
            {
                "month": table["month"],
                "model": to_names(table, "model", name),
                "n_months": to_whole(table, "n_months", name),
                "forecast": to_numbers(table, ("forecast",), name)["forecast"],
                "converged": to_whole(table, "converged", name),
            }
        )
