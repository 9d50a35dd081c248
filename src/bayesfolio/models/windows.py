"""Estimation windows over rows of a table, and the decisions that rest on them."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class EstimationWindow:
    """Half-open range of rows ``start <= row < stop``.

    Attributes
    ----------
    start, stop : int
        First row, and one past the last; ``0 <= start < stop``.
    """

    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise ValueError(f"window is [{self.start}, {self.stop}), expected 0 <= start < stop")

    @property
    def length(self) -> int:
        """Number of rows."""
        return self.stop - self.start

    @property
    def rows(self) -> slice:
        """The rows as a slice, for indexing arrays."""
        return slice(self.start, self.stop)


@dataclass(frozen=True)
class Decision:
    """Rows that belong to one decision.

    Attributes
    ----------
    year : int
        Year of the decision month.
    window : EstimationWindow
        Rows used for estimation; the last is the decision month.
    formation : slice
        The last P rows of the window, over which fitted values or residuals are summed.
    skip_row : int or None
        First month after the decision: predicted and scored, not held. None where the calendar
        has no skip month.
    holding : slice
        Rows over which the portfolio is held, cut at the end of the data; at least one.
    """

    year: int
    window: EstimationWindow
    formation: slice
    skip_row: int | None
    holding: slice


def rolling_windows(n_obs: int, length: int, step: int = 1) -> tuple[EstimationWindow, ...]:
    """Windows of equal length: ``[0, length), [step, step + length), ...``.

    Parameters
    ----------
    n_obs : int
        Number of rows of the data.
    length : int
        Rows per window, 1 to `n_obs`.
    step : int
        Rows between the starts of neighbouring windows.

    Returns
    -------
    tuple of EstimationWindow
        All windows that fit, in order of time.

    Raises
    ------
    ValueError
        The window is longer than the data, or an argument is below 1.
    """
    _check(n_obs, length, step)
    return tuple(EstimationWindow(stop - length, stop) for stop in range(length, n_obs + 1, step))


def expanding_windows(n_obs: int, min_length: int, step: int = 1) -> tuple[EstimationWindow, ...]:
    """Windows from row 0: ``[0, min_length), [0, min_length + step), ...``.

    Parameters
    ----------
    n_obs : int
        Number of rows of the data.
    min_length : int
        Rows of the first window, 1 to `n_obs`.
    step : int
        Rows by which neighbouring windows differ.

    Returns
    -------
    tuple of EstimationWindow
        All windows that fit, in order of time.

    Raises
    ------
    ValueError
        The first window is longer than the data, or an argument is below 1.
    """
    _check(n_obs, min_length, step)
    return tuple(EstimationWindow(0, stop) for stop in range(min_length, n_obs + 1, step))


def _check(n_obs: int, length: int, step: int) -> None:
    if step < 1:
        raise ValueError(f"step is {step}, expected at least 1")
    if not 1 <= length <= n_obs:
        raise ValueError(
            f"window length is {length} with {n_obs} rows of data, expected 1 to {n_obs}; shorten "
            "the window or use longer data"
        )
