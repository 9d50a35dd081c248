"""Settings of the combination of models and strategies, and what follows from them.

Imported by the Snakefile, hence only light imports.
"""

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from bayesfolio.core.settings import (
    Config,
    Count,
    Different,
    Positive,
    Settings,
    Slug,
    Whole,
    refusal,
)
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.settings import ModelName, kept_draws, known_models, model_specs

COMBINATION_VARIANTS = (
    "marginal",
    "draws",
    "fixed",
    "learning",
    "class_balanced",
    "path",
    "other_proposal",
)
"""Keys of `bayesfolio.combination.VARIANTS`, which takes long to import."""

RESERVED_TABLES = (
    "table1",
    "table5",
    "table5_agreement",
    "standard_momentum_audit",
    "engine_agreement",
    "diagnostics",
    "claims",
    "combination_sensitivity",
    "weight_correlations",
    "combination_grid",
)
"""Tables of the momentum study that are not of a set of models."""

RESERVED_FIGURES = ("figure1", "figure2")


class ModelSet(Settings):
    """Models to combine, each with both strategies."""

    models: list[ModelName] = Field(min_length=1)
    rows: Literal["model", "family"]
    figure: Slug
    panels: Different[Literal["component", "model", "family", "n_factors", "strategy"]] = Field(
        min_length=1
    )

    @field_validator("models")
    @classmethod
    def _models_are_known(cls, models: list[str]) -> list[str]:
        return known_models(models)


class FixedVariant(Settings):
    """The variant with fixed standard deviations."""

    incompleteness_sd: Positive = Field(
        description="Variant `fixed`: standard deviation, in per cent, of the outcome about the "
        "predictive return of a component."
    )
    drift_sd: Positive = Field(
        description="Variant `fixed`: standard deviation of a step of the states of the weights."
    )


class LearningVariant(Settings):
    """The variant whose weights lean towards past scores."""

    rate: Positive = Field(
        description="Variant `learning`: how far the states move with a change of the discounted "
        "average of past log scores."
    )
    discount: float = Field(
        gt=0, lt=1, description="Variant `learning`: discount of past log scores from date to date."
    )
    window: Count = Field(description="Variant `learning`: dates in the average of log scores.")


class PathVariant(Settings):
    """The variant with one filter for each path of predictive draws."""

    n_paths: Count = Field(
        description="Variant `path`: paths of predictive draws, at most the posterior draws of a "
        "fit."
    )
    n_particles: Whole = Field(
        ge=100, description="Variant `path`: particles of each path and point of the grid."
    )


class Combination(Settings):
    """Time-varying weights of the models and strategies."""

    sets: dict[str, ModelSet] = Field(
        title="a group of sets of models, by name",
        description="Sets of models, by the name of their table. A set has four keys. `models`: a "
        "list of models. `rows`: whether the table shows, beside the mixture of the set, the "
        "mixture of strategies of each `model` or of each `family`. `figure`: the name of the "
        "figure of its weights. `panels`: what that figure shows, from `component`, `model`, "
        "`family`, `n_factors` and `strategy`. A set of your own gets a table and a figure like "
        "the others. A set with a model that the run lacks is left out.",
    )
    baseline: Literal["marginal", "draws", "fixed", "learning", "class_balanced", "path"] = Field(
        description="The variant that tables and figures are made of; `combination_sensitivity` "
        "compares all of them. `marginal`: predictive returns are integrated out. `draws`: they "
        "are integrated out by draws. `fixed`: incompleteness and drift are fixed. `learning`: "
        "weights lean towards past scores. `class_balanced`: each class of models starts with the "
        "same weight. `path`: there is one filter for each path of predictive draws."
    )
    proposal: Literal["bootstrap", "mixture"] = Field(
        description="`bootstrap`: the bootstrap filter. `mixture`: the M-Filter. The weights are "
        "the same but for Monte Carlo error."
    )
    incompleteness_sds: Different[Positive] = Field(
        min_length=1,
        description="Grid of standard deviations, in per cent, of the outcome about the predictive "
        "return of a component. The data choose among them at every date.",
    )
    drift_sds: Different[Positive] = Field(
        min_length=1,
        description="Grid of standard deviations of a step of the states of the weights. The data "
        "choose among them at every date.",
    )
    initial_sd: Positive = Field(description="Standard deviation of the states at the first date.")
    n_particles: Whole = Field(ge=100, description="Particles for each point of the grid.")
    fixed: FixedVariant
    learning: LearningVariant
    path: PathVariant

    @model_validator(mode="after")
    def _tables_and_figures_have_names_of_their_own(self) -> "Combination":
        figures = set(RESERVED_FIGURES)
        for name, chosen in self.sets.items():
            if not re.fullmatch("[a-z][a-z0-9_]{0,59}", name):
                raise refusal(
                    "names of lower-case letters, digits and _ that start with a letter, of at "
                    "most 60 characters",
                    "sets",
                    has=name,
                )
            if name in RESERVED_TABLES:
                raise refusal("names other than those of the study's own tables", "sets", has=name)
            if chosen.figure in figures:
                raise refusal("a name that no other figure has", "sets", name, "figure")
            figures.add(chosen.figure)
        return self


def check_combination(config: Config) -> None:
    """Refuse a combination that does not go with the fits of the momentum study.

    Parameters
    ----------
    config : mapping
        The configuration with its groups ``momentum`` and ``combination``.
    """
    if combined_sets(config) and not config["momentum"]["calendar"]["skip_months"]:
        raise refusal(
            "1 or more: combined models are scored on the month skipped",
            "momentum",
            "calendar",
            "skip_months",
        )
    draws = kept_draws(config["momentum"])
    if config["combination"]["path"]["n_paths"] > draws:
        raise refusal(
            f"at most {draws}, the posterior draws of a fit", "combination", "path", "n_paths"
        )


def combined_sets(config: Config) -> dict[str, Config]:
    """Sets of models to combine, by name, their models as slugs.

    A set of which the run lacks a model is left out.
    """
    run = set(model_specs(config["momentum"]))
    found: dict[str, Config] = {}
    for name, chosen in config["combination"]["sets"].items():
        specs = [ModelSpec.parse(model) for model in chosen["models"]]
        if run.issuperset(specs):
            found[name] = dict(chosen) | {"models": [spec.slug for spec in specs]}
    return found


def combination_variants(combination: Config) -> list[str]:
    """Variants of the combination, the run's baseline first."""
    baseline = combination["baseline"]
    return [baseline, *(name for name in COMBINATION_VARIANTS if name != baseline)]
