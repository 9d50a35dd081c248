"""The ground floor, which imports nothing of the package above it."""
