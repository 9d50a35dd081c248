"""Momentum strategies and their performance."""

from bayesfolio.features.calendar import Calendar
from bayesfolio.portfolio.audit import PRINTED_STANDARD_MOMENTUM, standard_momentum_audit
from bayesfolio.portfolio.components import (
    GROUPINGS,
    SUMMED,
    ComponentSet,
    StrategyRecord,
    decision_of_month,
    load_realised,
    load_strategy,
    save_strategies,
)
from bayesfolio.portfolio.performance import (
    Performance,
    StrategyPerformance,
    performance,
    strategy_performance,
)
from bayesfolio.portfolio.predictive import (
    PredictiveReturns,
    foresight_returns,
    portfolio_predictive,
)
from bayesfolio.portfolio.scores import (
    STRATEGIES,
    Strategy,
    strategy_scores,
    strategy_weights,
)
from bayesfolio.portfolio.strategies import (
    StrategyDraws,
    model_strategy_returns,
    realised_returns,
    standard_momentum,
)
from bayesfolio.portfolio.weights import DECILES, momentum_weights

__all__ = [
    "DECILES",
    "GROUPINGS",
    "PRINTED_STANDARD_MOMENTUM",
    "STRATEGIES",
    "SUMMED",
    "Calendar",
    "ComponentSet",
    "Performance",
    "PredictiveReturns",
    "Strategy",
    "StrategyDraws",
    "StrategyPerformance",
    "StrategyRecord",
    "decision_of_month",
    "foresight_returns",
    "load_realised",
    "load_strategy",
    "model_strategy_returns",
    "momentum_weights",
    "performance",
    "portfolio_predictive",
    "realised_returns",
    "save_strategies",
    "standard_momentum",
    "standard_momentum_audit",
    "strategy_performance",
    "strategy_scores",
    "strategy_weights",
]
