"""An index held with a leverage that follows forecasts: returns after costs, and their risk."""

from dataclasses import dataclass

import numpy as np

from bayesfolio.core.types import FloatArray

MONTHS = 12


@dataclass(frozen=True)
class LeverageCosts:
    """What cash earns and loans cost.

    Attributes
    ----------
    risk_free : float
        Interest on cash, per cent a year.
    borrowing_spread : float
        What a loan costs on top of it, per cent a year.
    """

    risk_free: float
    borrowing_spread: float


@dataclass(frozen=True)
class LeveragePerformance:
    """Return and risk of a leveraged position, after financing.

    Attributes
    ----------
    n_months : int
        Months held.
    mean, volatility : float
        Of monthly returns, per cent a year.
    sharpe : float
        Mean over the risk-free rate by the volatility, a year.
    max_drawdown : float
        Largest fall from a peak of wealth at month ends, per cent, negative.
    turnover : float
        Index bought and sold, in multiples of wealth a year; a constant leverage has some too, to
        undo each month's drift.
    mean_leverage : float
        Average over the months.
    """

    n_months: int
    mean: float
    volatility: float
    sharpe: float
    max_drawdown: float
    turnover: float
    mean_leverage: float


def optimal_leverage(expected_return: FloatArray, variance: FloatArray) -> FloatArray:
    """Leverage r / sigma^2 that maximises expected log growth, without a limit.

    Parameters
    ----------
    expected_return : (T,) array
        Of each month, per cent, known at the end of the month before.
    variance : (T,) array
        Of each month's return, per cent squared, known at the same time.
    """
    return 100.0 * expected_return / variance


def leveraged_returns(
    returns: FloatArray, leverage: FloatArray, costs: LeverageCosts
) -> FloatArray:
    """Monthly returns, per cent, of a position that is set at the end of the month before.

    Parameters
    ----------
    returns : (T,) array
        Of the index, per cent a month.
    leverage : (T,) array
        Index held in multiples of wealth; what is left of wealth earns the risk-free rate, what is
        borrowed costs that and the spread.
    costs : LeverageCosts
        Interest.

    Raises
    ------
    ValueError
        All wealth is lost in a month.
    """
    cash, loan = np.maximum(1.0 - leverage, 0.0), np.maximum(leverage - 1.0, 0.0)
    rate = costs.risk_free / MONTHS
    spread = costs.borrowing_spread / MONTHS
    net = leverage * returns + cash * rate - loan * (rate + spread)
    if (net <= -100.0).any():
        month = int(np.argmax(net <= -100.0))
        raise ValueError(
            f"month {month} of the strategy loses {-net[month]:.0f}% of wealth with a leverage of "
            f"{leverage[month]:.2f}, expected less than all of it; lower the cap"
        )
    return np.asarray(net)


def drawdowns(net: FloatArray) -> FloatArray:
    """Wealth at the end of each month as a change from its highest so far, per cent (T,)."""
    wealth = np.cumprod(np.r_[1.0, 1.0 + net / 100.0])
    return np.asarray(100.0 * (wealth / np.maximum.accumulate(wealth) - 1.0)[1:])


def leverage_performance(
    returns: FloatArray, leverage: FloatArray, costs: LeverageCosts
) -> LeveragePerformance:
    """Return and risk of a leveraged position; arguments as for `leveraged_returns`."""
    net = leveraged_returns(returns, leverage, costs)
    excess = net - costs.risk_free / MONTHS
    drifted = leverage * (1.0 + returns / 100.0) / (1.0 + net / 100.0)
    traded = np.abs(leverage[1:] - drifted[:-1])
    volatility = float(net.std(ddof=1) * np.sqrt(MONTHS))
    mean_excess = float(excess.mean() * MONTHS)
    return LeveragePerformance(
        n_months=len(net),
        mean=float(net.mean() * MONTHS),
        volatility=volatility,
        sharpe=mean_excess / volatility if volatility > 0 else float("nan"),
        max_drawdown=float(drawdowns(net).min()),
        turnover=float(traded.mean() * MONTHS),
        mean_leverage=float(leverage.mean()),
    )
