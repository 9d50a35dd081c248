"""Download of a CSV file, with a checked cache.

What `fetch` gets is unzipped where it is an archive, and cached only once the file's reader finds
the tables in it. The cache keeps, per content, one CSV named by its SHA-256, and one record such as
``10_Industry_Portfolios.provenance.json`` that describes the current one and lists the earlier
ones. A cached file is used only while its checksum agrees with the record.
"""

import hashlib
import io
import json
import warnings
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bayesfolio.core.archives import ZIP_FAULTS, member_content
from bayesfolio.core.cache import cache_directory
from bayesfolio.core.errors import DataChangedWarning, DataError
from bayesfolio.core.fetch import BY_HAND, DownloadLimits, fetch
from bayesfolio.core.files import replacing


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
    cache_dir : path, optional
        Where downloads are kept; None is `bayesfolio.core.cache.cache_directory`.
    refresh : bool
        Download even where a cached file exists. The earlier file and its record stay.
    expected_sha256 : str, optional
        SHA-256 of the CSV (not of an archive, whose bytes change with its time stamps). Any other
        content is an error and is not cached.
    limits : DownloadLimits, optional
        Time, size and retry limits.

    Returns
    -------
    Path
        The CSV. Beside it lies ``<stem>.provenance.json`` with url, retrieved (UTC), bytes, sha256,
        zip_sha256 (of an archive), vintage, file, and the same of earlier contents.

    Raises
    ------
    DataError
        Download refused or failed, unreadable archive, a page or a table that is not the one
        expected, a checksum that differs, a cached file changed since its download.

    Warns
    -----
    DataChangedWarning
        A refresh brought another content than the one cached.
    """
    limits = limits or DownloadLimits()
    folder = Path(cache_dir) if cache_dir is not None else cache_directory()
    record_path = folder / f"{stem}.provenance.json"
    record = _read_record(record_path)
    if record is not None and not refresh and record["url"] == url:
        path = _checked_cache(folder / record["file"], record)
        _check_expected(record["sha256"], expected_sha256, str(path))
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fetched = fetch(url, limits, folder)
        if zipped:
            content = unzip_single_csv(fetched, url, limits.max_uncompressed)
        else:
            content = _not_a_page(fetched, url)
        entry: dict[str, Any] = {
            "url": url,
            "retrieved": datetime.now(UTC).isoformat(timespec="seconds"),
            "bytes": len(content),
            "sha256": (digest := hashlib.sha256(content).hexdigest()),
            **({"zip_sha256": hashlib.sha256(fetched).hexdigest()} if zipped else {}),
            "vintage": check(content),
            "file": f"{stem}-{digest[:16]}.csv",
        }
        _check_expected(digest, expected_sha256, url)
        changed = record is not None and record["sha256"] != digest
        earlier = record.pop("earlier") if record else []
        entry["earlier"] = earlier + [record] * changed
        with replacing(path := folder / entry["file"]) as temporary:
            temporary.write_bytes(content)
        with replacing(record_path) as temporary:
            temporary.write_text(json.dumps(entry, indent=2) + "\n")
    except OSError as error:
        raise DataError(
            f"{folder}: the download cannot be stored ({error.strerror or error}); choose another "
            "cache_dir"
        ) from error
    if record is not None and changed:
        warnings.warn(
            f"{url}: the content changed: SHA-256 was {record['sha256']} (vintage "
            f"{record['vintage']}), is {digest} (vintage {entry['vintage']}); the earlier file "
            f"stays in {folder}, and expected_sha256 pins either",
            DataChangedWarning,
            stacklevel=3,
        )
    return path


def unzip_single_csv(archive: bytes, name: str, max_bytes: int) -> bytes:
    """Content of a zip archive's only member, read into memory and checked by its CRC.

    Raises
    ------
    DataError
        Not such an archive, or the content is larger than `max_bytes`, where reading stops.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            members = opened.infolist()
            if len(members) != 1:
                raise ValueError(f"it has {len(members)} members")
            return member_content(opened, members[0], max_bytes)
    except ZIP_FAULTS as error:
        raise DataError(
            f"{name}: not a zip archive of one small CSV ({error}; {len(archive)} bytes beginning "
            f"{archive[:20]!r}); {BY_HAND}"
        ) from error


def _not_a_page(content: bytes, url: str) -> bytes:
    """The content, unless it is plain that a person was meant to read it."""
    first = content.decode("utf-8-sig", "replace").lstrip().partition("\n")[0]
    if "," not in first or first[0] in "<{":
        raise DataError(
            f"{url}: the answer is a page and not the data: its first line is {first[:60]!r}, "
            "expected names of columns; the site may ask for a key or a captcha, so open the "
            f"address in a browser, then {BY_HAND}"
        )
    return content


def _check_expected(found: str, expected: str | None, name: str) -> None:
    if expected is not None and found != expected.lower():
        raise DataError(
            f"{name}: SHA-256 of the CSV is {found}, expected {expected.lower()}; the file was "
            "revised or is not the one meant: find the earlier file and use source 'file', or "
            "change `expected_sha256`"
        )


def _read_record(path: Path) -> dict[str, Any] | None:
    """The cache's record; None where there is none."""
    try:
        record = json.loads(path.read_bytes())
        needed = ("url", "sha256", "vintage", "file", "earlier")
        return dict(record, **{key: record[key] for key in needed})
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DataError(
            f"{path}: not the record of a download ({error!r}); delete it to download again"
        ) from error


def _checked_cache(path: Path, record: dict[str, Any]) -> Path:
    """The path of the cached CSV, whose checksum agrees with the record."""
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "of no file"
    if found != record["sha256"]:
        raise DataError(
            f"{path}: the cached file was removed, changed or damaged since it was downloaded "
            f"(SHA-256 is {found}, was {record['sha256']}); pass refresh=True to download again, "
            "which may bring another vintage"
        )
    return path
