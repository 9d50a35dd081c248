"""The normal mixture behind the log-volatility draws, and its tables.

With eps = exp(h / 2) u, log eps^2 = h + log u^2 (no factor 2, for h is a log variance; eq. (24) of
Basturk et al. 2017 has one). Kim, Shephard and Chib (1998, Table 4) approximate the density of
log u^2, log chi-squared with one degree of freedom, by seven normals:

    p(log u^2) ~ sum_j q_j N(tau_j - 1.2704, nu_j^2)

Given which normal each month's error comes from, h is Gaussian. The component's probabilities,
eq. (25), depend on e = log eps^2 - h alone, so they are tabulated over cells of e.

The approximation serves as a proposal only: moves of h made with it are accepted with the ratio of
the exact to the approximate likelihood, :func:`log_weight`. So the sampler's target is exact but
for the grid of the tables, whose cells are 1/128 wide.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesfolio.core.types import FloatArray

PROBABILITIES = np.array([0.00730, 0.10556, 0.00002, 0.04395, 0.34001, 0.24566, 0.25750])
MEANS = np.array([-10.12999, -3.97281, -8.56686, 2.77786, 0.61942, 1.79518, -1.08819]) - 1.2704
VARIANCES = np.array([5.79596, 2.61369, 5.17950, 0.16735, 0.64009, 0.34023, 1.26261])
LOG_SCALES = np.log(PROBABILITIES) - 0.5 * np.log(2 * np.pi * VARIANCES)

TINY_SQUARE = 1e-12
"""A squared residual below this, such as that of a return of exactly 0, is not put through the
mixture: its month is proposed from the prior and weighted by its exact likelihood."""

CELLS = 128  # of the tables, per unit of e = log eps^2 - h
LOWEST, HIGHEST = -24.0, 6.0
COLUMN_BITS = 3  # of an alias table: 8 columns for seven outcomes
SHARE_BITS = 23  # of the share of a column that keeps its own outcome


class MixtureTables(NamedTuple):
    """Tables over cells of e = log eps^2 - h of width 1 / CELLS from LOWEST.

    Attributes
    ----------
    alias : (cells, 8) int32 array
        Walker's alias tables of the component given e at the middle of a cell. The lowest 3 bits
        are the alias, the others how much of the column, in units of 2^-23, is the column's own.
    weight : (cells + 1,) array
        :func:`log_weight` at the cells' edges, interpolated linearly inside.
    mean, precision, log_scale : (7,) arrays
        Parameters of the components; ``log_scale`` is the log of probability times normalising
        constant.
    """

    alias: NDArray[np.int32]
    weight: FloatArray
    mean: FloatArray
    precision: FloatArray
    log_scale: FloatArray


def component_log_densities(e: FloatArray) -> FloatArray:
    """Log of probability times density of each component at ``e``: shape (..., 7)."""
    deviation = np.asarray(e)[..., None] - MEANS
    return LOG_SCALES - 0.5 * deviation**2 / VARIANCES


def log_weight(e: FloatArray) -> FloatArray:
    """Log likelihood of h less that under the mixture, up to a term free of h.

    log N(eps | 0, exp(h)) = (e - exp(e)) / 2 plus a function of eps alone.
    """
    parts = component_log_densities(e)
    largest = parts.max(axis=-1)
    mixture = largest + np.log(np.exp(parts - largest[..., None]).sum(axis=-1))
    return 0.5 * (e - np.exp(e)) - mixture


def _alias_row(probabilities: FloatArray) -> NDArray[np.int32]:
    """Walker's table of one distribution over fewer than 8 outcomes."""
    columns = 2**COLUMN_BITS
    share = np.zeros(columns)
    share[: probabilities.size] = probabilities * columns / probabilities.sum()
    alias = np.arange(columns)
    kept = np.ones(columns)
    unfilled = list(range(columns))
    while len(unfilled) > 1:
        poorest = min(unfilled, key=share.__getitem__)
        richest = max(unfilled, key=share.__getitem__)
        kept[poorest], alias[poorest] = share[poorest], richest
        share[richest] -= 1 - share[poorest]
        unfilled.remove(poorest)
    own = np.rint(kept * 2**SHARE_BITS).astype(np.int32)
    return own << COLUMN_BITS | alias.astype(np.int32)


@cache
def mixture_tables() -> MixtureTables:
    """Build the tables, once per process (a third of a second)."""
    edges = np.arange(LOWEST, HIGHEST + 0.5 / CELLS, 1 / CELLS)
    parts = component_log_densities(edges[:-1] + 0.5 / CELLS)
    probabilities = np.exp(parts - parts.max(axis=1, keepdims=True))
    return MixtureTables(
        alias=np.array([_alias_row(row) for row in probabilities]),
        weight=log_weight(edges),
        mean=MEANS,
        precision=1 / VARIANCES,
        log_scale=LOG_SCALES,
    )
