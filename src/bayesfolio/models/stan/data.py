"""Data of stan/favar_sv.stan for one model on one window."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from bayesfolio.models.priors import Priors, factor_innovation_variances
from bayesfolio.models.spec import ModelSpec
from bayesfolio.models.stan.pilot import pilot_fit
from bayesfolio.models.stan.scaling import block_scaling

FloatArray = NDArray[np.float64]

VOLATILITY_MONTHS = 13
"""Width of the centred moving window whose root mean square weights months in the scaling."""


def _month_weights(returns: FloatArray) -> FloatArray:
    """Reciprocal rolling volatility of the cross-section (T,), geometric mean one."""
    squares = np.mean(returns**2, axis=1)
    kernel = np.ones(min(VOLATILITY_MONTHS, squares.size))
    count = np.convolve(np.ones_like(squares), kernel, mode="same")
    variance = np.convolve(squares, kernel, mode="same") / count
    return np.exp(0.5 * (np.log(variance).mean() - np.log(variance)))


def _lag_scaling(
    y: FloatArray, x: FloatArray, priors: Priors, *, correlated: bool
) -> dict[str, FloatArray]:
    """Eigenbases, centre and scale in which beta is about independent standard normal.

    With residual covariance U_s diag(s) U_s' and x'x = U_d diag(d) U_d' the rotated coefficients
    U_s' beta U_d have independent posteriors with precision d_j / s_i + 1 / beta_sd^2. Residuals
    are uncorrelated where the model has no factors.
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
    q_scale = factor_innovation_variances(residuals, n_factors)
    # log gamma: the prior's mode and precision with what some 20 years of monthly returns tell,
    # about log 0.2 +- 0.3.
    prior_precision = 4 * priors.gamma2_shape
    precision = prior_precision + 0.3**-2
    prior_mode = 0.5 * np.log(priors.gamma2_scale / priors.gamma2_shape)
    log_gamma = (prior_precision * prior_mode + 0.3**-2 * np.log(0.2)) / precision
    weighted_residuals = residuals * weights[:, None]
    scaling = block_scaling(
        weighted_residuals.T @ weighted_residuals / n_obs,
        n_obs,
        n_factors,
        q_scale,
        priors,
        factor_volatility=spec.has_factor_sv,
        level_sd=(
            np.exp(log_gamma) / (1 - priors.psi_mean) / n_obs**0.5
            if spec.has_idiosyncratic_sv
            else 0.0
        ),
    )
    pilot = pilot_fit(
        residuals, scaling.loadings, scaling.idio_sd, priors.psi_mean, float(np.exp(log_gamma))
    )
    # Lag coefficients of factors that are themselves estimated are about twice as uncertain as
    # those of observed series.
    n_phi = n_lags * n_factors**2
    n_gamma = n_assets * spec.has_idiosyncratic_sv + n_factors * spec.has_factor_sv
    centre = np.concatenate([scaling.centre, np.zeros(n_phi), np.full(n_gamma, log_gamma)])
    units = np.concatenate([np.full(n_phi, 2 * n_obs**-0.5), np.full(n_gamma, precision**-0.5)])
    root = block_diag(scaling.root, np.diag(units))
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
        "psi_mean": priors.psi_mean,
        "psi_sd": priors.psi_sd,
        "gamma2_shape": priors.gamma2_shape,
        "gamma2_scale": priors.gamma2_scale,
        "q_dof": n_assets + n_factors + 2,
        "q_scale": q_scale,
        "omega": [priors.phi_sd**2 / (lag * q_scale) for lag in range(1, n_lags + 1)],
        "B": centre.size,
        "block_centre": centre,
        "block_root": root,
        **beta,
        "factor_unit": pilot.factor_unit
        if spec.has_factors and spec.has_idiosyncratic_sv
        else np.ones(n_obs if spec.has_factors else 0),
        "idio_pseudo": pilot.idio_pseudo if spec.has_idiosyncratic_sv else no_series,
        "factor_pseudo": pilot.factor_pseudo if spec.has_factor_sv else no_series[:, :0],
    }
