"""Weekly returns of single stocks: 20 from a wheel on the package index, or a file."""

import hashlib
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from bayesfolio.core.csv_fields import (
    parse_table,
    read_content,
    require_values,
    to_days,
    to_numbers,
)
from bayesfolio.core.errors import DataError
from bayesfolio.core.files import replacing
from bayesfolio.core.price_tables import WHEEL_TABLES, load_wheel_prices

StockSource = Literal["embedded", "file"]

_STEP = pd.Timedelta(days=7)
_LARGEST_RETURN = 3.0  # a week's log return of a stock that is twenty times its price


def load_stocks(
    source: StockSource = "embedded",
    path: str | Path | None = None,
    *,
    start: str | None = None,
    end: str | None = None,
) -> pd.DataFrame:
    """Load weekly returns of stocks.

    Parameters
    ----------
    source : {"embedded", "file"}
        ``embedded``: 20 large stocks, 1990 to 2022, daily prices that the wheel of skfolio
        carries, taken at the last day of each week that ends on a Friday; see
        `bayesfolio.core.price_tables`. Early prices, adjusted
        for splits and rounded to 0.001, are coarse. ``file``: read from `path`.
    path : path, optional
        For source "file" only: a CSV with a first column ``date`` (yyyy-mm-dd) and a column of
        returns for each stock.
    start, end : str, optional
        First and last date kept, such as "2000-01-01", both included. None: all there are.

    Returns
    -------
    DataFrame
        Weeks x stocks, log returns as decimals (0.01 is one per cent); index a DatetimeIndex
        "date" in steps of seven days. :func:`stock_facts` describes the result.

    Raises
    ------
    DataError
        Arguments that do not go together, a wheel that pip cannot get, or a file that is not such
        a table.
    """
    if source not in ("embedded", "file"):
        raise DataError(f"source is {source!r}, expected 'embedded' or 'file'")
    if (path is None) == (source == "file"):
        raise DataError(f"path is {path}, expected one for source 'file' and for no other")
    if source == "embedded":
        digest = WHEEL_TABLES["stocks"].sha256
        returns = _weekly_returns(load_wheel_prices("stocks"))
    else:
        content = read_content(Path(str(path)))
        digest = hashlib.sha256(content).hexdigest()
        returns = _parse(content, str(path))
    _check(returns, str(path or source))
    returns = returns.loc[start:end]
    if len(returns) < 2:
        raise DataError(
            f"{path or source} has {len(returns)} weeks from {start} to {end}, expected 2 or more: "
            "change start or end"
        )
    returns.attrs["facts"] = {"source": source, "sha256": digest}
    return returns


def stock_facts(returns: pd.DataFrame) -> dict[str, Any]:
    """Source, checksum of its file, first and last date, numbers of weeks and stocks."""
    return returns.attrs["facts"] | {
        "first_date": str(returns.index[0].date()),
        "last_date": str(returns.index[-1].date()),
        "n_dates": len(returns),
        "n_assets": returns.shape[1],
    }


def write_stocks(returns: pd.DataFrame, path: str | Path) -> None:
    """Write returns; `read_stocks` and `load_stocks` give them back exactly."""
    with replacing(path) as temporary:
        returns.to_csv(temporary, index_label="date", lineterminator="\n")


def read_stocks(path: str | Path) -> pd.DataFrame:
    """Read what `write_stocks` wrote: weeks x stocks, log returns as decimals."""
    return pd.read_csv(path, index_col="date", parse_dates=["date"], float_precision="round_trip")


def _parse(content: bytes, name: str) -> pd.DataFrame:
    table = require_values(parse_table(content, name, ("date",)), name)
    days = pd.DatetimeIndex(to_days(table, "date", name), name="date")
    stocks = tuple(column for column in table.columns if column != "date")
    if not stocks or not all(stocks):
        raise DataError(f"{name}: has a column without a name, or none but date; name each stock")
    return to_numbers(table, stocks, name).set_axis(days, axis=0)


def _weekly_returns(prices: pd.DataFrame) -> pd.DataFrame:
    """Log returns from Friday to Friday; a last week that is not over is left out."""
    weekly = prices.resample("W-FRI").last()
    weekly = weekly[weekly.index <= prices.index[-1]]
    return pd.DataFrame(np.log(weekly)).diff().iloc[1:]


def _check(returns: pd.DataFrame, name: str) -> None:
    steps = np.diff(returns.index.to_numpy())
    wrong = np.flatnonzero(steps != _STEP.to_timedelta64())
    if wrong.size:
        raise DataError(
            f"{name}: {returns.index[wrong[0]].date()} is followed by "
            f"{returns.index[wrong[0] + 1].date()}, expected steps of seven days; sort the weeks, "
            "or fill in those that are missing"
        )
    large = np.argwhere(~(returns.abs().to_numpy() <= _LARGEST_RETURN))
    if large.size:
        row, column = (int(place) for place in large[0])
        stock = str(returns.columns[column])
        raise DataError(
            f"{name}: the return of {stock} on {returns.index[row].date()} is "
            f"{returns.to_numpy()[row, column]:g}, expected a log return as a decimal, 0.01 for "
            f"one per cent, of at most {_LARGEST_RETURN:g} in size; correct it or change the unit"
        )
