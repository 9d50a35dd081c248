"""The tables of the leverage study by name: what each is made by and says below."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bayesfolio.forecasting.study import LeverageStudy
from bayesfolio.report.leverage import (
    REFIT_COLUMNS,
    RETURN_COLUMNS,
    SERIAL_COLUMNS,
    STRATEGY_COLUMNS,
    SV_COLUMNS,
    VOLATILITY_COLUMNS,
    Settings,
    refit_table,
    return_table,
    serial_table,
    strategy_table,
    sv_table,
    volatility_table,
)
from bayesfolio.report.leverage_claims import CLAIM_COLUMNS, claims_table, shown_claims
from bayesfolio.report.tables import Column, write_table


@dataclass(frozen=True)
class LeverageTable:
    """How one table is made.

    Attributes
    ----------
    title : str
        Caption.
    make : callable
        Given the study, the printed values and the settings, the frame.
    columns : tuple of Column
        What is shown of it.
    notes : tuple of str
        Sentences below it.
    """

    title: str
    make: Callable[[LeverageStudy, pd.DataFrame, Settings], pd.DataFrame]
    columns: tuple[Column, ...]
    notes: tuple[str, ...]


LEVERAGE_TABLES = {
    "published_claims": LeverageTable(
        "Claims of the post on optimal leverage",
        lambda study, published, settings: shown_claims(claims_table(study, published)),
        CLAIM_COLUMNS,
        (
            "As published: by the reading that reproduces the printed value. Out of sample: of a "
            "forecast made before what it is compared with, volatilities at origins whose targets "
            "do not overlap. Units: per cent for the direction, GARCH and dispersion; correlations "
            "otherwise.",
            "Slips of the post that are not followed here: it has the ACF choose the lags of the "
            "returns and the PACF those of the innovations, when a pure AR model shows its order "
            "in the PACF and a pure MA model in the ACF; it calls AR models moving averages and "
            "the other way round; and it calls a month's volatility by the VIX annualised.",
        ),
    ),
    "volatility_forecasts": LeverageTable(
        "Forecasts of volatility",
        lambda study, published, settings: volatility_table(study),
        VOLATILITY_COLUMNS,
        (
            "Made at day t for the standard deviation of the days after it. QLIKE: mean of x - log "
            "x - 1, x the realised variance over its forecast. QLIKE less GARCH's: below zero "
            "where the forecast is better, on the days of both; in parentheses the standard error, "
            "by Newey and West where targets overlap.",
            "Stochastic volatility: Bayesian, drawn with Stan, on the coarse grid of "
            "origins only. The VIX has as many days as its source covers.",
        ),
    ),
    "return_forecasts": LeverageTable(
        "Forecasts of the monthly return",
        lambda study, published, settings: return_table(study),
        RETURN_COLUMNS,
        (
            "One step ahead, refitted each month on an expanding window. CSS: conditional sum of "
            "squares; ML: exact maximum likelihood. p, coin: two-sided, of as many hits by luck. "
            'p, always up: that the model and the forecast "up" are right equally often. R2: out '
            "of sample, against the expanding mean. Dispersion: standard deviation of forecasts "
            "in per cent of that of returns.",
        ),
    ),
    "strategy": LeverageTable(
        "Optimal leverage",
        lambda study, published, settings: strategy_table(study, settings["strategy"]),
        STRATEGY_COLUMNS,
        (
            "Leverage: expected return over variance of the month, between 0 and the cap, known at "
            "the end of the month before. The index has no dividends. Figures a year, after "
            "financing; Sharpe ratio over the risk-free rate; turnover in multiples of wealth, "
            "trading free of charge; a forecast of volatility that does not cover all months is "
            "left out.",
        ),
    ),
    "serial_correlation": LeverageTable(
        "Serial correlation of returns",
        lambda study, published, settings: serial_table(study, settings["lags"]),
        SERIAL_COLUMNS,
        (
            "Band: half the width of the 95% band of no correlation. ADF p: p-value of the "
            "augmented Dickey-Fuller test of the returns; d: differences taken until it is at most "
            "0.05.",
        ),
    ),
    "garch_refits": LeverageTable(
        "Refits of GARCH(1,1)",
        lambda study, published, settings: refit_table(study),
        REFIT_COLUMNS,
        (
            "At a bound: alpha is 0 or alpha + beta is 1. Checked: windows that the package arch "
            "has fitted too, from its own start; worse and better by more than 0.01 points of "
            "log-likelihood; shortfall: the largest. Windows below 500 days are flagged because "
            "their likelihood is flat and often has several peaks.",
        ),
    ),
    "sv_fits": LeverageTable(
        "Fits of stochastic volatility",
        lambda study, published, settings: sv_table(study),
        SV_COLUMNS,
        (
            "R-hat and effective sample size (ESS) of the log variance of the day after the "
            "window. A fit that misses the limits of the configuration is repeated once with a "
            "longer warm-up, and kept with a mark if it misses them again.",
        ),
    ),
}


def write_leverage_table(
    name: str,
    stem: Path,
    study: LeverageStudy,
    published: pd.DataFrame,
    run: str,
    settings: Settings,
) -> None:
    """Write one of `LEVERAGE_TABLES` under a stem, with the run's notes below it."""
    table = LEVERAGE_TABLES[name]
    frame = table.make(study, published, settings)
    shown = list(table.columns)
    write_table(frame, stem, table.title, [*table.notes, study_note(study, run, settings)], shown)


def study_note(study: LeverageStudy, run: str, settings: Settings) -> str:
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
