"""The one error that forecasting raises on purpose."""

from bayesfolio.errors import PlainError


class ForecastError(PlainError, ValueError):
    """Returns that cannot be forecast from: one sentence with the cause and the remedy."""
