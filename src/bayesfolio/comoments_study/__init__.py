"""Co-moments and value at risk of weekly stock returns."""
