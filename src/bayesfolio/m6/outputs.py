"""What the M6 study makes; `bayesfolio.report.registry` says how an entry is read."""

from bayesfolio.m6.settings import M6, author_fits
from bayesfolio.report.registry import Column, Config, Figure, Study, Table

_TABLES = "bayesfolio.m6.tables:"
_FIGURES = "bayesfolio.m6.figures:"
_SAMPLER = "; {m6[n_factors]} factors, {m6[sampler][chains]} chains of {m6[sampler][draws]} draws."

_CALIBRATION_COLUMNS = (
    Column("method", "Method"),
    Column("n", "Forecasts", 0),
    Column("coverage_50", "50% interval", 3, "Coverage"),
    Column("coverage_90", "90% interval", 3, "Coverage"),
    Column("pit_mean", "Mean", 3, "PIT"),
    Column("pit_sd", "Standard deviation", 3, "PIT"),
    Column("gap", "Reliability gap", 3),
    Column("entropy", "Relative entropy", 3),
)

_PARAMETER_COLUMNS = (
    Column("variant", "Variant"),
    Column("parameter", "Parameter"),
    Column("median", "Median (5%, 95%)", 4, interval=("low", "high")),
    Column("median_printed", "Printed", 4),
)

_FIT_COLUMNS = (
    Column("variant", "Variant"),
    Column("starts", "Period that starts"),
    Column("assets", "Assets", 0),
    Column("neutral", "Cells without features", 0),
    Column("unchanged", "Unchanged"),
    Column("dropped", "Dropped"),
    Column("rhat_mean", "mu", 3, "R-hat"),
    Column("rhat_scale", "sigma", 3, "R-hat"),
    Column("rhat_dof", "nu", 3, "R-hat"),
    Column("ess_mean", "mu", 0, "ESS"),
    Column("ess_scale", "sigma", 0, "ESS"),
    Column("ess_dof", "nu", 0, "ESS"),
    Column("divergences", "Divergences", 0),
    Column("leapfrogs", "Gradients a draw", 0),
    Column("seconds", "CPU seconds", 0),
    Column("refitted", "Refitted"),
    Column("passed", "Passed"),
)

_AUTHOR_COLUMNS = (
    Column("asset", "Asset"),
    Column("quintile", "Quintile", 0),
    Column("probability", "Ours", 3, "Probability"),
    Column("probability_printed", "Printed", 3, "Probability"),
    Column("difference", "Difference", 3),
)

_TABLE_ENTRIES = (
    Table(
        "rps",
        "Ranked probability scores",
        _TABLES + "rps_table",
        ("study", "fits", "competition"),
        "Ranked probability scores of the factor model's variants, their pools, the baseline "
        f"and the competition's first teams{_SAMPLER}",
        (),
        (
            "Scores are means over assets and periods. Less is better, and equal shares of .2 "
            "score .16. In parentheses: standard errors over periods; those of differences are "
            "paired by period. Baseline: Student t with mean zero and an exponentially weighted "
            "covariance of daily returns.",
            "Pools learn their weights from earlier periods only. Printed: the competition's final "
            "table.",
        ),
    ),
    Table(
        "calibration",
        "Calibration of forecasts",
        _TABLES + "calibration_table",
        ("study", "fits"),
        "Calibration of the forecasts: intervals, probability integral transforms and reliability "
        f"of the quintiles' probabilities{_SAMPLER}",
        _CALIBRATION_COLUMNS,
        (
            "Coverage: share of returns in the central forecast interval. PIT: share of forecast "
            "draws below the realised return. Its standard deviation is .289 if the forecast is "
            "right, and smaller if intervals are too wide. Assets of one period are not "
            "independent. Reliability gap: mean absolute difference, over bins, between the "
            "probability of a quintile and how often it occurred. Relative entropy: 1 for equal "
            "shares.",
        ),
    ),
    Table(
        "pool_weights",
        "Weights of the pools",
        _TABLES + "pool_table",
        ("study", "fits"),
        f"Weights of the pools, learnt from earlier periods{_SAMPLER}",
        (),
        (
            "Weights are learnt from the scores of all earlier periods, including those before the "
            "scored ones if the run has any. They are equal while there are none.",
        ),
    ),
    Table(
        "parameters",
        "Parameters that assets share",
        _TABLES + "parameter_table",
        ("study", "fits", "published"),
        f"Posterior of the parameters that assets share{_SAMPLER}",
        _PARAMETER_COLUMNS,
        (
            "Posterior in the last scored period: median and 90% interval. Parameters are named as "
            "in the winner's notebook, by class where there are several classes. Printed values "
            "are from an unconverged run on features that differ: see author_check. Only the "
            "variant author has the winner's prior of loadings.",
        ),
    ),
    Table(
        "author_check",
        "The winner's notebook again",
        _TABLES + "author_table",
        ("study", "fits", "published"),
        "Quintile probabilities on the winner's own features beside those of the winner's notebook"
        f"{_SAMPLER}",
        _AUTHOR_COLUMNS,
        (
            "Quintile probabilities of the last competition period, by the winner's model on the "
            "winner's own features, which look ahead. The printed run had not converged.",
        ),
    ),
    Table(
        "fits",
        "Fits and their diagnostics",
        _TABLES + "fit_table",
        ("study", "fits"),
        f"Fits of the factor model and their diagnostics{_SAMPLER}",
        _FIT_COLUMNS,
        (
            "R-hat and ESS are the worst over assets; those of mu are also the worst over the last "
            "periods. Cells without features have their features taken at the mean, zero. "
            "Unchanged: assets known to return zero. Dropped: assets without a return so far.",
        ),
        "diagnostics",
    ),
)

_FIGURE_ENTRIES = (
    Figure(
        "heat_map",
        "Probabilities by asset",
        _FIGURES + "heat_map_figure",
        ("study",),
        "Probability of each quintile by asset in the last period that is over; {m6[n_factors]}"
        " factors.",
    ),
    Figure(
        "reliability",
        "Reliability",
        _FIGURES + "reliability_figure",
        ("study",),
        "How often a quintile occurred against its probability, and probability integral "
        "transforms; {m6[n_factors]} factors.",
    ),
    Figure(
        "predictive_check",
        "Predictive check",
        _FIGURES + "predictive_check_figure",
        ("study",),
        "Mean and spread over assets of the realised returns, against forecasts of them; "
        "{m6[n_factors]} factors.",
    ),
    Figure(
        "samples",
        "Forecast intervals",
        _FIGURES + "samples_figure",
        ("study",),
        "Forecast intervals of all assets in the last period that is over, and the realised "
        "returns; {m6[n_factors]} factors.",
    ),
    Figure(
        "loadings",
        "Common parts of assets",
        _FIGURES + "loadings_figure",
        ("study", "last"),
        "Correlations of the assets' common parts, and their shares in the variances; "
        "{m6[n_factors]} factors.",
    ),
)


def tables(config: Config) -> tuple[Table, ...]:
    """Tables that a run makes: the check against the notebook needs the winner's features."""
    author = bool(author_fits(config["m6"]))
    return tuple(table for table in _TABLE_ENTRIES if author or table.name != "author_check")


def figures(config: Config) -> tuple[Figure, ...]:
    """All figures, whatever the configuration."""
    return _FIGURE_ENTRIES


STUDY = Study(
    "m6",
    "M6",
    "The dynamic factor model that won the M6 forecasting competition, variants of it and pools, "
    "scored at the competition's months.",
    tables,
    figures,
    {"m6": M6},
)
