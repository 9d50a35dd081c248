"""Prices, and periods with their features, as npz archives."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfolio.core.arrays import opened_arrays
from bayesfolio.core.files import replacing
from bayesfolio.m6.assets import AssetPrices
from bayesfolio.m6.four_weeks import AssetPeriods

_TABLES = ("returns", "recent_return", "recent_volatility", "earnings")
_DAYS = ("start", "end", "base")


def write_prices(prices: AssetPrices, path: str | Path) -> None:
    """Write prices; :func:`read_prices` gives them back, without facts."""
    save_arrays(
        path,
        days=prices.closes.index.to_numpy("datetime64[D]"),
        assets=names_array(prices.closes.columns),
        closes=prices.closes.to_numpy(),
        opens=prices.opens.to_numpy(),
        classes=names_array(prices.classes),
        earnings_symbol=names_array(prices.earnings["symbol"]),
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
    save_arrays(
        path,
        periods=periods.calendar.index.to_numpy(),
        assets=names_array(periods.classes.index),
        classes=names_array(periods.classes),
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


def names_array(values: Any) -> np.ndarray:
    """Names as an array of text."""
    return np.array([str(value) for value in values], dtype=str)


def save_arrays(path: str | Path, **arrays: np.ndarray) -> None:
    """Write arrays to an npz archive, complete or not at all."""
    with replacing(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)
