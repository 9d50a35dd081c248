"""Making the tables of the leverage study."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bayesfolio.leverage import claims, results
from bayesfolio.leverage.study import LeverageStudy, read_study
from bayesfolio.report.published import read_published
from bayesfolio.report.registry import Contents

Run = Mapping[str, Any]


def claims_table(files: Any, run: Run) -> Contents:
    """Claims of the post, each beside the figure out of sample."""
    study, published = read_study(files, run["config"]), read_published(files.published)
    return _contents(claims.shown_claims(claims.claims_table(study, published)), study, run)


def volatility_table(files: Any, run: Run) -> Contents:
    """Scores of the forecasts of volatility."""
    study = read_study(files, run["config"])
    return _contents(results.volatility_table(study), study, run)


def return_table(files: Any, run: Run) -> Contents:
    """Scores of the forecasts of the monthly return."""
    study = read_study(files, run["config"])
    return _contents(results.return_table(study), study, run)


def strategy_table(files: Any, run: Run) -> Contents:
    """Return and risk of optimal and of constant leverage."""
    study = read_study(files, run["config"])
    settings = run["config"]["leverage"]["strategy"]
    return _contents(results.strategy_table(study, settings), study, run)


def serial_table(files: Any, run: Run) -> Contents:
    """Autocorrelations of the returns, and tests of unit roots."""
    study = read_study(files, run["config"])
    return _contents(results.serial_table(study, run["config"]["leverage"]["lags"]), study, run)


def refit_table(files: Any, run: Run) -> Contents:
    """How the GARCH refits went."""
    study = read_study(files, run["config"])
    return _contents(results.refit_table(study), study, run)


def sv_table(files: Any, run: Run) -> Contents:
    """How the fits of stochastic volatility went."""
    study = read_study(files, run["config"])
    return _contents(results.sv_table(study), study, run)


def _contents(table: pd.DataFrame, study: LeverageStudy, run: Run) -> Contents:
    return Contents(table, (study_note(study, run["config"]["run"], run["config"]["leverage"]),))


def study_note(study: LeverageStudy, run: str, settings: Run) -> str:
    """Sample, windows, costs and sampler of a run in one paragraph."""
    days, months, garch = study.days.index, study.months.index, settings["garch"]
    sampler, costs = settings["stochastic_volatility"], settings["strategy"]
    return (
        f"Run {run}: S&P 500 index ({settings['data']['index']['source']}), {len(days):,} daily "
        f"returns to {days[-1]:%Y-%m-%d}; GARCH from {garch['first_window_days']} days on, "
        f"refitted daily; returns forecast {months[0]} to {months[-1]}; {study.horizon} days "
        f"ahead; VIX ({settings['data']['vix']['source']}) on "
        f"{int(study.days['vix'].notna().sum()):,} days. Stochastic volatility: "
        f"{len(study.sv.n_days)} fits of {sampler['chains']} chains of {sampler['draws']} draws, "
        f"{int((study.sv.passed == 0).sum())} of which fail their diagnostics. Interest "
        f"{costs['risk_free']:g}% a year, loans {costs['borrowing_spread']:g} points more."
    )
