"""Files of the M6 study: prices, periods with their features, and fits, as npz archives."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfolio.data import AssetPrices, read_competition
from bayesfolio.features import AssetPeriods
from bayesfolio.models.m6 import FactorDiagnostics, FactorFit, FactorForecast
from bayesfolio.models.m6.observations import Origin
from bayesfolio.workflow.arrays import check_shape, opened_arrays
from bayesfolio.workflow.files import replacing

_TABLES = ("returns", "recent_return", "recent_volatility", "earnings")
_DAYS = ("start", "end", "base")


def write_prices(prices: AssetPrices, path: str | Path) -> None:
    """Write prices; :func:`read_prices` gives them back, without facts."""
    _save(
        path,
        days=prices.closes.index.to_numpy("datetime64[D]"),
        assets=_text(prices.closes.columns),
        closes=prices.closes.to_numpy(),
        opens=prices.opens.to_numpy(),
        classes=_text(prices.classes),
        earnings_symbol=_text(prices.earnings["symbol"]),
        earnings_date=prices.earnings["report_date"].to_numpy("datetime64[D]"),
    )


def read_prices(path: str | Path) -> AssetPrices:
    """Read what `write_prices` wrote."""
    with opened_arrays(path) as archive:
        days = pd.DatetimeIndex(archive["days"].astype("datetime64[ns]"), name="date")
        assets = pd.Index(archive["assets"].tolist())
        return AssetPrices(
            closes=pd.DataFrame(archive["closes"], days, assets),
            opens=pd.DataFrame(archive["opens"], days, assets),
            classes=pd.Series(archive["classes"].tolist(), assets),
            earnings=pd.DataFrame(
                {
                    "symbol": archive["earnings_symbol"].tolist(),
                    "report_date": archive["earnings_date"].astype("datetime64[ns]"),
                }
            ),
            facts={},
        )


def write_periods(periods: AssetPeriods, path: str | Path) -> None:
    """Write returns and features; :func:`read_periods` gives them back."""
    _save(
        path,
        periods=periods.calendar.index.to_numpy(),
        assets=_text(periods.classes.index),
        classes=_text(periods.classes),
        **{name: getattr(periods, name).to_numpy() for name in _TABLES},
        **{day: periods.calendar[day].to_numpy("datetime64[D]") for day in _DAYS},
    )


def read_periods(path: str | Path) -> AssetPeriods:
    """Read what `write_periods` wrote."""
    with opened_arrays(path) as archive:
        first, last = archive["periods"][[0, -1]]
        numbers = pd.RangeIndex(first, last + 1, name="period")
        assets = pd.Index(archive["assets"].tolist())
        return AssetPeriods(
            **{name: pd.DataFrame(archive[name], numbers, assets) for name in _TABLES},
            calendar=pd.DataFrame(
                {day: archive[day].astype("datetime64[ns]") for day in _DAYS}, numbers
            ),
            classes=pd.Series(archive["classes"].tolist(), assets),
        )


def write_forecast(forecast: FactorForecast, origin: Origin, path: str | Path) -> None:
    """Write a fit's forecast and whose it is; arrays of draws as 32-bit floats."""
    _save(
        path,
        assets=_text(origin.assets),
        unchanged=_text(origin.unchanged),
        dropped=_text(origin.dropped),
        neutral=np.array(origin.neutral),
        returns=forecast.returns.astype(np.float32),
        mean=forecast.mean.astype(np.float32),
        log_scale=forecast.log_scale.astype(np.float32),
        dof=forecast.dof.astype(np.float32),
        common_cov=forecast.common_cov,
        **{f"parameters/{name}": values for name, values in forecast.parameters.items()},
        **{
            f"diagnostics/{field.name}": np.array(getattr(forecast.diagnostics, field.name))
            for field in fields(FactorDiagnostics)
        },
    )


def read_fit(variant: str, period: int, path: str | Path) -> FactorFit:
    """Read what `write_forecast` wrote of a variant and a period."""
    with opened_arrays(path) as archive:
        parts = {
            part: {
                name.partition("/")[2]: archive[name]
                for name in archive.files
                if name.startswith(f"{part}/")
            }
            for part in ("parameters", "diagnostics")
        }
        draws = {
            name: archive[name].astype(np.float64)
            for name in ("returns", "mean", "log_scale", "dof")
        }
        assets = tuple(archive["assets"].tolist())
        check_shape("returns", draws["returns"], -1, len(assets))
        forecast = FactorForecast(
            **draws,
            common_cov=archive["common_cov"],
            parameters=parts["parameters"],
            diagnostics=FactorDiagnostics(
                **{name: value.item() for name, value in parts["diagnostics"].items()}
            ),
        )
        names = {name: tuple(archive[name].tolist()) for name in ("assets", "unchanged", "dropped")}
        return FactorFit(variant, period, forecast, **names, neutral=archive["neutral"].item())


def read_leaderboard(folder: str | Path | None) -> pd.DataFrame | None:
    """Final table of the competition, if there is a folder with it."""
    return None if folder is None else read_competition(folder).leaderboard


def _text(values: Any) -> np.ndarray:
    return np.array([str(value) for value in values], dtype=str)


def _save(path: str | Path, **arrays: np.ndarray) -> None:
    with replacing(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)
