"""When models are estimated, portfolios formed and held: once a year, in a given month.

::

    |<---------------- estimation window ---------------->| skip |<----- holding ----->|
                              |<------- formation ------->|
                                                          ^ end of the decision month
"""

from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from bayesfolio.models.windows import Decision, EstimationWindow


@dataclass(frozen=True)
class Calendar:
    """Calendar of yearly decisions; the defaults are the paper's text.

    Attributes
    ----------
    decision_month : int
        Month of the decision, 1 to 12; data up to its end are used.
    formation_months : int
        P, months over which past performance is summed.
    skip_months : int
        Months between the decision month and the first month held.
    holding_months : int
        Months held, at most 12 so that the holding periods of neighbouring years do not overlap.
    window_months : int
        Length of the estimation window; with `expanding`, its least length.
    expanding : bool
        True: every window begins at the first row of the data.
    first_decision_year, last_decision_year : int or None
        None: the first year with a whole window, the last with at least one month held.
    skip_recent : bool
        Standard momentum only. True: the sum runs over the months t-1 to t-P of eq. (7), with t
        the decision month, so it leaves the decision month out. False: t to t-P+1, the
        `Decision.formation` of the models.
    thin_years : int
        Keep every n-th decision year from the first on, for quick runs; 1 keeps all.

    Notes
    -----
    Basturk et al. (2017), sections 3 and 5: decisions every July on windows of 240 months,
    August skipped, portfolio held September to August.
    """

    decision_month: int = 7
    formation_months: int = 12
    skip_months: int = 1
    holding_months: int = 12
    window_months: int = 240
    expanding: bool = False
    first_decision_year: int | None = None
    last_decision_year: int | None = None
    skip_recent: bool = True
    thin_years: int = 1

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name in ("expanding", "skip_recent"):
                _check_kind(item.name, value, bool, "True or False")
            elif value is not None or item.default is not None:
                _check_kind(item.name, value, int, "an integer")
        _check_range("decision_month", self.decision_month, 1, 12)
        _check_range("formation_months", self.formation_months, 1, None)
        _check_range("skip_months", self.skip_months, 0, None)
        _check_range("holding_months", self.holding_months, 1, 12)
        _check_range("thin_years", self.thin_years, 1, None)
        needed = self.formation_months + self.skip_recent
        if self.window_months < needed:
            raise ValueError(
                f"window_months is {self.window_months}, expected at least {needed} to hold the "
                f"{self.formation_months} formation months"
                + (
                    " and the decision month that skip_recent leaves out"
                    if self.skip_recent
                    else ""
                )
            )
        first, last = self.first_decision_year, self.last_decision_year
        if first is not None and last is not None and first > last:
            raise ValueError(
                f"first_decision_year is {first}, last_decision_year {last}, expected first <= last"
            )

    def decisions(self, months: pd.Index) -> tuple[Decision, ...]:
        """Decisions that the data allow, in order of time.

        Parameters
        ----------
        months : PeriodIndex
            Months of the data, monthly, without gaps.

        Returns
        -------
        tuple of Decision
            At least one. Every `window` and `formation` ends with the decision month, every
            `holding` begins `skip_months` later.

        Raises
        ------
        ValueError
            Months not monthly or with gaps; a first or last decision year that the data do not
            cover; data too short for any decision.
        """
        possible = self.possible_years(months)
        n_obs = len(months)
        span = f"data from {months[0]} to {months[-1]}"
        if not possible:
            needed = self.window_months + self.skip_months + 1
            raise ValueError(
                f"{span} ({n_obs} months) hold no decision in month {self.decision_month} with a "
                f"window of {self.window_months} months and a month held, expected at least "
                f"{needed} months; shorten window_months or use longer data"
            )
        first = possible[0] if self.first_decision_year is None else self.first_decision_year
        last = possible[-1] if self.last_decision_year is None else self.last_decision_year
        if first not in possible:
            raise ValueError(
                f"first_decision_year is {first}, expected {possible[0]} to {possible[-1]}: "
                f"{span} must hold a window of {self.window_months} months before it and a month "
                "held after it"
            )
        if last > possible[-1] or last < first:
            raise ValueError(
                f"last_decision_year is {last}, expected {first} to {possible[-1]}: {span} must "
                "hold at least one month held after it"
            )
        offset = self._offset(months)
        return tuple(
            self._decision(year, 12 * year + offset + 1, n_obs)
            for year in range(first, last + 1, self.thin_years)
        )

    def possible_years(self, months: pd.Index) -> range:
        """Years whose decision has a whole window before it and a month held after it.

        Whatever `first_decision_year`, `last_decision_year` and `thin_years` say; empty where the
        data are too short.

        Parameters
        ----------
        months : PeriodIndex
            As for `decisions`.

        Raises
        ------
        ValueError
            Months not monthly or with gaps.
        """
        check_months(months)
        offset = self._offset(months)
        first = -((offset - (self.window_months - 1)) // 12)
        last = (len(months) - 2 - self.skip_months - offset) // 12
        return range(first, last + 1)

    def _offset(self, months: pd.Index) -> int:
        """Row of the decision month in year y is 12 y + offset."""
        start = months[0]
        return int(self.decision_month - start.year * 12 - start.month)

    def _decision(self, year: int, stop: int, n_obs: int) -> Decision:
        """Decision whose window ends before row `stop`."""
        held = stop + self.skip_months
        return Decision(
            year=year,
            window=EstimationWindow(0 if self.expanding else stop - self.window_months, stop),
            formation=slice(stop - self.formation_months, stop),
            skip_row=stop if self.skip_months else None,
            holding=slice(held, min(held + self.holding_months, n_obs)),
        )


def check_months(months: Any) -> None:
    """Raise ValueError unless `months` is a monthly PeriodIndex without gaps or repeats."""
    if not isinstance(months, pd.PeriodIndex) or months.freqstr != "M":
        found = type(months).__name__
        if isinstance(months, pd.PeriodIndex):
            found += f" of frequency {months.freqstr}"
        raise ValueError(
            f"the index is a {found}, expected a PeriodIndex of frequency M; convert it with "
            "DataFrame.to_period('M')"
        )
    if len(months) == 0:
        raise ValueError("the data have no months, expected at least one")
    ordinals = months.asi8
    breaks = (ordinals[1:] - ordinals[:-1] != 1).nonzero()[0]
    if len(breaks):
        row = int(breaks[0]) + 1
        raise ValueError(
            f"row {row} is {months[row]} after {months[row - 1]}, expected {months[row - 1] + 1}; "
            "months must follow each other without gaps or repeats"
        )


def _check_kind(name: str, value: object, kind: type, expected: str) -> None:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"Calendar.{name} is {value!r}, expected {expected}")


def _check_range(name: str, value: int, low: int, high: int | None) -> None:
    if value < low or (high is not None and value > high):
        expected = f"{low} to {high}" if high is not None else f"at least {low}"
        raise ValueError(f"Calendar.{name} is {value}, expected {expected}")
