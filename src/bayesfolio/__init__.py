"""Bayesian dynamic factor, VAR and stochastic-volatility models of asset returns."""
