"""GARCH(1,1) on windows that expand day by day, refitted each day.

    r_t = mean + e_t,   e_t ~ N(0, v_t),   v_t = omega + alpha e_{t-1}^2 + beta v_{t-1}
    v_1 = omega + (alpha + beta) backcast
    E v_{T+s} = omega + (alpha + beta) E v_{T+s-1} for s above 1

The model, its first variance and the grid of starts are those of the package arch, whose optimum
this reaches in about a quarter of its time. The likelihood is compiled with its derivatives, and
every refit begins twice, where the day before ended and at the best point of a small grid. The
better end is kept, since a likelihood this flat on short windows has more than one peak, and warm
starts alone stay for months on a peak that is no longer the highest.

Timing: v_{T+1} of a window is a forecast, v_T is not, because parameters have seen r_T. The source,
part two of the post on optimal leverage, compares the latter with the volatility of the days
before; both are functions of the same past returns, so their correlation says nothing of
forecasting. Both readings are kept: `GarchForecasts.in_sample_sd` and `GarchForecasts.forecast_sd`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesfolio.core.errors import ForecastError
from bayesfolio.core.types import FloatArray
from bayesfolio.leverage._kernels import garch_log_likelihood

LEAST_DAYS = 20
"""Days of the shortest window that four parameters are fitted to."""

_DECAY = 0.94 ** np.arange(75)
_GRID = tuple((a, p - a) for a in (0.01, 0.05, 0.1, 0.2) for p in (0.5, 0.7, 0.9, 0.98))
_SUM_TO_ONE = {
    "type": "ineq",
    "fun": lambda x: 1.0 - x[2] - x[3],
    "jac": lambda x: np.array([0.0, 0.0, -1.0, -1.0]),
}


@dataclass(frozen=True)
class GarchFit:
    """A fit of r_t = mean + e_t, v_t = omega + alpha e_{t-1}^2 + beta v_{t-1}, e_t ~ N(0, v_t).

    Attributes
    ----------
    parameters : (4,) array
        mean, omega, alpha, beta; returns in per cent.
    variances : (T + 1,) array
        v_1 .. v_{T+1}, the last one a forecast.
    log_likelihood : float
        At the parameters.
    converged : bool
        Whether the optimiser reported success at the end that was kept.
    """

    parameters: FloatArray
    variances: FloatArray
    log_likelihood: float
    converged: bool


@dataclass(frozen=True)
class GarchForecasts:
    """Fits on windows that end at several origins, reduced to parameters and forecasts.

    Attributes
    ----------
    n_days : (O,) array
        Returns in each window; the last of them is that of the origin.
    parameters : (O, 4) array
        mean, omega, alpha, beta.
    in_sample_sd : (O,) array
        Conditional standard deviation of the origin's own return, per cent a day: parameters use
        that return, so this is no forecast.
    forecast_sd : (O,) array
        Root of the mean variance forecast for the days after the origin, up to the horizon.
    log_likelihood : (O,) array
        Log likelihood of each fit.
    converged : (O,) array
        1 where the optimiser said so, 0 where it did not.
    arch_log_likelihood : (O,) array
        Log likelihood of a cold fit by the package arch where one was made, NaN elsewhere.
    """

    n_days: FloatArray
    parameters: FloatArray
    in_sample_sd: FloatArray
    forecast_sd: FloatArray
    log_likelihood: FloatArray
    converged: FloatArray
    arch_log_likelihood: FloatArray


def fit_garch(returns: FloatArray, start: FloatArray | None = None) -> GarchFit:
    """Maximum likelihood from the best point of a grid, and from `start` if there is one.

    Parameters
    ----------
    returns : (T,) array
        Daily returns, per cent; at least `LEAST_DAYS`.
    start : (4,) array, optional
        Parameters of another fit, such as that of the day before.

    Returns
    -------
    GarchFit

    Raises
    ------
    ForecastError
        A window that is too short, not finite or constant.
    """
    from scipy.optimize import minimize

    _check(returns)
    mean, variance = returns.mean(), returns.var()
    weights = _DECAY[: len(returns)]
    backcast = float(weights @ (returns[: len(weights)] - mean) ** 2 / weights.sum())
    variances, gradient = np.empty(len(returns) + 1), np.empty(4)

    def loss(x: FloatArray) -> tuple[float, FloatArray]:
        value = garch_log_likelihood(x, returns, backcast, variances, gradient)
        return -value, -gradient

    grid = [np.array([mean, (1.0 - a - b) * variance, a, b]) for a, b in _GRID]
    starts = [min(grid, key=lambda x: loss(x)[0])] + ([] if start is None else [start])
    ends = [
        minimize(
            loss,
            x,
            jac=True,
            method="SLSQP",
            bounds=[(None, None), (1e-8 * variance, 10.0 * variance), (0.0, 1.0), (0.0, 1.0)],
            constraints=_SUM_TO_ONE,
            options={"ftol": 1e-9, "maxiter": 200},
        )
        for x in starts
    ]
    best = min(ends, key=lambda end: end.fun)
    return GarchFit(best.x, variances, -loss(best.x)[0], bool(best.success))


def mean_forecast(fit: GarchFit, horizon: int) -> float:
    """Return the mean of the variance forecasts of the next `horizon` days, per cent squared."""
    _, omega, alpha, beta = fit.parameters
    variance, total = float(fit.variances[-1]), 0.0
    for _ in range(horizon):
        total += variance
        variance = omega + (alpha + beta) * variance
    return total / horizon


def garch_forecasts(
    returns: FloatArray, n_days: Sequence[int], horizon: int = 21, check_every: int = 0
) -> GarchForecasts:
    """Refit on the first n returns, for each n in turn, and forecast the days after them.

    Parameters
    ----------
    returns : (T,) array
        Daily returns, per cent.
    n_days : sequence of int
        Lengths of the windows, rising; each starts with the end of the one before.
    horizon : int
        Days forecast.
    check_every : int
        Every so many windows the package arch fits too, from its own start; 0 for never.

    Returns
    -------
    GarchForecasts
        The entry of n uses the first n returns only.

    Raises
    ------
    ForecastError
        As for `fit_garch`, or a window longer than the data.
    """
    if max(n_days) > len(returns):
        raise ForecastError(
            f"a window of {max(n_days)} days was asked for and there are {len(returns)}; shorten "
            "it or use longer data"
        )
    rows, start = [], None
    for number, n in enumerate(n_days):
        checked = check_every and number % check_every == 0
        fit = fit_garch(returns[:n], start)
        start = fit.parameters
        rows.append(
            (
                float(n),
                fit.parameters,
                np.sqrt(fit.variances[-2]),
                np.sqrt(mean_forecast(fit, horizon)),
                fit.log_likelihood,
                float(fit.converged),
                arch_log_likelihood(returns[:n]) if checked else np.nan,
            )
        )
    return GarchForecasts(*(np.array(column) for column in zip(*rows, strict=True)))


def arch_log_likelihood(returns: FloatArray) -> float:
    """Log-likelihood of a cold fit of the same model by the package arch."""
    from arch import arch_model

    model = arch_model(returns, mean="Constant", vol="GARCH", p=1, q=1, rescale=False)
    return float(model.fit(disp="off", show_warning=False).loglikelihood)


def _check(returns: FloatArray) -> None:
    if len(returns) < LEAST_DAYS:
        raise ForecastError(
            f"a GARCH window has {len(returns)} days, expected at least {LEAST_DAYS}; lengthen the "
            "first window"
        )
    bad = np.flatnonzero(~np.isfinite(returns))
    if bad.size:
        raise ForecastError(
            f"return {bad[0]} is {returns[bad[0]]}, expected finite returns; fill or drop the day"
        )
    if np.ptp(returns) == 0:
        raise ForecastError(
            f"all {len(returns)} returns of a window are {returns[0]:g}, expected variation; check "
            "the prices for a stretch that does not change"
        )
