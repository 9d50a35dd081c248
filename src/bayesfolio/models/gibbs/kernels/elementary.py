"""Compiled elementary functions: exp and log of arrays, sums by column, random numbers.

exp and log are loops without branches and calls, so that the compiler makes vector instructions of
them. Arguments are not checked: `log_array` takes normal positive numbers only.
"""

import math

import numpy as np
from numba import njit

FAST = {"contract", "nnan", "nsz"}
"""Fused multiply-add is allowed, NaN and the sign of zero are ignored, sums keep their order."""

_ROUND = 6755399441055744.0  # 1.5 * 2^52: adding it rounds to an integer, kept in the low bits
_LOG2_E = 1.0 / math.log(2.0)
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12, _C13 = (
    1.0 / math.factorial(n) for n in range(2, 14)
)
_ROOT_HALF_BITS = np.int64(0x3FE6A09E667F3BCD)
_LN2 = math.log(2.0)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def exp_array(x):
    """Exponential of a contiguous array, arguments cut to +-700; a few units in the last place.

    Taylor's polynomial on |r| <= log(2) / 2, with the power of two added to the exponent's bits.
    The loops carry no branch, so the compiler makes vector instructions of them.
    """
    flat = x.reshape(-1)
    out = np.empty(flat.shape[0])
    scaled = np.empty(flat.shape[0])
    for i in range(flat.shape[0]):
        value = min(max(flat[i], -700.0), 700.0)
        rounded = value * _LOG2_E + _ROUND
        scaled[i] = rounded
        whole = rounded - _ROUND
        r = value - whole * _LN2_HIGH
        r = r - whole * _LN2_LOW
        r2 = r * r
        r4 = r2 * r2
        out[i] = (
            (1.0 + r)
            + r2 * (_C2 + r * _C3)
            + r4 * ((_C4 + r * _C5) + r2 * (_C6 + r * _C7))
            + r4 * r4 * ((_C8 + r * _C9) + r2 * (_C10 + r * _C11) + r4 * (_C12 + r * _C13))
        )
    exponent = scaled.view(np.int64)
    bits = out.view(np.int64)
    for i in range(flat.shape[0]):
        bits[i] += exponent[i] << 52
    return out.reshape(x.shape)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def log_array(x):
    """Natural logarithm of a contiguous array of normal positive numbers, to 1e-15."""
    flat = x.reshape(-1)
    out = np.empty(flat.shape[0])
    mantissa = np.empty(flat.shape[0])
    bits, exponent = flat.view(np.int64), out.view(np.int64)
    mantissa_bits = mantissa.view(np.int64)
    for i in range(flat.shape[0]):
        exponent[i] = (bits[i] - _ROOT_HALF_BITS) >> 52
        mantissa_bits[i] = bits[i] - (exponent[i] << 52)
    for i in range(flat.shape[0]):
        whole = np.float64(exponent[i])
        s = (mantissa[i] - 1.0) / (mantissa[i] + 1.0)
        z = s * s
        z2 = z * z
        series = (
            (1.0 / 3 + z * (1.0 / 5))
            + z2 * (1.0 / 7 + z * (1.0 / 9))
            + z2 * z2 * ((1.0 / 11 + z * (1.0 / 13)) + z2 * (1.0 / 15 + z * (1.0 / 17)))
            + z2 * z2 * z2 * z2 * (1.0 / 19 + z * (1.0 / 21))
        )
        out[i] = 2.0 * s + 2.0 * s * z * series + whole * _LN2
    return out.reshape(x.shape)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def column_sums(a):
    """Sums over the rows: (T, n) -> (n,)."""
    total = np.zeros(a.shape[1])
    for t in range(a.shape[0]):
        for i in range(a.shape[1]):
            total[i] += a[t, i]
    return total


@njit(cache=True, fastmath=FAST, error_model="numpy")
def column_products(a, b):
    """Sums over the rows of a * b: (T, n), (T, n) -> (n,)."""
    total = np.zeros(a.shape[1])
    for t in range(a.shape[0]):
        for i in range(a.shape[1]):
            total[i] += a[t, i] * b[t, i]
    return total


@njit(cache=True, fastmath=FAST, error_model="numpy")
def column_triple_products(a, b, c):
    """Sums over the rows of a * b * c: (T, n), (T, n), (T, n) -> (n,)."""
    total = np.zeros(a.shape[1])
    for t in range(a.shape[0]):
        for i in range(a.shape[1]):
            total[i] += a[t, i] * b[t, i] * c[t, i]
    return total


@njit(cache=True, error_model="numpy")
def normal_array(rng, rows, columns):
    """Standard normals in the order of ``rng.standard_normal((rows, columns))``."""
    out = np.empty((rows, columns))
    for t in range(rows):
        for i in range(columns):
            out[t, i] = rng.standard_normal()
    return out


@njit(cache=True, error_model="numpy")
def random_bits(rng, size):
    """``size`` integers of 26 random bits, two from each uniform of the generator."""
    half = (size + 1) // 2
    out = np.empty(2 * half, dtype=np.int64)
    for j in range(half):
        out[j] = int(rng.random() * 4503599627370496.0)  # 2^52
    for j in range(half):
        out[half + j] = out[j] & 67108863  # 2^26 - 1
    for j in range(half):
        out[j] = out[j] >> 26
    return out
