"""Compiled draw of missing returns. `gibbs.reference.imputation` has the algebra.

Residuals (T, N) are updated with each draw, so that a cell costs O(N) and no mean is computed anew.
"""

import math

from numba import njit


@njit(cache=True, error_model="numpy")
def impute_returns(rng, window, state, residual):
    """Draw each missing return given everything else; the window and ``residual`` in place."""
    n_obs, n_assets = residual.shape
    n_lagged = window.lagged.shape[0]
    h = state.log_variance
    for cell in range(window.missing.shape[0]):
        t, i = window.missing[cell]
        precision = math.exp(-h[t, i])
        # What is drawn is the change of the return. The month's own equation has its residual
        # vanish; each equation of the month after has a slope of -beta_ji in the change.
        information = -precision * residual[t, i]
        if n_lagged and t + 1 < n_obs:
            for j in range(n_assets):
                slope = state.coefficients[j, i] * math.exp(-h[t + 1, j])
                precision += slope * state.coefficients[j, i]
                information += slope * residual[t + 1, j]
        change = information / precision + rng.standard_normal() / math.sqrt(precision)
        window.y[t, i] += change
        residual[t, i] += change
        if n_lagged and t + 1 < n_obs:
            window.lagged[i, t + 1] = window.y[t, i]
            for j in range(n_assets):
                residual[t + 1, j] -= state.coefficients[j, i] * change
