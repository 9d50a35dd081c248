"""Realised returns of a combination of components.

A combination holds every component by its weight: R_th = sum_k w_tk r_tkh in month h after decision
t, where r_tkh is the realised return of component k's portfolio (Basturk et al. 2017, eq. (5), and
Section 3.3). Both factors have posterior draws, and the d-th draws of the two are joined.

Timing: weights of decision t know the outcomes up to the skip month after the decision. Months held
come later, so there is no look-ahead.
"""

import numpy as np
from numpy.typing import ArrayLike

from bayesfolio.core.types import FloatArray


def combined_returns(
    weight_draws: ArrayLike, component_returns: ArrayLike, decision_of_month: ArrayLike
) -> FloatArray:
    """Realised returns of portfolios that hold components by their weights.

    Parameters
    ----------
    weight_draws : (D, T, K) array
        Draws of the weights, held from decision t to the next.
    component_returns : (K, D, M) array
        Realised return of component k in month m, per cent, given draw d of its model. Draw d of
        all components and of the weights are held together: components of different models should
        be shuffled against each other, and both against the weights.
    decision_of_month : (M,) array of int
        Decision, 0 to T - 1, whose weights are held in a month.

    Returns
    -------
    (D, M) array
        Returns, per cent.

    Raises
    ------
    ValueError
        Shapes that do not fit, decisions out of range, or values that are not finite.

    Notes
    -----
    Basturk et al. (2017), Sections 3.3 and 5.2. Weights of decision t know outcomes up to the month
    after the decision, which is not held, so there is no look-ahead.
    """
    weights = np.asarray(weight_draws, dtype=float)
    returns = np.asarray(component_returns, dtype=float)
    decision = np.asarray(decision_of_month)
    if (
        weights.ndim != 3
        or returns.shape != (weights.shape[2], weights.shape[0], len(decision))
        or decision.dtype.kind not in "iu"
    ):
        raise ValueError(
            f"weight_draws have shape {weights.shape}, component_returns {returns.shape} and "
            f"decision_of_month {decision.shape}, expected (draws, decisions, components), "
            "(components, draws, months) and as many integers as months"
        )
    if len(decision) and not 0 <= decision.min() <= decision.max() < weights.shape[1]:
        raise ValueError(
            f"decision_of_month goes from {decision.min()} to {decision.max()}, expected 0 to "
            f"{weights.shape[1] - 1}"
        )
    for name, values in [("weight_draws", weights), ("component_returns", returns)]:
        if not np.isfinite(values).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            raise ValueError(f"{name}{list(place)} is {values[place]}, expected finite numbers")
    combined = np.zeros(returns.shape[1:])
    for k, held in enumerate(returns):
        combined += weights[:, decision, k] * held
    return combined
