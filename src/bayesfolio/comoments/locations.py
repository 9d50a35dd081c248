"""Where the factors' flattened co-moment matrices are not zero.

Independent factors with mean zero have E[f_i f_j f_k] = 0 unless i = j = k. Fourth moments are not
zero in two cases: all indices are equal, E[f_i^4], or they form two different pairs,
E[f_i^2 f_k^2] = h_i h_k. An index that occurs once gives zero.

Places are those in the column-major vector of the (n, n^k) matrix, from 1: entry (i; j, k, l) is at
((j-1) n^2 + (k-1) n + (l-1)) n + i.

* All indices p: (p-1)(n^3 + n^2 + n + 1) + 1.
* Pairs of a and b, d = a - b > 0: the first of six places is
  d (n + 1) + 1 + (b-1)(n^3 + n^2 + n + 1), and the steps from each to the next are n (n-1) d,
  (n-1) d, (n+1)(n-1)^2 d, (n-1) d and n (n-1) d.

Source: Ghalanos's note on the co-moments of the IFACD model. Its steps are right. Where it slips:
the first pair of difference d is (n + 1) after the first pair of difference d - 1, not at a place
that counts pairs; n^3 + n^2 + n + 1 leads to the next pair of the same difference; it gives third
moments as zero without "unless i = j = k"; and two entries of its table have a wrong row. Nothing
here needs these places to compute: `comoments.moments` has formulas without the matrices.
"""

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.intp]


def third_places(n: int) -> IntArray:
    """Places (n,) of E[f_p^3], p = 1..n, in the (n, n^2) matrix."""
    return np.arange(n) * (n * n + n + 1) + 1


def fourth_places(n: int) -> IntArray:
    """Places (n,) of E[f_p^4], p = 1..n, in the (n, n^3) matrix."""
    return np.arange(n) * (n**3 + n * n + n + 1) + 1


def pair_places(n: int) -> tuple[IntArray, IntArray]:
    """Places of E[f_a^2 f_b^2] with a > b in the (n, n^3) matrix.

    Returns
    -------
    pairs : (n (n - 1) / 2, 2) array
        a and b, from 1, in order of a - b and then of b.
    places : (n (n - 1) / 2, 6) array
        The six orders of each pair: (a; b, b, a), (a; b, a, b), (b; b, a, a), (a; a, b, b),
        (b; a, b, a), (b; a, a, b), ascending.
    """
    pairs = np.array([(b + d, b) for d in range(1, n) for b in range(1, n - d + 1)], dtype=np.intp)
    a, b = pairs.reshape(-1, 2).T
    d = a - b
    first = d * (n + 1) + 1 + (b - 1) * (n**3 + n * n + n + 1)
    wide, narrow = n * (n - 1) * d, (n - 1) * d
    steps = [first, wide, narrow, (n + 1) * (n - 1) ** 2 * d, narrow, wide]
    return pairs.reshape(-1, 2), np.cumsum(steps, axis=0).T
