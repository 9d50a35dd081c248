"""The leverage study: prices, forecasts of returns and volatility, optimal leverage."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
