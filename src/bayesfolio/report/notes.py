"""Sentences under tables and figures that say where the numbers come from."""

from calendar import month_name
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

_SOURCES = {
    "embedded": "the ten industry portfolios carried by the linearmodels package",
    "kenfrench": "the ten industry portfolios of the Ken French data library",
    "file": "the ten industry portfolios read from a file",
}

TABLE5_NOTES = (
    "Ours: mean over posterior draws of the statistic of the whole series of realised monthly "
    "returns, in parentheses its standard deviation between draws. Printed: Basturk et al. "
    "(2017), Table 5; empty where the copy at hand is not legible. Difference: ours minus "
    "printed.",
    "Failed fits: windows whose fit failed its diagnostics; they count in the figures all the "
    "same.",
    "The SV model has no mean, so its fitted returns are zero: its MM ranks by the posterior mean "
    "of the log variance in the last month, long the calmest and short the most turbulent "
    "asset; its RM ranks by the returns themselves.",
)

TABLE5_AGREEMENT_NOTES = (
    "Over the models with a figure that is legible in the copy of the paper at hand. Within 2 sd: "
    "ours is no farther from the printed figure than two standard deviations between posterior "
    "draws and the printed figure's rounding. Farthest: the model that is farthest off in standard "
    "deviations, if one is beyond two.",
)

AUDIT_NOTES = (
    "First row: the calendar of the text; second row: formation May-April, held July-June; then "
    "the rest of the grid. Skipped: months between formation and holding.",
    "Printed: standard momentum under Table 5 of Basturk et al. (2017). Difference: ours minus "
    "printed.",
)

DIAGNOSTICS_NOTES = (
    "Fitted sums: what momentum ranks on, the sums of fitted returns over the formation months. "
    "Predictive: means and log variances of the month after the window. Chain spread: largest "
    "difference between two chains' means of a fitted sum, in posterior standard deviations. "
    "Depth limit: transitions that ended there. Seconds: processor time.",
)

AGREEMENT_NOTES = (
    "Differences between posterior means, largest of a kind, in combined Monte Carlo standard "
    "errors: fitted values of the formation months and their sums; log variances of the last "
    "month; means and log variances of the month after; mean returns of the strategies over "
    "the holding period. Agree: none is above 5.",
    "Several modes: with stochastic volatility and two factors or more the posterior may have "
    "some, and chains stay in one for long. There the spread between an engine's own chains says "
    "what a run is worth: largest difference between two chains' means of a fitted sum, in "
    "posterior standard deviations. ESS per second: smallest bulk effective sample size of fitted "
    "sums and predictive moments, per processor second of the fit.",
)

MIXTURE_NOTES = (
    "Ours: mean over draws of the statistic of the whole series of realised monthly returns, in "
    "parentheses a 90% credible interval. Printed: Basturk et al. (2017), Tables 6 to 8. "
    "Difference: ours minus printed.",
    "Per model: strategies (and members) of one model or class, with the weights of the joint "
    "filter scaled to sum to one. Equal weights: of all components. Best component: the one with "
    "the highest Sharpe ratio of the set, known only afterwards.",
    "Weights held from September on know the outcome of August and none after it.",
)

COMPARISON_NOTES = {
    "sensitivity": (
        "Log score: sum over the dates of the log predictive density of the outcome. Distance: "
        "largest absolute difference of a filtered weight from the first row of the set. Seconds: "
        "processor time.",
        "Path by path: a single draw carries the noise of prediction, so the weights are another "
        "quantity, closer to equal ones; its log score is that of the average over paths of their "
        "predictive densities. Rows with constant weights have no filter.",
        "A draw of the weights may put nearly all on one component, and the returns of the "
        "variants are those of draws; who holds the weights' means instead diversifies.",
    ),
    "correlations": (
        "Rank correlations over the components of a date between filtered weights, or their "
        "changes since the date before, and what the components predicted for it: mean over dates "
        "and, in parentheses, standard deviation. The outcome, the best portfolio's return, is "
        "always positive and far from what a component predicts: it rewards components that "
        "predict widely or high, not those that will earn more.",
    ),
    "grid": (
        "Incompleteness: standard deviation of the outcome about a component's predictive return. "
        "Drift: standard deviation of a step of the weights' states. All points are equally likely "
        "beforehand.",
    ),
}

CLAIM_NOTES = (
    "Verdicts rest on the spread between posterior draws: a claim holds with a probability of 0.95 "
    "or more and does not hold with 0.05 or less. That spread says how much the parameters leave "
    "open of what was earned in this history; what another history would have paid is far less "
    "certain: a mean return over 69 years has a standard error of about 0.2% a month.",
    "Printed: the same figure by the printed tables. Differences of fits of different models are "
    "taken as independent, and so are those of mixtures and their parts, which overstates their "
    "standard deviation.",
)

FILTER_NOTES = (
    "Log-likelihood bias: the estimate less the exact log-likelihood, mean over replications and, "
    "in parentheses, standard deviation. MAE and MSE: of the filtered mean against the true state, "
    "relative to the Kalman filter. Error: distance of the filtered mean from the exact one, in "
    "per cent of the exact one's MAE. Seconds: processor time. Printed: Basturk et al. (2017), "
    "Tables 9 to 11, which are Tables 2 to 4 of the text; difference: ours minus printed.",
    "APF: adapted, with proposals that know y_t; APF, point: look-ahead by the transition's mean, "
    "as much of the literature has it. M-Filter: proposals given each particle's own ancestor; "
    "look-ahead: ancestors chosen with y_t in mind too; literal: one proposal for all ancestors, "
    "as the paper prints it. The printed APF and M-Filter stand beside two of ours each.",
)

FILTER_KIND_NOTES = {
    "local_level": (
        "The printed PF is no filter of 50,000 particles: ours is as far off, with an MAE of 1.2 "
        "to 1.4 times the Kalman filter's, with 5 to 20. The printed bias of APF and M-Filter is "
        "about -10 whatever the noise, with errors as small as the Kalman filter's: a constant, "
        "such as that of a diffuse first state, in one likelihood and not in the other.",
    ),
    "stochastic_volatility": (
        "Grid: exact, on 2,001 points. KF: the Kalman filter of log y_t^2 with a normal error in "
        "place of log chi-square; uncentred: without that error's mean of -1.27. Errors are "
        "relative to the uncentred one, to which the printed ones of 0.24 to 0.32 are nearer. The "
        "paper prints no likelihoods here.",
    ),
    "dynamic_factor": (
        "The printed APF fails as point look-ahead does here: it is of that kind. The printed PF "
        "is far worse than ours of 50,000 particles with two factors, and about as biased with "
        "ten: as in the local level model it must have had fewer, and loadings of which the "
        "series say less.",
    ),
}


def combination_note(combination: Mapping[str, Any]) -> str:
    """Prior and size of the combination; `combination` is the configuration's section."""

    def listed(values: Sequence[float]) -> str:
        return ", ".join(f"{value:g}" for value in values)

    return (
        f"Weights: logistic-normal, states N(0, {combination['initial_sd']:g}^2) at the first "
        "date, then a random walk, filtered from what the components predicted of the best "
        "portfolio's return in the month skipped; grid of incompleteness "
        f"({listed(combination['incompleteness_sds'])}) and drift "
        f"({listed(combination['drift_sds'])}), {combination['n_particles']:,} particles for each "
        f"point, proposal {combination['proposal']}."
    )


def study_note(run: str, seed: int, filters: Mapping[str, Any]) -> str:
    """Size of the study of filters; `filters` is the configuration's section."""
    return (
        f"Run {run}: {filters['replications']} replications of {filters['n_obs']} dates, "
        f"{filters['n_particles']:,} particles, seed {seed}."
    )


def sample_note(data: Mapping[str, Any], months: pd.PeriodIndex) -> str:
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


def run_notes(about: Mapping[str, Any], months: pd.PeriodIndex) -> list[str]:
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
