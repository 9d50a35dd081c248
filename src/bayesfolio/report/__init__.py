"""Tables in three formats and figures in one style."""

from bayesfolio.report.style import save_figure
from bayesfolio.report.tables import Column, read_table, write_table

__all__ = ["Column", "read_table", "save_figure", "write_table"]
