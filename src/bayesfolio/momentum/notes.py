"""Sentences under tables and figures that say where the numbers come from."""

from calendar import month_name
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_SOURCES = {
    "embedded": "the ten industry portfolios carried by the linearmodels package",
    "kenfrench": "the ten industry portfolios of the Ken French data library",
    "file": "the ten industry portfolios read from a file",
}


def combination_note(combination: Mapping[str, Any]) -> str:
    """Prior and size of the combination; `combination` is the configuration's section."""

    def listed(values: Sequence[float]) -> str:
        return ", ".join(f"{value:g}" for value in values)

    return (
        f"Weights are logistic-normal. Their states are N(0, {combination['initial_sd']:g}^2) at "
        "the first date, then follow a random walk, and are filtered from what the components "
        "predicted of the best portfolio's return in the month skipped. Grid: incompleteness "
        f"({listed(combination['incompleteness_sds'])}) and drift "
        f"({listed(combination['drift_sds'])}); {combination['n_particles']:,} particles for each "
        f"point; proposal {combination['proposal']}."
    )


def sample_note(data: Mapping[str, Any], months: "pd.Index") -> str:
    """Source, weighting and span of the returns."""
    if data["assets"] is not None:
        return (
            f"Sample: {len(data['assets'])} assets read from a file, {months[0]} to {months[-1]}, "
            "per cent a month. No figures are printed for them."
        )
    return (
        f"Sample: {_SOURCES[data['source']]}, {data['weighting']}-weighted, "
        f"{months[0]} to {months[-1]}, per cent a month."
    )


def windows_note(calendar: Mapping[str, Any]) -> str:
    """Windows, decisions and holding periods; `calendar` is the section of the configuration."""
    first, last = calendar["first_decision_year"], calendar["last_decision_year"]
    step = calendar["thin_years"]
    years = range(first, last + 1, step)
    kind = ("expanding" if calendar["expanding"] else "moving") + " window"
    kind += "" if len(years) == 1 else "s"
    months = f"{calendar['window_months']} months" + (" or more" if calendar["expanding"] else "")
    thinned = f", every {step} years" if step > 1 and len(years) > 1 else ""
    span = f"{first}" if len(years) == 1 else f"{first}-{years[-1]}{thinned}"
    return (
        f"{len(years)} {kind} of {months}, decisions at the end of "
        f"{month_name[calendar['decision_month']]} ({span}), formation "
        f"{_months(calendar, 'formation')}, {_months(calendar, 'skip')} skipped, held "
        f"{_months(calendar, 'holding')}."
    )


def draws_note(run: str, seed: int, momentum: Mapping[str, Any]) -> str:
    """Engine, draws, thresholds, seed and tier; `momentum` is the configuration's section."""
    engine, thresholds = momentum["engine"], momentum["thresholds"]
    fit = momentum["engines"][engine]
    chains = "1 chain" if fit["chains"] == 1 else f"{fit['chains']} chains"
    thinned = f", every {fit['thin']}th," if fit["thin"] > 1 else ""
    limits = [
        f"R-hat above {thresholds['rhat']}",
        f"an effective sample size below {thresholds['ess']}",
    ]
    if engine == "stan":
        limits.append(f"more than {thresholds['divergence_rate']} divergences per transition")
    return (
        f"Run {run}: engine {engine}, {chains} of {fit['draws']} kept draws{thinned} after "
        f"{fit['warmup']} of warm-up, seed {seed}. A fit fails its diagnostics with "
        f"{', '.join(limits[:-1])} or {limits[-1]}."
    )


def run_notes(about: Mapping[str, Any], months: "pd.Index") -> list[str]:
    """All three notes; `about` holds run, seed and the momentum section of the configuration."""
    momentum = about["momentum"]
    return [
        sample_note(momentum["data"], months),
        windows_note(momentum["calendar"]),
        draws_note(about["run"], about["seed"], momentum),
    ]


def _months(calendar: Mapping[str, Any], name: str) -> str:
    count = calendar[f"{name}_months"]
    return f"{count} month" + ("" if count == 1 else "s")
