"""Serial correlation: sample and partial autocorrelations, and the order of integration.

The autocorrelation at lag l is that of x_t and x_{t-l}. The partial one is the last coefficient of
an autoregression of order l, what lag l adds to the lags before it. Without serial correlation both
are about N(0, 1 / T).

The order of integration is found by differencing until the augmented Dickey-Fuller test (with a
constant, lags chosen by AIC) rejects a unit root.

Source: part two of the post on optimal leverage. Where it slips: it reads the order p of an
autoregression from the autocorrelations and the order q of a moving average from the partial ones.
It is the other way round: partial autocorrelations end after lag p, and autocorrelations after q.
Nor is the test's p-value the probability that a series is not stationary. Timing: descriptive, of a
whole sample.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from bayesfolio.core.errors import ForecastError
from bayesfolio.core.types import FloatArray


@dataclass(frozen=True)
class SerialCorrelation:
    """Autocorrelations at lags 1 .. L of a series.

    Attributes
    ----------
    autocorrelations, partial : (L,) array
        Sample autocorrelations, and partial ones by the Yule-Walker equations of each order.
    band : float
        Half the width of the 95% band of a series without autocorrelation: 1.96 / sqrt(T).
    n_obs : int
        Observations T.
    """

    autocorrelations: FloatArray
    partial: FloatArray
    band: float
    n_obs: int


def serial_correlation(series: FloatArray, n_lags: int) -> SerialCorrelation:
    """Autocorrelations of a series (T,), T more than twice the number of lags.

    Raises
    ------
    ForecastError
        Too few observations for the lags, or a constant series.
    """
    from statsmodels.tsa.stattools import acf, pacf

    if len(series) <= 2 * n_lags or n_lags < 1:
        raise ForecastError(
            f"{n_lags} lags were asked for and the series has {len(series)} observations, expected "
            "more than twice as many as lags; ask for fewer lags"
        )
    if np.ptp(series) == 0:
        raise ForecastError(f"the series is constant at {series[0]:g}, expected variation")
    return SerialCorrelation(
        autocorrelations=np.asarray(acf(series, nlags=n_lags, fft=False))[1:],
        partial=np.asarray(pacf(series, nlags=n_lags, method="ywm"))[1:],
        band=float(ndtri(0.975) / np.sqrt(len(series))),
        n_obs=len(series),
    )


@dataclass(frozen=True)
class IntegrationOrder:
    """Result of differencing until the augmented Dickey-Fuller test rejects a unit root.

    Attributes
    ----------
    order : int
        d, the number of differences taken.
    p_values : tuple of float
        P-values of the test at d = 0, 1, ...; the last one is at most the level.
    """

    order: int
    p_values: tuple[float, ...]


def integration_order(series: FloatArray, level: float = 0.05, most: int = 3) -> IntegrationOrder:
    """Difference a series until the test's p-value is at most `level`.

    Raises
    ------
    ForecastError
        More than `most` differences would be needed, or the series is constant.
    """
    from statsmodels.tsa.stattools import adfuller

    p_values: list[float] = []
    for order in range(most + 1):
        values = np.diff(series, order)
        if np.ptp(values) == 0:
            raise ForecastError("the series or its differences are constant, expected variation")
        with warnings.catch_warnings():
            # The warning is about the type of result in later versions of statsmodels.
            warnings.simplefilter("ignore", FutureWarning)
            p_values.append(float(adfuller(values)[1]))
        if p_values[-1] <= level:
            return IntegrationOrder(order, tuple(p_values))
    raise ForecastError(
        f"a unit root is not rejected after {most} differences (p = {p_values[-1]:.2g}); use a "
        "longer series"
    )
