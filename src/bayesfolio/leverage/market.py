"""Files of the leverage study: daily closes of an index and the VIX, and all forecasts."""

from pathlib import Path

import pandas as pd

from bayesfolio.core.csv_fields import required, to_days, to_numbers
from bayesfolio.core.earlier import of_earlier_job, read_own_table
from bayesfolio.core.files import replacing
from bayesfolio.leverage.prices import check_prices


def write_market(index: pd.Series, vix: pd.Series, path: str | Path) -> None:
    """Write closes by day of the index; days of the VIX without one are left out."""
    market = pd.DataFrame({"index": index, "vix": vix.reindex(index.index)})
    with replacing(path) as temporary:
        market.to_csv(temporary, index_label="date", lineterminator="\n")


def read_market(path: str | Path) -> pd.DataFrame:
    """Read what `write_market` wrote: index and vix (NaN where there is none) by day.

    Raises
    ------
    bayesfolio.core.errors.DamagedFileError
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
