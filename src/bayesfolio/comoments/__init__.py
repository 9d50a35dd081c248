"""Co-moments of many assets: independent factors with time-varying variance, skew and shape."""

from bayesfolio.comoments.dynamics import FactorLaw, FactorParameters, simulate_factors
from bayesfolio.comoments.estimation import bootstrap_p_value, bootstrap_ratios, fit_factor
from bayesfolio.comoments.ica import (
    ConvergenceWarning,
    IdentificationWarning,
    RankWarning,
    independent_components,
)
from bayesfolio.comoments.inversion import PortfolioDensity, portfolio_density
from bayesfolio.comoments.laws import (
    LAWS,
    GeneralisedHyperbolic,
    Normal,
    NormalInverseGaussian,
)
from bayesfolio.comoments.locations import fourth_places, pair_places, third_places
from bayesfolio.comoments.mean import MeanFilter, constant_mean, fit_mean
from bayesfolio.comoments.model import IfacdModel, fit_ifacd
from bayesfolio.comoments.moments import (
    Betas,
    CoMoments,
    PortfolioMoments,
    flatten,
    unique_places,
)
from bayesfolio.comoments.value_at_risk import (
    RiskForecasts,
    ViolationTests,
    cornish_fisher_quantile,
    cornish_fisher_valid,
    cornish_fisher_var,
    normal_var,
    violation_tests,
)

__all__ = [
    "LAWS",
    "Betas",
    "CoMoments",
    "ConvergenceWarning",
    "FactorLaw",
    "FactorParameters",
    "GeneralisedHyperbolic",
    "IdentificationWarning",
    "IfacdModel",
    "MeanFilter",
    "Normal",
    "NormalInverseGaussian",
    "PortfolioDensity",
    "PortfolioMoments",
    "RankWarning",
    "RiskForecasts",
    "ViolationTests",
    "bootstrap_p_value",
    "bootstrap_ratios",
    "constant_mean",
    "cornish_fisher_quantile",
    "cornish_fisher_valid",
    "cornish_fisher_var",
    "fit_factor",
    "fit_ifacd",
    "fit_mean",
    "flatten",
    "fourth_places",
    "independent_components",
    "normal_var",
    "pair_places",
    "portfolio_density",
    "simulate_factors",
    "third_places",
    "unique_places",
    "violation_tests",
]
