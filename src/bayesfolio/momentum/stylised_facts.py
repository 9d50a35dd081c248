"""Stylised facts of the returns: correlations of pairs and principal components over time.

Both run on the windows of figure 1 of Basturk et al. (2017): from `min_obs` observations on,
windows expand until they hold `length` observations and move from then on.
"""

from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesfolio.models.windows import EstimationWindow, expanding_windows, rolling_windows
from bayesfolio.momentum.calendar import check_months


def stylised_windows(
    n_obs: int, min_obs: int = 50, length: int = 240
) -> tuple[EstimationWindow, ...]:
    """Windows that expand from `min_obs` to `length` rows, then move.

    Parameters
    ----------
    n_obs : int
        Rows of the data, at least `min_obs`.
    min_obs : int
        Rows of the first window.
    length : int
        Rows of the moving windows, at least `min_obs`.

    Returns
    -------
    tuple of EstimationWindow
        ``n_obs - min_obs + 1`` windows, one for each row from ``min_obs - 1`` on.

    Raises
    ------
    ValueError
        Data shorter than `min_obs`, or `length` below it.
    """
    if length < min_obs:
        raise ValueError(f"length is {length}, expected at least min_obs, {min_obs}")
    expanding = expanding_windows(n_obs, min_obs)[: length - min_obs]
    return expanding + (rolling_windows(n_obs, length) if n_obs >= length else ())


def pair_correlations(returns: pd.DataFrame, min_obs: int = 50, length: int = 240) -> pd.DataFrame:
    """Canonical correlation of every pair of series on moving windows.

    The canonical correlation of two single series is the absolute value of their correlation.

    Parameters
    ----------
    returns : DataFrame, T x N
        Returns by month (PeriodIndex), any unit; windows with missing ones are left out.
    min_obs, length : int
        See `stylised_windows`.

    Returns
    -------
    DataFrame
        One row per window and pair: month (last of the window), first, second (column names),
        n_obs, correlation, canonical_correlation (in [0, 1]). Uses data up to `month`.

    Raises
    ------
    ValueError
        Data too short, not monthly, not finite, or a series that does not vary in a window.
    """
    windows, covs = _window_covs(returns, min_obs, length)
    sd = np.sqrt(np.diagonal(covs, axis1=1, axis2=2))
    pairs = list(combinations(range(returns.shape[1]), 2))
    i, j = (np.array([pair[side] for pair in pairs], dtype=int) for side in (0, 1))
    correlation = np.clip(covs[:, i, j] / (sd[:, i] * sd[:, j]), -1.0, 1.0).ravel()
    names = returns.columns.to_numpy()
    return pd.DataFrame(
        {
            "month": _repeat_months(returns, windows, len(pairs)),
            "first": np.tile(names[i], len(windows)),
            "second": np.tile(names[j], len(windows)),
            "n_obs": np.repeat([w.length for w in windows], len(pairs)),
            "correlation": correlation,
            "canonical_correlation": np.abs(correlation),
        }
    )


def explained_variance(
    returns: pd.DataFrame,
    n_components: int = 4,
    min_obs: int = 50,
    length: int = 240,
    scale: Literal["covariance", "correlation"] = "covariance",
) -> pd.DataFrame:
    """Share of the total variance explained by the first principal components, over time.

    Parameters
    ----------
    returns : DataFrame, T x N
        Returns by month (PeriodIndex), any unit; windows with missing ones are left out.
    n_components : int
        Components reported, 1 to N.
    min_obs, length : int
        See `stylised_windows`.
    scale : {"covariance", "correlation"}
        Matrix that is decomposed; the paper does not say which.

    Returns
    -------
    DataFrame
        One row per window and component: month (last of the window), component (1, 2, ...),
        n_obs, share and cumulative_share (both in [0, 1]). Uses data up to `month`.

    Raises
    ------
    ValueError
        Data too short, not monthly, not finite, series that do not vary, or wrong arguments.
    """
    n_assets = returns.shape[1]
    if not 1 <= n_components <= n_assets:
        raise ValueError(f"n_components is {n_components}, expected 1 to {n_assets}")
    if scale not in ("covariance", "correlation"):
        raise ValueError(f"scale is {scale!r}, expected 'covariance' or 'correlation'")
    windows, covs = _window_covs(returns, min_obs, length)
    variances = np.diagonal(covs, axis1=1, axis2=2)
    if scale == "correlation":
        covs = covs / np.sqrt(variances[:, :, None] * variances[:, None, :])
    eigenvalues = np.linalg.eigvalsh(covs)[:, ::-1]
    shares = np.clip(eigenvalues / eigenvalues.sum(axis=1, keepdims=True), 0.0, 1.0)
    return pd.DataFrame(
        {
            "month": _repeat_months(returns, windows, n_components),
            "component": np.tile(np.arange(1, n_components + 1), len(windows)),
            "n_obs": np.repeat([w.length for w in windows], n_components),
            "share": shares[:, :n_components].ravel(),
            "cumulative_share": np.cumsum(shares, axis=1)[:, :n_components].ravel(),
        }
    )


def _window_covs(
    returns: pd.DataFrame, min_obs: int, length: int
) -> tuple[tuple[EstimationWindow, ...], NDArray[np.float64]]:
    """Complete windows and the covariance matrix of each, (n_windows, N, N)."""
    check_months(returns.index)
    values = returns.to_numpy(dtype=float)
    if np.isinf(values).any():
        row, column = (int(i[0]) for i in np.nonzero(np.isinf(values)))
        raise ValueError(
            f"{returns.columns[column]} in {returns.index[row]} is {values[row, column]}, expected "
            "finite returns; drop the series or cut the sample"
        )
    if min_obs < 2:
        raise ValueError(f"min_obs is {min_obs}, expected at least 2")
    windows = tuple(
        window
        for window in stylised_windows(len(values), min_obs, length)
        if not np.isnan(values[window.rows]).any()
    )
    if not windows:
        raise ValueError("every window has missing returns, expected a complete one; drop an asset")
    for window in windows:
        constant = np.ptp(values[window.rows], axis=0) == 0
        if constant.any():
            raise ValueError(
                f"{returns.columns[int(np.argmax(constant))]} does not vary in the window that "
                f"ends {returns.index[window.stop - 1]}, expected a series that does; drop it"
            )
    covs = np.stack([np.atleast_2d(np.cov(values[w.rows], rowvar=False)) for w in windows])
    return windows, covs


def _repeat_months(
    returns: pd.DataFrame, windows: tuple[EstimationWindow, ...], times: int
) -> pd.PeriodIndex:
    ends = [w.stop - 1 for w in windows]
    return pd.PeriodIndex(returns.index[ends].repeat(times))
