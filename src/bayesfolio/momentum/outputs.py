"""What the momentum study makes; `bayesfolio.report.registry` says how an entry is read."""

from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum import columns
from bayesfolio.momentum.combination_settings import Combination, combined_sets
from bayesfolio.momentum.settings import Momentum, agreement_fits, model_specs
from bayesfolio.report.registry import Config, Figure, Study, Table

PRINTED_MIXTURES = ("table6", "table7", "table8")
"""Sets of models whose table the paper prints."""

FIGURE2_PANELS = (("DFM-N_1_1", "MM"), ("DFM-SV_3_2", "RM"), ("DFM-SV_4_1", "MM"))
"""Models and strategies of the paper's Figure 2."""

_TABLES = "bayesfolio.momentum.tables:"
_FIGURES = "bayesfolio.momentum.figures:"
_PAPER = "Basturk et al. (2017)"

_TABLE5 = Table(
    "table5",
    "Return and risk of the strategies",
    _TABLES + "performance_table",
    ("returns", "strategies", "fits", "published"),
    "Return and risk of model momentum (MM) and residual momentum (RM) for every model, beside "
    f"the figures printed in {_PAPER}, Table 5. Engine {{momentum[engine]}}, "
    "{momentum[data][source]} returns, {momentum[data][weighting]}-weighted. Per cent a month.",
    columns.TABLE5_COLUMNS,
    (
        "Ours: mean over posterior draws of the statistic of the whole series of realised monthly "
        "returns; in parentheses its standard deviation between draws. Printed: Basturk et al. "
        "(2017), Table 5; empty where the copy at hand is not legible. Difference: ours minus "
        "printed.",
        "Failed fits: windows whose fit failed its diagnostics. They are part of the figures all "
        "the same.",
        "The SV model has no mean, so its fitted returns are zero. Its MM ranks by the posterior "
        "mean of the log variance in the last month; it is long the calmest asset and short the "
        "most turbulent one. Its RM ranks by the returns themselves.",
    ),
)

_TABLE5_AGREEMENT = Table(
    "table5_agreement",
    "Agreement of Table 5 with the printed one",
    _TABLES + "table5_agreement_table",
    ("returns", "table5"),
    f"How far the figures of this run agree with those printed in {_PAPER}, Table 5, by strategy "
    "and statistic over the models.",
    columns.TABLE5_AGREEMENT_COLUMNS,
    (
        "Counts are over the models with a figure that is legible in the copy of the paper at "
        "hand. Within 2 sd: ours is no farther from the printed figure than two standard "
        "deviations between posterior draws plus the printed figure's rounding. Farthest: the "
        "model that is farthest off in standard deviations, if any is beyond two.",
    ),
)

_AUDIT = Table(
    "standard_momentum_audit",
    "Standard momentum under a grid of calendars",
    _TABLES + "audit_table",
    ("returns", "facts", "audit"),
    "Standard momentum under a grid of calendars, beside the figures printed under Table 5 of "
    f"{_PAPER}: {{momentum[data][source]}} returns, {{momentum[data][weighting]}}-weighted. "
    "Per cent a month.",
    columns.AUDIT_COLUMNS,
    (
        "The first row has the calendar of the text. The second has formation May-April, held "
        "July-June. The others are the rest of the grid. Skipped: months between formation and "
        "holding.",
        "Printed: standard momentum under Table 5 of Basturk et al. (2017). Difference: ours minus "
        "printed.",
    ),
)

_COMPARISONS = (
    Table(
        "combination_sensitivity",
        "Readings of the combination scheme",
        _TABLES + "comparison_table",
        ("returns", "parts"),
        "Weights and returns by several readings of the combination scheme, and with constant "
        "weights; {combination[n_particles]} particles for each point of the grid.",
        columns.SENSITIVITY_COLUMNS,
        (
            "Log score: sum over the dates of the log predictive density of the outcome. "
            "Distance: largest absolute difference of a filtered weight from the first row of "
            "the set. Seconds: processor time.",
            "Path by path: a single draw carries the noise of prediction, so the weights are a "
            "different quantity, closer to equal weights. The log score is that of the average "
            "over paths of their predictive densities. Rows with constant weights have no filter.",
            "The returns of the variants are those of draws of the weights, and a draw may put "
            "nearly all on one component. An investor who holds the weights' means diversifies.",
        ),
    ),
    Table(
        "weight_correlations",
        "What the weights follow",
        _TABLES + "comparison_table",
        ("returns", "parts"),
        "Rank correlations of the weights with what the components predicted; "
        "{combination[n_particles]} particles for each point of the grid.",
        columns.CORRELATION_COLUMNS,
        (
            "Rank correlations are over the components of a date, between filtered weights, or "
            "their changes since the date before, and what the components predicted for the date: "
            "mean over dates and, in parentheses, standard deviation. The outcome, the best "
            "portfolio's return, is always positive and far from what a component predicts. It "
            "rewards components that predict widely or high, not those that will earn more.",
        ),
    ),
    Table(
        "combination_grid",
        "Posterior of incompleteness and drift",
        _TABLES + "comparison_table",
        ("returns", "parts"),
        "Posterior probabilities of the incompleteness and drift of the combination; "
        "{combination[n_particles]} particles for each point of the grid.",
        columns.GRID_COLUMNS,
        (
            "Incompleteness: standard deviation of the outcome about a component's predictive "
            "return. Drift: standard deviation of a step of the weights' states. All points of "
            "the grid are equally likely beforehand.",
        ),
    ),
)

_ENGINE_AGREEMENT = Table(
    "engine_agreement",
    "Posterior means by the two engines",
    _TABLES + "engine_agreement_table",
    ("returns", "stan_fits", "gibbs_fits"),
    "Posterior means by the Stan and the Gibbs engine: largest difference in combined Monte Carlo "
    "standard errors.",
    columns.AGREEMENT_COLUMNS,
    (
        "Differences between posterior means are the largest of a kind, in combined Monte Carlo "
        "standard errors. The kinds are fitted values of the formation months and their sums; log "
        "variances of the last month; means and log variances of the month after; and mean "
        "returns of the strategies over the holding period. Agree: none is above 5.",
        "Several modes: with stochastic volatility and two factors or more the posterior may have "
        "several modes, and chains stay in one for long. Chain spread then says what a run is "
        "worth: the largest difference between two chains' means of a fitted sum, in posterior "
        "standard deviations. ESS per second: smallest bulk effective sample size of fitted sums "
        "and predictive moments, per processor second of the fit.",
    ),
)

_TABLE1 = Table(
    "table1",
    "Models of y_t = beta y_{t-1} + Lambda f_t + eps_t",
    _TABLES + "models_table",
    (),
    "The models of the run and what each one contains (after Basturk et al. 2017, Table 1).",
    columns.TABLE1_COLUMNS,
    (
        "Factors have L lags. SV: the log variances follow stationary autoregressions. "
        "After Basturk et al. (2017), Table 1.",
    ),
)

_CLAIMS = Table(
    "claims",
    "Conclusions of the paper",
    _TABLES + "claims_table",
    ("returns", "table5", "mixtures", "weights", "sensitivity"),
    f"Conclusions of {_PAPER}, each with the figure it rests on, in print and in this run, and "
    "whether it holds.",
    columns.CLAIM_COLUMNS,
    (
        "Verdicts rest on the spread between posterior draws: a claim holds with a probability "
        "of 0.95 or more and does not hold with 0.05 or less. That spread says how much the "
        "parameters leave open of what was earned in this history. What another history would "
        "have paid is far less certain: a mean return over 69 years has a standard error of "
        "about 0.2% a month.",
        "Printed: the same figure by the printed tables. Fits of different models are taken as "
        "independent. Mixtures and their parts are too, which overstates the standard deviation "
        "of their differences.",
    ),
    "claims",
)

_DIAGNOSTICS = Table(
    "diagnostics",
    "Diagnostics of the fits: the worst of each model over its windows",
    _TABLES + "diagnostics_table",
    ("returns", "fits"),
    "Diagnostics of the fits: the worst of each model over its windows.",
    columns.DIAGNOSTICS_COLUMNS,
    (
        "Fitted sums: the sums of fitted returns over the formation months, on which momentum "
        "ranks. Predictive: means and log variances of the month after the window. Chain "
        "spread: largest difference between two chains' means of a fitted sum, in posterior "
        "standard deviations. Depth limit: transitions that ended at it. Seconds: processor "
        "time.",
    ),
    "diagnostics",
)

_FIGURE1 = Figure(
    "figure1",
    "Returns, correlations, components",
    _FIGURES + "stylised_facts_figure",
    ("returns",),
    "Monthly returns of ten US industry portfolios (a), canonical correlations of their pairs (b) "
    "and variance explained by principal components (c); (b) and (c) on windows that expand from "
    "50 to 240 months and then move. Source of the returns: {momentum[data][source]}, "
    f"{{momentum[data][weighting]}}-weighted. After {_PAPER}, Figure 1.",
)

_FIGURE2 = Figure(
    "figure2",
    "Intervals of realised returns",
    _FIGURES + "return_intervals_figure",
    ("figure2_strategies",),
    "99% intervals and medians of the realised monthly returns of three models and strategies; "
    f"months without a portfolio stay empty. After {_PAPER}, Figure 2.",
)


def _mixture(name: str, models: tuple[str, ...]) -> Table:
    return Table(
        name,
        f"Return and risk of mixtures: {name.replace('table', 'table ')}",
        _TABLES + "mixture_table",
        ("returns", "set_strategies", "combination", "published"),
        "Return and risk of mixtures of models and strategies with weights that change over time, "
        f"beside the figures printed in {_PAPER}, Tables 6 to 8. Models: {', '.join(models)}; "
        "{combination[n_particles]} particles for each point of the grid, proposal "
        "{combination[proposal]}. Per cent a month, 90% credible intervals in parentheses.",
        columns.MIXTURE_COLUMNS,
        (
            "Ours: mean over draws of the statistic of the whole series of realised monthly "
            "returns; in parentheses a 90% credible interval. Printed: Basturk et al. (2017), "
            "Tables 6 to 8. Difference: ours minus printed.",
            "Per model: strategies (and members) of one model or class, with the weights of the "
            "joint filter scaled to sum to one. Equal weights: all components with the same "
            "weight. Best component: the one with the highest Sharpe ratio of the set, known "
            "only afterwards.",
            "Weights held from September on know the outcome of August and none after it.",
        ),
    )


def _weights(name: str, models: tuple[str, ...]) -> Figure:
    return Figure(
        name,
        f"Weights: {name.replace('_', ' ').replace('figure', 'figure ')}",
        "bayesfolio.momentum.weight_figures:weights_figure",
        ("figure_combination",),
        f"Posterior means of the filtered weights of models and strategies: {', '.join(models)}. "
        "Bands, where there are any, are 90% credible intervals; the grey line is equal weights. "
        "{combination[n_particles]} particles for each point of the grid. "
        f"After {_PAPER}, Figures 3 to 5.",
    )


def of_the_paper(config: Config) -> bool:
    """Say whether the assets are the paper's: printed figures are of the ten industries only."""
    return config["momentum"]["data"]["assets"] is None


def tables(config: Config) -> tuple[Table, ...]:
    """Tables that a run with this configuration makes."""
    paper, sets = of_the_paper(config), combined_sets(config)
    return (
        _TABLE5,
        *((_TABLE5_AGREEMENT, _AUDIT) if paper else ()),
        *(_mixture(name, _names(chosen)) for name, chosen in sets.items()),
        *(_COMPARISONS if sets else ()),
        *((_ENGINE_AGREEMENT,) if agreement_fits(config["momentum"]) else ()),
        _TABLE1,
        *((_CLAIMS,) if paper else ()),
        _DIAGNOSTICS,
    )


def figures(config: Config) -> tuple[Figure, ...]:
    """Figures that a run with this configuration makes."""
    sets = combined_sets(config).values()
    return (
        _FIGURE1,
        *((_FIGURE2,) if figure2_panels(config) else ()),
        *(_weights(chosen["figure"], _names(chosen)) for chosen in sets),
    )


def figure2_panels(config: Config) -> list[tuple[str, str]]:
    """Models, as slugs, and strategies of Figure 2, those that the run has."""
    run = {spec.slug for spec in model_specs(config["momentum"])}
    return [panel for panel in FIGURE2_PANELS if panel[0] in run]


def _names(chosen: Config) -> tuple[str, ...]:
    return tuple(ModelSpec.parse(model).name for model in chosen["models"])


STUDY = Study(
    "momentum",
    "Momentum",
    "Dynamic factor, vector autoregressive and stochastic volatility models of industry "
    "portfolios, two momentum strategies each, and combinations of them with weights that "
    "change over time. After Basturk et al. (2017).",
    tables,
    figures,
    {"momentum": Momentum, "combination": Combination},
)
