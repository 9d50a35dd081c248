"""The leverage study put together: forecasts, and what they forecast, by day and by month."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bayesfolio.core.arrays import load_record
from bayesfolio.leverage.garch import GarchForecasts
from bayesfolio.leverage.market import read_market
from bayesfolio.leverage.periods import period_returns
from bayesfolio.leverage.return_forecasts import read_return_forecasts
from bayesfolio.leverage.stochastic_volatility import SvForecasts
from bayesfolio.leverage.windows import join_forecasts

DAYS_A_YEAR = 252
DAYS_A_MONTH = 21


@dataclass(frozen=True)
class LeverageStudy:
    """What tables and figures are made of; volatilities in per cent a day, returns in per cent.

    Attributes
    ----------
    closes : Series
        Of the index, by day.
    days : DataFrame
        By day t of a return: trailing_sd and trailing_rms of the horizon's days up to t;
        realised_sd of as many days after t; garch_in_sample, the conditional volatility of t by a
        fit that knows t's return; and made at t for the days after it garch, vix and sv. NaN where
        there is none.
    months : DataFrame
        By month m: realised, its return; and the forecast of each model, made at the end of m - 1.
    converged : mapping of str to float
        Share of each return model's refits whose optimiser converged.
    garch : GarchForecasts
        Every refit.
    sv : SvForecasts
        Every fit.
    horizon : int
        Days ahead.
    """

    closes: pd.Series
    days: pd.DataFrame
    months: pd.DataFrame
    converged: Mapping[str, float]
    garch: GarchForecasts
    sv: SvForecasts
    horizon: int

    @property
    def return_models(self) -> list[str]:
        """Names of the models of monthly returns."""
        return [str(name) for name in self.months if name != "realised"]

    def month_variances(self, source: str) -> pd.Series:
        """Variance of each month, per cent squared, by the daily forecast made just before it.

        Parameters
        ----------
        source : str
            A column of `days`; one month has `DAYS_A_MONTH` days.
        """
        daily = self.days[source] ** 2
        ends = daily.groupby(pd.DatetimeIndex(daily.index).to_period("M")).last()
        return (DAYS_A_MONTH * ends.shift(1)).reindex(self.months.index)


def assemble(
    market: pd.DataFrame,
    return_forecasts: pd.DataFrame,
    garch: GarchForecasts,
    sv: SvForecasts,
    horizon: int,
) -> LeverageStudy:
    """Put market and forecasts together.

    Parameters
    ----------
    market : DataFrame
        index and vix by day.
    return_forecasts : DataFrame
        Of `forecast_frame`.
    garch, sv : GarchForecasts, SvForecasts
        All windows.
    horizon : int
        Days ahead.
    """
    closes = market["index"]
    daily = 100.0 * closes.pct_change().iloc[1:]
    trailing_sd = daily.rolling(horizon).std()
    days = pd.DataFrame(
        {
            "trailing_sd": trailing_sd,
            "trailing_rms": (daily**2).rolling(horizon).mean() ** 0.5,
            "realised_sd": trailing_sd.shift(-horizon),
            "vix": market["vix"].reindex(daily.index) / np.sqrt(DAYS_A_YEAR),
        }
    )
    for name, source, values in (
        ("garch_in_sample", garch, garch.in_sample_sd),
        ("garch", garch, garch.forecast_sd),
        ("sv", sv, sv.forecast_sd),
    ):
        column = np.full(len(daily), np.nan)
        column[source.n_days.astype(int) - 1] = values
        days[name] = column
    wide = return_forecasts.set_index(["month", "model"])["forecast"].unstack()  # noqa: PD010
    wide.index = pd.PeriodIndex(wide.index, freq="M", name="month")
    wide.columns.name = None
    names = list(dict.fromkeys(return_forecasts["model"]))
    realised = period_returns(closes, "monthly").reindex(wide.index)
    months = pd.concat([realised.rename("realised"), wide[names]], axis=1)
    converged = return_forecasts.groupby("model")["converged"].mean()
    return LeverageStudy(
        closes=closes,
        days=days,
        months=months,
        converged={name: float(converged[name]) for name in names},
        garch=garch,
        sv=sv,
        horizon=horizon,
    )


def read_study(files: Any, config: Mapping[str, Any]) -> LeverageStudy:
    """Read market and forecasts and put them together.

    Parameters
    ----------
    files : object
        Paths by name: market and returns, CSV files of `write_market` and of the return
        forecasts; garch and sv, archives of the volatility forecasts, one a job.
    config : mapping
        Configuration of the run.
    """
    return assemble(
        read_market(files.market),
        read_return_forecasts(files.returns),
        join_forecasts([load_record(path, GarchForecasts) for path in files.garch]),
        join_forecasts([load_record(path, SvForecasts) for path in files.sv]),
        config["leverage"]["horizon_days"],
    )
