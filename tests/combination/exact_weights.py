"""Exact filters of logistic-normal weights on grids, for two components and for three."""

import numpy as np
from scipy.signal import fftconvolve


def two_components(scores, drift_sd, initial_sd=1.0, n_points=1601, width=8.0):
    """Filtered means (T,) of the first weight, its quantiles (3, T), evidence, predictive means.

    Quantiles are 5, 50 and 95%; the evidence (T,) is the log density of outcomes up to a date.
    z = x_1 - x_2 is a random walk: variance 2 initial_sd^2 at first, 2 drift_sd^2 a step.
    """
    n_obs = len(scores)
    half = width * np.sqrt(2 * (initial_sd**2 + (n_obs - 1) * drift_sd**2))
    z = np.linspace(-half, half, n_points)
    weight = 1 / (1 + np.exp(-z))
    kernel = np.exp(-0.25 * (z / drift_sd) ** 2)
    kernel /= kernel.sum()
    belief = np.exp(-0.25 * (z / initial_sd) ** 2)
    belief /= belief.sum()
    means, predictive, increments = np.empty((3, n_obs))
    quantiles = np.empty((3, n_obs))
    for t, score in enumerate(scores):
        if t:
            belief = np.maximum(fftconvolve(belief, kernel, mode="same"), 0)
            belief /= belief.sum()
        predictive[t] = belief @ weight
        top = score.max()
        likelihood = weight * np.exp(score[0] - top) + (1 - weight) * np.exp(score[1] - top)
        belief = belief * likelihood
        increments[t] = np.log(belief.sum()) + top
        belief /= belief.sum()
        means[t] = belief @ weight
        reached = np.cumsum(belief) - 0.5 * belief
        at = np.interp((0.05, 0.5, 0.95), reached, z)
        quantiles[:, t] = 1 / (1 + np.exp(-at))
    return means, quantiles, np.cumsum(increments), predictive


def three_components(scores, drift_sd, initial_sd=1.0, n_points=257, width=6.0):
    """Filtered means (T, 3) and log evidence (T,), from the grid of (x_1 - x_3, x_2 - x_3)."""
    n_obs = len(scores)
    half = width * np.sqrt(2 * (initial_sd**2 + (n_obs - 1) * drift_sd**2))
    z = np.linspace(-half, half, n_points)
    first, second = np.meshgrid(z, z, indexing="ij")

    def normal(sd):
        # Covariance sd^2 [[2, 1], [1, 2]].
        values = np.exp(-(first**2 - first * second + second**2) / (3 * sd**2))
        return values / values.sum()

    kernel, belief = normal(drift_sd), normal(initial_sd)
    states = np.stack([first, second, np.zeros_like(first)])
    weights = np.exp(states - states.max(axis=0))
    weights /= weights.sum(axis=0)
    means, increments = np.empty((n_obs, 3)), np.empty(n_obs)
    for t, score in enumerate(scores):
        if t:
            belief = np.maximum(fftconvolve(belief, kernel, mode="same"), 0)
            belief /= belief.sum()
        top = score.max()
        belief = belief * np.tensordot(np.exp(score - top), weights, 1)
        increments[t] = np.log(belief.sum()) + top
        belief /= belief.sum()
        means[t] = np.tensordot(weights, belief, 2)
    return means, np.cumsum(increments)
