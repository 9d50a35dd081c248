"""The study of filters: simulated samples, runs of every filter, errors and times."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
