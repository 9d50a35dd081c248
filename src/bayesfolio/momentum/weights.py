"""Momentum weights: long the winners, short the losers.

Basturk et al. (2017), eq. (7): an asset has weight 1 if its score is at or above the 90% quantile
of all scores, -1 at or below the 10% quantile, 0 between. Two things are made definite here. Each
leg is divided by its number of assets, so that it sums to 1 or -1 with any number of them; with ten
assets that is one winner and one loser, as printed. And the number of assets in a leg is that
without ties; ties are broken by the order of the columns, where eq. (7) would let a leg grow.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Quantiles of the scores up to which an asset is a loser and from which it is a winner.
DECILES = (0.1, 0.9)


def momentum_weights(
    scores: ArrayLike, breakpoints: tuple[float, float] = DECILES
) -> NDArray[np.float64]:
    """Asset weights that are long the highest scores and short the lowest.

    Parameters
    ----------
    scores : array_like, (N,) or (..., N)
        Past performance of each asset, such as the sum of its returns, fitted values or
        residuals over the formation months; any unit. N is at least 2.
    breakpoints : (float, float)
        Lower and upper quantile, ``0 <= lower < upper <= 1``.

    Returns
    -------
    ndarray, shape of `scores`
        Weights; each leg is equally weighted and sums to 1 (long) or -1 (short), so a row sums
        to 0. With ten assets and deciles: one asset at 1, one at -1, as in eq. (7).

    Raises
    ------
    ValueError
        Scores not finite, fewer than two assets, wrong breakpoints, or overlapping legs.

    Notes
    -----
    Basturk et al. (2017), eq. (7). A leg has as many assets as lie at or beyond the linearly
    interpolated quantile when all scores differ: ``floor(p (N - 1)) + 1`` with p the lower
    quantile or one minus the upper. Ties never change that number: among equal scores the asset
    in the earlier column ranks higher.
    """
    values = np.asarray(scores, dtype=float)
    n_assets = values.shape[-1] if values.ndim else 0
    if n_assets < 2:
        raise ValueError(
            f"scores have shape {values.shape}, expected at least two assets on the last axis"
        )
    if not np.isfinite(values).all():
        place = tuple(int(i[0]) for i in np.nonzero(~np.isfinite(values)))
        raise ValueError(f"scores{list(place)} is {values[place]}, expected finite scores")
    lower, upper = breakpoints
    if not 0.0 <= lower < upper <= 1.0:
        raise ValueError(f"breakpoints are {breakpoints}, expected 0 <= lower < upper <= 1")
    n_short, n_long = _leg_size(lower, n_assets), _leg_size(1.0 - upper, n_assets)
    if n_short + n_long > n_assets:
        raise ValueError(
            f"breakpoints {breakpoints} put {n_long} assets long and {n_short} short with "
            f"{n_assets} assets; expected legs that do not overlap: move the breakpoints apart"
        )
    ranking = np.argsort(-values, axis=-1, kind="stable")
    weights = np.zeros_like(values)
    np.put_along_axis(weights, ranking[..., :n_long], 1.0 / n_long, axis=-1)
    np.put_along_axis(weights, ranking[..., n_assets - n_short :], -1.0 / n_short, axis=-1)
    return weights


def _leg_size(quantile: float, n_assets: int) -> int:
    # The small number keeps .3 * 10 = 2.9999999999999996 from losing an asset.
    return math.floor(quantile * (n_assets - 1) + 1e-9) + 1
