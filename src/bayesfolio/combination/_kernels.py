"""Compiled loops; `_reference` has the same functions in numpy."""

from numba import njit


@njit(cache=True, error_model="numpy")
def add_to_histograms(values, weights, histograms):
    """Add weights (n,) of values (R, n) in [0, 1] to R histograms (R, B) of equal bins."""
    n_rows, n = values.shape
    n_bins = histograms.shape[1]
    for r in range(n_rows):
        for i in range(n):
            place = min(int(values[r, i] * n_bins), n_bins - 1)
            histograms[r, place] += weights[i]
