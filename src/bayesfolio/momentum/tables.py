"""Making the tables of the momentum study, each from the files that its entry names.

Every function takes the files by name and the run: its ``config`` and the ``name`` of the table.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bayesfolio.core.arrays import load_record
from bayesfolio.core.facts import read_facts
from bayesfolio.core.settings import data_path
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum import notes
from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.combination_settings import combined_sets
from bayesfolio.momentum.performance_measures import performance, strategy_performance
from bayesfolio.momentum.returns import read_returns
from bayesfolio.momentum.scores import STRATEGIES
from bayesfolio.momentum.settings import agreement_fits, model_specs
from bayesfolio.momentum.strategies import standard_momentum
from bayesfolio.report.published import read_published
from bayesfolio.report.registry import Contents
from bayesfolio.report.tables import read_table

Run = Mapping[str, Any]


def models_table(files: Any, run: Run) -> Contents:
    """Table 1."""
    from bayesfolio.momentum.results import table1

    return Contents(table1(model_specs(run["config"]["momentum"])))


def performance_table(files: Any, run: Run) -> Contents:
    """Table 5."""
    from bayesfolio.momentum.components import load_realised
    from bayesfolio.momentum.results import table5

    momentum = run["config"]["momentum"]
    returns = read_returns(files.returns)
    calendar = Calendar(**momentum["calendar"])
    cells = {
        (spec.name, strategy): strategy_performance(load_realised(path, strategy).values)
        for spec, path in zip(model_specs(momentum), files.strategies, strict=True)
        for strategy in STRATEGIES
    }
    fits = read_table(files.fits)
    standard = standard_momentum(returns, calendar, tuple(momentum["breakpoints"]))
    table = table5(
        cells,
        {str(model): int((~passed).sum()) for model, passed in fits.groupby("model")["passed"]},
        len(calendar.decisions(returns.index)),
        performance(standard),
        len(standard),
        _published(files),
    )
    names = [f"{found.name} ({key})" for key, found in STRATEGIES.items()]
    title = f"Return and risk of {', '.join(names[:-1])} and {names[-1]}"
    return Contents(table, _run_notes(run, returns), title=title)


def table5_agreement_table(files: Any, run: Run) -> Contents:
    """How far Table 5 agrees with the printed one."""
    from bayesfolio.momentum.results import table5_agreement

    return Contents(table5_agreement(_table5(files)), _run_notes(run, read_returns(files.returns)))


def audit_table(files: Any, run: Run) -> Contents:
    """Standard momentum under a grid of calendars and data."""
    from bayesfolio.momentum.audit import standard_momentum_audit
    from bayesfolio.momentum.industries import load_industries, provenance
    from bayesfolio.momentum.results import audit_sources

    momentum = run["config"]["momentum"]
    data, returns = momentum["data"], read_returns(files.returns)
    sources = [(read_facts(files.facts), data_path(data), returns)]
    for other in momentum["audit"]:
        given = other | {"path": data_path(other)}
        more = load_industries(**given, end=data["end"])
        sources.append((provenance(more), given["path"], more))
    table = standard_momentum_audit(audit_sources(sources))
    return Contents(table, (notes.sample_note(data, returns.index),))


def mixture_table(files: Any, run: Run) -> Contents:
    """Tables 6 to 8: a mixture of the models of one set."""
    from bayesfolio.combination.weight_filter import Combination
    from bayesfolio.momentum.components import (
        ComponentSet,
        decision_of_month,
        load_components,
    )
    from bayesfolio.momentum.mixtures import mixture_performance, mixture_table

    config = run["config"]
    momentum, chosen = config["momentum"], combined_sets(config)[run["name"]]
    components = ComponentSet(tuple(map(ModelSpec.parse, chosen["models"])))
    returns = read_returns(files.returns)
    calendar = Calendar(**momentum["calendar"])
    cells = mixture_performance(
        components,
        chosen["rows"],
        load_record(files.combination, Combination).draws,
        load_components(components, files.set_strategies),
        decision_of_month(calendar.decisions(returns.index)),
    )
    standard = standard_momentum(returns, calendar, tuple(momentum["breakpoints"]))
    table = mixture_table(cells, performance(standard), len(standard), _published(files))
    note = notes.combination_note(config["combination"])
    title = f"Return and risk of mixtures: {components.name}"
    return Contents(table, (note, *_run_notes(run, returns)), title=title)


def comparison_table(files: Any, run: Run) -> Contents:
    """One comparison of combinations, the parts of all sets one below the other."""
    table = pd.concat(map(read_table, files.parts), ignore_index=True)
    note = notes.combination_note(run["config"]["combination"])
    return Contents(table, (note, *_run_notes(run, read_returns(files.returns))))


def engine_agreement_table(files: Any, run: Run) -> Contents:
    """Posterior means of both engines on the same models and windows."""
    from bayesfolio.models.posterior import load_posteriors
    from bayesfolio.momentum.engine_agreement import EngineFit, engine_agreement

    momentum = run["config"]["momentum"]
    returns = read_returns(files.returns)
    calendar = Calendar(**momentum["calendar"])
    decisions = {d.year: d for d in calendar.decisions(returns.index)}
    rows = []
    for (model, year), stan, gibbs in zip(
        agreement_fits(momentum), files.stan_fits, files.gibbs_fits, strict=True
    ):
        fits = {
            engine: EngineFit(load_posteriors(path)[year], momentum["engines"][engine]["chains"])
            for engine, path in (("stan", stan), ("gibbs", gibbs))
        }
        breakpoints = tuple(momentum["breakpoints"])
        spec = ModelSpec.parse(model)
        rows.append(engine_agreement(spec, fits, returns, decisions[year], breakpoints))
    return Contents(pd.DataFrame(rows), (notes.sample_note(momentum["data"], returns.index),))


def claims_table(files: Any, run: Run) -> Contents:
    """Conclusions of the paper, tested on the tables and weights of the run."""
    from bayesfolio.momentum.claims import Evidence, claims_table

    sets = combined_sets(run["config"])
    evidence = Evidence(
        table5=_table5(files),
        mixtures=dict(zip(sets, map(read_table, files.mixtures), strict=True)),
        weights=dict(zip(sets, map(read_table, files.weights), strict=True)),
        sensitivity=read_table(files.sensitivity[0]) if files.sensitivity else None,
    )
    return Contents(claims_table(evidence), _run_notes(run, read_returns(files.returns)))


def diagnostics_table(files: Any, run: Run) -> Contents:
    """Diagnostics of the fits, the worst of each model."""
    from bayesfolio.momentum.fit_diagnostics import diagnostics_summary

    names = [spec.name for spec in model_specs(run["config"]["momentum"])]
    table = diagnostics_summary(read_table(files.fits), names)
    return Contents(table, _run_notes(run, read_returns(files.returns)))


def _table5(files: Any) -> pd.DataFrame:
    table = read_table(files.table5)
    return table.assign(strategy=table["strategy"].fillna(""))


def _published(files: Any) -> pd.DataFrame | None:
    """Printed figures; none for assets or sets that the paper does not have."""
    return read_published(files.published[0]) if files.published else None


def _run_notes(run: Run, returns: pd.DataFrame) -> tuple[str, ...]:
    return tuple(notes.run_notes(run["config"], returns.index))
