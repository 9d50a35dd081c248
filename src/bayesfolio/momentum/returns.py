"""Returns as a CSV file: one row per month, one column per asset, per cent a month."""

from pathlib import Path

import numpy as np
import pandas as pd

from bayesfolio.core.csv_fields import required, to_months, to_numbers
from bayesfolio.core.earlier import of_earlier_job, read_own_table
from bayesfolio.core.errors import DataError
from bayesfolio.core.files import replacing


def write_returns(returns: pd.DataFrame, path: str | Path) -> None:
    """Write returns (T, N) with a monthly PeriodIndex; `read_returns` gives them back exactly."""
    with replacing(path) as temporary:
        returns.to_csv(temporary, index_label="month", lineterminator="\n")


def read_returns(path: str | Path) -> pd.DataFrame:
    """Read what `write_returns` wrote: months x assets, per cent, index a monthly PeriodIndex.

    Raises
    ------
    bayesfolio.core.errors.DamagedFileError
        It is not such a table, or its months do not follow each other.
    """
    table = read_own_table(path, ("month",))
    with of_earlier_job():
        months = to_months(required(table, str(path)), "month", str(path))
        assets = tuple(column for column in table.columns if column != "month")
        gaps = np.flatnonzero(np.diff(months.asi8) != 1)
        if gaps.size or not assets:
            what = f"{months[gaps[0]]} is followed by another month" if gaps.size else "no asset"
            raise DataError(f"{path}: {what}, expected months in a row and assets; correct it")
        return to_numbers(table, assets, str(path), empty=True).set_axis(months, axis=0)
