"""The HTML page of a run."""

from bayesfolio.report.page.write import (
    find_files,
    recorded_config,
    unrecorded_studies,
    write_page,
)

__all__ = ["find_files", "recorded_config", "unrecorded_studies", "write_page"]
