"""The strategies of a model: the scores by which each ranks assets, and how it weighs them.

A strategy is a function g_s of what the model says of the P formation months (Basturk et al. 2017,
Section 3, eq. (3) and (4)), applied to each posterior draw, so that weights have a posterior too:

* model momentum (M.M.): assets by the sum of fitted values beta y_{t-1} + Lambda f_t;
* residual momentum (R.M.): assets by the sum of residuals y_t less fitted values.

Both are long the highest and short the lowest scores (`momentum.weights`). Timing: fitted values
and residuals are smoothed over the estimation window and use nothing after the decision month.

Where the source leaves a gap: the SV model has no mean, so its fitted values are zero and its
residuals are the returns. R.M. of it is then standard momentum up to the months summed; for M.M.
assets are ranked by volatility instead, see :func:`model_momentum`. The text also says that M.M.
ranks by the posterior mean; here each draw ranks by itself, as eq. (4) has it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayesfolio.core.types import FloatArray
from bayesfolio.models.posterior import Posterior
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.weights import momentum_weights

Breakpoints = tuple[float, float]


def by_rank(scores: FloatArray, posterior: Posterior, breakpoints: Breakpoints) -> FloatArray:
    """Equal weights of the assets with the highest scores, less those with the lowest."""
    return momentum_weights(scores, breakpoints)


@dataclass(frozen=True)
class Strategy:
    """One strategy.

    Attributes
    ----------
    name : str
        As figures show it.
    scores : callable
        Scores of the assets by posterior draw, (D, N), as a function of a model and its posterior
        on one window. They may use the window and nothing after it.
    weights : callable
        Weights of the assets, (D, N), as a function of scores, posterior and breakpoints.
    """

    name: str
    scores: Callable[[ModelSpec, Posterior], FloatArray]
    weights: Callable[[FloatArray, Posterior, Breakpoints], FloatArray] = by_rank


def model_momentum(spec: ModelSpec, posterior: Posterior) -> FloatArray:
    """Sum of the fitted values over the formation months, per cent.

    The SV model's fitted values are all zero. Its scores are minus the posterior mean of the log
    variance in the last month, the same for all draws, so that it is long the calmest asset and
    short the most turbulent one.
    """
    if spec.has_lagged_returns or spec.has_factors:
        return posterior.fitted.sum(axis=1)
    mean = posterior.log_variance.mean(axis=0)
    return np.broadcast_to(-mean, posterior.log_variance.shape)


def residual_momentum(spec: ModelSpec, posterior: Posterior) -> FloatArray:
    """Sum of the residuals over the formation months, per cent."""
    return posterior.residual.sum(axis=1)


STRATEGIES: dict[str, Strategy] = {
    "MM": Strategy("model momentum", model_momentum),
    "RM": Strategy("residual momentum", residual_momentum),
}
"""Every strategy by its name in tables, those of the paper in the order of Table 5."""


def strategy_scores(
    spec: ModelSpec, posterior: Posterior, strategy: str, *, sv_model_momentum: str
) -> FloatArray:
    """Scores of the assets, by posterior draw; the highest are bought, the lowest sold.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    posterior : Posterior
        Its draws on one window.
    strategy : str
        One of `STRATEGIES`.
    sv_model_momentum : {"log_variance"}
        Model momentum of the SV model, see `model_momentum`.

    Returns
    -------
    (D, N) array
        Scores; per cent, or minus a log variance.

    Raises
    ------
    ValueError
        An unknown strategy or `sv_model_momentum`, or scores that have another shape.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"strategy is {strategy!r}, expected one of {', '.join(STRATEGIES)}")
    if sv_model_momentum != "log_variance":
        raise ValueError(f"sv_model_momentum is {sv_model_momentum!r}, expected 'log_variance'")
    found = STRATEGIES[strategy].scores(spec, posterior)
    return _shaped(found, posterior, f"scores of strategy {strategy}")


def strategy_weights(
    spec: ModelSpec,
    posterior: Posterior,
    strategy: str,
    breakpoints: Breakpoints,
    *,
    sv_model_momentum: str,
) -> FloatArray:
    """Weights of the assets, by posterior draw, (D, N).

    Parameters and errors are those of `strategy_scores`; `breakpoints` are the quantiles of losers
    and winners.
    """
    scores = strategy_scores(spec, posterior, strategy, sv_model_momentum=sv_model_momentum)
    found = STRATEGIES[strategy].weights(scores, posterior, breakpoints)
    return _shaped(found, posterior, f"weights of strategy {strategy}")


def _shaped(array: FloatArray, posterior: Posterior, what: str) -> FloatArray:
    expected = posterior.predictive_mean.shape
    if np.shape(array) != expected:
        raise ValueError(
            f"{what} have shape {np.shape(array)}, expected {expected}: a row for each posterior "
            "draw, a column for each asset"
        )
    return array
