from .assets import (
    ASSET_CLASSES as ASSET_CLASSES,
    AssetPrices as AssetPrices,
    load_assets as load_assets,
)
from .baseline import student_baseline as student_baseline
from .competition import Competition as Competition, read_competition as read_competition
from .fit import (
    FactorDiagnostics as FactorDiagnostics,
    FactorFit as FactorFit,
    FactorForecast as FactorForecast,
    FactorSampler as FactorSampler,
    fit_factor_model as fit_factor_model,
)
from .four_weeks import (
    AssetPeriods as AssetPeriods,
    asset_periods as asset_periods,
    check_four_weeks as check_four_weeks,
    earnings_in_periods as earnings_in_periods,
    four_week_calendar as four_week_calendar,
    week_features as week_features,
)
from .observations import observations_at as observations_at
from .pools import linear_pool as linear_pool, log_pool as log_pool, pool_weights as pool_weights
from .quintiles import (
    RANK_COLUMNS as RANK_COLUMNS,
    check_probabilities as check_probabilities,
    check_submission as check_submission,
    quintile_probabilities as quintile_probabilities,
    quintile_targets as quintile_targets,
    ranked_probability_score as ranked_probability_score,
    submission_frame as submission_frame,
)
from .spec import (
    VARIANTS as VARIANTS,
    FactorObservations as FactorObservations,
    FactorPriors as FactorPriors,
    FactorSpec as FactorSpec,
    ManualForecast as ManualForecast,
)
