"""Sources of returns and prices: packages, files or the web."""

from bayesfolio.data._errors import DataChangedWarning, DataError
from bayesfolio.data._fetch import DownloadLimits
from bayesfolio.data.download import KEN_FRENCH_URL, download_industries
from bayesfolio.data.industries import load_industries, provenance
from bayesfolio.data.kenfrench import INDUSTRIES, IndustryFile, read_industry_file
from bayesfolio.data.prices import INDEX, VIX, PriceSource, check_prices, load_prices
from bayesfolio.data.stocks import load_stocks, stock_facts, write_stocks
from bayesfolio.data.wheel import WHEEL_TABLES, load_wheel_prices

__all__ = [
    "INDEX",
    "INDUSTRIES",
    "KEN_FRENCH_URL",
    "VIX",
    "WHEEL_TABLES",
    "DataChangedWarning",
    "DataError",
    "DownloadLimits",
    "IndustryFile",
    "PriceSource",
    "check_prices",
    "download_industries",
    "load_industries",
    "load_prices",
    "load_stocks",
    "load_wheel_prices",
    "provenance",
    "read_industry_file",
    "stock_facts",
    "write_stocks",
]
