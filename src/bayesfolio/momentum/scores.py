"""The strategies of a model: what each ranks assets by, and how it weighs them."""

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
        Of a model and its posterior on one window: the assets' scores by posterior draw, (D, N);
        they may use the window and nothing after it.
    weights : callable
        Of those scores, the posterior and the breakpoints: weights of the assets, (D, N).
    """

    name: str
    scores: Callable[[ModelSpec, Posterior], FloatArray]
    weights: Callable[[FloatArray, Posterior, Breakpoints], FloatArray] = by_rank


def model_momentum(spec: ModelSpec, posterior: Posterior) -> FloatArray:
    """Sum of the fitted values over the formation months, per cent.

    Those of the SV model are all zero: its scores are minus the posterior mean of the log variance
    in the last month, equal for all draws, so that it is long the calmest asset and short the most
    turbulent one.
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
