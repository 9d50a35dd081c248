from .audit import (
    PRINTED_STANDARD_MOMENTUM as PRINTED_STANDARD_MOMENTUM,
    standard_momentum_audit as standard_momentum_audit,
)
from .calendar import Calendar as Calendar, check_months as check_months
from .components import (
    GROUPINGS as GROUPINGS,
    SUMMED as SUMMED,
    ComponentSet as ComponentSet,
    StrategyRecord as StrategyRecord,
    decision_of_month as decision_of_month,
    load_realised as load_realised,
    load_strategy as load_strategy,
    save_strategies as save_strategies,
)
from .industries import load_industries as load_industries
from .kenfrench import INDUSTRIES as INDUSTRIES, read_industry_file as read_industry_file
from .missing import check_missing as check_missing
from .performance_measures import (
    Performance as Performance,
    StrategyPerformance as StrategyPerformance,
    performance as performance,
    strategy_performance as strategy_performance,
)
from .predictive import (
    PredictiveReturns as PredictiveReturns,
    foresight_returns as foresight_returns,
    portfolio_predictive as portfolio_predictive,
)
from .scores import (
    STRATEGIES as STRATEGIES,
    Breakpoints as Breakpoints,
    Strategy as Strategy,
    model_momentum as model_momentum,
    strategy_scores as strategy_scores,
    strategy_weights as strategy_weights,
)
from .strategies import (
    StrategyDraws as StrategyDraws,
    model_strategy_returns as model_strategy_returns,
    realised_returns as realised_returns,
    standard_momentum as standard_momentum,
)
from .stylised_facts import (
    explained_variance as explained_variance,
    pair_correlations as pair_correlations,
    stylised_windows as stylised_windows,
)
from .weights import DECILES as DECILES, momentum_weights as momentum_weights
