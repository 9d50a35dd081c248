"""Audit of the standard momentum strategy: which calendar and data give the printed figures?"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import pandas as pd

from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.performance_measures import Performance, performance
from bayesfolio.momentum.strategies import standard_momentum

#: Standard momentum as printed under Table 5 of Basturk et al. (2017).
PRINTED_STANDARD_MOMENTUM = Performance(0.09, 5.7, 0.02, -26.2)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# (last month of the formation period, months between it and the holding period)
_TEXT = (6, 2)
_MAY_TO_APRIL = (4, 2)


def standard_momentum_audit(
    returns_by_source: Mapping[tuple[str, str], pd.DataFrame],
    last_formation_months: Sequence[int] = (4, 5, 6, 7),
    gaps: Sequence[int] = (0, 1, 2),
    printed: Performance[float] = PRINTED_STANDARD_MOMENTUM,
) -> pd.DataFrame:
    """Standard momentum under a grid of data sources and calendars, beside the printed figures.

    Parameters
    ----------
    returns_by_source : mapping of (vintage, weighting) to DataFrame
        Monthly returns by month, per cent, such as ``{("201903", "value"): table}``, cut at the
        paper's last month, 2015-06. The first one is that of the first two rows.
    last_formation_months : sequence of int
        Months, 1 to 12, in which the twelve formation months end.
    gaps : sequence of int
        Months skipped between formation and holding, 0 to 2. One is the skip month alone; two
        are the skip month and the decision month, which eq. (7) leaves out of the sum.
    printed : Performance
        Figures to compare with.

    Returns
    -------
    DataFrame
        One row per source and calendar. Row 0 is the text's calendar (formation July-June, July
        and August skipped, held September-August), row 1 formation May-April held July-June, both
        on the first source; then the rest of the grid. Columns: vintage, weighting, formation,
        skipped (months), holding, n_months, first_month, last_month, worst_month (yyyy-mm), then
        mean, volatility, sharpe, largest_loss, each followed by its printed value and the
        difference (ours minus printed), per cent a month. A source with missing returns, or one
        in which a calendar holds fewer than two months, has none of these figures.

    Raises
    ------
    ValueError
        No source, months of a source with gaps, or last months and gaps out of range.

    Notes
    -----
    All calendars of a source have the decision years of the text's calendar on it, 1946-2014 on
    the whole sample and 1969-2014 on the embedded data, as far as the source holds them: one that
    ends in September 2014 has no month held after a gap of two months from July. A source that is
    too short for a window of 240 months has all the years that it holds.
    """
    if not returns_by_source:
        raise ValueError("returns_by_source is empty, expected at least one table of returns")
    for gap in gaps:
        if gap not in (0, 1, 2):
            raise ValueError(f"gaps hold {gap}, expected 0, 1 or 2")
    for month in last_formation_months:
        if month not in range(1, 13):
            raise ValueError(f"last_formation_months hold {month}, expected 1 to 12")
    first = next(iter(returns_by_source))
    grid = [
        (source, (month, gap))
        for source in returns_by_source
        for month in last_formation_months
        for gap in gaps
    ]
    # dict.fromkeys keeps the first of equal entries.
    order = dict.fromkeys([(first, _TEXT), (first, _MAY_TO_APRIL), *grid])
    return pd.DataFrame(
        [_row(source, returns_by_source[source], *dates, printed) for source, dates in order]
    )


def _row(
    source: tuple[str, str],
    returns: pd.DataFrame,
    last_formation_month: int,
    gap: int,
    printed: Performance[float],
) -> dict[str, object]:
    """One row of the audit."""
    calendar = _calendar(last_formation_month, gap, returns.index)
    row: dict[str, object] = {
        "vintage": source[0],
        "weighting": source[1],
        "formation": _span(last_formation_month + 1),
        "skipped": gap,
        "holding": _span(last_formation_month + gap + 1),
    }
    realised = pd.Series(dtype=float)
    if calendar is not None and returns.notna().to_numpy().all():
        realised = standard_momentum(returns, calendar)
    if len(realised) < 2:
        found = Performance(*[float("nan")] * len(fields(Performance)))
        row |= dict.fromkeys(("n_months", "first_month", "last_month", "worst_month"))
    else:
        found = performance(realised)
        row |= {
            "n_months": len(realised),
            "first_month": str(realised.index[0]),
            "last_month": str(realised.index[-1]),
            "worst_month": str(realised.idxmin()),
        }
    for item in fields(found):
        ours, theirs = getattr(found, item.name), getattr(printed, item.name)
        row |= {
            item.name: ours,
            f"{item.name}_printed": theirs,
            f"{item.name}_difference": ours - theirs,
        }
    return row


def _calendar(last_formation_month: int, gap: int, months: pd.Index) -> Calendar | None:
    """Calendar with this formation and holding and short windows; None where it has no decision.

    Its decisions are in the years of the text's calendar, as far as the data allow.
    """
    eq7 = gap == 2  # the sum leaves the decision month out, and a month is skipped after it
    decision_month = last_formation_month + 1 if eq7 else last_formation_month
    late = decision_month == 13
    calendar = Calendar(
        decision_month=1 if late else decision_month,
        skip_months=min(gap, 1),
        skip_recent=eq7,
        window_months=12 + eq7,
    )
    text = Calendar()
    wanted = text.possible_years(months) or replace(text, window_months=13).possible_years(months)
    possible = calendar.possible_years(months)
    years = [year for year in possible if year - late in wanted]
    if not years:
        return None
    return replace(calendar, first_decision_year=years[0], last_decision_year=years[-1])


def _span(first_month: int) -> str:
    """Twelve months from `first_month` on, such as "Sep-Aug"."""
    return f"{_MONTHS[(first_month - 1) % 12]}-{_MONTHS[(first_month - 2) % 12]}"
