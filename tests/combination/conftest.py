"""Scores that several tests combine."""

import numpy as np
import pytest


@pytest.fixture(scope="session")
def switching_scores():
    """Log scores (T, K): the first component is good at first, the last one after the middle."""

    def scores(n_obs: int, n_components: int, seed: int = 0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        found = rng.normal(-2.5, 0.7, size=(n_obs, n_components))
        found[: n_obs // 2, 0] += 1.0
        found[n_obs // 2 :, -1] += 1.2
        return found

    return scores
