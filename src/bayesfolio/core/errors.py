"""Errors that the package raises on purpose, and the one warning.

Each message is one sentence or two: what was found, what was expected, what to do.
"""


class BayesfolioError(Exception):
    """An error about files, data or settings, whose message says the cause and the remedy.

    Where in the code it was raised helps nobody, so jobs report it without a traceback.
    """


class DataError(BayesfolioError, ValueError):
    """Data that cannot be used."""


class ForecastError(BayesfolioError, ValueError):
    """Returns that cannot be forecast from."""


class DamagedFileError(BayesfolioError, ValueError):
    """A file of an earlier job that cannot be used: the message says what to delete."""


class DataChangedWarning(UserWarning):
    """A refreshed download differs from the copy that was cached before."""
