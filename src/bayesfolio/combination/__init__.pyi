from .logistic import LogisticNormalWeights as LogisticNormalWeights
from .returns import combined_returns as combined_returns
from .scores import component_log_scores as component_log_scores, path_log_scores as path_log_scores
from .variants import (
    VARIANTS as VARIANTS,
    CombinationSettings as CombinationSettings,
    ComponentScores as ComponentScores,
    run_variant as run_variant,
)
from .weight_filter import (
    DRIFT_SDS as DRIFT_SDS,
    PROPOSALS as PROPOSALS,
    QUANTILES as QUANTILES,
    Combination as Combination,
    Learning as Learning,
    combine as combine,
    combine_paths as combine_paths,
    pool_log_scores as pool_log_scores,
)
