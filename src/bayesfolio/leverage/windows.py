"""Sharing out the windows of a study among jobs, and joining what the jobs found."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np

from bayesfolio.core.errors import ForecastError

Forecasts = TypeVar("Forecasts", bound=Any)


def expanding_origins(first: int, n_obs: int, step: int, part: int, parts: int) -> list[int]:
    """Lengths of one job's windows among first, first + step, ... up to n_obs.

    Parameters
    ----------
    first, n_obs, step : int
        Shortest window, days of data, days between windows.
    part, parts : int
        Number of the job, 1 to `parts`. Jobs follow each other in time and have about as many days
        to go through, the sum of their windows.

    Raises
    ------
    ForecastError
        Fewer windows than jobs.
    """
    lengths = np.arange(first, n_obs + 1, step)
    if len(lengths) < parts:
        raise ForecastError(
            f"{n_obs} days hold {len(lengths)} windows from {first} days in steps of {step}, "
            f"expected one at least for each of {parts} jobs; use longer data or a shorter first "
            "window"
        )
    shares = np.cumsum(lengths) / lengths.sum()
    job = np.minimum((shares - 1e-12) * parts, parts - 1).astype(int)
    return [int(n) for n in lengths[job == part - 1]]


def join_forecasts(parts: Sequence[Forecasts]) -> Forecasts:
    """Forecasts of several jobs, one after the other; all of one kind."""
    kind = type(parts[0])
    names = [field.name for field in fields(kind)]
    return kind(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})
