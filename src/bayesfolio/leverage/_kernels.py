"""Compiled likelihood of GARCH(1,1); `_reference` has the same function, to be read first.

The derivatives of v_t obey the recursion of v_t itself, d v_t = (own terms) + beta d v_{t-1}, so
they run along in the same loop and cost no array.
"""

import math

from numba import njit

_LOG_2PI = math.log(2 * math.pi)


@njit(cache=True, error_model="numpy")
def garch_log_likelihood(parameters, returns, backcast, variances, gradient):
    """See `_reference.garch_log_likelihood`; derivatives of the variance run along with it."""
    mean, omega, alpha, beta = parameters
    n_obs = returns.shape[0]
    variance = omega + (alpha + beta) * backcast
    d_mean, d_omega, d_alpha, d_beta = 0.0, 1.0, backcast, backcast
    gradient[:] = 0.0
    total = n_obs * _LOG_2PI
    for t in range(n_obs):
        variances[t] = variance
        shock = returns[t] - mean
        square = shock * shock
        total += math.log(variance) + square / variance
        slope = 0.5 * (square / variance - 1.0) / variance
        gradient[0] += slope * d_mean + shock / variance
        gradient[1] += slope * d_omega
        gradient[2] += slope * d_alpha
        gradient[3] += slope * d_beta
        d_mean = beta * d_mean - 2.0 * alpha * shock
        d_omega = beta * d_omega + 1.0
        d_alpha = beta * d_alpha + square
        d_beta = beta * d_beta + variance
        variance = omega + alpha * square + beta * variance
    variances[n_obs] = variance
    return -0.5 * total
