"""Files of the leverage study: daily closes of an index and the VIX, and all forecasts."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from bayesfolio.data import DataError, check_prices
from bayesfolio.data._tables import (
    required,
    to_days,
    to_months,
    to_names,
    to_numbers,
    to_whole,
)
from bayesfolio.forecasting import GarchForecasts, join_forecasts
from bayesfolio.forecasting.stochastic_volatility import SvForecasts
from bayesfolio.forecasting.study import LeverageStudy, assemble
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.earlier import of_earlier_job, read_own_table
from bayesfolio.workflow.files import replacing


def write_market(index: pd.Series, vix: pd.Series, path: str | Path) -> None:
    """Write closes by day of the index; days of the VIX without one are left out."""
    market = pd.DataFrame({"index": index, "vix": vix.reindex(index.index)})
    with replacing(path) as temporary:
        market.to_csv(temporary, index_label="date", lineterminator="\n")


def read_market(path: str | Path) -> pd.DataFrame:
    """Read what `write_market` wrote: index and vix (NaN where there is none) by day.

    Raises
    ------
    bayesfolio.workflow.files.DamagedFileError
        It is not such a table, or its closes are not those of an index.
    """
    table = read_own_table(path, ("date", "index", "vix"))
    with of_earlier_job():
        days = pd.DatetimeIndex(to_days(required(table, str(path)), "date", str(path)), name="date")
        index = to_numbers(table, ("index",), str(path))
        vix = to_numbers(table, ("vix",), str(path), empty=True)
        market = pd.concat([index, vix], axis=1).set_axis(days, axis=0)
        check_prices(market["index"], str(path))
    return market


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


def read_study(
    market: str | Path,
    returns: str | Path,
    garch: Iterable[str | Path],
    sv: Iterable[str | Path],
    *,
    horizon: int,
) -> LeverageStudy:
    """Read market and forecasts and put them together.

    Parameters
    ----------
    market, returns : path
        CSV files of `write_market` and of the return forecasts.
    garch, sv : paths
        Archives of the volatility forecasts, one a job.
    horizon : int
        Days ahead.
    """
    return assemble(
        read_market(market),
        read_return_forecasts(returns),
        join_forecasts([load_record(path, GarchForecasts) for path in garch]),
        join_forecasts([load_record(path, SvForecasts) for path in sv]),
        horizon,
    )
