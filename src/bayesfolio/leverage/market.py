"""Daily closes of the index and of the VIX, as the leverage study's jobs share them."""

from pathlib import Path

import pandas as pd

from bayesfolio.core.files import replacing


def write_market(index: pd.Series, vix: pd.Series, path: str | Path) -> None:
    """Write closes by day of the index; days of the VIX without one are left out."""
    market = pd.DataFrame({"index": index, "vix": vix.reindex(index.index)})
    with replacing(path) as temporary:
        market.to_csv(temporary, index_label="date", lineterminator="\n")


def read_market(path: str | Path) -> pd.DataFrame:
    """Read what `write_market` wrote: index and vix (NaN where there is none) by day."""
    return pd.read_csv(path, index_col="date", parse_dates=["date"], float_precision="round_trip")
