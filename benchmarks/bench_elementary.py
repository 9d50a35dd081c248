"""What the vector exp and log of the Gibbs kernels buy: CPU time beside numba's own, interleaved.

    python benchmarks/bench_elementary.py

Arrays of a window of 240 months and ten assets, one core; the median of 21 rounds of 2,000 calls.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
from numba import njit

from bayesfolio.models.gibbs.kernels.elementary import exp_array, log_array


@njit
def numba_exp(x: np.ndarray) -> np.ndarray:
    return np.exp(x)


@njit
def numba_log(x: np.ndarray) -> np.ndarray:
    return np.log(x)


def seconds(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> float:
    start = time.process_time()
    for _ in range(2_000):
        function(x)
    return time.process_time() - start


def main() -> None:
    rng = np.random.default_rng(1)
    log_variances = rng.normal(2.0, 1.0, (240, 10))
    pairs = {
        "exp": (exp_array, numba_exp, log_variances),
        "log": (log_array, numba_log, np.exp(log_variances)),
    }
    for name, (ours, theirs, x) in pairs.items():
        np.testing.assert_allclose(ours(x), theirs(x), rtol=4e-15)
        rounds = [(seconds(ours, x), seconds(theirs, x)) for _ in range(21)]
        first, second = (
            1e6 / 2_000 * statistics.median(column) for column in zip(*rounds, strict=True)
        )
        ratio = statistics.median(b / a for a, b in rounds)
        print(f"{name}: ours {first:.2f} us, numba {second:.2f} us, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
