"""Made-up GARCH returns."""

import numpy as np


def simulate_garch(rng: np.random.Generator, n: int, parameters: tuple) -> np.ndarray:
    """Returns of a GARCH(1,1) that starts at its mean variance."""
    mean, omega, alpha, beta = parameters
    variance = omega / (1 - alpha - beta)
    returns = np.empty(n)
    for t in range(n):
        returns[t] = mean + np.sqrt(variance) * rng.standard_normal()
        variance = omega + alpha * (returns[t] - mean) ** 2 + beta * variance
    return returns
