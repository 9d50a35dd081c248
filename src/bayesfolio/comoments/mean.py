"""Conditional means of the returns: constant, autoregressions asset by asset, or one VAR for all.

    m_t = c + C_1 r_{t-1} + .. + C_P r_{t-P}

with C_l diagonal for "ar", full for "var", and P = 0 for "constant", fitted by least squares.
Residuals e_t = r_t - m_t go to the independent components and are not centred again. Timing: m_t
uses returns up to t-1, and the first P dates of a sample have no residual. Forecasts further ahead
iterate the recursion (:meth:`MeanFilter.add_means`).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from bayesfolio.core.types import FloatArray

MeanKind = Literal["constant", "ar", "var"]


@dataclass(frozen=True)
class MeanFilter:
    """Conditional means that are linear in the last P returns.

    Attributes
    ----------
    intercept : (N,) array
        In the units of the returns.
    lag_coefficients : (P, N, N) array
        Coefficients of the returns of one to P dates before; diagonal matrices where each asset has
        its own lags only.
    """

    intercept: FloatArray
    lag_coefficients: FloatArray

    @property
    def n_lags(self) -> int:
        """Dates at the beginning of a sample that have no conditional mean, P."""
        return len(self.lag_coefficients)

    def means(self, returns: FloatArray) -> FloatArray:
        """Means (T - P + 1, N) of dates P to T of returns (T, N), each given those before it.

        The last one is the forecast of the date after the sample.
        """
        n_obs, lags = len(returns), self.n_lags
        means = np.tile(self.intercept, (n_obs - lags + 1, 1))
        for lag, coefficients in enumerate(self.lag_coefficients, start=1):
            means += returns[lags - lag : n_obs - lag + 1] @ coefficients.T
        return means

    def residuals(self, returns: FloatArray) -> FloatArray:
        """Returns less their means, (T - P, N)."""
        return returns[self.n_lags :] - self.means(returns)[:-1]

    def add_means(self, residuals: FloatArray, history: FloatArray) -> FloatArray:
        """Returns whose residuals are given: (..., n, N) from residuals of that shape.

        `history` holds the last P returns (P, N) before them, oldest first.
        """
        returns = residuals + self.intercept
        for t in range(residuals.shape[-2]):
            for lag, coefficients in enumerate(self.lag_coefficients, start=1):
                before = returns[..., t - lag, :] if t >= lag else history[t - lag]
                returns[..., t, :] += before @ coefficients.T
        return returns


def fit_mean(returns: FloatArray, kind: MeanKind = "constant", n_lags: int = 1) -> MeanFilter:
    """Fit conditional means by least squares.

    Parameters
    ----------
    returns : (T, N) array
        Returns, oldest first.
    kind : {"constant", "ar", "var"}
        Sample means; regressions of each asset on its own lags; on the lags of all assets.
    n_lags : int
        Lags of "ar" and "var".

    Returns
    -------
    MeanFilter

    Raises
    ------
    ValueError
        For an unknown kind, or too few dates for the lags.
    """
    n_obs, n_assets = returns.shape
    if kind == "constant":
        return constant_mean(returns.mean(axis=0))
    if kind not in ("ar", "var"):
        raise ValueError(f"kind of mean is {kind!r}, expected 'constant', 'ar' or 'var'")
    regressors = 1 + n_lags * (n_assets if kind == "var" else 1)
    if n_lags < 1 or n_obs - n_lags <= regressors:
        raise ValueError(
            f"n_lags is {n_lags} with {n_obs} dates, expected 1 or more and more dates than the "
            f"{regressors} coefficients of each asset: use fewer lags or a longer sample"
        )
    lagged = np.stack([returns[n_lags - lag : n_obs - lag] for lag in range(1, n_lags + 1)], 1)
    ones, target = np.ones((n_obs - n_lags, 1)), returns[n_lags:]
    coefficients = np.zeros((n_lags, n_assets, n_assets))
    if kind == "var":
        design = np.hstack([ones, lagged.reshape(len(target), -1)])
        solved = np.linalg.lstsq(design, target, rcond=None)[0]
        by_lag = solved[1:].reshape(n_lags, n_assets, n_assets)
        return MeanFilter(solved[0], by_lag.transpose(0, 2, 1).copy())
    intercept = np.empty(n_assets)
    for i in range(n_assets):
        solved = np.linalg.lstsq(np.hstack([ones, lagged[:, :, i]]), target[:, i], rcond=None)[0]
        intercept[i], coefficients[:, i, i] = solved[0], solved[1:]
    return MeanFilter(intercept, coefficients)


def constant_mean(means: ArrayLike) -> MeanFilter:
    """Mean filter with constant means (N,)."""
    values = np.asarray(means, dtype=float)
    return MeanFilter(values, np.empty((0, len(values), len(values))))
