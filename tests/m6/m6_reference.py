"""Points of stan/m6_factor.stan as parameters of the model written out."""

import numpy as np

from bayesfolio.m6.joint import FactorParameters

FloatArray = np.ndarray


def point_shapes(data: dict, n_dynamics: int) -> dict[str, tuple[int, ...]]:
    """Parameters of the program in the order of their declaration."""
    n_periods, n, k, c, q = (data[name] for name in ("T", "N", "K", "C", "q"))
    return {
        "free": (q - k, k),
        "z_root": (k * (k + 1) // 2,),
        "u": (n_periods, k),
        "z_dynamics": (n_dynamics,),
        "z_s_alpha": (),
        "a": (n,),
        "z_m_beta": (c,),
        "z_s_beta": (c,),
        "b": (n,),
        "z_m_theta": (c,),
        "z_s_theta": (c,),
        "z_nu_theta": (),
        "z_theta": (n,),
        "z_m_delta": (c,),
        "z_s_delta": (c,),
        "d": (n,),
        "z_m_kappa": (),
        "z_s_kappa": (),
        "g": (n,),
        "z_s_nu": (),
        "z_nu": (n,),
    }


def triangular_root(z: FloatArray, k: int, unit: float) -> FloatArray:
    root = np.zeros((k, k))
    columns, rows = np.triu_indices(k)
    root[rows, columns] = unit * z
    np.fill_diagonal(root, np.exp(np.diag(root)))
    return root


def natural_parameters(data: dict, point: dict) -> tuple[FactorParameters, float]:
    """Parameters at a point, and the log Jacobian of the way there up to a constant.

    Loadings and factors are those of the rotation that leaves L lower triangular; the Jacobian is
    that of (free, L, rotation, x) to (G, z), at no rotation.
    """
    n_periods, k, q = data["T"], data["K"], data["q"]
    c = np.asarray(data["class"]) - 1
    unit = data["effect_unit"]
    root = triangular_root(point["z_root"], k, n_periods**-0.5)
    log_root = np.log(np.diag(root))
    x = data["factor_centre"] + np.einsum("tkl,tl->tk", data["factor_root"], point["u"])
    tilted = data["prior_base"] + data["prior_complement"] @ point["free"]
    alpha_scale = 0.5 * unit * np.exp(point["z_s_alpha"])
    beta_mean = unit * point["z_m_beta"]
    beta_scale = unit * np.exp(point["z_s_beta"])
    delta_mean = 0.1 + 0.03 * point["z_m_delta"]
    delta_scale = 0.05 * np.exp(0.5 * point["z_s_delta"])
    kappa_mean = 0.3 + 0.05 * point["z_m_kappa"]
    kappa_scale = 0.1 * np.exp(0.5 * point["z_s_kappa"])
    theta_scale = 0.3 * np.exp(0.2 * point["z_s_theta"])
    theta_dof = data["theta_dof_mean"] * np.exp(0.5 * point["z_nu_theta"])
    nu_sd = 2 * np.exp(0.5 * point["z_s_nu"])
    nu_spread = np.sqrt(np.log1p((nu_sd / data["nu_mean"]) ** 2))
    nu = data["nu_mean"] * np.exp(nu_spread * point["z_nu"])
    parameters = FactorParameters(
        loadings=tilted @ root,
        factors=np.linalg.solve(root, x.T).T,
        dynamics=point["z_dynamics"] / np.sqrt(n_periods * k),
        alpha_scale=float(alpha_scale),
        alpha=alpha_scale * point["a"],
        beta_mean=beta_mean,
        beta_scale=beta_scale,
        beta=beta_mean[c] + beta_scale[c] * point["b"],
        theta_dof=float(theta_dof),
        theta_mean=data["theta_mean_centre"] + 0.1 * point["z_m_theta"],
        theta_scale=theta_scale,
        theta=data["theta_centre"] + data["theta_unit"] * point["z_theta"],
        delta_mean=delta_mean,
        delta_scale=delta_scale,
        delta=delta_mean[c] + delta_scale[c] * point["d"],
        kappa_mean=float(kappa_mean),
        kappa_scale=float(kappa_scale),
        kappa=kappa_mean + kappa_scale * point["g"],
        nu_sd=float(nu_sd),
        nu=nu,
    )
    # A scale's logarithm is sampled, and what it scales is sampled standardised.
    log_jacobian = (q - np.arange(k) - n_periods) @ log_root
    log_jacobian += (1 + c.size) * np.log(alpha_scale)
    log_jacobian += np.log(beta_scale).sum() + np.log(beta_scale[c]).sum()
    log_jacobian += np.log(delta_scale).sum() + np.log(delta_scale[c]).sum()
    log_jacobian += (1 + c.size) * np.log(kappa_scale)
    log_jacobian += np.log(theta_scale).sum() + np.log(theta_dof) + np.log(nu_sd)
    log_jacobian += np.log(nu).sum() + nu.size * np.log(nu_spread)
    return parameters, float(log_jacobian)
