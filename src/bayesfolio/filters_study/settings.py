"""Settings of the Monte Carlo study of filters.

Imported by the Snakefile, hence only light imports.
"""

from typing import Annotated

from pydantic import Field, model_validator

from bayesfolio.core.settings import Batched, Count, Different, Positive, Whole, refusal

Several = Annotated[Whole, Field(ge=2)]
Replications = Annotated[int, Field(ge=2, le=100_000)]


class Filters(Batched):
    """The Monte Carlo study of filters."""

    replications: Replications = Field(description="Simulated samples of each setting.")
    n_obs: Several = Field(description="Dates of a sample.")
    n_particles: Several = Field(description="Particles of every filter.")
    noise_to_signal: Different[Positive] = Field(
        min_length=1,
        description="Local level model: ratios of the variance of the noise to that of the "
        "innovations of the level, one setting each.",
    )
    variation: Different[Positive] = Field(
        min_length=1,
        description="Stochastic volatility model: coefficients of variation of the variance, one "
        "setting each.",
    )
    factors: Different[Count] = Field(
        min_length=1,
        description="Dynamic factor model: numbers of factors, one setting each, at most "
        "`filters.n_series`.",
    )
    state_var: Positive = Field(
        description="Local level model: variance of the innovations of the level."
    )
    initial_var: Positive = Field(description="Local level model: variance of the first level.")
    persistence: float = Field(
        gt=-1,
        lt=1,
        description="Stochastic volatility model: autoregressive coefficient of the log variance.",
    )
    n_series: Several = Field(description="Dynamic factor model: number of series.")
    frontier_particles: Different[Several] = Field(
        min_length=1, description="Numbers of particles in the figure of error against time."
    )
    frontier_replications: Replications = Field(
        description="Samples behind the figure of error against time, at most "
        "`filters.replications`."
    )
    replications_per_job: Count = Field(description="Samples filtered in one job.")

    @model_validator(mode="after")
    def _no_more_factors_than_series(self) -> "Filters":
        if max(self.factors) > self.n_series:
            raise refusal(
                f"at most {self.n_series} (filters.n_series)", "factors", has=max(self.factors)
            )
        return self

    @model_validator(mode="after")
    def _the_frontier_takes_of_the_replications(self) -> "Filters":
        if self.frontier_replications > self.replications:
            raise refusal(
                f"at most {self.replications} (filters.replications)", "frontier_replications"
            )
        return self
