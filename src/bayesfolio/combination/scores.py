"""Log scores of components: densities of an outcome given draws of a predictive return.

Component k's density of the outcome r_t is the inner integral of Basturk et al. (2017, eq. (12)),

    q_kt = (1 / D) sum_d N(r_t; m_tkd, v_tkd + s^2)

with m and v the mean and variance of the component's predictive return given posterior draw d (eq.
(6): the portfolio and the prediction of one draw belong together) and s the incompleteness. The
paper does not give its kernel f(r_t | predicted return); a normal one is used. Given the parameters
the predictive return is normal, so the integral over it is in closed form. With draws of the return
in place of m, and v = 0, it is by simulation: the same expectation with more noise.

Timing: m, v and draws use the window up to the decision; r_t is the month after it.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from bayesfolio.core.types import FloatArray

_LOG_2PI = math.log(2 * math.pi)


def component_log_scores(
    outcomes: ArrayLike,
    means: ArrayLike,
    variances: ArrayLike | float,
    incompleteness_sds: ArrayLike,
) -> FloatArray:
    """Log predictive densities of outcomes, by incompleteness and component.

    log (1/D) sum_d N(outcome_t; mean_tkd, variance_tkd + s^2), where s allows the outcome to lie
    beyond the components. With s near zero the components are taken as complete; with a large s
    none of them explains the outcome, and their scores become alike.

    Parameters
    ----------
    outcomes : (T,) array
        Outcomes, per cent.
    means : (T, K, D) array
        Mean of component k's predictive return at t given draw d of its model's parameters, per
        cent; or, with ``variances`` of 0, draws of the return itself.
    variances : (T, K, D) array, or 0
        Variance of the same, per cent squared, not negative.
    incompleteness_sds : (G,) array
        Standard deviations s, per cent; above 0 where a variance is 0.

    Returns
    -------
    (G, T, K) array
        Log scores for :func:`bayesfolio.combination.combine`.

    Raises
    ------
    ValueError
        Shapes that do not fit, values that are not finite, a negative variance, or a variance of 0
        where the incompleteness is 0 as well.

    Notes
    -----
    Basturk et al. (2017), eq. (6) and (12). Given the parameters, the integral over a component's
    predictive return is in closed form; otherwise it is over draws of the return.
    """
    outcome = np.array(outcomes, dtype=float)
    mean = np.array(means, dtype=float)
    sds = np.array(incompleteness_sds, dtype=float)
    if mean.ndim != 3 or 0 in mean.shape or outcome.shape != mean.shape[:1]:
        raise ValueError(
            f"outcomes have shape {outcome.shape} and means {mean.shape}, expected (dates,) and "
            "(dates, components, draws), at least one of each"
        )
    variance = np.broadcast_to(np.array(variances, dtype=float), mean.shape)
    for name, values in [("outcomes", outcome), ("means", mean), ("variances", variance)]:
        if not np.isfinite(values).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            raise ValueError(f"{name}{list(place)} is {values[place]}, expected finite numbers")
    if sds.ndim != 1 or not len(sds) or not (np.isfinite(sds) & (sds >= 0)).all():
        raise ValueError(f"incompleteness_sds are {sds}, expected finite numbers of 0 or more")
    if variance.min() < 0 or sds.min() ** 2 + variance.min() == 0:
        raise ValueError(
            f"the smallest variance is {variance.min()} with an incompleteness of {sds.min()}, "
            "expected no negative variance, and an incompleteness above 0 where a variance is 0"
        )
    squares = np.square(outcome[:, None, None] - mean)
    scores = np.empty((len(sds), *mean.shape[:2]))
    for g, sd in enumerate(sds):
        total = variance + sd**2
        log_density = -0.5 * (_LOG_2PI + np.log(total) + squares / total)
        scores[g] = np.logaddexp.reduce(log_density, axis=2) - math.log(mean.shape[2])
    return scores


def path_log_scores(
    outcomes: ArrayLike, draws: ArrayLike, incompleteness_sds: ArrayLike, n_paths: int
) -> list[FloatArray]:
    """Log scores of single draws: one (G, T, K) array for each of ``n_paths`` paths.

    A path has the d-th draw of every component and date, d spread evenly over the D draws of
    ``draws`` (T, K, D); other arguments as for :func:`component_log_scores`.
    """
    values = np.array(draws, dtype=float)
    if values.ndim != 3 or not 1 <= n_paths <= values.shape[2]:
        raise ValueError(
            f"n_paths is {n_paths} with draws of shape {values.shape}, expected 1 to the number of "
            "draws, the last of three dimensions"
        )
    chosen = np.arange(n_paths) * values.shape[2] // n_paths
    return [
        component_log_scores(outcomes, values[:, :, [d]], 0.0, incompleteness_sds) for d in chosen
    ]
