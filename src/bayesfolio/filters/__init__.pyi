from .auxiliary import AuxiliaryFilter as AuxiliaryFilter
from .bootstrap import BootstrapFilter as BootstrapFilter
from .gaussian_transition import (
    GaussianTransitionModel as GaussianTransitionModel,
    StochasticVolatilityModel as StochasticVolatilityModel,
)
from .grid import GridFilter as GridFilter
from .kalman import GaussianBelief as GaussianBelief, KalmanFilter as KalmanFilter
from .linear_gaussian import (
    LinearGaussianModel as LinearGaussianModel,
    dynamic_factor as dynamic_factor,
    local_level as local_level,
)
from .mitisem import (
    FitSettings as FitSettings,
    fit_student_mixture as fit_student_mixture,
    importance_estimate as importance_estimate,
)
from .mixture import MixtureFilter as MixtureFilter
from .protocol import (
    Filter as Filter,
    FilterInfo as FilterInfo,
    FilterResult as FilterResult,
    ParticleCloud as ParticleCloud,
    WeightCollapseError as WeightCollapseError,
    run_filter as run_filter,
)
from .resampling import RESAMPLING as RESAMPLING
from .state_space import StateSpaceModel as StateSpaceModel, simulate as simulate
from .student import StudentMixture as StudentMixture
