"""Tables in three formats and figures in one style (`bayesfolio.report.style`)."""

from bayesfolio.report.tables import Column, read_table, write_table

__all__ = ["Column", "read_table", "write_table"]
