"""Returns as a CSV file: one row per month, one column per asset, per cent a month."""

from pathlib import Path

import pandas as pd

from bayesfolio.core.files import replacing


def write_returns(returns: pd.DataFrame, path: str | Path) -> None:
    """Write returns (T, N) with a monthly PeriodIndex; `read_returns` gives them back exactly."""
    with replacing(path) as temporary:
        returns.to_csv(temporary, index_label="month", lineterminator="\n")


def read_returns(path: str | Path) -> pd.DataFrame:
    """Read what `write_returns` wrote: months x assets, per cent, index a monthly PeriodIndex."""
    table = pd.read_csv(path, index_col="month", float_precision="round_trip").astype(float)
    return table.set_axis(pd.PeriodIndex(table.index, freq="M", name="month"), axis=0)
