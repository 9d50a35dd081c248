"""The M6 study: assets, periods of four weeks, the factor model, quintile forecasts."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
