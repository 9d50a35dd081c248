"""stan/favar_sv.stan's change of variables, written out with dense algebra.

It shares no code with the program or its data builder: given the data block and a point of the
sampler it returns the model's own parameters and the logarithm of the Jacobian determinant.
"""

from typing import Any

import numpy as np

from bayesfolio.models.joint import Parameters, VolatilityParameters


def log_variance_path(
    z: np.ndarray, pseudo: np.ndarray, level: float, psi: float, gamma: float
) -> tuple[np.ndarray, float]:
    """Deviations of one series from whitened z, and log |dd/dz|, by dense matrices."""
    n_obs = z.size
    on, off = (1 + psi**2) / gamma**2 + 0.5, psi / gamma**2
    c2 = 0.5 * (on + np.sqrt(on**2 - 4 * off**2))
    root = np.sqrt(c2) * (np.eye(n_obs) - off / c2 * np.eye(n_obs, k=-1))
    root[-1, -1] = np.sqrt(c2 - (psi / gamma) ** 2)
    centre = np.linalg.solve(root, 0.5 * (pseudo - level))
    return np.linalg.solve(root.T, centre + z), -np.linalg.slogdet(root)[1]


def log_mean_square(disturbances: np.ndarray, weight: Any) -> np.ndarray:
    """Scale of disturbances by column, given precisions."""
    return np.log(np.mean(np.asarray(weight) * disturbances**2, axis=0))


def natural_parameters(data: dict[str, Any], point: dict[str, Any]) -> tuple[Parameters, float]:
    """Parameters of the model and log |d parameters / d point| (lengths as in the data block).

    The parameters' measure is that of :func:`bayesfolio.models.joint.log_joint`.
    """
    n_obs, n_assets, k, lags = data["T"], data["N"], data["K"], data["L"]
    theta = data["block_centre"] + data["block_root"] @ np.asarray(point["z_block"])
    log_jacobian = float(np.sum(np.log(np.abs(np.diag(data["block_root"])))))
    n_loadings = n_assets * k - k * (k - 1) // 2
    n_scale = k if data["factor_sv"] else k * (k + 1) // 2
    sizes = [n_loadings, n_assets, n_scale, lags * k * k, n_assets * data["idio_sv"]]
    entries, a, scale, phi, log_gamma, log_gamma_factor = np.split(theta, np.cumsum(sizes))

    sigma = 0.5 * np.log1p(np.exp(2 * a))
    slope = 1 / (1 + np.exp(-2 * a))

    loadings = np.zeros((n_assets, k))
    structural, factors = loadings, np.zeros((n_obs, k))
    factor_cov = None
    if k:
        loadings[np.triu_indices(k, 0, n_assets)[::-1]] = entries  # by columns
        if data["factor_sv"]:  # entries of Lambda
            level = np.diag(np.exp(scale))
            loadings = loadings @ level
        else:  # entries of A
            level = np.zeros((k, k))
            level[np.triu_indices(k)[::-1]] = scale  # by columns
            level[np.diag_indices(k)] = np.exp(np.diag(level))
            # From A to Lambda; dQ = 2^K prod L_kk^(K-k+1) dL, and the logarithms on L's diagonal
            log_jacobian -= float((n_assets - np.arange(k)) @ np.log(np.diag(level)))
            log_jacobian += float((k - np.arange(k) + 1) @ np.log(np.diag(level)))
            factor_cov = level @ level.T

    lag_matrices = phi.reshape(lags, k, k).transpose(0, 2, 1)
    beta = None
    residual = np.asarray(data["y"])
    if data["has_var"]:
        total = data["beta_centre"] + data["beta_scale"] * np.asarray(point["z_beta"])
        beta = data["beta_left"] @ total @ data["beta_right"].T
        if k:  # less what lagged returns say through the factors
            cov = loadings @ loadings.T + np.diag(sigma**2)
            beta = beta - loadings @ lag_matrices[0] @ loadings.T @ np.linalg.inv(cov)
        log_jacobian += float(np.sum(np.log(data["beta_scale"])))
        residual = residual - data["x"] @ beta.T

    if k:
        for t in range(n_obs):
            weights = np.asarray(data["idio_weight"])[t] / sigma**2
            prior = np.asarray(data["factor_weight"])[t]
            precision = loadings.T @ np.diag(weights) @ loadings + np.diag(prior)
            mean = np.linalg.solve(precision, loadings.T @ (weights * residual[t]))
            chol = np.linalg.cholesky(precision)
            factors[t] = mean + np.linalg.solve(chol.T, np.asarray(point["u"])[t])
            log_jacobian -= float(np.sum(np.log(np.diag(chol))))

        # Lambda = A L^-1, f = L g, Phi = L Phi~ L^-1, Q = L L'
        inverse = np.linalg.inv(level)
        structural = loadings @ inverse
        factors = factors @ level.T
        lag_matrices = level @ lag_matrices @ inverse
        log_jacobian += n_obs * np.linalg.slogdet(level)[1]

    def volatility(
        z: Any,
        z_psi: Any,
        log_gamma: np.ndarray,
        pseudo: Any,
        centre: np.ndarray,
        level: np.ndarray,
    ) -> tuple[np.ndarray, VolatilityParameters, float]:
        unit = data["psi_sd"] / (1 - data["psi_mean"] ** 2)
        psi = np.tanh(np.arctanh(data["psi_mean"]) + unit * np.asarray(z_psi))
        gamma = np.exp(log_gamma)
        paths, jacobian = [], 0.0
        for i in range(psi.size):
            path, term = log_variance_path(
                np.asarray(z)[:, i], np.asarray(pseudo)[:, i], centre[i], psi[i], gamma[i]
            )
            paths.append(path)
            jacobian += term
        jacobian += float(np.sum(np.log(1 - psi**2) + np.log(2 * gamma**2)))  # psi, gamma^2
        jacobian += float(np.sum(np.log(1 - psi)))  # level to mu
        parameters = VolatilityParameters(level * (1 - psi), psi, gamma)
        return np.array(paths).T + level, parameters, jacobian

    sv = factor_sv = factor_h = None
    if data["idio_sv"]:
        log_variance, sv, term = volatility(
            point["z_idio"],
            point["z_psi"],
            log_gamma,
            data["idio_pseudo"],
            2 * np.log(sigma)
            - log_mean_square(residual - factors @ structural.T, data["idio_weight"]),
            2 * np.log(sigma),
        )
        log_jacobian += term + float(np.sum(np.log(2 * slope / sigma)))
    else:
        log_variance = np.tile(2 * np.log(sigma), (n_obs, 1))
        log_jacobian += float(np.sum(np.log(2 * sigma * slope)))
    if data["factor_sv"]:
        innovations = factors.copy()
        for lag, matrix in enumerate(lag_matrices, start=1):
            innovations[lag:] -= factors[:-lag] @ matrix.T
        factor_h, factor_sv, term = volatility(
            point["z_factor"],
            point["z_psi_factor"],
            log_gamma_factor,
            data["factor_pseudo"],
            -log_mean_square(innovations @ inverse.T, data["factor_weight"]),
            2 * scale,
        )
        log_jacobian += term
    return (
        Parameters(
            beta,
            structural,
            lag_matrices,
            factor_cov,
            factors,
            log_variance,
            sv,
            factor_h,
            factor_sv,
        ),
        log_jacobian,
    )
