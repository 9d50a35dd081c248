from .arma import (
    ArmaSettings as ArmaSettings,
    ReturnForecasts as ReturnForecasts,
    arma_forecasts as arma_forecasts,
    mean_forecasts as mean_forecasts,
)
from .garch import (
    GarchFit as GarchFit,
    GarchForecasts as GarchForecasts,
    arch_log_likelihood as arch_log_likelihood,
    fit_garch as fit_garch,
    garch_forecasts as garch_forecasts,
    mean_forecast as mean_forecast,
)
from .periods import period_returns as period_returns
from .prices import (
    INDEX as INDEX,
    VIX as VIX,
    PriceSource as PriceSource,
    load_prices as load_prices,
)
from .scores import (
    DirectionTest as DirectionTest,
    VolatilityScores as VolatilityScores,
    direction_test as direction_test,
    qlike_losses as qlike_losses,
    volatility_scores as volatility_scores,
)
from .serial import (
    IntegrationOrder as IntegrationOrder,
    SerialCorrelation as SerialCorrelation,
    integration_order as integration_order,
    serial_correlation as serial_correlation,
)
from .strategy import (
    LeverageCosts as LeverageCosts,
    leverage_performance as leverage_performance,
    leveraged_returns as leveraged_returns,
    optimal_leverage as optimal_leverage,
)
from .windows import expanding_origins as expanding_origins, join_forecasts as join_forecasts
