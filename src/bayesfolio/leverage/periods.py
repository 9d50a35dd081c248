"""Returns of days, weeks and months from daily closes."""

import pandas as pd

PERIODS = {"daily": "D", "weekly": "W-FRI", "monthly": "M"}


def period_returns(closes: pd.Series, period: str) -> pd.Series:
    """Simple returns, per cent, from the last close of a period to that of the next.

    Parameters
    ----------
    closes : Series
        By day, with a DatetimeIndex.
    period : {"daily", "weekly", "monthly"}
        Weeks end on Fridays. The last period is taken to be complete.

    Returns
    -------
    Series
        One period shorter; index a PeriodIndex.
    """
    ends = closes.groupby(pd.DatetimeIndex(closes.index).to_period(PERIODS[period])).last()
    return (100.0 * ends.pct_change()).iloc[1:]
