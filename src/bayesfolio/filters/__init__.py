"""Filters for state-space models: exact ones and particle filters."""

from bayesfolio.filters.auxiliary import AuxiliaryFilter
from bayesfolio.filters.bootstrap import BootstrapFilter
from bayesfolio.filters.gaussian_transition import (
    GaussianTransitionModel,
    StochasticVolatilityModel,
)
from bayesfolio.filters.grid import GridFilter
from bayesfolio.filters.kalman import GaussianBelief, KalmanFilter
from bayesfolio.filters.linear_gaussian import LinearGaussianModel, dynamic_factor, local_level
from bayesfolio.filters.mitisem import FitSettings, fit_student_mixture, importance_estimate
from bayesfolio.filters.mixture import MixtureFilter
from bayesfolio.filters.protocol import (
    Filter,
    FilterInfo,
    FilterResult,
    ParticleCloud,
    WeightCollapseError,
    run_filter,
)
from bayesfolio.filters.resampling import RESAMPLING
from bayesfolio.filters.state_space import StateSpaceModel, simulate
from bayesfolio.filters.student import StudentMixture

__all__ = [
    "RESAMPLING",
    "AuxiliaryFilter",
    "BootstrapFilter",
    "Filter",
    "FilterInfo",
    "FilterResult",
    "FitSettings",
    "GaussianBelief",
    "GaussianTransitionModel",
    "GridFilter",
    "KalmanFilter",
    "LinearGaussianModel",
    "MixtureFilter",
    "ParticleCloud",
    "StateSpaceModel",
    "StochasticVolatilityModel",
    "StudentMixture",
    "WeightCollapseError",
    "dynamic_factor",
    "fit_student_mixture",
    "importance_estimate",
    "local_level",
    "run_filter",
    "simulate",
]
