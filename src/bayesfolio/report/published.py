"""Numbers printed in the papers, as the files of results/published hold them."""

from pathlib import Path

import pandas as pd


def read_published(path: str | Path) -> pd.DataFrame:
    """Read one file of results/published: numbers as floats, NaN where the file is empty.

    Parameters
    ----------
    path : path
        Such as ``results/published/table5.csv``.
    """
    table = pd.read_csv(path, float_precision="round_trip")
    return table.astype(dict.fromkeys(table.select_dtypes("number"), float))
