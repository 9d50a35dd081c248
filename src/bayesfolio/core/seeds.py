"""Random numbers that depend on what they are for, not on which job runs first."""

from zlib import crc32

import numpy as np


def seed_sequence(seed: int, *purpose: str | int) -> np.random.SeedSequence:
    """Seed of one task: a function of the run's seed and of what the task is.

    Parameters
    ----------
    seed : int
        Of the run.
    *purpose : str or int
        Words and counts that tell the task from all others, such as the study, the model and the
        decision year.
    """
    key = tuple(part if isinstance(part, int) else crc32(part.encode()) for part in purpose)
    return np.random.SeedSequence(seed, spawn_key=key)


def generator(seed: int, *purpose: str | int) -> np.random.Generator:
    """Return numpy's default generator on `seed_sequence`."""
    return np.random.default_rng(seed_sequence(seed, *purpose))
