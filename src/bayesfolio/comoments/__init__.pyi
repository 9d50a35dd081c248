from .dynamics import (
    FactorLaw as FactorLaw,
    FactorParameters as FactorParameters,
    simulate_factors as simulate_factors,
)
from .estimation import (
    bootstrap_p_value as bootstrap_p_value,
    bootstrap_ratios as bootstrap_ratios,
    fit_factor as fit_factor,
)
from .ica import (
    ConvergenceWarning as ConvergenceWarning,
    IdentificationWarning as IdentificationWarning,
    RankWarning as RankWarning,
    independent_components as independent_components,
)
from .inversion import PortfolioDensity as PortfolioDensity, portfolio_density as portfolio_density
from .laws import (
    LAWS as LAWS,
    GeneralisedHyperbolic as GeneralisedHyperbolic,
    Normal as Normal,
    NormalInverseGaussian as NormalInverseGaussian,
)
from .locations import (
    fourth_places as fourth_places,
    pair_places as pair_places,
    third_places as third_places,
)
from .mean import MeanFilter as MeanFilter, constant_mean as constant_mean, fit_mean as fit_mean
from .model import IfacdModel as IfacdModel, fit_ifacd as fit_ifacd
from .moments import (
    Betas as Betas,
    CoMoments as CoMoments,
    PortfolioMoments as PortfolioMoments,
    flatten as flatten,
    unique_places as unique_places,
)
from .value_at_risk import (
    RiskForecasts as RiskForecasts,
    ViolationTests as ViolationTests,
    cornish_fisher_quantile as cornish_fisher_quantile,
    cornish_fisher_valid as cornish_fisher_valid,
    cornish_fisher_var as cornish_fisher_var,
    normal_var as normal_var,
    violation_tests as violation_tests,
)
