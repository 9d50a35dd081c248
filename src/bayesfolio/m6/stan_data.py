"""Data of stan/m6_factor.stan for one variant and one set of observations.

The likelihood of W z_t is the same for (W R, R^-1 z_t) with any invertible R, and the program's
head says how it takes factors out of that: it samples x_t = L z_t and loadings base + complement
free, normalised to what the returns of K portfolios say. The portfolios are chosen here, from a
pilot fit. ``base`` are the pilot's loadings, as far as the instruments span them, and
``complement`` is orthogonal to them in units in which the data know every entry of the loadings
equally well (two QR factorisations, of the instruments weighted by the roots of each asset's
information and of the loadings in that basis). ``prior_base`` and ``prior_complement`` are the same
maps for G, with W = instruments G.

That choice is among equivalent rotations and scales. Nothing else here touches the posterior
either: centres and units of factors, log scales and effects say where the sampler moves. Unobserved
cells have weight 0 and a return of 0.
"""

from dataclasses import asdict
from typing import Any

import numpy as np
from scipy.linalg import qr

from bayesfolio.m6.pilot import DOF, pilot_factors
from bayesfolio.m6.spec import DYNAMICS, FactorObservations, FactorPriors, FactorSpec


def factor_data(
    spec: FactorSpec,
    observations: FactorObservations,
    priors: FactorPriors,
    *,
    n_fitted: int = 0,
    n_forecasts: int = 0,
    prior_only: bool = False,
) -> dict[str, Any]:
    """Build the data block of the program.

    Parameters
    ----------
    spec : FactorSpec
        The variant.
    observations : FactorObservations
        Returns and features.
    priors : FactorPriors
        Hyperparameters.
    n_fitted : int
        Periods before the last whose expected returns are written.
    n_forecasts : int
        Forecasts drawn per draw of parameters.
    prior_only : bool
        Leave the likelihood out.

    Returns
    -------
    dict
        Names and values of the program's data block, which states shapes and units.

    Raises
    ------
    ValueError
        See `FactorObservations.instruments`.
    """
    observed = observations.observed()
    weight = np.where(observed, observations.weight[:, None], 0.0)
    returns = np.where(observed, observations.returns, 0.0)
    n_periods, n_assets = returns.shape
    instruments = observations.instruments(spec)

    pilot = pilot_factors(returns, weight, spec.n_factors)
    # Units in which the data know every entry of the loadings equally well.
    root_information = np.sqrt(np.maximum(pilot.precision.sum(axis=0), pilot.scale**-2))
    left, right = qr(root_information[:, None] * instruments, mode="economic")
    rotated = left.T @ (root_information[:, None] * pilot.loadings)  # (q, K)
    normal, triangle = qr(rotated)
    to_assets = left @ normal / root_information[:, None]
    to_prior = np.linalg.solve(right, normal)
    triangle = triangle[: spec.n_factors]
    base = to_assets[:, : spec.n_factors] @ triangle
    count = weight.sum(axis=0)
    classes = observations.classes
    log_scale = np.log(pilot.scale)
    features = {
        name: np.where(np.isfinite(getattr(observations, name)), getattr(observations, name), 0.0)
        for name in ("recent_return", "recent_volatility", "earnings")
    }
    return {
        "T": n_periods,
        "N": n_assets,
        "K": spec.n_factors,
        "C": int(classes.max()) + 1,
        "q": instruments.shape[1],
        "dynamics": DYNAMICS.index(spec.dynamics) + 1,
        "prior_only": int(prior_only),
        "class": classes + 1,
        "returns": returns,
        "weight": weight,
        **features,
        "M": len(observations.manual),
        "manual_asset": [forecast.asset + 1 for forecast in observations.manual],
        "manual_mean": [forecast.mean for forecast in observations.manual],
        "manual_sd": [forecast.sd for forecast in observations.manual],
        "S": n_fitted,
        "R": n_forecasts,
        **asdict(priors),
        "base": base,
        "complement": to_assets[:, spec.n_factors :],
        "prior_base": to_prior[:, : spec.n_factors] @ triangle,
        "prior_complement": to_prior[:, spec.n_factors :],
        "factor_centre": pilot.factors,
        "factor_root": pilot.roots,
        "theta_centre": log_scale,
        "theta_unit": np.sqrt((DOF + 3) / (2 * DOF * np.maximum(count, 1))),
        "theta_mean_centre": np.array(
            [log_scale[classes == c].mean() for c in range(int(classes.max()) + 1)]
        ),
        "effect_unit": float(np.mean(pilot.scale) / np.sqrt(n_periods)),
    }
