"""Missing returns, drawn like any other unknown.

Given everything else, a missing y_it is known from the equation of its own month,
y_it ~ N(beta_i' x_t + lambda_i' f_t, exp(h_it)). With lagged returns it is also the regressor of
all N equations of the month after. The product of these Gaussians is a Gaussian in one unknown. The
paper has no missing returns: this block is our addition.
"""

import numpy as np

from bayesfolio.models.gibbs.state import State, Window


def impute_returns(rng: np.random.Generator, window: Window, state: State) -> None:
    """Draw each missing return given everything else, and write it into the window."""
    n_lagged = window.lagged.shape[0]
    beta, loadings = state.coefficients[:, :n_lagged], state.coefficients[:, n_lagged:]
    for t, i in window.missing:
        mean = beta @ window.lagged[:, t] + loadings @ state.factors[t]
        precision = np.exp(-state.log_variance[t, i])
        information = precision * mean[i]
        after = np.exp(-state.log_variance[t + 1 : t + 2]) if n_lagged else np.zeros((0, 0))
        for weight in after:
            mean_after = beta @ window.lagged[:, t + 1] + loadings @ state.factors[t + 1]
            rest = window.y[t + 1] - mean_after + beta[:, i] * window.y[t, i]
            precision += np.sum(weight * beta[:, i] ** 2)
            information += np.sum(weight * beta[:, i] * rest)
        window.y[t, i] = information / precision + rng.standard_normal() / precision**0.5
        if len(after):
            window.lagged[i, t + 1] = window.y[t, i]
