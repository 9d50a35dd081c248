"""Sources of returns: the ten US industry portfolios, and single stocks."""

from bayesfolio.data._errors import DataChangedWarning, DataError
from bayesfolio.data._fetch import DownloadLimits
from bayesfolio.data.download import KEN_FRENCH_URL, download_industries
from bayesfolio.data.industries import load_industries, provenance
from bayesfolio.data.kenfrench import INDUSTRIES, IndustryFile, read_industry_file
from bayesfolio.data.stocks import load_stocks, stock_facts, write_stocks

__all__ = [
    "INDUSTRIES",
    "KEN_FRENCH_URL",
    "DataChangedWarning",
    "DataError",
    "DownloadLimits",
    "IndustryFile",
    "download_industries",
    "load_industries",
    "load_stocks",
    "provenance",
    "read_industry_file",
    "stock_facts",
    "write_stocks",
]
