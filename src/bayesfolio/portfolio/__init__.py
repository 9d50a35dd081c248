"""Momentum strategies and their performance."""

from bayesfolio.features.calendar import Calendar
from bayesfolio.portfolio.audit import PRINTED_STANDARD_MOMENTUM, standard_momentum_audit
from bayesfolio.portfolio.performance import (
    Performance,
    StrategyPerformance,
    performance,
    strategy_performance,
)
from bayesfolio.portfolio.scores import STRATEGIES, strategy_scores
from bayesfolio.portfolio.strategies import (
    StrategyDraws,
    model_strategy_returns,
    realised_returns,
    standard_momentum,
)
from bayesfolio.portfolio.weights import DECILES, momentum_weights

__all__ = [
    "DECILES",
    "PRINTED_STANDARD_MOMENTUM",
    "STRATEGIES",
    "Calendar",
    "Performance",
    "StrategyDraws",
    "StrategyPerformance",
    "model_strategy_returns",
    "momentum_weights",
    "performance",
    "realised_returns",
    "standard_momentum",
    "standard_momentum_audit",
    "strategy_performance",
    "strategy_scores",
]
