"""Resampling schemes: ancestors drawn so that each particle is expected n times its weight.

All schemes put n ordered points on [0, 1) and take for each the particle under whose stretch of the
cumulated weights it falls. They differ in how the points are drawn: independently (multinomial),
one in each of n equal strata (stratified), or one uniform for all strata (systematic). Residual
resampling keeps the whole part of n W_j for certain and draws the rest.

All are unbiased. Systematic resampling is the fastest and mostly the least noisy; see Douc, Cappe
and Moulines (2005), "Comparison of resampling schemes for particle filtering". Basturk et al.
(2017) name multinomial resampling as an example; systematic is the default here. Ancestors come out
in ascending order, so anything else drawn for them in an order, such as labels of components, must
be shuffled.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bayesfolio.core.types import FloatArray
from bayesfolio.filters._kernels import sorted_ancestors, stratified_ancestors

IndexArray = NDArray[np.int64]
Resampling = Callable[[np.random.Generator, FloatArray, int], IndexArray]


def systematic(rng: np.random.Generator, weights: FloatArray, n: int) -> IndexArray:
    """One uniform moves n equally spaced points through the weights.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    weights : (M,) array
        Not negative, with a positive sum; they need not sum to one.
    n : int
        Ancestors wanted.

    Returns
    -------
    (n,) array of int
        Ancestors in ascending order, as from every scheme.
    """
    return _one_to_a_stratum(weights, np.full(n, rng.random()))


def stratified(rng: np.random.Generator, weights: FloatArray, n: int) -> IndexArray:
    """One uniform in each of n strata; arguments as for :func:`systematic`."""
    return _one_to_a_stratum(weights, rng.random(n))


def multinomial(rng: np.random.Generator, weights: FloatArray, n: int) -> IndexArray:
    """Independent draws; arguments as for :func:`systematic`.

    Sorted uniforms are partial sums of exponentials over their total.
    """
    sums = np.cumsum(rng.standard_exponential(n + 1))
    ancestors = np.empty(n, dtype=np.int64)
    sorted_ancestors(weights, weights.sum(), sums[:-1] / sums[-1], ancestors)
    return ancestors


def residual(rng: np.random.Generator, weights: FloatArray, n: int) -> IndexArray:
    """Whole parts of n W_j for certain, the rest multinomial; see :func:`systematic`."""
    expected = weights * (n / weights.sum())
    # A whole number of copies must not be lost to rounding.
    copies = np.floor(expected * (1 + 1e-12)).astype(np.int64)
    left = n - int(copies.sum())
    if left:
        rest = multinomial(rng, np.maximum(expected - copies, 0), left)
        copies += np.bincount(rest, minlength=len(weights))
    return np.repeat(np.arange(len(weights)), copies)


RESAMPLING: Mapping[str, Resampling] = MappingProxyType(
    {
        "systematic": systematic,
        "stratified": stratified,
        "multinomial": multinomial,
        "residual": residual,
    }
)
"""The schemes by name."""


def _one_to_a_stratum(weights: FloatArray, uniforms: FloatArray) -> IndexArray:
    ancestors = np.empty(len(uniforms), dtype=np.int64)
    stratified_ancestors(weights, weights.sum(), uniforms, ancestors)
    return ancestors
