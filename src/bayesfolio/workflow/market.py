"""Files of the leverage study: daily closes of an index and the VIX, and all forecasts."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from bayesfolio.forecasting import GarchForecasts, join_forecasts
from bayesfolio.forecasting.stochastic_volatility import SvForecasts
from bayesfolio.forecasting.study import LeverageStudy, assemble
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.files import replacing


def write_market(index: pd.Series, vix: pd.Series, path: str | Path) -> None:
    """Write closes by day of the index; days of the VIX without one are left out."""
    market = pd.DataFrame({"index": index, "vix": vix.reindex(index.index)})
    with replacing(path) as temporary:
        market.to_csv(temporary, index_label="date", lineterminator="\n")


def read_market(path: str | Path) -> pd.DataFrame:
    """Read what `write_market` wrote: index and vix (NaN where there is none) by day."""
    return pd.read_csv(path, index_col="date", parse_dates=True, float_precision="round_trip")


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
        pd.read_csv(returns, float_precision="round_trip"),
        join_forecasts([load_record(path, GarchForecasts) for path in garch]),
        join_forecasts([load_record(path, SvForecasts) for path in sv]),
        horizon,
    )
