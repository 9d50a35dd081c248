"""Compiled Householder reflections, for equations whose precisions differ too much to be added.

A regression's posterior precision is R'R with R from the QR factorisation of its equations, written
as rows of unit variance. Going by R keeps about twice the digits of the sum of products R'R.
"""

import math

from numba import njit

STEEP = 1e9
"""Ratio of precisions above which sums of products would lose too many digits."""


@njit(cache=True, error_model="numpy")
def triangularise(rows, first):
    """Householder's R of the columns from ``first`` on, its diagonal positive, in place.

    The last column is a right-hand side, which is transformed like the others. Columns before
    ``first`` are left alone.
    """
    n_rows, n_columns = rows.shape
    for column in range(first, n_columns - 1):
        top = column - first
        norm = 0.0
        for i in range(top, n_rows):
            norm += rows[i, column] ** 2
        norm = math.sqrt(norm)
        if norm == 0.0:
            continue
        # The reflection goes to -norm or norm, whichever does not cancel; then the row is turned.
        sign = 1.0 if rows[top, column] > 0.0 else -1.0
        rows[top, column] += sign * norm
        scale = 1.0 / (sign * norm * rows[top, column])
        for other in range(column + 1, n_columns):
            product = 0.0
            for i in range(top, n_rows):
                product += rows[i, column] * rows[i, other]
            product *= scale
            for i in range(top, n_rows):
                rows[i, other] -= product * rows[i, column]
        rows[top, column] = -sign * norm
        for i in range(top + 1, n_rows):
            rows[i, column] = 0.0
        if sign > 0.0:
            for other in range(column, n_columns):
                rows[top, other] = -rows[top, other]
