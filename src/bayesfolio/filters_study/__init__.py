"""The Monte Carlo study of filters."""
