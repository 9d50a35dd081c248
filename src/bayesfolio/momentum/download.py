"""The ten industries of the Ken French data library, downloaded and kept in the cache."""

from pathlib import Path
from typing import Any

from bayesfolio.core.download import download_csv
from bayesfolio.momentum.kenfrench import parse_industry_file

KEN_FRENCH_URL = (
    "https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/ftp/10_Industry_Portfolios_CSV.zip"
)


def download_industries(
    cache_dir: str | Path | None = None, url: str = KEN_FRENCH_URL, **options: Any
) -> Path:
    """Path of the library's ten-industry CSV, downloaded on first use.

    Arguments are those of `download_csv`; the library revises its file every month.
    """

    def vintage(content: bytes) -> str | None:
        return parse_industry_file(content, url, "value").vintage

    stem = "10_Industry_Portfolios"
    return download_csv(stem, url, vintage, zipped=True, cache_dir=cache_dir, **options)
