"""Ground floor: errors, files, arrays, seeds, downloads. It imports nothing else of the package."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
