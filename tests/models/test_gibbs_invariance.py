"""Every block of the Gibbs sampler leaves the joint distribution of states and returns as it is.

A state and returns are drawn from prior and model, then a block moves the state (Geweke, 2004,
with independent replications instead of one chain). The mean of any function of the pair must not
change. For whole sweeps the density of :mod:`bayesfolio.models.joint` is one of the functions.
"""

import zlib

import numpy as np
import pytest
from gibbs_blocks import Point, blocks_of, draw_point, functions
from scipy import stats

from bayesfolio.models.spec import ModelSpec

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
