"""Sources of returns and prices: packages, files or the web."""

from bayesfolio.data._errors import DataChangedWarning, DataError
from bayesfolio.data._fetch import DownloadLimits
from bayesfolio.data.assets import ASSET_CLASSES, RENAMED, AssetPrices, load_assets
from bayesfolio.data.download import KEN_FRENCH_URL, download_industries
from bayesfolio.data.industries import load_industries, provenance
from bayesfolio.data.kenfrench import INDUSTRIES, IndustryFile, read_industry_file
from bayesfolio.data.m6 import Competition, read_competition
from bayesfolio.data.prices import INDEX, VIX, PriceSource, check_prices, load_prices
from bayesfolio.data.stocks import load_stocks, stock_facts, write_stocks
from bayesfolio.data.wheel import WHEEL_TABLES, load_wheel_prices

__all__ = [
    "ASSET_CLASSES",
    "INDEX",
    "INDUSTRIES",
    "KEN_FRENCH_URL",
    "RENAMED",
    "VIX",
    "WHEEL_TABLES",
    "AssetPrices",
    "Competition",
    "DataChangedWarning",
    "DataError",
    "DownloadLimits",
    "IndustryFile",
    "PriceSource",
    "check_prices",
    "download_industries",
    "load_assets",
    "load_industries",
    "load_prices",
    "load_stocks",
    "load_wheel_prices",
    "provenance",
    "read_competition",
    "read_industry_file",
    "stock_facts",
    "write_stocks",
]
