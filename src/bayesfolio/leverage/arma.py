"""ARMA(p, q) forecasts of the next month, refitted on windows that expand month by month.

With x_t = r_t - mu and innovations e_t,

    x_t = sum_i phi_i x_{t-i} + e_t + sum_j theta_j e_{t-j}
    forecast of r_{T+1} = mu + sum_i phi_i x_{T+1-i} + sum_j theta_j e_{T+1-j}

Two estimators: exact maximum likelihood (``ml``, statsmodels), and conditional sum of squares
(``css``), which takes x and e before the sample as zero and minimises the squared innovations. The
latter moves in partial autocorrelations between -1 and 1, which the Durbin-Levinson recursion maps
one to one to stationary models, and with the sign turned to invertible ones. Its sum of squares has
several minima, so a grid of starts is tried in each month.

Source: part two of the post on optimal leverage, which fits an ARMA(1, 1) on windows from 96 months
on and does not say how; hence both estimators, with and without a constant. Timing: the forecast
made with n returns uses the first n only, and is of the next.
"""

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayesfolio.core.errors import ForecastError
from bayesfolio.core.types import FloatArray

_STARTS = (-0.7, 0.0, 0.7)
_LARGEST_PARTIAL = 0.99
"""Bound of partial autocorrelations. Beyond it the sum of squares can fall without a better model,
where roots of both sides nearly cancel on the unit circle."""


@dataclass(frozen=True)
class ArmaSettings:
    """One way to forecast the next month.

    Attributes
    ----------
    ar, ma : int
        Lags of the returns and of the innovations.
    constant : bool
        Whether the mean is estimated; zero otherwise.
    estimator : {"css", "ml"}
        Conditional sum of squares or exact maximum likelihood.
    """

    ar: int
    ma: int
    constant: bool
    estimator: Literal["css", "ml"]

    def __post_init__(self) -> None:
        if self.estimator not in ("css", "ml"):
            raise ForecastError(f"ARMA estimator is {self.estimator!r}, expected 'css' or 'ml'")
        if min(self.ar, self.ma) < 0 or self.ar + self.ma + self.constant == 0:
            raise ForecastError(
                f"ARMA({self.ar},{self.ma}) without a constant has nothing to estimate; expected "
                "lags of at least 0, one of them or a constant"
            )


@dataclass(frozen=True)
class ReturnForecasts:
    """One-step forecasts by window.

    Attributes
    ----------
    n_months : (O,) array
        Returns in each window.
    forecast : (O,) array
        Forecasts of the month after each window, per cent.
    converged : (O,) array
        1 where the optimiser said so, 0 where it did not.
    """

    n_months: FloatArray
    forecast: FloatArray
    converged: FloatArray


def arma_forecasts(returns: FloatArray, first: int, settings: ArmaSettings) -> ReturnForecasts:
    """Refit on the first n returns, for n = first .. T - 1, and forecast the return after them.

    Parameters
    ----------
    returns : (T,) array
        Monthly returns, per cent.
    first : int
        Months of the first window.
    settings : ArmaSettings
        Order, constant and estimator.

    Returns
    -------
    ReturnForecasts
        The entry of n uses the first n returns only.

    Raises
    ------
    ForecastError
        Too few months, or returns that are constant or not finite.
    """
    check_window(returns, first, 3 * (settings.ar + settings.ma + settings.constant) + 2)
    fit = _css_forecast if settings.estimator == "css" else _ml_forecast
    rows = []
    start: FloatArray | None = None
    for n in range(first, len(returns)):
        forecast, start, converged = fit(returns[:n], settings, start)
        rows.append((float(n), forecast, float(converged)))
    return ReturnForecasts(*(np.array(column) for column in zip(*rows, strict=True)))


def mean_forecasts(returns: FloatArray, first: int) -> ReturnForecasts:
    """Forecast the next return by the mean of those before it, the benchmark of an ARMA model.

    Arguments, result and errors are those of :func:`arma_forecasts`.
    """
    check_window(returns, first, 1)
    n_months = np.arange(first, len(returns), dtype=float)
    means = np.cumsum(returns)[first - 1 : -1] / n_months
    return ReturnForecasts(n_months, means, np.ones_like(means))


def check_window(returns: FloatArray, first: int, least: int) -> None:
    """Refuse a first window that is too short, or longer than the data, and unusable returns."""
    if not least <= first < len(returns):
        raise ForecastError(
            f"the first window has {first} months, expected {least} to {len(returns) - 1} with "
            f"{len(returns)} months of data; change the window or the sample"
        )
    bad = np.flatnonzero(~np.isfinite(returns))
    if bad.size:
        raise ForecastError(
            f"return {bad[0]} is {returns[bad[0]]}, expected finite returns; fill or drop the month"
        )
    if np.ptp(returns[:first]) == 0:
        raise ForecastError(
            f"all {first} returns of the first window are {returns[0]:g}, expected variation; "
            "check the prices for a stretch that does not change"
        )


def stationary(partial: FloatArray) -> FloatArray:
    """Autoregressive coefficients (p,) of partial autocorrelations (p,), by Durbin and Levinson.

    Partial autocorrelations between -1 and 1 give a stationary model, and a stationary model has
    partial autocorrelations between -1 and 1.
    """
    phi = np.empty(0)
    for last in partial:
        phi = np.r_[phi - last * phi[::-1], last]
    return phi


def css_innovations(
    phi: FloatArray, theta: FloatArray, mean: float, returns: FloatArray
) -> FloatArray:
    """Innovations of an ARMA model whose past before the sample is its mean.

    e_t = x_t - sum_i phi_i x_{t-i} - sum_j theta_j e_{t-j}, with x_t = returns - mean.
    """
    from scipy.signal import lfilter

    return np.asarray(lfilter(np.r_[1.0, -phi], np.r_[1.0, theta], returns - mean))


def css_prediction(phi: FloatArray, theta: FloatArray, mean: float, returns: FloatArray) -> float:
    """Forecast the return after the last, from the returns and innovations so far."""
    innovations = css_innovations(phi, theta, mean, returns)
    x = returns - mean
    forecast = mean + phi @ x[: -len(phi) - 1 : -1] if len(phi) else mean
    return float(forecast + (theta @ innovations[: -len(theta) - 1 : -1] if len(theta) else 0.0))


def _css_forecast(
    returns: FloatArray, settings: ArmaSettings, start: FloatArray | None
) -> tuple[float, FloatArray, bool]:
    """Least squares over partial autocorrelations, from the last end and from a grid.

    The sum of squares has more than one minimum: from zero, the search ends in a higher one.
    """
    from scipy.optimize import least_squares

    scale, centre = float(returns.std()), float(returns.mean())
    p, q = settings.ar, settings.ma

    def unpack(x: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        mean = centre + scale * float(x[-1]) if settings.constant else 0.0
        return stationary(x[:p]), -stationary(x[p : p + q]), mean

    corners = np.array(np.meshgrid(_STARTS, _STARTS)).reshape(2, -1).T
    grid = [
        np.concatenate([np.eye(1, p)[0] * a, np.eye(1, q)[0] * b, np.zeros(int(settings.constant))])
        for a, b in corners
    ]
    most = np.r_[np.full(p + q, _LARGEST_PARTIAL), np.full(int(settings.constant), np.inf)]
    ends = [
        least_squares(
            lambda x: css_innovations(*unpack(x), returns) / scale, x, bounds=(-most, most)
        )
        for x in grid + ([] if start is None else [0.99 * start])  # inside the bounds
    ]
    best = min(ends, key=lambda end: end.cost)
    return css_prediction(*unpack(best.x), returns), best.x, bool(best.success)


def _ml_forecast(
    returns: FloatArray, settings: ArmaSettings, start: FloatArray | None
) -> tuple[float, FloatArray | None, bool]:
    """Exact likelihood by statsmodels, from its own starting values."""
    from statsmodels.tools.sm_exceptions import ConvergenceWarning
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    trend = "c" if settings.constant else "n"
    model = SARIMAX(returns, order=(settings.ar, 0, settings.ma), trend=trend)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # reported by `converged`
        warnings.simplefilter("ignore", UserWarning)  # about its starting values
        fit = model.fit(disp=False)
    return float(fit.forecast(1)[0]), None, bool(fit.mle_retvals["converged"])
