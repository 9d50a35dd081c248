"""Checking a configuration before anything is run.

Imported by the Snakefile, hence only light imports.
"""

import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from bayesfolio.models.spec import FAMILIES, PAPER_MODELS, ModelSpec
from bayesfolio.workflow.config import (
    COMPETITION_START,
    EMBEDDED_FIRST,
    M6_POOLS,
    MOST_LAGS,
    N_INDUSTRIES,
    RESERVED_FIGURES,
    RESERVED_RUNS,
    RESERVED_TABLES,
    Config,
    combined_sets,
    competition_periods,
    data_path,
    kept_draws,
    m6_periods,
    model_specs,
)
from bayesfolio.workflow.config_values import dotted, named, show, strange_value

# JSON takes 2.0 for a whole number, Python does not.
_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    ),
)

MOST_JOBS = 10_000
"""Jobs of one kind: Snakemake plans for minutes at more."""


class ConfigError(ValueError):
    """A configuration that cannot be run; one sentence: the key, what was found, what to write."""


def check_config(config: Config, schema_path: str | Path) -> None:
    """Check a complete configuration before anything is run.

    Parameters
    ----------
    config : mapping
        The configuration, overlays merged.
    schema_path : path
        JSON schema, in YAML, whose descriptions say what each key takes.

    Raises
    ------
    ConfigError
        On the first key that is unknown, missing or out of range, or that does not go with
        another.
    """
    if strange := strange_value(config):
        raise ConfigError(strange)
    schema = _read_schema(Path(schema_path))
    # Misspelt keys come first: they are the usual cause of the missing ones.
    errors = sorted(
        _Validator(schema).iter_errors(config),
        key=lambda error: (error.validator != "additionalProperties", list(map(str, error.path))),
    )
    if errors:
        raise ConfigError(_describe(errors[0]))
    for problem in _conflicts(config):
        raise ConfigError(problem)


@cache
def _read_schema(path: Path) -> Any:
    # `yaml.safe_load`, in C where PyYAML was built so: every job that SLURM starts reads this.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return loader(path.read_text(encoding="utf-8")).get_single_data()


def _describe(error: jsonschema.ValidationError) -> str:
    """One sentence for one violation of the schema."""
    key = dotted(tuple(error.absolute_path))
    schema: Any = error.schema
    found: Any = error.instance
    inside = f"{key}." if key else ""
    if error.validator == "additionalProperties":
        known = list(schema["properties"])
        unknown = next(str(name) for name in found if name not in known)
        near = difflib.get_close_matches(unknown, known, n=1)
        hint = f"did you mean {inside}{near[0]}?" if near else f"expected {', '.join(known)}."
        return f"config key {inside}{named(unknown)} is unknown; {hint}"
    if error.validator == "required":
        missing = next(name for name in schema["required"] if name not in found)
        wanted = schema["properties"][missing]["description"]
        return f"config key {inside}{missing} is missing, expected {wanted}."
    verb = "has" if "propertyNames" in error.absolute_schema_path else "is"
    return f"config key {key} {verb} {show(found)}, expected {schema['description']}."


def _conflicts(config: Config) -> Iterator[str]:
    """Describe keys that are fine by themselves and impossible together."""
    momentum = config["momentum"]
    if config["run"] in RESERVED_RUNS:
        yield (
            f"config key run is {config['run']!r}, expected another name: results/published holds "
            "what the papers printed."
        )
    yield from _model_conflicts("momentum.models", momentum["models"])
    yield from _model_conflicts("momentum.engine_agreement", momentum["engine_agreement"])
    yield from _window_conflicts(momentum)
    yield from _data_conflicts("momentum.data", momentum["data"])
    if momentum["data"]["assets"] is not None:
        yield from _asset_conflicts(momentum)
    for number, data in enumerate(momentum["audit"]):
        yield from _data_conflicts(f"momentum.audit.{number}", data)
    yield from _calendar_conflicts(momentum["calendar"], momentum["data"])
    lower, upper = momentum["breakpoints"]
    if lower >= upper:
        yield (
            f"config key momentum.breakpoints is {[lower, upper]}, expected the lower quantile "
            "first."
        )
    stan = momentum["engine"] == "stan" or momentum["engine_agreement"]
    if momentum["missing"] == "impute" and stan:
        yield (
            "config key momentum.missing is 'impute', expected refuse: the Stan engine takes "
            "complete windows only; set momentum.engine to gibbs and momentum.engine_agreement "
            "to [] to impute."
        )
    yield from _combination_conflicts(config)
    yield from _filter_conflicts(config["filters"])
    yield from _comoments_conflicts(config["comoments"])
    yield from _leverage_conflicts(config["leverage"])
    yield from _m6_conflicts(config["m6"])
    cmdstan = config["stan"]["cmdstan"]
    yield from _name_conflicts("stan.cmdstan", cmdstan)
    if cmdstan is not None and not os.path.isdir(os.path.expanduser(cmdstan)):
        yield f"config key stan.cmdstan is {cmdstan!r}, expected an existing folder or null."


def _combination_conflicts(config: Config) -> Iterator[str]:
    momentum, combination = config["momentum"], config["combination"]
    key, figures = "config key combination", set(RESERVED_FIGURES)
    for name, chosen in combination["sets"].items():
        yield from _model_conflicts(f"combination.sets.{name}.models", chosen["models"])
        if name in RESERVED_TABLES:
            yield f"{key}.sets has {name}, expected names other than those of the study's tables."
        if chosen["figure"] in figures:
            yield (
                f"{key}.sets.{name}.figure is {chosen['figure']!r}, expected a name that no other "
                "figure has."
            )
        figures.add(chosen["figure"])
    if combined_sets(config) and not momentum["calendar"]["skip_months"]:
        yield (
            "config key momentum.calendar.skip_months is 0, expected 1 or more: the month skipped "
            "is what combined models are scored on."
        )
    paths, draws = combination["path"]["n_paths"], kept_draws(momentum)
    if paths > draws:
        yield (
            f"{key}.path.n_paths is {paths}, expected at most {draws}, the posterior draws of a "
            "fit."
        )


def _filter_conflicts(filters: Config) -> Iterator[str]:
    yield from _job_conflicts("filters", filters)
    if max(filters["factors"]) > filters["n_series"]:
        yield (
            f"config key filters.factors has {max(filters['factors'])}, expected at most "
            f"{filters['n_series']} (filters.n_series)."
        )
    if filters["frontier_replications"] > filters["replications"]:
        yield (
            f"config key filters.frontier_replications is {filters['frontier_replications']}, "
            f"expected at most {filters['replications']} (filters.replications)."
        )


def _comoments_conflicts(comoments: Config) -> Iterator[str]:
    yield from _path_conflicts("comoments.data", comoments["data"])
    yield from _job_conflicts("comoments.bootstrap", comoments["bootstrap"])
    yield from _day_conflicts(
        "comoments",
        {f"data.{name}": comoments["data"][name] for name in ("start", "end")}
        | {f"beta_dates.{n}": day for n, day in enumerate(comoments["beta_dates"])},
    )
    model = comoments["model"]
    if model["shape_map"] == "exp" and model["dynamics"] == "full":
        yield (
            "config key comoments.model.dynamics is 'full', expected acd: with shape_map exp a "
            "signed shock would drive the shape without bound."
        )


def _leverage_conflicts(leverage: Config) -> Iterator[str]:
    for name, data in leverage["data"].items():
        yield from _path_conflicts(f"leverage.data.{name}", data)
    start, end = leverage["start"], leverage["end"]
    yield from _day_conflicts("leverage", {"start": start, "end": end})
    if start >= end:
        yield f"config key leverage.end is {end!r}, expected a day after {start} (leverage.start)."


def _m6_conflicts(m6: Config) -> Iterator[str]:
    data, path = m6["data"], data_path(m6["data"])
    key = "config key m6.data.path"
    if data["source"] == "embedded" and path is not None:
        yield f"{key} is {path!r}, expected null: source embedded reads no folder."
    yield from _name_conflicts("m6.data.path", path)
    if data["source"] != "embedded" and (path is None or not os.path.isdir(path)):
        unset = " (is that environment variable set?)" if "$" in (path or "") else ""
        yield f"{key} is {path!r}, expected an existing folder{unset}."
    if m6["competition"] and data["source"] != "file":
        yield "config key m6.competition is true, expected false: its outcome is in a folder only."
    yield from _day_conflicts(
        "m6",
        {name: m6[name] for name in ("anchor", "full_from", "as_of")}
        | {f"data.{name}": data[name] for name in ("start", "end")}
        | {f"unchanged.{named(name)}": day for name, day in m6["unchanged"].items()},
    )
    if date.fromisoformat(m6["anchor"]).weekday() != 0:
        yield f"config key m6.anchor is {m6['anchor']!r}, expected a Monday."
    if m6["priors"]["loading_dof"] < 100 and m6["priors"]["loading_sd"] < 0.5:
        yield (
            f"config key m6.priors.loading_dof is {m6['priors']['loading_dof']}, expected 100 or "
            "more, or a loading_sd of 0.5 or more: a prior with heavy tails at the size of "
            "loadings would depend on the rotation of factors."
        )
    methods = [*m6["variants"], *M6_POOLS]
    if m6["submitted_method"] not in methods:
        yield (
            f"config key m6.submitted_method is {m6['submitted_method']!r}, expected one of "
            f"{', '.join(methods)}."
        )
    periods = m6_periods(m6)
    for name, part in (("scored", periods.scored), ("learning", periods.learning)):
        if name == "scored" and len(part) < 2:
            yield (
                "config key m6.scored_periods holds fewer than two periods; raise last or lower "
                "first."
            )
        if part and part[0] <= m6["first_period"]:
            yield (
                f"config key m6.{name}_periods.first is {part[0]}, expected a period after "
                f"{m6['first_period']} (m6.first_period)."
            )
    if m6["competition"]:
        yield from _competition_conflicts(m6, periods.scored)
    if periods.scored and periods.forecast <= periods.scored[-1]:
        yield (
            f"config key m6.forecast_period is {periods.forecast}, expected a period after "
            f"{periods.scored[-1]} (m6.scored_periods.last)."
        )
    if periods.learning and periods.scored and periods.learning[-1] >= periods.scored[0]:
        yield (
            f"config key m6.learning_periods ends with {periods.learning[-1]}, expected a period "
            f"before {periods.scored[0]} (m6.scored_periods.first): pools learn from the past."
        )


def _model_conflicts(key: str, models: str | Sequence[str]) -> Iterator[str]:
    seen: dict[ModelSpec, str] = {}
    for name in [] if isinstance(models, str) else models:
        try:
            spec = ModelSpec.parse(name)
        except ValueError as error:
            near = difflib.get_close_matches(name, [spec.name for spec in PAPER_MODELS], n=1)
            hint = f"; did you mean {near[0]}?" if near else "."
            yield f"config key {key} has {show(name)}: {error}{hint}"
            return
        if spec.n_factors > N_INDUSTRIES or spec.n_lags > MOST_LAGS:
            yield (
                f"config key {key} has {show(name)}, expected at most {N_INDUSTRIES} factors, as "
                f"many as there are industries, and {MOST_LAGS} lags."
            )
        if spec in seen:
            yield f"config key {key} has {spec} twice, expected different models."
        seen[spec] = name


def _window_conflicts(momentum: Config) -> Iterator[str]:
    key, sizes = "config key momentum.windows_per_job", momentum["windows_per_job"]
    for family in sizes:
        if family not in FAMILIES:
            near = difflib.get_close_matches(family, FAMILIES, n=1)
            hint = f"did you mean momentum.windows_per_job.{near[0]}?" if near else "drop it."
            yield f"{key}.{family} is unknown; {hint}"
    for spec in model_specs(momentum):
        if spec.family not in sizes:
            yield (
                f"{key}.{spec.family} is missing, expected a whole number of at least 1: the run "
                f"has {spec}."
            )
            return


def _asset_conflicts(momentum: Config) -> Iterator[str]:
    data, key = momentum["data"], "config key momentum.data.assets"
    if data["source"] != "file":
        yield f"{key} is a list, expected null: source {data['source']} has the ten industries."
    if momentum["audit"]:
        yield "config key momentum.audit is a list, expected []: it is of the ten industries."


def _competition_conflicts(m6: Config, scored: Sequence[int]) -> Iterator[str]:
    months = competition_periods(m6)
    if not months:
        yield (
            f"config key m6.anchor is {m6['anchor']!r}, expected 2005-01-31 or whole periods of "
            f"four weeks from it: the competition's months start from {COMPETITION_START} on."
        )
    for period in scored:
        if months and period not in months:
            yield (
                f"config key m6.scored_periods holds {period}, expected {months[0]} to "
                f"{months[-1]}, the competition's months; score others with m6.competition: false."
            )
            return


def _day_conflicts(key: str, days: Mapping[str, str | None]) -> Iterator[str]:
    for name, day in days.items():
        try:
            _ = day and date.fromisoformat(day)
        except ValueError:
            yield f"config key {key}.{name} is {day!r}, expected a day of the calendar."


def _job_conflicts(key: str, group: Config) -> Iterator[str]:
    jobs = -(-group["replications"] // group["replications_per_job"])
    if jobs > MOST_JOBS:
        least = -(-group["replications"] // MOST_JOBS)
        yield (
            f"config key {key}.replications_per_job is {group['replications_per_job']}, expected "
            f"{least} or more: {jobs} jobs are too many to plan."
        )


def _name_conflicts(key: str, path: str | None) -> Iterator[str]:
    if path is not None and ("{" in path or "}" in path or not path.isprintable()):
        yield (
            f"config key {key} is {show(path)}, expected a path without braces, which Snakemake "
            "fills in, and without control characters: rename the file or its folder."
        )


def _path_conflicts(key: str, data: Config) -> Iterator[str]:
    source, path = data["source"], data_path(data)
    if source == "file" and path is None:
        yield f"config key {key}.path is null, expected the CSV file that source file reads."
    yield from _name_conflicts(f"{key}.path", path)
    if source == "file" and path is not None and not os.path.isfile(path):
        unset = " (is that environment variable set?)" if "$" in path else ""
        yield f"config key {key}.path is {path!r}, expected an existing CSV file{unset}."
    if source != "file" and path is not None:
        yield (
            f"config key {key}.path is {path!r}, expected null: only source file reads a path, "
            f"and the source is {source}."
        )


def _data_conflicts(key: str, data: Config) -> Iterator[str]:
    yield from _path_conflicts(key, data)
    if data["source"] == "embedded" and data["weighting"] == "equal":
        yield (
            f"config key {key}.weighting is 'equal', expected value: the embedded returns are "
            "value-weighted only."
        )


def _calendar_conflicts(calendar: Config, data: Config) -> Iterator[str]:
    key = "config key momentum.calendar"
    first, last = calendar["first_decision_year"], calendar["last_decision_year"]
    if last < first:
        yield (
            f"{key}.last_decision_year is {last}, expected {first} (first_decision_year) or later."
        )
    months = calendar["window_months"]
    most = months - calendar["skip_recent"]
    if calendar["formation_months"] > most:
        yield (
            f"{key}.formation_months is {calendar['formation_months']}, expected at most {most} "
            f"in a window of {months} months."
        )
    # Other sources are checked against the calendar when their months are known.
    start_year, start_month = EMBEDDED_FIRST
    months_before = 12 * (first - start_year) + calendar["decision_month"] - start_month + 1
    if data["source"] == "embedded" and months_before < months:
        earliest = first + -(-(months - months_before) // 12)
        yield (
            f"{key}.first_decision_year is {first}, expected {earliest} or later: the embedded "
            f"returns start in {start_year}-{start_month:02d} and a window has {months} months."
        )
