"""What each strategy of a model ranks assets by."""

import numpy as np
from numpy.typing import NDArray

from bayesfolio.models.posterior import Posterior
from bayesfolio.models.spec import ModelSpec

STRATEGIES = ("MM", "RM")
"""Model momentum and residual momentum, in the order of Table 5."""


def strategy_scores(
    spec: ModelSpec, posterior: Posterior, strategy: str, *, sv_model_momentum: str
) -> NDArray[np.float64]:
    """Scores of the assets, by posterior draw; the highest are bought, the lowest sold.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    posterior : Posterior
        Its draws on one window.
    strategy : {"MM", "RM"}
        Model momentum sums the fitted values of the formation months, residual momentum the
        residuals.
    sv_model_momentum : {"log_variance"}
        Model momentum of the SV model, whose fitted values are all zero. ``log_variance``: minus
        the posterior mean of the log variance in the last month, so that it is long the calmest
        asset and short the most turbulent one; equal for all draws.

    Returns
    -------
    (D, N) array
        Scores; per cent, or minus a log variance.

    Raises
    ------
    ValueError
        An unknown strategy or `sv_model_momentum`.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"strategy is {strategy!r}, expected one of {', '.join(STRATEGIES)}")
    if strategy == "RM":
        return posterior.residual.sum(axis=1)
    if spec.has_lagged_returns or spec.has_factors:
        return posterior.fitted.sum(axis=1)
    if sv_model_momentum != "log_variance":
        raise ValueError(f"sv_model_momentum is {sv_model_momentum!r}, expected 'log_variance'")
    mean = posterior.log_variance.mean(axis=0)
    return np.broadcast_to(-mean, posterior.log_variance.shape)
