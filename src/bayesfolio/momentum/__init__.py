"""Momentum strategies on the returns of industries."""
