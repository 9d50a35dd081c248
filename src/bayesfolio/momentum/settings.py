"""Settings of the momentum study, and what follows from them.

Imported by the Snakefile, hence only light imports.
"""

import difflib
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from bayesfolio.core.settings import (
    Config,
    Count,
    Different,
    FileSource,
    Month,
    Name,
    Settings,
    Sha256,
    Whole,
    refusal,
)
from bayesfolio.models.spec import FAMILIES, PAPER_MODELS, ModelSpec

N_INDUSTRIES = 10
"""Length of `bayesfolio.momentum.kenfrench.INDUSTRIES`, which takes long to import."""

MOST_LAGS = 24
"""Lags of a factor model that still fit into the shortest window beside the formation months."""

EMBEDDED_FIRST = (1949, 1)
"""Year and month in which the embedded returns start."""

Year = Annotated[int, Field(ge=1900, le=2100, title="a year")]
ModelName = Annotated[str, Field(max_length=100, title="the name of a model, such as DFM-SV(4,2)")]


class ReturnSource(FileSource):
    """Monthly returns of the industries."""

    source: Literal["embedded", "kenfrench", "file"]
    weighting: Literal["value", "equal"]

    @model_validator(mode="after")
    def _embedded_returns_are_value_weighted(self) -> "ReturnSource":
        if self.source == "embedded" and self.weighting == "equal":
            raise refusal("value: the embedded returns are value-weighted only", "weighting")
        return self


class MomentumData(ReturnSource):
    """The returns that the study is made of."""

    source: Literal["embedded", "kenfrench", "file"] = Field(
        description="Where the returns come from. `embedded`: value-weighted returns 1949-2015 "
        "inside an installed package. `kenfrench`: downloaded from the Ken French data library, "
        "then kept in a cache. `file`: read from `momentum.data.path`."
    )
    path: str | None = Field(
        title="the path of a CSV file, or null",
        description="The file that source `file` reads; `~` and environment variables are filled "
        "in.",
    )
    weighting: Literal["value", "equal"] = Field(
        description="How the stocks inside an industry are weighted."
    )
    assets: Different[Name] | None = Field(
        min_length=2,
        description="Assets of your own instead of the ten industries, with source `file`: the "
        "names of all columns of the file, in the order you want. What compares with the paper is "
        "then left out. `null`: the ten industries.",
    )
    start: Month | None = Field(description="First month used. `null`: the first there is.")
    end: Month | None = Field(description="Last month used. `null`: the last there is.")
    sha256: Sha256 | None = Field(
        description="Checksum that the file must have. `null`: it is not checked."
    )

    @model_validator(mode="after")
    def _only_a_file_has_other_assets(self) -> "MomentumData":
        if self.assets is not None and self.source != "file":
            raise refusal(f"null: source {self.source} has the ten industries", "assets")
        return self


class Calendar(Settings):
    """When models are fitted, ranked by and held."""

    expanding: bool = Field(
        description="`true`: every window starts with the data. `false`: all windows have the "
        "same length."
    )
    window_months: Whole = Field(
        ge=36, description="Length of a window, or the least length of an expanding one."
    )
    decision_month: int = Field(
        ge=1,
        le=12,
        title="a month from 1 to 12",
        description="Month with whose end a window ends and a decision is made.",
    )
    formation_months: Count = Field(description="Months over which past performance is summed.")
    skip_recent: bool = Field(
        description="Standard momentum only: whether its sum leaves out the decision month, as "
        "equation (7) of the paper does."
    )
    skip_months: int = Field(
        ge=0, le=12, description="Months between the decision and the first month held."
    )
    holding_months: int = Field(ge=1, le=12, description="Months that a portfolio is held.")
    first_decision_year: Year = Field(description="First year with a decision.")
    last_decision_year: Year = Field(description="Last year with a decision.")
    thin_years: Count = Field(description="Years from one decision to the next; 1 is every year.")

    @model_validator(mode="after")
    def _months_and_years_fit(self) -> "Calendar":
        first, last = self.first_decision_year, self.last_decision_year
        if last < first:
            raise refusal(f"{first} (first_decision_year) or later", "last_decision_year")
        most = self.window_months - self.skip_recent
        if self.formation_months > most:
            raise refusal(
                f"at most {most} in a window of {self.window_months} months", "formation_months"
            )
        return self


class StanEngine(Settings):
    """The No-U-Turn sampler."""

    chains: Count = Field(description="Chains of each fit.")
    warmup: Whole = Field(
        ge=20,
        description="Warm-up transitions of each chain. A fit that fails its diagnostics is "
        "repeated once with three times as many.",
    )
    draws: Whole = Field(ge=4, description="Draws kept of each chain.")
    thin: Count = Field(description="Transitions for each draw kept.")
    adapt_delta: float = Field(gt=0, lt=1, description="Target acceptance rate.")
    max_depth: int = Field(ge=1, le=15, description="Largest depth of a tree.")


class GibbsEngine(Settings):
    """The paper's own sampler."""

    chains: Count = Field(
        description="Chains of each fit. The first starts at principal components, the others at "
        "random."
    )
    warmup: Whole = Field(
        ge=20,
        description="Sweeps of burn-in of each chain. A fit that fails its diagnostics is flagged "
        "and not repeated, since nothing is adapted here.",
    )
    draws: Whole = Field(ge=4, description="Draws kept of each chain.")
    thin: Count = Field(description="Sweeps for each draw kept.")


class Engines(Settings):
    """Sizes and tuning of both samplers."""

    stan: StanEngine
    gibbs: GibbsEngine


class Thresholds(Settings):
    """Limits of the diagnostics; a fit beyond one is flagged in the tables and kept."""

    rhat: float = Field(
        gt=1,
        description="A fit with a larger R-hat fails its diagnostics; it is flagged in the tables "
        "and kept.",
    )
    ess: float = Field(
        ge=0,
        description="A fit with a smaller bulk effective sample size fails its diagnostics; it is "
        "flagged in the tables and kept.",
    )
    divergence_rate: float = Field(
        ge=0,
        le=1,
        description="A fit with more divergences per transition fails its diagnostics; it is "
        "flagged in the tables and kept.",
    )


class Momentum(Settings):
    """The momentum study."""

    data: MomentumData
    audit: list[ReturnSource] = Field(
        title="a list of groups with the keys source, weighting and path",
        description="Further sources of returns for the audit of standard momentum: a list of "
        "groups with the keys `source`, `weighting` and `path`, each as in `momentum.data`.",
    )
    calendar: Calendar
    breakpoints: list[Annotated[float, Field(ge=0, le=1)]] = Field(
        min_length=2,
        max_length=2,
        title="a list of two quantiles, losers and winners, such as [0.1, 0.9]",
        description="Quantiles of past performance: industries below the first are sold, those "
        "above the second are bought.",
    )
    models: Literal["all"] | Annotated[Different[ModelName], Field(min_length=1)] = Field(
        title='all, or a list of different models such as ["VAR-N", "DFM-SV(4,2)"]',
        description="Models of the run. `all`: the 43 of the paper. In the names of a list, the "
        "numbers in parentheses are factors and lags; there are at most as many factors as assets.",
    )
    engine: Literal["stan", "gibbs"] = Field(
        description="Sampler. `stan`: the No-U-Turn sampler. `gibbs`: the paper's own. Both draw "
        "from the same posterior."
    )
    center: Literal["none", "window"] = Field(
        description="`window`: the means of a window are taken out of the returns before a fit "
        "and put back after it. `none`: they stay in, as in the paper."
    )
    missing: Literal["refuse", "impute"] = Field(
        description="`refuse`: a missing return stops the run. `impute`: missing returns in "
        "estimation windows are drawn along with the parameters of a model, by the Gibbs engine "
        "only; the months of formation and holding and the month skipped between them must still "
        "be complete. Models with lagged returns begin at the first complete month of the window."
    )
    gamma_prior: Literal["mean_dof", "shape_rate"] = Field(
        description="How the paper's G(1/k, 1) prior for the precision of log-volatility shocks "
        "is read. `mean_dof`: by mean and degrees of freedom. `shape_rate`: by shape and rate."
    )
    sv_model_momentum: Literal["log_variance"] = Field(
        description="Model momentum of the SV model, which has no mean to rank by. "
        "`log_variance`: industries are ranked by the posterior mean of the log variance; the "
        "calmest are bought and the most turbulent sold."
    )
    engines: Engines
    engine_agreement: Different[ModelName] = Field(
        description="Models that both engines fit on the last window, to be compared in the table "
        "of that name. With an empty list and the Gibbs engine, a run of this study needs no C++ "
        "compiler."
    )
    thresholds: Thresholds
    windows_per_job: dict[str, Count] = Field(
        title="a group of whole numbers of at least 1, by model family",
        description="Windows fitted in one job, for each model family of the run. The defaults "
        "make jobs of 5 to 30 minutes at the paper's scale.",
    )

    @field_validator("breakpoints")
    @classmethod
    def _lower_quantile_first(cls, breakpoints: list[float]) -> list[float]:
        if breakpoints[0] >= breakpoints[1]:
            raise refusal("the lower quantile first")
        return breakpoints

    @field_validator("models", "engine_agreement")
    @classmethod
    def _models_are_known(cls, models: str | list[str]) -> str | list[str]:
        return models if isinstance(models, str) else known_models(models)

    @model_validator(mode="after")
    def _factors_and_lags_fit(self) -> "Momentum":
        assets = self.data.assets
        most = N_INDUSTRIES if assets is None else len(assets)
        kind = "industries" if assets is None else "assets in momentum.data.assets"
        limit = (
            f"models with at most {most} factors, as many as there are {kind}, and {MOST_LAGS} lags"
        )
        for key in ("models", "engine_agreement"):
            for spec in model_specs({"models": getattr(self, key)}):
                if spec.n_factors > most or spec.n_lags > MOST_LAGS:
                    found = {} if getattr(self, key) == "all" else {"has": spec.name}
                    raise refusal(limit, key, **found)
        return self

    @model_validator(mode="after")
    def _families_have_jobs(self) -> "Momentum":
        for family in self.windows_per_job:
            if family not in FAMILIES:
                raise refusal("", "windows_per_job", family, known=list(FAMILIES))
        for spec in model_specs({"models": self.models}):
            if spec.family not in self.windows_per_job:
                raise refusal(
                    f"a whole number of at least 1: the run has {spec}",
                    "windows_per_job",
                    spec.family,
                )
        return self

    @model_validator(mode="after")
    def _only_gibbs_imputes(self) -> "Momentum":
        if self.missing == "impute" and (self.engine == "stan" or self.engine_agreement):
            raise refusal(
                "refuse: the Stan engine takes complete windows only; to impute, set "
                "momentum.engine to gibbs and momentum.engine_agreement to []",
                "missing",
            )
        return self

    @model_validator(mode="after")
    def _audit_is_of_the_industries(self) -> "Momentum":
        if self.data.assets is not None and self.audit:
            raise refusal("[]: standard momentum is audited on the ten industries only", "audit")
        return self

    @model_validator(mode="after")
    def _embedded_returns_fill_the_first_window(self) -> "Momentum":
        # Other sources are checked against the calendar when their months are known.
        months, first = self.calendar.window_months, self.calendar.first_decision_year
        year, month = EMBEDDED_FIRST
        before = 12 * (first - year) + self.calendar.decision_month - month + 1
        if self.data.source == "embedded" and before < months:
            raise refusal(
                f"{first - (before - months) // 12} or later: the embedded returns start in "
                f"{year}-{month:02d} and a window has {months} months",
                "calendar",
                "first_decision_year",
            )
        return self


def known_models(names: Sequence[str]) -> list[str]:
    """The names as they are, where each is a model and none stands for the same as another."""
    seen: set[ModelSpec] = set()
    for name in names:
        try:
            spec = ModelSpec.parse(name)
        except ValueError as error:
            near = difflib.get_close_matches(name, [spec.name for spec in PAPER_MODELS], n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise refusal(f"a model: {error}{hint}", has=name) from None
        if spec in seen:
            raise refusal("different models", has=f"{spec} twice")
        seen.add(spec)
    return list(names)


def model_specs(momentum: Config) -> list[ModelSpec]:
    """Models of a run, in the paper's order for ``all`` and in the given order for a list."""
    names = momentum["models"]
    return list(PAPER_MODELS) if names == "all" else [ModelSpec.parse(name) for name in names]


def decision_years(calendar: Config) -> list[int]:
    """Years in which a decision is made: every so many from the first to the last."""
    first, last = calendar["first_decision_year"], calendar["last_decision_year"]
    return list(range(first, last + 1, calendar["thin_years"]))


def fit_chunks(momentum: Config) -> dict[tuple[str, str], list[int]]:
    """Decision years of each fitting job, by model slug and chunk name such as ``1969-1994``."""
    years = decision_years(momentum["calendar"])
    chunks = {}
    for spec in model_specs(momentum):
        size = momentum["windows_per_job"][spec.family]
        for start in range(0, len(years), size):
            part = years[start : start + size]
            chunks[spec.slug, f"{part[0]}-{part[-1]}"] = part
    return chunks


def kept_draws(momentum: Config) -> int:
    """Posterior draws of a fit, all chains together."""
    engine = momentum["engines"][momentum["engine"]]
    return int(engine["chains"] * engine["draws"])


def agreement_fits(momentum: Config) -> list[tuple[str, int]]:
    """Model slugs and decision year, the last one, of the fits that both engines make."""
    year = decision_years(momentum["calendar"])[-1]
    return [(ModelSpec.parse(name).slug, year) for name in momentum["engine_agreement"]]
