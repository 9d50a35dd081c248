"""Settings of the M6 study, and what follows from them.

Imported by the Snakefile, hence only light imports.
"""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, field_validator, model_validator

from bayesfolio.core.settings import (
    Config,
    Count,
    Day,
    Different,
    Name,
    Positive,
    Settings,
    Whole,
    check_path,
    data_path,
    refusal,
)

COMPETITION_START = "2022-03-07"
"""`bayesfolio.m6.competition.COMPETITION_START`, which takes long to import."""

COMPETITION_MONTHS = 12

M6_POOLS = ("equal pool", "linear pool", "log pool")
"""`bayesfolio.m6.study.POOLS`, which takes long to import."""

M6_FILES = ("prices_daily", "universe", "earnings_dates")

Period = Annotated[int, Field(ge=0, le=2000)]
EvenCount = Annotated[Whole, Field(ge=2, multiple_of=2)]
Forecast = Annotated[
    tuple[Annotated[float, Field(ge=-1, le=1)], Annotated[float, Field(gt=0, le=1)]],
    Field(
        strict=False,
        title="a list of a mean from -1 to 1 and a standard deviation above 0, 1 at most",
    ),
]


class M6Data(Settings):
    """Daily prices of assets."""

    source: Literal["embedded", "file", "yfinance"] = Field(
        description="Where daily prices come from. `embedded`: 20 stocks and 5 factor funds, from "
        "the wheel that `envs/data-wheel.lock` names. `file`: a folder with prices, classes and "
        "earnings dates. `yfinance`: downloaded for the universe in a folder; install the extra "
        "`yahoo` first."
    )
    path: str | None = Field(
        title="the path of a folder, or null",
        description="The folder that sources `file` and `yfinance` read; `~` and environment "
        "variables are filled in.",
    )
    start: Day | None = Field(description="First day of prices used. `null`: the first there is.")
    end: Day | None = Field(description="Last day of prices used. `null`: the last there is.")

    @model_validator(mode="after")
    def _only_a_folder_has_a_path(self) -> "M6Data":
        path = data_path({"path": self.path})
        if self.source == "embedded" and path is not None:
            raise refusal("null: source embedded reads no folder", "path")
        if self.source != "embedded" and path is None:
            raise refusal(f"the folder that source {self.source} reads", "path")
        if path is not None:
            check_path(path, "folder", "path")
        return self


class Priors(Settings):
    """Priors of the loadings."""

    loading_dof: Positive = Field(
        description="Degrees of freedom of the Student t prior of the loadings, which is around "
        "zero."
    )
    loading_sd: Positive = Field(
        description="Scale of the prior of the loadings, as a fraction. The winner's was 1 with 10 "
        "degrees of freedom, which says nothing: an asset with a shorter history than there are "
        "factors then forecasts anything."
    )

    @model_validator(mode="after")
    def _the_prior_does_not_depend_on_the_rotation(self) -> "Priors":
        if self.loading_dof < 100 and self.loading_sd < 0.5:
            raise refusal(
                "100 or more, or a loading_sd of 0.5 or more: a prior with heavy tails at the "
                "size of loadings would depend on the rotation of factors",
                "loading_dof",
            )
        return self


class Sampler(Settings):
    """Length and tuning of the chains."""

    chains: Count = Field(description="Chains of each fit.")
    warmup: Whole = Field(ge=20, description="Warm-up transitions of each chain.")
    draws: Whole = Field(ge=4, description="Draws kept of each chain.")
    adapt_delta: float = Field(gt=0, lt=1, description="Target acceptance rate.")
    max_depth: Count = Field(description="Largest depth of a tree.")
    forecasts: EvenCount = Field(
        description="Forecasts for each draw, in pairs with opposite shocks."
    )
    fitted: Count = Field(
        description="Periods before the forecast whose expected returns are judged for convergence."
    )
    max_rhat: float = Field(
        gt=1,
        description="A fit with a larger R-hat of mu, sigma or nu is repeated once with twice the "
        "warm-up, and flagged if it fails again.",
    )


class ScoredPeriods(Settings):
    """Periods that are forecast and scored."""

    first: Period = Field(description="First period that is forecast and scored.")
    last: Period = Field(description="Last period that is forecast and scored.")
    step: Count = Field(description="Periods from one that is scored to the next.")


class LearningPeriods(Settings):
    """Earlier periods that are forecast for pools to learn from."""

    first: Period = Field(
        description="First of the earlier periods that are forecast for pools to learn from."
    )
    last: Period = Field(
        description="Last of the earlier periods that are forecast for pools to learn from. Set it "
        "to one less than `m6.learning_periods.first` for none; weights are then equal in the "
        "first scored period."
    )
    step: Count = Field(description="Periods from one that pools learn from to the next.")


class Baseline(Settings):
    """Student t draws with the covariance of recent days."""

    half_lives: Different[Count] = Field(
        min_length=1,
        description="Half-lives, in days, of the baseline's covariance. Differences in the table "
        "of scores are from the first.",
    )
    n_days: Whole = Field(ge=20, description="Days that the baseline uses.")
    shrinkage: float = Field(
        ge=0, le=1, description="How far the baseline's correlations are shrunk to zero."
    )
    dof: float = Field(gt=2, description="Degrees of freedom of the baseline's Student t.")
    n_draws: EvenCount = Field(description="Draws of the baseline.")


class M6(Settings):
    """The M6 study."""

    data: M6Data
    as_of: Day | None = Field(
        description="Last day that is known. It is later than the last prices only where their "
        "week closed on a holiday; then it is that week's Friday. `null`: the day of the last "
        "prices."
    )
    competition: bool = Field(
        description="Whether the folder has the competition's outcome and the winner's features. "
        "If so, its targets replace those computed from the prices, its teams follow in the table "
        "of scores, and the winner's notebook is checked."
    )
    anchor: Day = Field(
        description="A Monday on which a period of four weeks starts; that period is number 0."
    )
    first_period: Period = Field(description="Number of the first period of returns.")
    min_periods: Whole = Field(
        ge=2,
        description="Values that it takes to standardise a feature. Until an asset has them, its "
        "features are taken at their mean, zero.",
    )
    full_from: Day = Field(
        description="Day from which periods count fully; earlier ones count the less the older "
        "they are."
    )
    unchanged: dict[Name, Day] = Field(
        title="a group of days in quotes, by asset",
        description="Assets whose price no longer changes, and since when, such as one that was "
        'acquired for cash: `DRE: "2022-10-03"`. They are ranked at a return of zero.',
    )
    manual: dict[Name, Forecast] = Field(
        title="a group of lists of a mean and a standard deviation, by asset",
        description="Manual forecasts of expected returns in the period to come, mean and standard "
        "deviation as fractions: `AAPL: [0.02, 0.03]`.",
    )
    n_factors: Count = Field(description="Factors; there must be more assets than factors.")
    variants: Different[Literal["ar1", "reversal_momentum", "var", "instrumented"]] = Field(
        min_length=1,
        description="Variants of the model; the figures show the first. `ar1`: one autoregressive "
        "coefficient. `reversal_momentum`: as `ar1`, with a coefficient of the sum of lags 2 to "
        "12. `var`: a matrix of coefficients. `instrumented`: as `ar1`, with loadings linear in "
        "characteristics of the assets.",
    )
    priors: Priors
    sampler: Sampler
    scored_periods: ScoredPeriods
    learning_periods: LearningPeriods
    forecast_period: Period = Field(
        description="The period of the submission, such as the one after the last prices."
    )
    submitted_method: str = Field(
        title="a variant in m6.variants or a pool",
        description="Method of the submission: a variant in `m6.variants`, or a pool: `equal "
        "pool`, `linear pool` or `log pool`.",
    )
    baseline: Baseline

    @field_validator("anchor")
    @classmethod
    def _periods_start_on_mondays(cls, anchor: str) -> str:
        if date.fromisoformat(anchor).weekday() != 0:
            raise refusal("a Monday")
        return anchor

    @model_validator(mode="after")
    def _only_a_folder_has_the_outcome(self) -> "M6":
        if self.competition and self.data.source != "file":
            raise refusal("false: only a folder has the competition's outcome", "competition")
        return self

    @model_validator(mode="after")
    def _the_submission_is_of_the_run(self) -> "M6":
        methods = [*self.variants, *M6_POOLS]
        if self.submitted_method not in methods:
            raise refusal(f"one of {', '.join(methods)}", "submitted_method")
        return self

    @model_validator(mode="after")
    def _periods_are_in_order(self) -> "M6":
        periods = m6_periods(self.model_dump())
        scored, learning = periods.scored, periods.learning
        if len(scored) < 2:
            raise refusal(
                "two or more: raise last or lower first",
                "scored_periods",
                has="fewer than two periods",
            )
        for key, part in (("scored_periods", scored), ("learning_periods", learning)):
            if part and part[0] <= self.first_period:
                raise refusal(f"a period after {self.first_period} (m6.first_period)", key, "first")
        if periods.forecast <= scored[-1]:
            raise refusal(
                f"a period after {scored[-1]} (m6.scored_periods.last)", "forecast_period"
            )
        if learning and learning[-1] >= scored[0]:
            raise refusal(
                f"a period before {scored[0]} (m6.scored_periods.first): pools learn from the past",
                "learning_periods",
                "last",
                value=learning[-1],
            )
        return self

    @model_validator(mode="after")
    def _the_competition_scores_its_own_months(self) -> "M6":
        if not self.competition:
            return self
        months = competition_periods({"anchor": self.anchor})
        if not months:
            raise refusal(
                "2005-01-31 or a day whole periods of four weeks from it: the competition's months "
                f"start from {COMPETITION_START} on",
                "anchor",
            )
        for period in m6_periods(self.model_dump()).scored:
            if period not in months:
                raise refusal(
                    f"{months[0]} to {months[-1]}, the competition's months: score others with "
                    "m6.competition false",
                    "scored_periods",
                    has=period,
                )
        return self


class M6Periods(NamedTuple):
    """Numbers of the periods that are forecast: to be scored, to learn pools from, the next."""

    scored: list[int]
    learning: list[int]
    forecast: int

    @property
    def every(self) -> list[int]:
        """All of them, in order."""
        return sorted({*self.scored, *self.learning, self.forecast})


def m6_periods(m6: Config) -> M6Periods:
    """Periods of the M6 study's forecasts."""

    def numbers(part: Config) -> list[int]:
        return list(range(part["first"], part["last"] + 1, part["step"]))

    return M6Periods(
        numbers(m6["scored_periods"]), numbers(m6["learning_periods"]), m6["forecast_period"]
    )


def competition_periods(m6: Config) -> range:
    """Periods that are months of the M6 competition; none where ``m6.anchor`` has other days."""
    days = (date.fromisoformat(COMPETITION_START) - date.fromisoformat(m6["anchor"])).days
    first = days // 28
    return range(first, first + COMPETITION_MONTHS) if days % 28 == 0 else range(0)


def m6_fits(m6: Config) -> list[tuple[str, int]]:
    """Variant and period of every fit of the factor model."""
    return [(variant, period) for variant in m6["variants"] for period in m6_periods(m6).every]


def author_fits(m6: Config) -> list[tuple[str, int]]:
    """The fit on the winner's features: there are printed figures of the last month only."""
    last = m6_periods(m6).scored[-1]
    months = competition_periods(m6)
    return [("author", last)] if m6["competition"] and last == months[-1] else []


def last_fit(m6: Config) -> tuple[str, int]:
    """The first variant's fit of the last scored period, which figures show."""
    return m6["variants"][0], m6_periods(m6).scored[-1]


def m6_files(data: Config, stems: Sequence[str] = M6_FILES) -> list[str]:
    """Files of a folder that the M6 study reads, those that exist; none without a folder."""
    if data["path"] is None:
        return []
    folder = Path(str(data_path(data)))
    found = [folder / f"{stem}{end}" for stem in stems for end in (".csv", ".csv.gz")]
    return [str(path) for path in found if os.path.isfile(path)]
