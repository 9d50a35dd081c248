"""The one error that forecasting raises on purpose."""


class ForecastError(ValueError):
    """Returns that cannot be forecast from: one sentence with the cause and the remedy."""
