"""Download of a CSV file, such as the Ken French library's ten industries, with a checked cache.

`fetch` (in ``_fetch.py``) gets the file, `unzip_single_csv` opens it where it is an archive, the
reader checks that it holds the tables, and only then is it cached. The cache keeps, per content,
one CSV named by its SHA-256, and one record such as ``10_Industry_Portfolios.provenance.json`` that
names the current one and lists the earlier ones. A cached file is used only while its checksum
agrees with the record.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import stat
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bayesfolio.core.archives import ZIP_FAULTS
from bayesfolio.core.cache import cache_directory
from bayesfolio.core.csv_fields import MAX_TABLE_BYTES
from bayesfolio.core.errors import DataChangedWarning, DataError
from bayesfolio.core.fetch import DownloadLimits, fetch
from bayesfolio.core.files import read_limited
from bayesfolio.momentum.kenfrench import parse_industry_file

KEN_FRENCH_URL = (
    "https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/ftp/10_Industry_Portfolios_CSV.zip"
)
_STEM = "10_Industry_Portfolios"
_MAX_RECORD_BYTES = 1_000_000
_MAX_RECORD_TEXT = 1_000


def download_industries(
    cache_dir: str | Path | None = None,
    url: str = KEN_FRENCH_URL,
    *,
    refresh: bool = False,
    expected_sha256: str | None = None,
    limits: DownloadLimits | None = None,
    rng: np.random.Generator | None = None,
) -> Path:
    """Path of the library's ten-industry CSV, downloaded on first use.

    Parameters
    ----------
    cache_dir : path, optional
        Where downloads are kept; None is `bayesfolio.core.cache.cache_directory`.
    url : str
        Address of the zip archive; a mirror or a test server may stand in for the library.
    refresh : bool
        Download even where a cached file exists. The library revises its files every month, so
        the content may change: the earlier file and its checksum stay in the cache, and a
        `DataChangedWarning` names both checksums.
    expected_sha256 : str, optional
        SHA-256 of the CSV (not of the archive, whose bytes change with its time stamps). Any
        other content is an error and is not cached.
    limits : DownloadLimits, optional
        Time, size and retry limits.
    rng : Generator, optional
        Source of the jitter in the waits between attempts; None waits without jitter.

    Returns
    -------
    Path
        The CSV. Beside it lies ``10_Industry_Portfolios.provenance.json`` with url, retrieved
        (UTC), bytes, sha256, zip_sha256, vintage, file, and the same of earlier contents.

    Raises
    ------
    DataError
        Download refused or failed, unsafe or unreadable archive, a file that is not the table
        expected, a checksum that differs, a cached file changed since its download.

    Warns
    -----
    DataChangedWarning
        A refresh brought another content than the one cached.
    """
    return download_csv(
        _STEM,
        url,
        lambda content: parse_industry_file(content, url, "value").vintage,
        zipped=True,
        cache_dir=cache_dir,
        refresh=refresh,
        expected_sha256=expected_sha256,
        limits=limits,
        rng=rng,
    )


def download_csv(
    stem: str,
    url: str,
    check: Callable[[bytes], str | None],
    *,
    zipped: bool = False,
    cache_dir: str | Path | None = None,
    refresh: bool = False,
    expected_sha256: str | None = None,
    limits: DownloadLimits | None = None,
    rng: np.random.Generator | None = None,
) -> Path:
    """Path of a CSV, downloaded on first use and kept in the cache.

    Parameters
    ----------
    stem : str
        What its name in the cache begins with.
    url : str
        Address of the CSV, or of a zip archive with nothing else in it.
    check : callable
        Given the content, raises `DataError` unless it is what was wanted; returns its vintage.
    zipped : bool
        Whether the address is that of an archive.
    cache_dir, refresh, expected_sha256, limits, rng
        As for `download_industries`, which also says what is recorded, raised and warned of.
    """
    limits = limits or DownloadLimits()
    folder = Path(cache_dir) if cache_dir is not None else cache_directory()
    record_path = folder / f"{stem}.provenance.json"
    record = _read_record(record_path)
    if record is not None and not refresh and record["url"] == url:
        path = _checked_cache(folder, record)
        _check_expected(record["sha256"], expected_sha256, str(path))
        return path
    fetched = fetch(url, limits, rng)
    content = unzip_single_csv(fetched, url, limits.max_uncompressed) if zipped else fetched
    vintage = check(content)
    digest = hashlib.sha256(content).hexdigest()
    _check_expected(digest, expected_sha256, url)
    entry: dict[str, Any] = {
        "url": url,
        "retrieved": datetime.now(UTC).isoformat(timespec="seconds"),
        "bytes": len(content),
        "sha256": digest,
        **({"zip_sha256": hashlib.sha256(fetched).hexdigest()} if zipped else {}),
        "vintage": vintage,
        "file": f"{stem}-{digest[:16]}.csv",
    }
    path = folder / entry["file"]
    entry["earlier"] = _history(record, digest)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(path, content)
        _write(record_path, (json.dumps(entry, indent=2) + "\n").encode())
    except OSError as error:
        raise DataError(
            f"{folder}: the download cannot be stored ({error.strerror or error}); choose another "
            "cache_dir"
        ) from error
    if record is not None and record["sha256"] != digest:
        warnings.warn(
            f"{url}: the content changed: SHA-256 was {record['sha256']} (vintage "
            f"{record['vintage']}), is {digest} (vintage {vintage}); the earlier file stays in "
            f"{folder}, and expected_sha256 pins either",
            DataChangedWarning,
            stacklevel=3,
        )
    return path


def unzip_single_csv(archive: bytes, name: str, max_bytes: int) -> bytes:
    """Content of the only member, a CSV, of a zip archive; nothing is written to disk.

    Parameters
    ----------
    archive : bytes
        The archive.
    name : str
        How error messages call it.
    max_bytes : int
        Largest content accepted; reading stops there whatever the archive says of itself.

    Returns
    -------
    bytes

    Raises
    ------
    DataError
        Not a zip, more or fewer members than one, a member that is no CSV, has a folder or a
        drive in its name, is a link or encrypted, is too large, or fails its CRC.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            members = opened.infolist()
            if len(members) != 1:
                raise DataError(
                    f"{name}: the archive has {len(members)} members, expected one CSV file; check "
                    "`url`"
                )
            _check_member(members[0], name, max_bytes)
            with opened.open(members[0]) as stream:
                content = stream.read(max_bytes + 1)
    except DataError:
        raise
    except ZIP_FAULTS as error:
        start = archive[:20]
        raise DataError(
            f"{name}: not a readable zip archive ({error}; {len(archive)} bytes beginning "
            f"{start!r}), expected the library's zipped CSV; check `url`, or download by hand and "
            "use source 'file'"
        ) from error
    if len(content) > max_bytes:
        raise DataError(
            f"{name}: the CSV unzips to more than {max_bytes:,} bytes, expected about 500,000; "
            "check `url`"
        )
    return content


def _check_member(member: zipfile.ZipInfo, name: str, max_bytes: int) -> None:
    # orig_filename is the name as stored: zipfile cuts `filename` at a zero byte.
    stored = member.orig_filename
    fault = None
    if any(mark in stored for mark in ("/", "\\", ":", "\0")) or stored.startswith("."):
        fault = "a name with a folder, a drive or a leading dot"
    elif not stored.lower().endswith(".csv"):
        fault = "a name that does not end in .csv"
    elif stat.S_ISLNK(member.external_attr >> 16):
        fault = "a symbolic link"
    elif member.flag_bits & 1:
        fault = "encrypted"
    elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        fault = f"of compression type {member.compress_type}"
    elif member.file_size > max_bytes:
        fault = f"{member.file_size:,} bytes when unzipped, more than {max_bytes:,}"
    if fault is not None:
        raise DataError(
            f"{name}: the archive's member {stored[:80]!r} is {fault}; expected a plain CSV of "
            "about 500,000 bytes: check `url`"
        )


def _check_expected(found: str, expected: str | None, name: str) -> None:
    if expected is not None and found != expected.lower():
        raise DataError(
            f"{name}: SHA-256 of the CSV is {found}, expected {expected.lower()}; the library has "
            "revised its file or it is not the one meant: find the earlier file and use source "
            "'file', or change `expected_sha256`"
        )


def _read_record(path: Path) -> dict[str, Any] | None:
    """The cache's record; None where there is none."""
    try:
        record = json.loads(read_limited(path, _MAX_RECORD_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(
            f"{path}: cannot be read as JSON ({error}), expected the record of a download; delete "
            "it to download again"
        ) from error
    keys = ("url", "sha256", "file", "retrieved")
    if not isinstance(record, dict) or any(not isinstance(record.get(k), str) for k in keys):
        raise DataError(
            f"{path}: lacks one of {', '.join(keys)}, expected the record of a download; delete it "
            "to download again"
        )
    odd = [
        key for key in keys if not record[key].isprintable() or len(record[key]) > _MAX_RECORD_TEXT
    ]
    if odd or not re.fullmatch("[0-9a-f]{64}", record["sha256"]):
        raise DataError(
            f"{path}: its `{(odd or ['sha256'])[0]}` is not what a download records; delete it to "
            "download again"
        )
    record = {"vintage": None, "earlier": [], **record}
    if not isinstance(record["earlier"], list):
        raise DataError(f"{path}: `earlier` is not a list; delete the file to download again")
    return record


def _checked_cache(folder: Path, record: dict[str, Any]) -> Path:
    """Path of the cached CSV after comparing its checksum with the record."""
    path = folder / Path(record["file"]).name
    try:
        found = hashlib.sha256(read_limited(path, MAX_TABLE_BYTES)).hexdigest()
    except OSError as error:
        raise DataError(
            f"{path}: the cached file cannot be read ({error.strerror or error}); pass "
            "refresh=True to download again, which may bring another vintage"
        ) from error
    if found != record["sha256"]:
        raise DataError(
            f"{path}: the cached file was changed or damaged since {record['retrieved']} (SHA-256 "
            f"is {found}, was {record['sha256']}); pass refresh=True to download again, which may "
            "bring another vintage"
        )
    return path


def _history(record: dict[str, Any] | None, digest: str) -> list[dict[str, Any]]:
    """Entries of earlier contents, oldest first."""
    if record is None:
        return []
    earlier = list(record["earlier"])
    if record["sha256"] != digest:
        earlier.append({key: value for key, value in record.items() if key != "earlier"})
    return earlier


def _write(path: Path, content: bytes) -> None:
    """Write to a temporary name in the same folder, then rename."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(handle, 0o644)  # mkstemp makes it private; a cache may be shared
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
