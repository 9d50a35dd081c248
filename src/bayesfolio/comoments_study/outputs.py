"""What the study of co-moments makes; `bayesfolio.report.registry` says how an entry is read."""

from bayesfolio.comoments_study.settings import Comoments
from bayesfolio.report.registry import Column, Config, Figure, Study, Table

_TABLES = "bayesfolio.comoments_study.tables:"
_FIGURES = "bayesfolio.comoments_study.figures:"

_FACTOR_COLUMNS = (
    Column("factor", "Factor"),
    Column("share", "Variance (%)", 1),
    Column("variance_shock", "a", 3, group="Variance"),
    Column("variance_persistence", "b", 3, group="Variance"),
    Column("static_skew", "skew", 2, group="Constant"),
    Column("static_shape", "shape", 2, group="Constant"),
    Column("skew_shock", "c1", 2, group="Skew"),
    Column("skew_square", "c2", 2, group="Skew"),
    Column("skew_persistence", "persistence", 2, group="Skew"),
    Column("shape_square", "k2", 2, group="Shape"),
    Column("shape_persistence", "persistence", 2, group="Shape"),
    Column("static_log_likelihood", "constant", 1, group="Log likelihood"),
    Column("gain", "gain", 1, group="Log likelihood"),
    Column("p_value", "p", 2, group="Log likelihood"),
)

_BACKTEST_COLUMNS = (
    Column("level", "Level"),
    Column("model", "Model"),
    Column("method", "Method"),
    Column("rate", "Violations (%)", 2),
    Column("kupiec_p", "rate", 3, group="P-values"),
    Column("independence_p", "independence", 3, group="P-values"),
    Column("coverage_p", "both", 3, group="P-values"),
    Column("mean_var", "Mean VaR (%)", 2),
    Column("quantile_loss", "Quantile loss (bp)", 2),
    Column("shortfall_ratio", "Loss / ES", 2),
    Column("log_score", "Log score", 4),
    Column("valid", "Valid (%)", 1),
)

_BETA_COLUMNS = (
    Column("date", "Date"),
    Column("asset", "Asset"),
    Column("covariance", "covariance", 2, group="Beta"),
    Column("coskewness", "coskewness", 2, group="Beta"),
    Column("cokurtosis", "cokurtosis", 2, group="Beta"),
    Column("volatility", "volatility (%)", 2, group="Portfolio"),
    Column("skewness", "skewness", 2, group="Portfolio"),
    Column("kurtosis", "excess kurtosis", 2, group="Portfolio"),
)

_MISPRINT_COLUMNS = (
    Column("place", "Place"),
    Column("printed", "Printed"),
    Column("right", "Right"),
    Column("check", "Check"),
    Column("by_print", "As printed"),
    Column("by_right", "As corrected"),
)

_TABLE_ENTRIES = (
    Table(
        "var_backtest",
        "Value at risk of the equally weighted portfolio",
        _TABLES + "backtest_table",
        ("returns", "backtest"),
        "Forecasts of the value at risk of the equally weighted portfolio, from "
        "{comoments[backtest][first_dates]} weeks on, by models refitted every "
        "{comoments[backtest][refit_every]} weeks.",
        _BACKTEST_COLUMNS,
        (
            "One-week forecasts for the equally weighted portfolio, by models refitted on "
            "expanding samples. Exact: quantile of the inverted characteristic function. "
            "Cornish-Fisher: expansion with the model's moments, replaced by the exact quantile "
            "where it is not increasing. Normal: the model's mean and variance alone. "
            "Historical: quantile of all earlier weeks. IFACD has moving skew and shape; "
            "GO-GARCH has constant skew and shape.",
            "P-values: Kupiec (1995) for the rate, Christoffersen (1998) for independence and "
            "for both together. Quantile loss: smaller is better. Loss / ES: mean loss at "
            "violations over the expected shortfall, which is 1 if the shortfall is right. Log "
            "score: mean log predictive density, larger is better. Valid: share of weeks in "
            "which the expansion is increasing.",
        ),
    ),
    Table(
        "factors",
        "Factors with moving skew and shape",
        _TABLES + "factor_table",
        ("returns", "fitted", "ratios"),
        "Parameters of the independent factors with moving skew and shape. Bootstrap samples: "
        "{comoments[bootstrap][replications]}. Law of the innovations: "
        "{comoments[model][innovations]}.",
        _FACTOR_COLUMNS,
        (
            "Factors are in the order of their share in the assets' variances. Variance: h = omega "
            "+ a f^2 + b h, with f and h of the date before. The level of the skew follows r = c0 "
            "(1 - persistence) + c1 z + c2 z^2 + persistence r, and that of the shape the same "
            "with k in place of c; both are mapped into bounds. Constant: estimates of GO-GARCH, "
            "the same model without movement. Gain: increase of the log likelihood by the "
            "movement.",
            "P: share of samples of the factors, simulated from the constant model, whose gain "
            "is no smaller, with the sample itself counted; the matrix that mixes factors is "
            "held fixed. The p-value of all factors is by the sum of their gains. Persistences "
            "have no meaning without movement, so chi-square p-values would be wrong.",
        ),
    ),
    Table(
        "betas",
        "Betas at chosen dates",
        _TABLES + "beta_table",
        ("returns", "fitted"),
        "Covariance, coskewness and cokurtosis betas of all stocks against the equally weighted "
        "portfolio at chosen dates.",
        _BETA_COLUMNS,
        (
            "Betas are against the equally weighted portfolio; the mean of each column over the "
            "assets of a date is 1. Coskewness betas divide by the portfolio's third moment and "
            "are empty where its skewness is below 0.001 in absolute value.",
        ),
    ),
    Table(
        "misprints",
        "Misprints of the note on co-moments",
        _TABLES + "misprint_table",
        ("returns", "fitted"),
        "Formulas of the note on IFACD co-moments as printed and as they should read, with a "
        "number for each.",
        _MISPRINT_COLUMNS,
        (
            "The misprints are in the note on conditional co-moments of the IFACD model. With "
            "the printed sign of the skewness term the bracket is right for a loss at the upper "
            "level 1 - p, not for the quantile of a return at p, as it is printed. Quantiles are "
            "those of the equally weighted portfolio by GO-GARCH at the last date. Places in the "
            "matrices are counted from 1.",
        ),
    ),
)

_FIGURE_ENTRIES = (
    Figure(
        "value_at_risk",
        "Value at risk and returns",
        _FIGURES + "value_at_risk_figure",
        ("returns", "backtest"),
        "Returns of the equally weighted portfolio and one-week forecasts of their lower "
        "quantiles.",
    ),
    Figure(
        "portfolio_moments",
        "Moments of the portfolio",
        _FIGURES + "portfolio_moments_figure",
        ("returns", "fitted"),
        "Conditional volatility, skewness and excess kurtosis of the equally weighted portfolio "
        "with moving (IFACD) and constant (GO-GARCH) skew and shape of the factors.",
    ),
    Figure(
        "betas",
        "Betas over time",
        _FIGURES + "betas_figure",
        ("returns", "fitted"),
        "Betas over time, against the equally weighted portfolio, of the stocks with the highest, "
        "the median and the lowest mean covariance beta. Coskewness: the numerator of the "
        "coskewness beta over the cube of the portfolio's volatility; weighted by the portfolio, "
        "these sum to its skewness.",
    ),
    Figure(
        "news_impact",
        "News impact",
        _FIGURES + "news_impact_figure",
        ("fitted",),
        "Variance, skewness and excess kurtosis of a factor at the next date against its "
        "innovation, for the three factors that gain most by moving skew and shape.",
    ),
)


def tables(config: Config) -> tuple[Table, ...]:
    """All tables, whatever the configuration."""
    return _TABLE_ENTRIES


def figures(config: Config) -> tuple[Figure, ...]:
    """All figures, whatever the configuration."""
    return _FIGURE_ENTRIES


STUDY = Study(
    "comoments",
    "Co-moments",
    "Betas and value at risk of many stocks by independent factors whose variance, skew and tails "
    "move.",
    tables,
    figures,
    {"comoments": Comoments},
)
