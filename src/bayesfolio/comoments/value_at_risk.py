"""Value at risk by the Cornish-Fisher expansion, and tests of forecasts of it.

With z the normal quantile of the lower tail p, S the return's skewness and K its EXCESS kurtosis,

    q = mu + sigma [z + (z^2 - 1) S / 6 + (z^3 - 3 z) K / 24 - (2 z^3 - 5 z) S^2 / 36],   VaR = -q

a positive number for a loss. The expansion is a quantile function only where it rises in z for all
z; elsewhere the exact density is used (`comoments.inversion`).

Where the source slips (Ghalanos's note on the IFACD model): its skewness term is (1 - z^2) S / 6,
the sign turned round, which is right for the quantile of a loss only; and its formula for K gives
the raw kurtosis, from which 3 must be taken.

Forecasts are judged by their violations: Kupiec's (1995) test of their rate, Christoffersen's
(1998) test of independence from the date before, both together, and the quantile loss. Timing: the
value at risk of date t uses returns up to t-1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtri, xlogy

from bayesfolio.comoments.checks import check_probability
from bayesfolio.comoments.moments import PortfolioMoments
from bayesfolio.core.types import FloatArray

BoolArray = NDArray[np.bool_]


def cornish_fisher_quantile(
    probability: float, skewness: ArrayLike, excess_kurtosis: ArrayLike
) -> FloatArray:
    """Quantile of a standardised return, by the expansion with terms in S, K and S^2.

    With z = Phi^{-1}(p):
    z + (z^2 - 1) S / 6 + (z^3 - 3 z) K / 24 - (2 z^3 - 5 z) S^2 / 36.

    Parameters
    ----------
    probability : float
        Lower tail, such as 0.01.
    skewness, excess_kurtosis : array_like
        S and K of the return. K is in excess of 3.

    Returns
    -------
    array
        Of the broadcast shape; in standard deviations of the return.

    Raises
    ------
    ValueError
        For a probability that is not between 0 and 1.
    """
    s, k = np.asarray(skewness, dtype=float), np.asarray(excess_kurtosis, dtype=float)
    z = _normal_quantile(probability)
    return z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36


def cornish_fisher_valid(skewness: ArrayLike, excess_kurtosis: ArrayLike) -> BoolArray:
    """Whether the expansion is increasing in z, and so has quantiles at all, for each pair."""
    s, k = np.asarray(skewness, dtype=float), np.asarray(excess_kurtosis, dtype=float)
    curvature = k / 8 - s * s / 6
    discriminant = s * s / 9 - 4 * curvature * (1 - k / 8 + 5 * s * s / 36)
    return (curvature >= 0) & (discriminant <= 0)


def cornish_fisher_var(moments: PortfolioMoments, probability: float) -> FloatArray:
    """Value at risk (T,), a positive number for a loss, by the Cornish-Fisher expansion."""
    quantile = cornish_fisher_quantile(probability, moments.skewness, moments.excess_kurtosis)
    return -(moments.mean + moments.sd * quantile)


def normal_var(moments: PortfolioMoments, probability: float) -> tuple[FloatArray, FloatArray]:
    """Value at risk and expected shortfall (T,) of normal returns with these two moments."""
    z = _normal_quantile(probability)
    tail = float(np.exp(-z * z / 2) / np.sqrt(2 * np.pi)) / probability
    return -(moments.mean + z * moments.sd), tail * moments.sd - moments.mean


@dataclass(frozen=True)
class RiskForecasts:
    """Risk of a portfolio at T dates, arrays (T,), positive for losses.

    Attributes
    ----------
    value_at_risk, expected_shortfall : array
        Risk by the exact density.
    expansion : array
        Value at risk by the Cornish-Fisher expansion; the exact one where the expansion is not
        valid.
    valid : array of bool
        Whether the expansion is valid, see :func:`cornish_fisher_valid`.
    """

    value_at_risk: FloatArray
    expected_shortfall: FloatArray
    expansion: FloatArray
    valid: BoolArray


@dataclass(frozen=True)
class ViolationTests:
    """How often returns fell below the value at risk, and whether that is compatible with it.

    Attributes
    ----------
    n_dates, n_violations : int
        Dates, and those with a loss beyond the value at risk.
    kupiec_p : float
        P-value of the right rate (Kupiec 1995), chi-square with one degree of freedom.
    independence_p : float
        P-value of violations that do not depend on one a date before (Christoffersen 1998); NaN
        without violations after the first date.
    coverage_p : float
        P-value of both together, with two degrees of freedom; NaN where ``independence_p`` is.
    """

    n_dates: int
    n_violations: int
    kupiec_p: float
    independence_p: float
    coverage_p: float

    @property
    def rate(self) -> float:
        """Share of dates with a violation."""
        return self.n_violations / self.n_dates


def violation_tests(violations: ArrayLike, probability: float) -> ViolationTests:
    """Test violations (T,) of a value at risk that each should have with some probability.

    Raises
    ------
    ValueError
        Without dates, with values that are neither true nor false, or for a probability that is
        not between 0 and 1.
    """
    check_probability(probability)
    values = np.asarray(violations)
    if values.ndim != 1 or not len(values) or not np.isin(values, (0, 1)).all():
        raise ValueError(
            f"violations have shape {values.shape}, expected (dates,) with true or false for each "
            "date: drop dates without a forecast"
        )
    hit = values.astype(bool)
    n_dates, n_hits = len(hit), int(hit.sum())
    likelihood = _log_bernoulli(n_dates - n_hits, n_hits, n_hits / n_dates)
    kupiec = 2 * (likelihood - _log_bernoulli(n_dates - n_hits, n_hits, probability))
    counts = np.zeros((2, 2))
    np.add.at(counts, (hit[:-1].astype(int), hit[1:].astype(int)), 1)
    stays, hits = counts.sum(axis=0)
    if hits == 0:
        return ViolationTests(n_dates, n_hits, float(chdtrc(1, kupiec)), np.nan, np.nan)
    by_state = [row[1] / max(row.sum(), 1) for row in counts]
    independence = 2 * (
        sum(_log_bernoulli(row[0], row[1], p) for row, p in zip(counts, by_state, strict=True))
        - _log_bernoulli(stays, hits, hits / (stays + hits))
    )
    return ViolationTests(
        n_dates,
        n_hits,
        float(chdtrc(1, max(kupiec, 0.0))),
        float(chdtrc(1, max(independence, 0.0))),
        float(chdtrc(2, max(kupiec + independence, 0.0))),
    )


def quantile_loss(returns: FloatArray, value_at_risk: FloatArray, probability: float) -> float:
    """Mean of (p - 1[r < -VaR]) (r + VaR): smaller is better, least for the true quantile."""
    away = returns + value_at_risk
    return float(np.mean((probability - (away < 0)) * away))


def _normal_quantile(probability: float) -> float:
    check_probability(probability)
    return float(ndtri(probability))


def _log_bernoulli(n_misses: float, n_hits: float, rate: float) -> float:
    return float(xlogy(n_misses, 1 - rate) + xlogy(n_hits, rate))
