"""The page of a run: all its tables and figures in one HTML file."""
