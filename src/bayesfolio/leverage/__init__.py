"""Forecasts of returns and volatility, and optimal leverage by them."""
