"""What the Snakefile derives from the configuration, and names that it shares with the library.

Imported by the Snakefile, hence only light imports.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from bayesfolio.models.spec import PAPER_MODELS, ModelSpec

Config = Mapping[str, Any]

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

RESERVED_RUNS = ("published",)
"""Folders of results that no run may write to."""

N_INDUSTRIES = 10
"""Length of `bayesfolio.data.INDUSTRIES`, which takes long to import."""

MOST_LAGS = 24
"""Lags of a factor model that still fit into the shortest window beside the formation months."""

RESERVED_FIGURES = ("figure1", "figure2")

EMBEDDED_FIRST = (1949, 1)
"""Year and month in which the embedded returns start."""


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


def replication_chunks(filters: Config) -> dict[str, list[int]]:
    """Replications of each filtering job, by chunk name such as ``0-24``."""
    n, size = filters["replications"], filters["replications_per_job"]
    parts = [list(range(start, min(start + size, n))) for start in range(0, n, size)]
    return {f"{part[0]}-{part[-1]}": part for part in parts}


def job_chunks(jobs: int) -> dict[str, int]:
    """Number of each of several jobs that share out a study's days, by name such as ``1-of-2``."""
    return {f"{part}-of-{jobs}": part for part in range(1, jobs + 1)}


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


COMPETITION_START = "2022-03-07"
"""`bayesfolio.m6.competition.COMPETITION_START`, which takes long to import."""

COMPETITION_MONTHS = 12


def competition_periods(m6: Config) -> range:
    """Periods that are months of the M6 competition; none where ``m6.anchor`` has other days."""
    days = (date.fromisoformat(COMPETITION_START) - date.fromisoformat(m6["anchor"])).days
    first = days // 28
    return range(first, first + COMPETITION_MONTHS) if days % 28 == 0 else range(0)


M6_POOLS = ("equal pool", "linear pool", "log pool")
"""`bayesfolio.m6.study.POOLS`, which takes long to import."""


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


M6_FILES = ("prices_daily", "universe", "earnings_dates")


def m6_files(data: Config, stems: Sequence[str] = M6_FILES) -> list[str]:
    """Files of a folder that the M6 study reads, those that exist; none without a folder."""
    if data["path"] is None:
        return []
    folder = Path(str(data_path(data)))
    found = [folder / f"{stem}{end}" for stem in stems for end in (".csv", ".csv.gz")]
    return [str(path) for path in found if os.path.isfile(path)]


def kept_draws(momentum: Config) -> int:
    """Posterior draws of a fit, all chains together."""
    engine = momentum["engines"][momentum["engine"]]
    return int(engine["chains"] * engine["draws"])


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


def any_of(names: Iterable[str]) -> str:
    """Regular expression of a wildcard that is one of these names, and of nothing without any."""
    return "|".join(map(re.escape, names)) or "(?!)"


def agreement_fits(momentum: Config) -> list[tuple[str, int]]:
    """Model slugs and decision year, the last one, of the fits that both engines make."""
    year = decision_years(momentum["calendar"])[-1]
    return [(ModelSpec.parse(name).slug, year) for name in momentum["engine_agreement"]]


def data_path(data: Config) -> str | None:
    """Path of a data file with ``~`` and environment variables such as ``$NAME`` filled in."""
    path = data["path"]
    return None if path is None else os.path.expanduser(os.path.expandvars(path))
