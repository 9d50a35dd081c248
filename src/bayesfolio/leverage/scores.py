"""How good forecasts are: of volatility (correlation, MAPE, QLIKE) and of a return's direction.

With forecast s_t and realised volatility y_t,

    MAPE = 100 mean |s_t / y_t - 1|,   QLIKE = mean (x_t - log x_t - 1) with x_t = (y_t / s_t)^2

The post on optimal leverage reports correlation and MAPE. Realised volatility is a noisy measure of
the true one, and of the three only QLIKE still ranks forecasts by the true variance (Patton 2011).

Directions are counted as hits and tested against a coin (exact binomial) and against a forecast of
"up" in all months, by the months in which only one of the two is right (McNemar). A share of hits
says little by itself, since most months rise.
"""

from dataclasses import dataclass

import numpy as np

from bayesfolio.core.errors import ForecastError
from bayesfolio.core.types import FloatArray


@dataclass(frozen=True)
class VolatilityScores:
    """Scores of volatility forecasts.

    Attributes
    ----------
    n : int
        Forecasts.
    correlation : float
        With what was realised.
    mape : float
        Mean absolute error in per cent of what was realised.
    qlike : float
        Mean of `qlike_losses`: the one score here that a forecast of the right variance minimises
        even though realised variance is noisy (Patton 2011).
    """

    n: int
    correlation: float
    mape: float
    qlike: float


def qlike_losses(forecast_sd: FloatArray, realised_sd: FloatArray) -> FloatArray:
    """QLIKE losses (O,), x - log x - 1 with x the ratio of realised to forecast variance.

    Arguments are positive standard deviations (O,) in one unit; the loss is 0 where they are equal.
    """
    ratio = (realised_sd / forecast_sd) ** 2
    return np.asarray(ratio - np.log(ratio) - 1.0)


def volatility_scores(forecast_sd: FloatArray, realised_sd: FloatArray) -> VolatilityScores:
    """Scores of positive forecasts (O,) of positive realised values (O,), at least three.

    Raises
    ------
    ForecastError
        Fewer than three values, unequal numbers of them, or a value that is not positive.
    """
    if len(forecast_sd) < 3 or len(forecast_sd) != len(realised_sd):
        raise ForecastError(
            f"{len(forecast_sd)} forecasts and {len(realised_sd)} realised values, expected as "
            "many of both and at least 3; lengthen the sample"
        )
    if not (np.min(forecast_sd) > 0 and np.min(realised_sd) > 0):
        raise ForecastError("a volatility is not a positive number; check for constant prices")
    return VolatilityScores(
        n=len(forecast_sd),
        correlation=float(np.corrcoef(forecast_sd, realised_sd)[0, 1]),
        mape=float(100 * np.mean(np.abs(forecast_sd / realised_sd - 1.0))),
        qlike=float(np.mean(qlike_losses(forecast_sd, realised_sd))),
    )


@dataclass(frozen=True)
class DirectionTest:
    """How often the sign of a return was forecast, and whether more often than by chance.

    Attributes
    ----------
    n : int
        Months.
    hits, always_up : int
        Months whose sign was forecast, and months that rose: the hits of a forecast without skill.
    p_coin : float
        Two-sided exact p-value of as many hits by tossing a coin.
    p_always_up : float
        Two-sided exact p-value of McNemar's test against "up". It counts the months in which only
        one of the two forecasts was right; if they are equally good, each is right in half of them.
    """

    n: int
    hits: int
    always_up: int
    p_coin: float
    p_always_up: float


def direction_test(forecast: FloatArray, realised: FloatArray) -> DirectionTest:
    """Test signs of forecasts (O,) against those of realised returns (O,); zero counts as down.

    Raises
    ------
    ForecastError
        No forecasts, or another number of returns.
    """
    if len(forecast) == 0 or len(forecast) != len(realised):
        raise ForecastError(
            f"{len(forecast)} forecasts and {len(realised)} returns, expected as many of both"
        )
    from scipy.stats import binomtest

    up = realised > 0
    right = (forecast > 0) == up
    only_model, only_up = int((right & ~up).sum()), int((~right & up).sum())
    discordant = only_model + only_up
    return DirectionTest(
        n=len(up),
        hits=int(right.sum()),
        always_up=int(up.sum()),
        p_coin=float(binomtest(int(right.sum()), len(up)).pvalue),
        p_always_up=float(binomtest(only_model, discordant).pvalue) if discordant else 1.0,
    )
