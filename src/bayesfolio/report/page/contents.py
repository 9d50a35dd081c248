"""What the page shows of each study, in which order and under which headings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FigureInfo:
    """Heading of a figure, and where its caption is.

    Attributes
    ----------
    title : str
        Heading, a few words.
    caption : str
        File of ``workflow/report``, the one that its rule names too.
    wildcard : str or None
        Wildcard of the rule that stands for the figure's name; the caption depends on it.
    """

    title: str
    caption: str
    wildcard: str | None = None


@dataclass(frozen=True)
class StudyInfo:
    """One study: its heading, what it is about, and the order of what it made.

    Attributes
    ----------
    title : str
        Heading.
    about : str
        A sentence or two.
    tables : tuple of str
        Names of tables in the order shown. Others of the study follow by name.
    figures : mapping of str to FigureInfo
        Figures by name in the order shown. Others are of weights, which a configuration names.
    """

    title: str
    about: str
    tables: tuple[str, ...]
    figures: Mapping[str, FigureInfo] = field(default_factory=dict)


STUDIES: Mapping[str, StudyInfo] = {
    "momentum": StudyInfo(
        "Momentum",
        "Dynamic factor, vector autoregressive and stochastic volatility models of industry "
        "portfolios, two momentum strategies each, and combinations of them with weights that "
        "change over time. After Basturk et al. (2017).",
        (
            *("table5", "table5_agreement", "standard_momentum_audit", "table6", "table7"),
            *("table8", "combination_sensitivity", "weight_correlations", "combination_grid"),
            *("engine_agreement", "table1"),
        ),
        {
            "figure1": FigureInfo("Returns, correlations, components", "figure1.rst"),
            "figure2": FigureInfo("Intervals of realised returns", "figure2.rst"),
        },
    ),
    "filters": StudyInfo(
        "Filters",
        "Particle filters against exact ones on simulated samples: the Monte Carlo study of the "
        "paper's appendix.",
        ("table9", "table10", "table11"),
        {
            "filter_paths": FigureInfo("Filtered means and particles", "filter_paths.rst"),
            "filter_frontier": FigureInfo("Error against time", "filter_frontier.rst"),
        },
    ),
    "comoments": StudyInfo(
        "Co-moments",
        "Betas and value at risk of many stocks by independent factors whose variance, skew and "
        "tails move.",
        ("var_backtest", "factors", "betas", "misprints"),
        {
            "value_at_risk": FigureInfo("Value at risk and returns", "value_at_risk.rst"),
            "portfolio_moments": FigureInfo("Moments of the portfolio", "portfolio_moments.rst"),
            "betas": FigureInfo("Betas over time", "betas_figure.rst"),
            "news_impact": FigureInfo("News impact", "news_impact.rst"),
        },
    ),
    "leverage": StudyInfo(
        "Leverage",
        "A post's claims on ARMA and GARCH forecasts and on optimal leverage, each beside the "
        "figure out of sample.",
        ("volatility_forecasts", "return_forecasts", "strategy", "serial_correlation"),
        {
            name: FigureInfo(title, "leverage_figures.rst", "leverage_figure")
            for name, title in {
                "volatility": "Volatility and its forecasts",
                "vix": "The VIX and volatility",
                "return_forecasts": "Returns and their forecasts",
                "serial_correlation": "Autocorrelations",
                "strategy": "Wealth and leverage",
            }.items()
        },
    ),
    "m6": StudyInfo(
        "M6",
        "The dynamic factor model that won the M6 forecasting competition, variants of it and "
        "pools, scored at the competition's months.",
        ("rps", "calibration", "pool_weights", "parameters", "author_check", "submission"),
        {
            name: FigureInfo(title, "m6_figures.rst", "m6_figure")
            for name, title in {
                "heat_map": "Probabilities by asset",
                "reliability": "Reliability",
                "predictive_check": "Predictive check",
                "samples": "Forecast intervals",
                "loadings": "Common parts of assets",
            }.items()
        },
    ),
}

CLAIMS = (("momentum", "claims"), ("leverage", "published_claims"))
"""Tables with verdicts; they have a section of their own."""

DIAGNOSTICS = (
    ("momentum", "diagnostics"),
    ("m6", "fits"),
    ("leverage", "sv_fits"),
    ("leverage", "garch_refits"),
)
"""Tables on how the fits went; they have a section of their own."""

TIERS = {
    "smoke": "Smoke tier: every rule once, on a small scale. Tables have the right form; their "
    "numbers mean nothing.",
    "workstation": "Workstation tier: all models, on a few decision years. Numbers are rough.",
    "paper": "Paper tier: all models on all decision years, at the scale of the paper.",
}
"""What the numbers of a run are worth, by its name."""

OTHER_TIER = "A tier of its own: its configuration is under Provenance."


def figure_info(study: str, name: str) -> FigureInfo:
    """Heading and caption of a figure; one that is not listed is of a combination's weights."""
    found = STUDIES[study].figures.get(name)
    if found:
        return found
    title = f"Weights: {name.replace('_', ' ').replace('figure', 'figure ')}"
    return FigureInfo(title, "weights.rst", "weights_figure")


def in_order(names: Iterable[str], order: Iterable[str]) -> list[str]:
    """Names that are in `order` first, as they are there, then the others by name."""
    places = {name: place for place, name in enumerate(order)}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))
