"""Fetch a small file over HTTP: pooch downloads and tries again, within limits of time and size."""

import io
import tempfile
import threading
from concurrent.futures import Future
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from bayesfolio.core.errors import DataError

_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
BY_HAND = "pass another `url`, or download by hand and use source 'file'"


@dataclass(frozen=True)
class DownloadLimits:
    """Limits of a download.

    Attributes
    ----------
    connect_timeout, read_timeout : float
        Seconds to wait for a connection, and for the next bytes.
    deadline : float
        Seconds for everything: attempts, redirects and the waits between them.
    attempts : int
        Attempts in all, with waits of 1, 2, 3, ... seconds between them. Time-outs, broken
        connections, truncated bodies and the statuses 408, 425, 429, 500, 502, 503 and 504 are
        tried again; anything else is not.
    max_bytes, max_uncompressed : int
        Largest download, and largest content where it is an archive, in bytes.
    """

    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    deadline: float = 120.0
    attempts: int = 4
    max_bytes: int = 5_000_000
    max_uncompressed: int = 20_000_000

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not 0 < value < float("inf"):
                raise DataError(f"DownloadLimits.{item.name} is {value}, expected a number above 0")


class _NotAgain(Exception):
    """A fault that another attempt would not cure; pooch lets it pass."""


def fetch(url: str, limits: DownloadLimits, folder: Path) -> bytes:
    """Body of a GET request; `folder` holds it while it is not complete.

    Certificates are verified, and a redirect never leads from https to http. A failure is a
    DataError; only a folder that cannot be written to is an OSError.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise DataError(f"url is {url!r}, expected one that begins with https:// or http://")
    result: Future[bytes] = Future()

    def download(scratch: str) -> None:
        try:
            result.set_result(_download(url, limits, scratch))
        except Exception as error:
            result.set_exception(error)

    with tempfile.TemporaryDirectory(
        prefix=".download-", dir=folder, ignore_cleanup_errors=True
    ) as scratch:
        # The read time-out begins anew with each byte, so the deadline leaves the thread behind.
        threading.Thread(target=download, args=(scratch,), daemon=True).start()
        try:
            return result.result(limits.deadline)
        except TimeoutError as error:
            raise DataError(
                f"{url}: not finished within {limits.deadline:g} s; try later, {BY_HAND}"
            ) from error


def _download(url: str, limits: DownloadLimits, scratch: str) -> bytes:
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")  # its messages name a folder that is soon gone
    get = pooch.HTTPDownloader(
        timeout=(limits.connect_timeout, limits.read_timeout),
        headers={"User-Agent": "bayesfolio"},
        hooks={"response": _check_redirect},
    )

    def attempt(url: str, path: str, _: Any) -> None:
        try:
            with _LimitedFile(path, limits.max_bytes) as file:
                get(url, file, None)
        except (requests.RequestException, ValueError) as error:
            text, curable = _fault(error)
            if curable:
                raise
            raise _NotAgain(text) from error

    again = limits.attempts - 1
    source = pooch.create(
        scratch, "", registry={"body": None}, urls={"body": url}, retry_if_failed=again
    )
    try:
        return Path(source.fetch("body", downloader=attempt)).read_bytes()
    except _NotAgain as error:
        raise DataError(f"{url}: {error}; check `url`, {BY_HAND}") from error
    except requests.RequestException as error:
        tried = f"attempt {limits.attempts} of {limits.attempts}"
        raise DataError(f"{url}: {_fault(error)[0]} ({tried}); try later, {BY_HAND}") from error


class _LimitedFile(io.FileIO):
    """A file that refuses to grow beyond a size."""

    def __init__(self, path: str, max_bytes: int) -> None:
        super().__init__(path, "wb")
        self.max_bytes = max_bytes

    def write(self, piece: Any) -> int:
        if self.tell() + len(piece) > self.max_bytes:
            raise _NotAgain(f"larger than {self.max_bytes:,} bytes, expected a small file")
        return super().write(piece)


def _check_redirect(response: Any, **_: Any) -> None:
    target = urljoin(response.url, response.headers.get("location", ""))
    if response.is_redirect and response.url.startswith("https:") and target.startswith("http:"):
        raise _NotAgain(f"redirected to {target[:200]!r}, expected an address as safe as the first")


def _fault(error: Exception) -> tuple[str, bool]:
    """What was found, and whether another attempt may cure it."""
    from requests import exceptions as kinds

    root: BaseException = error
    while inner := root.__cause__ or root.__context__:
        root = inner
    if isinstance(error, kinds.HTTPError) and error.response is not None:
        status = error.response.status_code
        return f"the server answered {status} {error.response.reason}", status in _RETRIED_STATUS
    if isinstance(error, kinds.SSLError):
        text = f"the server's certificate was not accepted ({root}); set REQUESTS_CA_BUNDLE"
        return f"{text} if your network has certificates of its own", False
    if isinstance(error, kinds.ConnectionError | kinds.Timeout | kinds.ChunkedEncodingError):
        return f"connection failed ({root})", True
    return f"cannot be downloaded ({error})", False
