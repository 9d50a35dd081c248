"""Density combination: weights of models and strategies that change over time."""

from bayesfolio.combination.combine import (
    DRIFT_SDS,
    PROPOSALS,
    QUANTILES,
    Combination,
    Learning,
    combine,
    combine_paths,
    pool_log_scores,
)
from bayesfolio.combination.logistic import LogisticNormalWeights
from bayesfolio.combination.returns import combined_returns
from bayesfolio.combination.scores import component_log_scores, path_log_scores
from bayesfolio.combination.variants import (
    VARIANTS,
    CombinationSettings,
    ComponentScores,
    run_variant,
)

__all__ = [
    "DRIFT_SDS",
    "PROPOSALS",
    "QUANTILES",
    "VARIANTS",
    "Combination",
    "CombinationSettings",
    "ComponentScores",
    "Learning",
    "LogisticNormalWeights",
    "combine",
    "combine_paths",
    "combined_returns",
    "component_log_scores",
    "path_log_scores",
    "pool_log_scores",
    "run_variant",
]
