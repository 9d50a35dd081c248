"""The compiled loops in plain numpy: the same results, to be read first.

Quantiles of weights are read from histograms on [0, 1]: a pass over the particles of each point of
the grid adds to them, where sorting all particles of all points would cost more time and memory.
"""

import numpy as np

from bayesfolio.core.types import FloatArray


def add_to_histograms(values: FloatArray, weights: FloatArray, histograms: FloatArray) -> None:
    """Add weights (n,) of values (R, n) in [0, 1] to R histograms (R, B) of equal bins."""
    n_bins = histograms.shape[1]
    for row, histogram in zip(values, histograms, strict=True):
        places = np.minimum((row * n_bins).astype(int), n_bins - 1)
        histogram += np.bincount(places, weights, minlength=n_bins)
