"""Predictive returns of a model's own portfolio, and the return that foresight would have earned.

A component of the density combination is a model with a strategy. Posterior draw d of the model
chooses weights omega_d from the formation months and predicts the month after the window, y_d with
mean m_d and covariance V_d. The portfolio's predictive return is (Basturk et al. 2017, eq. (6))

    omega_d' y_d,   with mean omega_d' m_d and variance omega_d' V_d omega_d given draw d

These predictions are scored against the optimal return of the skip month (Section 3.3): that of the
portfolio which holds the month's best assets and sells its worst, known only afterwards.

Timing: weights and predictions use the window, which ends with the decision month; the outcome is
of the month after it, in which no portfolio is held. The optimal return is never negative and lies
far out, so it rewards predictive spread as much as skill; weights of a combination are to be read
with that in mind.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bayesfolio.core.types import FloatArray
from bayesfolio.models.posterior import Posterior
from bayesfolio.models.windows import Decision
from bayesfolio.momentum.weights import DECILES, momentum_weights


class PredictiveReturns(NamedTuple):
    """Predictive distribution of a portfolio's return in the month after the window.

    Attributes
    ----------
    mean, variance : (D,) array
        Given each posterior draw of the model's parameters; per cent, and squared.
    draws : (D,) array
        One draw of the return for each posterior draw, per cent.
    """

    mean: FloatArray
    variance: FloatArray
    draws: FloatArray


def portfolio_predictive(asset_weights: ArrayLike, posterior: Posterior) -> PredictiveReturns:
    """Predictive return of portfolios that differ between posterior draws.

    Parameters
    ----------
    asset_weights : (D, N) array
        Weights of draw d, chosen by draw d's fitted values or residuals of the formation months.
    posterior : Posterior
        The same draws.

    Raises
    ------
    ValueError
        Weights of another shape than the posterior's draws and assets.

    Notes
    -----
    Basturk et al. (2017), eq. (6): weights and predictive return of one draw belong together.
    """
    weights = np.asarray(asset_weights, dtype=float)
    if weights.shape != posterior.predictive_mean.shape:
        raise ValueError(
            f"asset_weights have shape {weights.shape}, expected "
            f"{posterior.predictive_mean.shape}, one row for each posterior draw"
        )
    return PredictiveReturns(
        mean=np.einsum("dn,dn->d", weights, posterior.predictive_mean),
        variance=np.einsum("dn,dnm,dm->d", weights, posterior.predictive_cov, weights),
        draws=np.einsum("dn,dn->d", weights, posterior.predictive_draws),
    )


def foresight_returns(
    returns: pd.DataFrame,
    decisions: Sequence[Decision],
    breakpoints: tuple[float, float] = DECILES,
) -> FloatArray:
    """Optimal return: that of the best portfolio in the month after each window, in hindsight.

    Parameters
    ----------
    returns : DataFrame, T x N
        Monthly returns by month, per cent.
    decisions : sequence of Decision
        Of `Calendar.decisions` on ``returns.index``, each with a month skipped.
    breakpoints : (float, float)
        Quantiles of losers and winners: the best portfolio has legs like those of the strategies.

    Returns
    -------
    (decisions,) array
        Per cent; never negative. With ten assets and deciles it is the largest less the smallest
        return.

    Raises
    ------
    ValueError
        A decision without a skipped month, or a return in it that is not finite.

    Notes
    -----
    Basturk et al. (2017), Section 3.3. Predictive returns are scored against it.
    """
    values = returns.to_numpy(dtype=float)
    found = []
    for decision in decisions:
        if decision.skip_row is None:
            raise ValueError(
                f"decision {decision.year} skips no month, expected one to predict and score: set "
                "skip_months to 1 or more"
            )
        row = values[decision.skip_row]
        if not np.isfinite(row).all():
            column = int(np.flatnonzero(~np.isfinite(row))[0])
            month = returns.index[decision.skip_row]
            raise ValueError(
                f"{returns.columns[column]} in {month} is {row[column]}, expected "
                "finite returns in the month that is predicted"
            )
        found.append(momentum_weights(row, breakpoints) @ row)
    return np.array(found)
