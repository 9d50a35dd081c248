"""The likelihood of GARCH(1,1) written plainly; `_kernels` has the same function, compiled."""

import numpy as np

from bayesfolio.core.types import FloatArray


def garch_log_likelihood(
    parameters: FloatArray,
    returns: FloatArray,
    backcast: float,
    variances: FloatArray,
    gradient: FloatArray,
) -> float:
    """Gaussian log-likelihood of r_t = mean + e_t, v_t = omega + alpha e_{t-1}^2 + beta v_{t-1}.

    Parameters
    ----------
    parameters : (4,) array
        mean, omega, alpha, beta.
    returns : (T,) array
        Daily returns, per cent.
    backcast : float
        What stands for e_0^2 and v_0, per cent squared.
    variances : (T + 1,) array
        Filled with v_1 .. v_{T+1}; v_t uses returns up to t-1.
    gradient : (4,) array
        Filled with the derivatives of the log-likelihood.

    Returns
    -------
    float
    """
    mean, omega, alpha, beta = parameters
    shocks = returns - mean
    squares = np.concatenate([[backcast], shocks**2])  # e_0^2 .. e_T^2
    n_obs = len(returns)
    slopes = np.empty((n_obs + 1, 4))  # dv_t / d(mean, omega, alpha, beta)
    before, slope_before = backcast, np.zeros(4)
    for t in range(n_obs + 1):
        square_slope = 0.0 if t == 0 else -2.0 * shocks[t - 1]
        variances[t] = omega + alpha * squares[t] + beta * before
        own = np.array([alpha * square_slope, 1.0, squares[t], before])
        slopes[t] = own + beta * slope_before
        before, slope_before = variances[t], slopes[t]
    v = variances[:-1]
    gradient[:] = (0.5 * (shocks**2 / v - 1) / v) @ slopes[:-1]
    gradient[0] += (shocks / v).sum()
    return float(-0.5 * (np.log(2 * np.pi * v) + shocks**2 / v).sum())
