"""Every block of the Gibbs sampler leaves the joint distribution of states and returns as it is.

A state and returns are drawn from prior and model, then a block moves the state (Geweke, 2004,
with independent replications instead of one chain). The mean of any function of the pair must not
change. For whole sweeps the density of :mod:`bayesfolio.models.joint` is one of the functions.
"""

import zlib

import numpy as np
import pytest
from gibbs_blocks import Point, blocks_of, draw_point
from scipy import stats

from bayesfolio.models import ModelSpec
from bayesfolio.models.gibbs.kernels import moves

MODELS = [
    "VAR-N",
    "SV",
    "VAR-SV",
    "DFM-N(1,1)",
    "DFM-N(2,2)",
    "DFM-SV(2,1)",
    "DFM-SV2(2,2)",
    "FAVAR-SV(2,1)",
    "FAVAR-SV2(1,2)",
]
CASES = [(name, block) for name in MODELS for block in blocks_of(ModelSpec.parse(name))]
N_OBS, N_ASSETS = 9, 4
REPLICATIONS = 3_000
REPLICATIONS_MORE = 20_000
MORE = {("SV", "variances"), ("SV", "sweeps"), ("DFM-SV2(2,2)", "rescale")}
"""Cases whose mistakes move the means least."""
FALSE_ALARM = 1e-6


def functions(p: Point) -> dict[str, np.ndarray]:
    """Bounded functions of states and returns: means exist whatever the priors' tails."""
    s, y = p.state, p.window.y
    months = [0, 1, N_OBS // 2, N_OBS - 1]
    residual = y - (s.coefficients @ np.vstack([p.window.lagged, s.factors.T])).T
    found = {
        "coefficients": s.coefficients,
        "coefficients squared": s.coefficients**2,
        "residual products": residual.T @ residual / (2 * N_OBS),
        "chi squared": ((residual**2 * np.exp(-s.log_variance)).sum(axis=0) - N_OBS) / 4,
        "log variance": s.log_variance[months],
    }
    if p.spec.has_idiosyncratic_sv:
        mu, psi, gamma2 = s.volatility
        steps = s.log_variance[1:] - psi * s.log_variance[:-1] - mu
        found |= {
            "volatility": s.volatility / 0.3,
            "steps": (np.sum(steps**2, axis=0) / gamma2 - N_OBS) / 4,
            "log gamma": np.log(gamma2),
            "persistence": np.sum(steps * s.log_variance[:-1], axis=0) / 2,
        }
    if p.spec.has_factors:
        predicted = s.factors - moves.factor_innovations(s.factors, s.transition)
        found |= {
            "factors": s.factors[months] / 2,
            "factors squared": s.factors[months] ** 2 / 2,
            "transition": s.transition / 0.5,
            "transition squared": (s.transition / 0.5) ** 2,
            "prediction": np.sum(s.factors * predicted, axis=0) / N_OBS,
            "autocovariance": s.factors[1:].T @ s.factors[:-1] / (2 * N_OBS),
            "with returns": residual.T @ s.factors / (2 * N_OBS),
            "scale": np.log(np.sum(s.coefficients[:, len(p.window.lagged) :] ** 2, axis=0)),
        }
    if p.spec.has_factor_sv:
        found["factor log variance"] = s.factor_log_variance[months] / 2
        found["factor volatility"] = s.factor_volatility / 0.3
        mu, psi, gamma2 = s.factor_volatility
        steps = s.factor_log_variance[1:] - psi * s.factor_log_variance[:-1] - mu
        found["factor steps"] = (np.sum(steps**2, axis=0) / gamma2 - N_OBS) / 4
    elif p.spec.has_factors:
        found["Q"] = s.factor_cov / 2
        found["Q inverse"] = np.linalg.inv(s.factor_cov)
        found["log det Q"] = np.log(np.atleast_1d(np.linalg.det(s.factor_cov)))
        found["unit"] = np.sum((s.factors @ found["Q inverse"]) * s.factors, axis=0) / N_OBS - 1
    return {name: np.tanh(values).ravel() for name, values in found.items()}


def worst_shift(name: str, block: str, replications: int) -> tuple[float, str, int]:
    """Largest |t| of mean changes over the functions, which one, and how many there are."""
    spec = ModelSpec.parse(name)
    rng = np.random.Generator(np.random.SFC64(zlib.crc32(f"{name} {block}".encode())))
    move = blocks_of(spec)[block]

    def observed(point: Point) -> dict[str, np.ndarray]:
        if block != "sweeps":
            return functions(point)
        return functions(point) | {"log joint": np.array([point.log_joint()])}

    changes = []
    for _ in range(replications):
        point = draw_point(spec, N_OBS, N_ASSETS, rng)
        before = observed(point)
        move(rng, point)
        after = observed(point)
        changes.append(np.concatenate([after[name] - before[name] for name in before]))
    table = np.array(changes)
    assert np.isfinite(table).all()
    spread = table.std(axis=0, ddof=1)
    moved = spread > 1e-9  # what a block does not touch changes by rounding only
    assert moved.any()
    t = np.abs(table.mean(axis=0)[moved]) / spread[moved] * replications**0.5
    names = [f"{name}[{i}]" for name, values in before.items() for i in range(values.size)]
    return float(t.max()), str(np.array(names)[moved][t.argmax()]), int(moved.sum())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "block"), CASES)
def test_a_block_leaves_the_joint_distribution_as_it_is(name: str, block: str) -> None:
    replications = REPLICATIONS_MORE if (name, block) in MORE else REPLICATIONS
    t, function, count = worst_shift(name, block, replications)
    assert t < stats.norm.isf(FALSE_ALARM / 2 / count), f"{function}: {t:.1f} standard errors"
