"""Standardisation that uses the past only."""

import numpy as np
import pandas as pd


def standardise_expanding(
    values: pd.DataFrame, min_obs: int = 24, *, include_current: bool = False
) -> pd.DataFrame:
    """Subtract the mean of the past and divide by its standard deviation, column by column.

    Parameters
    ----------
    values : DataFrame, T x N
        Finite numbers, rows in order of time.
    min_obs : int
        Rows needed for a mean and a standard deviation, at least 2.
    include_current : bool
        False: row t uses rows 0 to t-1. True: it uses rows 0 to t.

    Returns
    -------
    DataFrame, T x N
        Standardised values, in standard deviations (ddof 1); NaN in the first rows, where fewer
        than `min_obs` rows are at hand. No row depends on a later one.

    Raises
    ------
    ValueError
        `min_obs` below 2, values that are not finite, or a column that has not varied yet where
        its standard deviation is needed.
    """
    if min_obs < 2:
        raise ValueError(f"min_obs is {min_obs}, expected at least 2")
    array = values.to_numpy(dtype=float)
    if not np.isfinite(array).all():
        row, column = (int(i[0]) for i in np.nonzero(~np.isfinite(array)))
        raise ValueError(
            f"{values.columns[column]} in row {values.index[row]} is {array[row, column]}, "
            "expected finite values; drop or fill missing ones first"
        )
    expanding = values.astype(float).expanding(min_periods=min_obs)
    mean, sd = expanding.mean(), expanding.std(ddof=1)
    # A running variance leaves rounding noise where a column is constant; compare its range.
    constant = expanding.max() == expanding.min()
    if not include_current:
        mean, sd, constant = mean.shift(1), sd.shift(1), constant.shift(1, fill_value=False)
    if constant.to_numpy().any():
        row, column = (int(i[0]) for i in np.nonzero(constant.to_numpy()))
        raise ValueError(
            f"{values.columns[column]} does not vary up to row {values.index[row]}, expected a "
            "standard deviation above 0; drop the column or raise min_obs"
        )
    return (values - mean) / sd
