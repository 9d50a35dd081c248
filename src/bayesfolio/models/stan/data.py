"""Data of stan/favar_sv.stan for one model on one window.

Besides returns and priors the program takes a centre and a scale for most of its unknowns. They
change where and in which units NUTS moves, not the posterior. Here they are put together:

* loadings, scales of eps and L (Q = L L'): mode and inverse Hessian of the pilot fit
  (`models.stan.pilot`, `models.stan.scaling`);
* Phi, in units of unit-innovation factors: zero, and the posterior standard deviation of a
  regression of T months that knows the factors as well as the pilot does;
* beta: the eigenbases of the residual covariance and of x'x, in which a regression's coefficients
  are independent;
* log gamma: the prior's mode and precision, with what twenty years of returns typically add;
* log variances: the pilot's smoothed paths and their pseudo-observations.

Models with lagged returns condition on the first month of the window.
"""

from typing import Any

import numpy as np
from scipy.linalg import block_diag

from bayesfolio.core.types import FloatArray
from bayesfolio.models.priors import Priors, factor_innovation_variances
from bayesfolio.models.spec import ModelSpec
from bayesfolio.models.stan.pilot import Pilot, pilot_fit

VOLATILITY_MONTHS = 13
"""Width of the centred moving window whose root mean square weights months in beta's scaling."""

LAG_SHARE = 1 / 16
"""Share of a regression's information about the first lag of factors that lagged returns leave."""


def _month_weights(returns: FloatArray) -> FloatArray:
    """Reciprocal rolling volatility (T,) of the cross-section, of geometric mean one."""
    squares = np.mean(returns**2, axis=1)
    kernel = np.ones(min(VOLATILITY_MONTHS, squares.size))
    count = np.convolve(np.ones_like(squares), kernel, mode="same")
    variance = np.convolve(squares, kernel, mode="same") / count
    return np.exp(0.5 * (np.log(variance).mean() - np.log(variance)))


def _lag_scaling(
    y: FloatArray, x: FloatArray, priors: Priors, *, correlated: bool
) -> dict[str, FloatArray]:
    """Eigenbases, centre and scale in which beta is about independent standard normal.

    With residual covariance U_s diag(s) U_s' and x'x = U_d diag(d) U_d', the rotated coefficients
    U_s' beta U_d have independent posteriors with precisions d_j / s_i + 1 / beta_sd^2. In a model
    without factors residuals are uncorrelated, and U_s is the identity up to order.
    """
    cross = y.T @ x
    gram = x.T @ x
    ridge = np.linalg.solve(gram + np.eye(x.shape[1]), cross.T).T
    residuals = y - x @ ridge.T
    cov = residuals.T @ residuals / y.shape[0]
    s, left = np.linalg.eigh(cov if correlated else np.diag(np.diag(cov)))
    d, right = np.linalg.eigh(gram)
    precision = d / s[:, None] + priors.beta_sd**-2
    centre = left.T @ cross @ right / s[:, None] / precision
    return {
        "beta_left": left,
        "beta_right": right,
        "beta_centre": centre,
        "beta_scale": precision**-0.5,
    }


def _phi_units(
    spec: ModelSpec, pilot: Pilot, q_scale: FloatArray, omega: list[FloatArray], n_obs: int
) -> list[FloatArray]:
    """Approximate posterior standard deviations (K, K) of each lag's coefficients.

    The coefficients are those of unit-innovation factors, L^-1 Phi_l L. Their prior has precision
    1 / (omega_lj L_jj^2), and with factor volatility L_ii^2 / (q_i omega_lj L_jj^2). The data add
    the precision of a regression of T months, as far as they know both factors. With lagged
    returns in the model, beta takes most of what they say about the first lag.
    """
    scale = pilot.factor_scale
    information = n_obs * np.outer(pilot.reliability, pilot.reliability)
    units = []
    for lag, weights in enumerate(omega, start=1):
        if spec.has_factor_sv:
            prior_sd = np.outer(np.sqrt(q_scale) / scale, np.sqrt(weights) * scale)
        else:
            prior_sd = np.tile(np.sqrt(weights) * scale, (scale.size, 1))
        share = LAG_SHARE if spec.has_lagged_returns and lag == 1 else 1.0
        units.append((prior_sd**-2 + share * information) ** -0.5)
    return units


def stan_data(
    spec: ModelSpec,
    returns: FloatArray,
    *,
    formation: int,
    priors: Priors,
    prior_only: bool = False,
) -> dict[str, Any]:
    """Build the data block of ``favar_sv.stan``.

    Parameters
    ----------
    spec : ModelSpec
        The model.
    returns : (T, N) array
        The estimation window, per cent a month, oldest month first. Models with lagged returns
        condition on the first month: their likelihood starts at the second.
    formation : int
        P, months at the end of the window whose fitted values are wanted.
    priors : Priors
        Hyperparameters.
    prior_only : bool
        Leave the likelihood out.

    Returns
    -------
    dict
        Names and values of the program's data block, which states shapes and units.
    """
    n_assets = returns.shape[1]
    n_factors, n_lags = spec.n_factors, spec.n_lags
    lagged = spec.has_lagged_returns
    y = returns[1:] if lagged else returns
    x = returns[:-1] if lagged else np.zeros((0, n_assets))
    n_obs = y.shape[0]
    weights = _month_weights(y) if spec.has_idiosyncratic_sv else np.ones(n_obs)
    weighted = y * weights[:, None]

    if lagged:
        beta = _lag_scaling(weighted, x * weights[:, None], priors, correlated=spec.has_factors)
        ols = beta["beta_left"] @ beta["beta_centre"] @ beta["beta_right"].T
        residuals = y - x @ ols.T
    else:
        beta = dict.fromkeys(
            ("beta_left", "beta_right", "beta_centre", "beta_scale"), np.zeros((0, n_assets))
        )
        residuals = y

    no_series = np.zeros((0, n_assets))
    q_scale = factor_innovation_variances(returns, n_factors, lagged=lagged)
    # log gamma: the prior's mode and precision, with what 20 years of monthly returns typically
    # say, log 0.2 +- 0.3.
    prior_precision = 4 * priors.gamma2_shape
    precision = prior_precision + 0.3**-2
    prior_mode = 0.5 * np.log(priors.gamma2_scale / priors.gamma2_shape)
    log_gamma = (prior_precision * prior_mode + 0.3**-2 * np.log(0.2)) / precision
    pilot = pilot_fit(
        residuals,
        q_scale,
        priors,
        float(np.exp(log_gamma)),
        idio_volatility=spec.has_idiosyncratic_sv,
        factor_volatility=spec.has_factor_sv,
    )
    omega = [priors.phi_sd**2 / (lag * q_scale) for lag in range(1, n_lags + 1)]
    phi_units = _phi_units(spec, pilot, q_scale, omega, n_obs)
    n_gamma = n_assets * spec.has_idiosyncratic_sv + n_factors * spec.has_factor_sv
    centre = np.concatenate(
        [pilot.centre, np.zeros(n_lags * n_factors**2), np.full(n_gamma, log_gamma)]
    )
    units = [*(unit.ravel(order="F") for unit in phi_units), np.full(n_gamma, precision**-0.5)]
    root = block_diag(np.linalg.cholesky(pilot.cov), np.diag(np.concatenate(units)))
    return {
        "T": n_obs,
        "N": n_assets,
        "K": n_factors,
        "L": n_lags,
        "P": formation,
        "has_var": int(lagged),
        "idio_sv": int(spec.has_idiosyncratic_sv),
        "factor_sv": int(spec.has_factor_sv),
        "prior_only": int(prior_only),
        "y": y,
        "x": x,
        "x_next": returns[-1] if lagged else np.zeros(0),
        "sigma2_shape": priors.sigma2_shape,
        "sigma2_scale": priors.sigma2_scale,
        "loading_sd": priors.loading_sd,
        "beta_sd": priors.beta_sd,
        "mu_mean": priors.mu_mean,
        "mu_sd": priors.mu_sd,
        "level_floor": priors.log_variance_floor,
        "psi_mean": priors.psi_mean,
        "psi_sd": priors.psi_sd,
        "gamma2_shape": priors.gamma2_shape,
        "gamma2_scale": priors.gamma2_scale,
        "q_dof": n_assets + n_factors + 2,
        "q_scale": q_scale,
        "omega": omega,
        "B": centre.size,
        "block_centre": centre,
        "block_root": root,
        **beta,
        "idio_weight": np.exp(-pilot.idio_deviation),
        "factor_weight": np.exp(-pilot.factor_deviation),
        "idio_pseudo": pilot.idio_pseudo if spec.has_idiosyncratic_sv else no_series,
        "factor_pseudo": pilot.factor_pseudo if spec.has_factor_sv else no_series[:, :0],
    }
