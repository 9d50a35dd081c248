"""Settings of the study of co-moments and value at risk.

Imported by the Snakefile, hence only light imports.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from bayesfolio.core.settings import (
    Batched,
    Count,
    Day,
    Different,
    FileSource,
    Settings,
    Whole,
    refusal,
)


class StockSource(FileSource):
    """Weekly returns of stocks."""

    source: Literal["embedded", "file"] = Field(
        description="Where the returns come from. `embedded`: 20 large US stocks, 1990-2022, from "
        "prices in the wheel of skfolio, which is downloaded once. `file`: read from "
        "`comoments.data.path`."
    )
    path: str | None = Field(
        title="the path of a CSV file, or null",
        description="The file that source `file` reads: a CSV with a column `date` in steps of "
        "seven days and, for each stock, a column of log returns as decimals; `~` and environment "
        "variables are filled in.",
    )
    start: Day | None = Field(
        description="First day used. `null`: the first there is. Embedded prices before 2000 are "
        "rounded coarsely."
    )
    end: Day | None = Field(description="Last day used. `null`: the last there is.")


class ComomentsModel(Settings):
    """The model of independent factors."""

    innovations: Literal["nig", "gh"] = Field(
        description="Law of the factors' innovations. `nig`: normal inverse Gaussian. `gh`: "
        "generalised hyperbolic with index 1."
    )
    shape_map: Literal["logistic", "exp"] = Field(
        description="How the level of the shape becomes a shape. `logistic`: within the bounds of "
        "the law. `exp`: without an upper bound, as in the R package racd."
    )
    dynamics: Literal["acd", "full"] = Field(
        description="What moves skew and shape. `acd`: innovations and their squares move the "
        "skew, squares alone the shape. `full`: innovations and their squares move both."
    )
    mean: Literal["constant", "ar", "var"] = Field(
        description="Conditional means. `constant`: they do not move. `ar`: they depend on each "
        "stock's own lags. `var`: they depend on the lags of all stocks."
    )
    mean_lags: Count = Field(description="Lags of the conditional means `ar` and `var`.")
    n_factors: Count | None = Field(description="Factors. `null`: as many as there are stocks.")
    residual: Literal["none", "diag"] = Field(
        description="With fewer factors than stocks, what becomes of the rest. `diag`: it is "
        "independent noise of each stock. `none`: it is disregarded."
    )
    covariance: Literal["sample", "shrunk", "ewma"] = Field(
        description="Second moments that whiten the returns. `sample`: those of the sample. "
        "`shrunk`: shrunk as by Ledoit and Wolf. `ewma`: exponentially weighted."
    )
    contrast: Literal["tanh", "pow3"] = Field(description="Contrast of FastICA.")
    n_starts: Count = Field(description="Random starts of FastICA.")

    @model_validator(mode="after")
    def _an_exponential_shape_has_no_signed_shocks(self) -> "ComomentsModel":
        if self.shape_map == "exp" and self.dynamics == "full":
            raise refusal(
                "acd: with shape_map exp a signed shock would drive the shape without bound",
                "dynamics",
            )
        return self


class Bootstrap(Batched):
    """The bootstrap of the tests of moving skew and shape."""

    replications: Annotated[int, Field(ge=1, le=100_000)] = Field(
        description="Simulated samples behind the p-values of moving skew and shape."
    )
    replications_per_job: Count = Field(description="Simulated samples fitted in one job.")


class Backtest(Settings):
    """The backtest of value at risk."""

    levels: Different[Annotated[float, Field(gt=0, lt=0.5)]] = Field(
        min_length=1,
        max_length=4,
        description="Probabilities of a loss beyond the value at risk.",
    )
    first_dates: Whole = Field(ge=50, description="Weeks of the first sample.")
    refit_every: Count = Field(description="Weeks from one fit to the next.")


class Comoments(Settings):
    """The study of co-moments and value at risk of weekly stock returns."""

    data: StockSource
    model: ComomentsModel
    bootstrap: Bootstrap
    backtest: Backtest
    beta_dates: Different[Day] = Field(
        min_length=1,
        description="Days of the table of betas. For a day outside the sample, the last date of "
        "the sample before it is taken.",
    )
