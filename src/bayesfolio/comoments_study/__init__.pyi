from .stocks import load_stocks as load_stocks
from .study import (
    Backtest as Backtest,
    FittedModels as FittedModels,
    ModelSettings as ModelSettings,
    backtest as backtest,
    bootstrap_study as bootstrap_study,
    fit_study as fit_study,
)
