"""Factors of all months in one draw.

The model of the factors is f_t = Phi_1 f_{t-1} + .. + Phi_L f_{t-L} + eta_t with f_t = 0 before the
sample, and net returns y_t - beta x_t = Lambda f_t + eps_t (Basturk et al. 2017, eq. (1), and
Appendix A, eq. (20), (22) and (28)). Stacked over months, innovations are H f with H unit lower
triangular, so that all that is known of the T K factors are T K equations H f = eta and T N
equations of returns. The draw is from the Gaussian that these make.

The paper draws the same law month by month (Carter and Kohn 1994). Timing: all months of the window
are used, so that f_t is smoothed, not filtered. Arrays are (T, K), months by factors.
"""

import numpy as np
from scipy.linalg import block_diag

from bayesfolio.core.types import FloatArray
from bayesfolio.models.gibbs.reference.gaussian import draw_from_equations


def _draw_factors(
    rng: np.random.Generator,
    net: FloatArray,
    loadings: FloatArray,
    precision: FloatArray,
    transition: FloatArray,
    innovation_precisions: FloatArray,
) -> FloatArray:
    """Draw factors from their joint Gaussian, given innovation precisions (T, K, K)."""
    n_obs, n_factors = len(net), loadings.shape[1]
    # H maps stacked factors to stacked innovations; f_0 and before are zero.
    h = np.eye(n_obs * n_factors)
    for lag in range(1, transition.shape[1] // n_factors + 1):
        phi = transition[:, (lag - 1) * n_factors : lag * n_factors]
        h -= np.kron(np.eye(n_obs, k=-lag), phi)
    # All equations as rows of unit variance.
    root = np.sqrt(precision)
    rows = np.vstack(
        [
            block_diag(*(np.linalg.cholesky(q).T for q in innovation_precisions)) @ h,
            block_diag(*(weights[:, None] * loadings for weights in root)),
        ]
    )
    targets = np.concatenate([np.zeros(n_obs * n_factors), (root * net).ravel()])
    noise = rng.standard_normal((n_obs, n_factors))
    return draw_from_equations(rows, targets, noise.ravel()).reshape(n_obs, n_factors)


def draw_factors(
    rng: np.random.Generator,
    net: FloatArray,
    loadings: FloatArray,
    precision: FloatArray,
    transition: FloatArray,
    factor_cov: FloatArray,
) -> FloatArray:
    """Draw factors (T, K) with one innovation covariance Q (K, K).

    ``net`` (T, N) are returns less beta x, ``precision`` (T, N) the precisions of eps.
    """
    inverse = np.tile(np.linalg.inv(factor_cov), (len(net), 1, 1))
    return _draw_factors(rng, net, loadings, precision, transition, inverse)


def draw_volatile_factors(
    rng: np.random.Generator,
    net: FloatArray,
    loadings: FloatArray,
    precision: FloatArray,
    transition: FloatArray,
    innovation_precision: FloatArray,
) -> FloatArray:
    """Draw factors (T, K) whose innovations have precisions (T, K) that move."""
    inverse = innovation_precision[:, :, None] * np.eye(loadings.shape[1])
    return _draw_factors(rng, net, loadings, precision, transition, inverse)


def lagged_factors(factors: FloatArray, n_lags: int) -> FloatArray:
    """f_{t-1}, .., f_{t-L} side by side (T, K L), zeros before the sample."""
    n_obs, n_factors = factors.shape
    padded = np.vstack([np.zeros((n_lags, n_factors)), factors])
    lags = range(1, n_lags + 1)
    return np.hstack([padded[n_lags - lag : n_lags - lag + n_obs] for lag in lags])


def factor_innovations(factors: FloatArray, transition: FloatArray) -> FloatArray:
    """Innovations eta_t (T, K): f_t less its autoregression, with zeros before the sample."""
    n_lags = transition.shape[1] // transition.shape[0]
    return factors - lagged_factors(factors, n_lags) @ transition.T
