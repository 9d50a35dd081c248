"""The one error that reading or fetching data raises, and the one warning."""

from bayesfolio.errors import PlainError


class DataError(PlainError, ValueError):
    """Data that cannot be used: the message says what was found, what was expected, what to do."""


class DataChangedWarning(UserWarning):
    """A refreshed download differs from the copy that was cached before."""
