"""The ten US industry portfolios from three sources through one face, and assets of one's own."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from bayesfolio.core.errors import DataError
from bayesfolio.core.fetch import DownloadLimits
from bayesfolio.momentum.download import KEN_FRENCH_URL, download_industries
from bayesfolio.momentum.kenfrench import INDUSTRIES, Weighting, read_industry_file

Source = Literal["embedded", "kenfrench", "file"]

_EMBEDDED_LAST = "2015-06"
_PROVENANCE = "provenance"


def load_industries(
    source: Source = "embedded",
    weighting: Weighting = "value",
    path: str | Path | None = None,
    *,
    assets: Sequence[str] | None = None,
    start: str | None = None,
    end: str | None = None,
    expected_sha256: str | None = None,
    cache_dir: str | Path | None = None,
    url: str = KEN_FRENCH_URL,
    refresh: bool = False,
    limits: DownloadLimits | None = None,
) -> pd.DataFrame:
    """Load the monthly returns of the ten US industry portfolios.

    Parameters
    ----------
    source : {"embedded", "kenfrench", "file"}
        ``embedded``: the Ken French returns inside the linearmodels package, 1949-01 to 2015-06,
        value-weighted. It has 12 industries: BusEq is taken as HiTec, Chems and Money are
        dropped, so Manuf and Other are close to, not equal to, the ten-industry series.
        ``kenfrench``: downloaded from the Ken French data library once, then read from a cache.
        ``file``: read from `path`.
    weighting : {"value", "equal"}
        Weighting of the stocks inside an industry.
    path : path, optional
        The file, for source "file" only: the library's own CSV or a simple table with the header
        ``month,NoDur,...,Other``.
    assets : sequence of str, optional
        For source "file" only: the columns of a file of other assets, all of them, in the order
        wanted. None is the ten industries.
    start, end : str, optional
        First and last month kept, such as "1926-07" and "2015-06", both included. The source must
        cover them. None keeps all that the source has.
    expected_sha256 : str, optional
        SHA-256 of the CSV file (sources "kenfrench" and "file"); any other content is an error.
    cache_dir, url, refresh, limits
        For source "kenfrench", ignored otherwise: see `bayesfolio.core.download.download_csv`.

    Returns
    -------
    DataFrame
        Months x assets, per cent a month; index a monthly PeriodIndex named "month", without
        gaps; columns `assets` or `INDUSTRIES` in this order; NaN where the source says missing.
        `provenance` describes the result.

    Raises
    ------
    DataError
        Arguments that do not go together, or a source that is not as expected.

    Notes
    -----
    Basturk et al. (2017), section 2. Their text says equally weighted, their numbers are those
    of the value-weighted portfolios.
    """
    _check_arguments(source, weighting, path, expected_sha256, assets)
    if source == "embedded":
        returns, facts = _load_embedded()
        name = "the embedded data"
    else:
        if source == "kenfrench":
            file = download_industries(
                cache_dir, url, refresh=refresh, expected_sha256=expected_sha256, limits=limits
            )
        else:
            file = Path(path or "")
        name = str(file)
        contents = read_industry_file(file, weighting, assets or INDUSTRIES)
        _check_sha256(contents.sha256, expected_sha256, name)
        returns, facts = contents.returns, {"vintage": contents.vintage, "sha256": contents.sha256}
    returns = _cut(returns, start, end, name)
    returns.attrs[_PROVENANCE] = {"source": source, "weighting": weighting, **facts}
    return returns


def provenance(returns: pd.DataFrame) -> dict[str, Any]:
    """Describe where a table of `load_industries` comes from.

    Parameters
    ----------
    returns : DataFrame
        A table of `load_industries`, possibly cut to fewer months or assets.

    Returns
    -------
    dict
        source, weighting, vintage (yyyymm of the library's database, "not stated" where the
        source does not say), sha256 (of the file read), first_month, last_month (yyyy-mm),
        n_assets. Values are str and int, ready for JSON.

    Raises
    ------
    DataError
        The table carries no record of its source.
    """
    facts = returns.attrs.get(_PROVENANCE)
    if facts is None:
        raise DataError(
            "the table has no record of its source, expected one made by load_industries; load it "
            "again, or keep DataFrame.attrs when you derive one table from another"
        )
    if returns.empty:
        raise DataError("the table is empty, expected at least one month and one asset")
    return {
        "source": facts["source"],
        "weighting": facts["weighting"],
        "vintage": facts["vintage"] or "not stated",
        "sha256": facts["sha256"],
        "first_month": str(returns.index[0]),
        "last_month": str(returns.index[-1]),
        "n_assets": returns.shape[1],
    }


def _check_arguments(
    source: str,
    weighting: str,
    path: str | Path | None,
    expected_sha256: str | None,
    assets: Sequence[str] | None,
) -> None:
    if source not in ("embedded", "kenfrench", "file"):
        raise DataError(f"source is {source!r}, expected 'embedded', 'kenfrench' or 'file'")
    if weighting not in ("value", "equal"):
        raise DataError(f"weighting is {weighting!r}, expected 'value' or 'equal'")
    if source == "embedded" and weighting == "equal":
        raise DataError(
            "the embedded data are value-weighted only, asked for equal-weighted; use source "
            "'kenfrench' or 'file', which have both"
        )
    if source == "embedded" and expected_sha256 is not None:
        raise DataError("expected_sha256 is for sources 'kenfrench' and 'file', not 'embedded'")
    if source == "file" and path is None:
        raise DataError("source 'file' needs `path`, the CSV file to read; found None")
    if source != "file" and path is not None:
        raise DataError(f"`path` is for source 'file', found it with {source!r}; drop one of them")
    if assets is not None and source != "file":
        raise DataError(
            f"`assets` is for source 'file', found it with {source!r}; drop one of them"
        )
    if assets is not None and (len(assets) < 2 or len(set(assets)) < len(assets)):
        raise DataError(
            f"assets are {', '.join(assets)}, expected two different names or more: those of the "
            "file's columns"
        )


def _load_embedded() -> tuple[pd.DataFrame, dict[str, str | None]]:
    """Returns and file facts of the data inside linearmodels."""
    from linearmodels.datasets import french

    table = french.load()
    names = {industry: industry for industry in INDUSTRIES} | {"HiTec": "BusEq"}
    lacking = [name for name in ("dates", *names.values()) if name not in table.columns]
    if lacking:
        raise DataError(
            f"the installed linearmodels has no column {lacking[0]!r} in its French data, "
            "expected that of version 7; install linearmodels 7 or use source 'file'"
        )
    # The file holds decimals of returns given in per cent with two digits (.0367 for 3.67).
    values = np.round(100.0 * table[list(names.values())].to_numpy(dtype=float), 2)
    months = pd.PeriodIndex(table["dates"], freq="M", name="month")
    returns = pd.DataFrame(values, index=months, columns=list(INDUSTRIES)).loc[:_EMBEDDED_LAST]
    expected = pd.period_range("1949-01", _EMBEDDED_LAST, freq="M")
    if not returns.index.equals(expected) or not np.isfinite(returns.to_numpy()).all():
        raise DataError(
            f"the installed linearmodels has other French data ({len(returns)} months), expected "
            "798 complete months 1949-01 to 2015-06; install linearmodels 7 or use source 'file'"
        )
    path = Path(french.__file__).parent / "french.csv.bz2"
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    return returns, {"vintage": None, "sha256": digest}


def _check_sha256(found: str, expected: str | None, name: str) -> None:
    if expected is not None and found != expected.lower():
        raise DataError(
            f"{name}: SHA-256 is {found}, expected {expected.lower()}; get the file that the "
            "checksum was taken from, or change `expected_sha256` if the new content is intended"
        )


def _cut(returns: pd.DataFrame, start: str | None, end: str | None, name: str) -> pd.DataFrame:
    """Keep months start..end, which the table must cover."""
    first, last = returns.index[0], returns.index[-1]
    begin, stop = (
        default if text is None else _month(text, label)
        for text, label, default in ((start, "start", first), (end, "end", last))
    )
    if begin > stop:
        raise DataError(f"start {begin} is after end {stop}, expected start <= end")
    if begin < first or stop > last:
        raise DataError(
            f"{name} covers {first} to {last}, asked for {begin} to {stop}; the file may be "
            "truncated or of another vintage: use another source or change `start` and `end`"
        )
    return returns.loc[begin:stop].copy()


def _month(text: str, label: str) -> pd.Period:
    # pandas alone would read "June" as a month of the year 1.
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text, re.ASCII):
        raise DataError(f"{label} is {text!r}, expected a month such as '2015-06'")
    return pd.Period(text, freq="M")
