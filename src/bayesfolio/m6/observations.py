"""The observations that the M6 factor model is fitted to when a period is to be forecast.

Timing: the last row is the period to be forecast, the origin. Only its features are used, which are
known when it starts (recent return and volatility of the week before, earnings dates);
its returns are NaN. Rows before it end with the base day, the last close before the origin.

Periods count with weights that fall linearly with their age before a cutoff day. The author's code
measures age from the day it is run; here it is measured from the origin, so that a backtest gives
what would have been known. Missing returns are left out, never imputed; unknown features of a cell
with a return are set to their mean, zero, and counted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesfolio.core.types import FloatArray
from bayesfolio.m6.assets import ASSET_CLASSES
from bayesfolio.m6.four_weeks import AssetPeriods
from bayesfolio.m6.spec import FactorObservations, ManualForecast

RECENT = 12
"""Periods whose mean return is one of an asset's characteristics."""


@dataclass(frozen=True)
class Origin:
    """Observations for one forecast, and how assets and cells were treated.

    Attributes
    ----------
    observations : FactorObservations
        Observations of the assets that are forecast.
    assets : tuple of str
        Their names, in the order of the columns.
    unchanged : tuple of str
        Assets whose return is known to be zero.
    dropped : tuple of str
        Assets without a return in the data, which cannot be forecast.
    neutral : int
        Number of cells with a return, or to be forecast, whose features are unknown and were set
        to their mean, zero.
    """

    observations: FactorObservations
    assets: tuple[str, ...]
    unchanged: tuple[str, ...]
    dropped: tuple[str, ...]
    neutral: int

    def summary(self) -> str:
        """One line for the log."""
        parts = [f"{len(self.assets)} assets, {int(self.observations.observed().sum())} returns"]
        if self.neutral:
            parts.append(f"features of {self.neutral} cells unknown, taken at their mean")
        if self.unchanged:
            parts.append(f"unchanged: {', '.join(self.unchanged)}")
        if self.dropped:
            parts.append(f"dropped, without a return so far: {', '.join(self.dropped)}")
        return "; ".join(parts)


def period_weights(calendar: pd.DataFrame, origin: int, full_from: str) -> FloatArray:
    """Weights (T,) of the periods up to the origin, which comes last with weight 1.

    1 from the day `full_from` on. A period that ended before it, `days` before the origin starts,
    has 1 - (days - D) / max days, with D the most days among periods of full weight.

    Raises
    ------
    ValueError
        If no period before the origin has full weight.
    """
    before = calendar.loc[:origin]
    days = (before["start"].iloc[-1] - before["end"]).dt.days.to_numpy()[:-1]
    full = before["end"].to_numpy()[:-1] >= np.datetime64(full_from)
    if not full.any():
        raise ValueError(
            f"no period before {before['start'].iloc[-1]:%Y-%m-%d} ends after {full_from}; name an "
            "earlier day from which periods count fully"
        )
    weights = np.where(full, 1.0, 1.0 - (days - days[full].max()) / days.max())
    return np.append(weights, 1.0)


def observations_at(
    periods: AssetPeriods,
    origin: int,
    *,
    full_from: str,
    unchanged: Mapping[str, str] | None = None,
    manual: Mapping[str, tuple[float, float]] | None = None,
) -> Origin:
    """Collect returns before a period, features up to it, and weights.

    The sample begins with the first period in which an asset to be forecast has a return.

    Parameters
    ----------
    periods : AssetPeriods
        Returns and features.
    origin : int
        Number of the period to be forecast. Nothing of it but its features is used, and nothing
        of later periods.
    full_from : str
        Day from which periods count fully.
    unchanged : mapping of str to str
        Assets whose price does not change any more and the day since when, such as one that was
        acquired for cash.
    manual : mapping of str to (mean, sd)
        Manual forecasts of expected returns, as fractions.

    Returns
    -------
    Origin

    Raises
    ------
    ValueError
        For a period or an asset that is not in the data, and as `FactorObservations`.
    """
    if origin not in periods.calendar.index:
        raise ValueError(
            f"period {origin} is not in the calendar, {periods.calendar.index[0]} to "
            f"{periods.calendar.index[-1]}; choose one of these"
        )
    returns = periods.returns.loc[:origin].to_numpy(copy=True)
    returns[-1] = np.nan
    names = list(periods.returns.columns)
    unchanged, manual = unchanged or {}, manual or {}
    _check_names(names, unchanged, "unchanged")
    _check_names(names, manual, "manual")
    base = periods.calendar["base"].to_dict()[origin]
    fixed = [name for name in names if name in unchanged and pd.Timestamp(unchanged[name]) <= base]
    weight = period_weights(periods.calendar, origin, full_from)
    seen = (np.isfinite(returns) & (weight[:, None] > 0)).any(axis=0)
    used = np.array([name not in fixed for name in names]) & seen
    columns = np.flatnonzero(used)
    # Without a return in them, the first periods would only be drawn from their prior.
    start = int(np.isfinite(returns[:, columns]).any(axis=1).argmax())
    returns, weight = returns[start:, columns], weight[start:]
    tables = [
        table.loc[:origin].to_numpy()[start:, columns]
        for table in (periods.recent_return, periods.recent_volatility, periods.earnings)
    ]
    wanted = np.isfinite(returns)
    wanted[-1] = True
    unknown = ~np.isfinite(tables[0] + tables[1])
    if unknown[-1].all():
        raise ValueError(
            f"no asset has features in period {origin}, whose base day is {base:%Y-%m-%d}: the "
            "prices end before it, or are too few to standardise; forecast an earlier period, or "
            "if the week closed on a holiday say that its Friday is known (m6.as_of)"
        )
    present = set(periods.classes.iloc[columns])
    class_names = [name for name in ASSET_CLASSES if name in present]
    classes = np.array([class_names.index(name) for name in periods.classes.iloc[columns]])
    assets = tuple(names[column] for column in columns)
    return Origin(
        observations=FactorObservations(
            returns=returns,
            weight=weight,
            recent_return=np.where(unknown, 0.0, tables[0]),
            recent_volatility=np.where(unknown, 0.0, tables[1]),
            earnings=tables[2],
            classes=classes,
            characteristics=characteristics(returns, classes),
            manual=_manual(assets, manual),
        ),
        assets=assets,
        unchanged=tuple(fixed),
        dropped=tuple(
            name for name, kept in zip(names, seen, strict=True) if not kept and name not in fixed
        ),
        neutral=int((wanted & unknown).sum()),
    )


def characteristics(returns: FloatArray, classes: NDArray[np.int_]) -> FloatArray:
    """Characteristics (N, q) of assets that instrumented loadings are linear in.

    A dummy of each class; slopes of the asset's returns on the mean return of each class; the log
    root mean square of its returns and of what these slopes leave; its mean return over the last
    periods. All but the dummies are standardised across assets.
    """
    n_classes = int(classes.max()) + 1
    n_assets = returns.shape[1]
    with np.errstate(invalid="ignore"):
        observed = np.isfinite(returns)
        filled = np.where(observed, returns, 0.0)
        means = np.stack(
            [
                filled[:, classes == c].sum(axis=1) / observed[:, classes == c].sum(axis=1).clip(1)
                for c in range(n_classes)
            ],
            axis=1,
        )
    ridge = 1e-3 * np.mean(means**2) * len(returns) * np.eye(n_classes)
    columns = np.empty((n_assets, n_classes + 3))
    for asset in range(n_assets):
        rows = observed[:, asset]
        x, y = means[rows], returns[rows, asset]
        slopes = np.linalg.solve(x.T @ x + ridge, x.T @ y)
        spread, left = np.sqrt(np.mean(y**2)), np.sqrt(np.mean((y - x @ slopes) ** 2))
        columns[asset] = [*slopes, np.log(spread + 1e-6), np.log(left + 1e-6), y[-RECENT:].mean()]
    sd = columns.std(axis=0)
    standard = (columns - columns.mean(axis=0)) / np.where(sd > 0, sd, 1.0)
    return np.hstack([np.eye(n_classes)[classes], standard])


def _check_names(names: Sequence[str], given: Collection[str], kind: str) -> None:
    strangers = [name for name in given if name not in names]
    if strangers:
        raise ValueError(
            f"{kind}: {strangers[0]} is none of the {len(names)} assets; correct the name"
        )


def _manual(
    assets: Sequence[str], manual: Mapping[str, tuple[float, float]]
) -> tuple[ManualForecast, ...]:
    for name in manual:
        if name not in assets:
            raise ValueError(
                f"manual: {name} is not forecast in this period, it is unchanged or has no return "
                "yet; take the forecast out"
            )
    return tuple(ManualForecast(assets.index(name), *forecast) for name, forecast in manual.items())
