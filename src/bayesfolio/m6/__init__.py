"""Forecasts of the ranks of assets, as in the M6 competition."""
