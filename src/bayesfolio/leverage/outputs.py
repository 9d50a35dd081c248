"""What the leverage study makes; `bayesfolio.report.registry` says how an entry is read."""

from bayesfolio.leverage.settings import Leverage
from bayesfolio.report.registry import Column, Config, Figure, Study, Table

_TABLES = "bayesfolio.leverage.tables:"
_FIGURES = "bayesfolio.leverage.figures:"
_FORECASTS = ("market", "returns", "garch", "sv")
_SAMPLE = (
    "; S&P 500 index from {leverage[start]} to {leverage[end]}, {leverage[horizon_days]} days "
    "ahead."
)

_VOLATILITY_COLUMNS = (
    Column("origins", "Origins"),
    Column("forecast", "Forecast"),
    Column("n", "n"),
    Column("correlation", "Correlation", 3),
    Column("mape", "MAPE (%)", 1),
    Column("qlike", "QLIKE", 3),
    Column("qlike_less_garch", "QLIKE less GARCH's", 3, spread="qlike_se"),
)

_RETURN_COLUMNS = (
    Column("model", "Model"),
    Column("n", "Months"),
    Column("hits", "Hits"),
    Column("direction", "Direction (%)", 1),
    Column("always_up", "Always up (%)", 1),
    Column("p_coin", "p, coin", 3),
    Column("p_always_up", "p, always up", 3),
    Column("correlation", "Correlation", 3),
    Column("r2", "R2 (%)", 1),
    Column("dispersion", "Dispersion (%)", 0),
    Column("unconverged", "Unconverged"),
)

_STRATEGY_COLUMNS = (
    Column("expected_return", "Expected return"),
    Column("variance", "Variance"),
    Column("cap", "Cap", 1),
    Column("mean", "Mean (%)", 1),
    Column("volatility", "Volatility (%)", 1),
    Column("sharpe", "Sharpe", 2),
    Column("max_drawdown", "Drawdown (%)", 0),
    Column("turnover", "Turnover", 1),
    Column("mean_leverage", "Leverage", 2),
)

_SERIAL_COLUMNS = (
    Column("returns", "Returns"),
    Column("lag", "Lag"),
    Column("acf", "ACF", 3),
    Column("pacf", "PACF", 3),
    Column("band", "Band", 3),
    Column("outside", "ACF outside"),
    Column("adf_p", "ADF p", 3),
    Column("order", "d"),
)

_REFIT_COLUMNS = (
    Column("windows", "Windows"),
    Column("refits", "Refits"),
    Column("unconverged", "Unconverged"),
    Column("at_bound", "At a bound"),
    Column("checked", "Checked"),
    Column("worse", "Worse"),
    Column("better", "Better"),
    Column("shortfall", "Shortfall", 4),
)

_SV_COLUMNS = (
    Column("last_day", "Window to"),
    Column("n_days", "Days"),
    Column("rhat", "R-hat", 3),
    Column("ess", "ESS", 0),
    Column("divergences", "Divergences"),
    Column("refitted", "Repeated"),
    Column("passed", "Passed"),
)

_CLAIM_COLUMNS = (
    Column("text", "Claim"),
    Column("printed_shown", "Printed"),
    Column("reading", "Reading"),
    Column("as_published_shown", "As published"),
    Column("out_of_sample_shown", "Out of sample"),
    Column("benchmark_shown", "Benchmark"),
    Column("against", "which is"),
    Column("verdict", "Verdict"),
)

_TABLE_ENTRIES = (
    Table(
        "volatility_forecasts",
        "Forecasts of volatility",
        _TABLES + "volatility_table",
        _FORECASTS,
        "Forecasts of volatility by GARCH, trailing days, the VIX and stochastic volatility"
        f"{_SAMPLE}",
        _VOLATILITY_COLUMNS,
        (
            "Forecasts are made at day t for the standard deviation of the days after it. QLIKE: "
            "mean of x - log x - 1, where x is the realised variance over its forecast. QLIKE less "
            "GARCH's: the difference on the days that both have, below zero where the forecast is "
            "better; in parentheses its standard error, by Newey and West where targets overlap.",
            "Stochastic volatility is Bayesian and drawn with Stan, on the coarse grid of origins "
            "only. The VIX has as many days as its source covers.",
        ),
    ),
    Table(
        "return_forecasts",
        "Forecasts of the monthly return",
        _TABLES + "return_table",
        _FORECASTS,
        f"Forecasts of the monthly return by ARMA models and by the expanding mean{_SAMPLE}",
        _RETURN_COLUMNS,
        (
            "Forecasts are one step ahead, by models refitted each month on an expanding window. "
            "CSS: conditional sum of squares. ML: exact maximum likelihood. p, coin: two-sided "
            "p-value of so many hits by luck. p, always up: p-value of the hypothesis that the "
            'model and the forecast "up" are right equally often. R2: out of sample, against the '
            "expanding mean. Dispersion: standard deviation of forecasts in per cent of that of "
            "returns.",
        ),
    ),
    Table(
        "strategy",
        "Optimal leverage",
        _TABLES + "strategy_table",
        _FORECASTS,
        f"Optimal leverage by forecasts of return and variance, beside constant leverage{_SAMPLE}",
        _STRATEGY_COLUMNS,
        (
            "Leverage is the expected return over the variance of the month, between 0 and the "
            "cap, and known at the end of the month before. The index has no dividends. Figures "
            "are per year and after financing. The Sharpe ratio is over the risk-free rate, and "
            "turnover in multiples of wealth. Trading is free of charge. A forecast of volatility "
            "that does not cover all months is left out.",
        ),
    ),
    Table(
        "serial_correlation",
        "Serial correlation of returns",
        _TABLES + "serial_table",
        _FORECASTS,
        f"Autocorrelations of daily, weekly and monthly returns{_SAMPLE}",
        _SERIAL_COLUMNS,
        (
            "Band: half the width of the 95% band of no correlation. ADF p: p-value of the "
            "augmented Dickey-Fuller test of the returns. d: number of differences taken until the "
            "p-value is at most 0.05.",
        ),
    ),
    Table(
        "published_claims",
        "Claims of the post on optimal leverage",
        _TABLES + "claims_table",
        (*_FORECASTS, "published"),
        "Claims of the post on optimal leverage, each with the reading that reproduces it and "
        f"the figure out of sample{_SAMPLE}",
        _CLAIM_COLUMNS,
        (
            "As published: the figure by the reading that reproduces the printed value. Out of "
            "sample: the figure of a forecast made before what it is compared with; forecasts of "
            "volatility are at origins whose targets do not overlap. Figures of the direction, "
            "GARCH and dispersion are in per cent; the others are correlations.",
            "The post has slips that are not followed here. It has the ACF choose the lags of the "
            "returns and the PACF those of the innovations, but a pure AR model shows its order "
            "in the PACF and a pure MA model in the ACF. It calls AR models moving averages, and "
            "moving averages AR models. And it calls a month's volatility by the VIX annualised.",
        ),
        "claims",
    ),
    Table(
        "sv_fits",
        "Fits of stochastic volatility",
        _TABLES + "sv_table",
        _FORECASTS,
        f"Fits of stochastic volatility, and whether their chains agree{_SAMPLE}",
        _SV_COLUMNS,
        (
            "R-hat and effective sample size (ESS) are of the log variance of the day after the "
            "window. A fit that misses the limits of the configuration is repeated once with a "
            "longer warm-up, and is kept with a mark if it misses them again.",
        ),
        "diagnostics",
    ),
    Table(
        "garch_refits",
        "Refits of GARCH(1,1)",
        _TABLES + "refit_table",
        _FORECASTS,
        f"Refits of GARCH(1,1), and how they compare with those of the package arch{_SAMPLE}",
        _REFIT_COLUMNS,
        (
            "At a bound: alpha is 0 or alpha + beta is 1. Checked: windows that the package arch "
            "has fitted too, from its own start. Worse and better: refits that differ from those "
            "of arch by more than 0.01 points of log-likelihood. Shortfall: the largest amount by "
            "which a refit is worse. Windows below 500 days are listed apart because their "
            "likelihood is flat and often has several peaks.",
        ),
        "diagnostics",
    ),
)

_FIGURE_ENTRIES = (
    Figure(
        "volatility",
        "Volatility and its forecasts",
        _FIGURES + "volatility_figure",
        _FORECASTS,
        "Above: GARCH volatility by a fit that knows the day, against that of the days before. "
        f"Below: forecasts against the volatility of the days after{_SAMPLE}",
    ),
    Figure(
        "vix",
        "The VIX and volatility",
        _FIGURES + "vix_figure",
        _FORECASTS,
        f"The VIX, and the volatility of the days before, against that of the days after{_SAMPLE}",
    ),
    Figure(
        "return_forecasts",
        "Returns and their forecasts",
        _FIGURES + "return_forecasts_figure",
        _FORECASTS,
        f"Monthly returns and their forecasts made a month before{_SAMPLE}",
    ),
    Figure(
        "serial_correlation",
        "Autocorrelations",
        _FIGURES + "serial_correlation_figure",
        _FORECASTS,
        "Autocorrelations (above) and partial autocorrelations (below) of daily, weekly and "
        f"monthly returns, with 95% bands{_SAMPLE}",
    ),
    Figure(
        "strategy",
        "Wealth and leverage",
        _FIGURES + "strategy_figure",
        _FORECASTS,
        "Wealth after financing and leverage over time, with the variance by GARCH, beside the "
        f"index{_SAMPLE}",
    ),
)


def tables(config: Config) -> tuple[Table, ...]:
    """All tables, whatever the configuration."""
    return _TABLE_ENTRIES


def figures(config: Config) -> tuple[Figure, ...]:
    """All figures, whatever the configuration."""
    return _FIGURE_ENTRIES


STUDY = Study(
    "leverage",
    "Leverage",
    "A post's claims on ARMA and GARCH forecasts and on optimal leverage, each beside the figure "
    "out of sample.",
    tables,
    figures,
    {"leverage": Leverage},
)
