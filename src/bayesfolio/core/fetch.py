"""Fetch a small file over HTTP within limits of time and size."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np

from bayesfolio.core.errors import DataError

_CHUNK = 65_536
_RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_BY_HAND = "try later, pass another `url`, or download by hand and use source 'file'"


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
        Attempts in all. Time-outs, broken connections, truncated bodies and the statuses 408,
        425, 429, 500, 502, 503 and 504 are tried again; anything else is not.
    backoff : float
        Seconds before the second attempt; doubled for each one after it, and multiplied by a
        uniform draw from [1, 2) where a generator is given.
    max_bytes, max_uncompressed : int
        Largest archive and largest content of it, in bytes.
    """

    connect_timeout: float = 10.0
    read_timeout: float = 30.0
    deadline: float = 120.0
    attempts: int = 4
    backoff: float = 1.0
    max_bytes: int = 5_000_000
    max_uncompressed: int = 20_000_000

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if not 0 < value < float("inf"):
                raise DataError(f"DownloadLimits.{item.name} is {value}, expected a number above 0")


class _Retry(Exception):
    """A fault that another attempt may cure; the text says what was found."""


def fetch(url: str, limits: DownloadLimits, rng: np.random.Generator | None = None) -> bytes:
    """Body of a GET request.

    Parameters
    ----------
    url : str
        http or https address. Certificates are verified; redirects are followed to http and https
        only and never from https to http. Proxies of the environment are used.
    limits : DownloadLimits
        Time, size and retry limits.
    rng : Generator, optional
        Source of jitter between attempts.

    Returns
    -------
    bytes
        The whole body, at most ``limits.max_bytes`` long.

    Raises
    ------
    DataError
        Any failure, after the attempts that the limits allow.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise DataError(f"url is {url!r}, expected one that begins with https:// or http://")
    end = time.monotonic() + limits.deadline
    attempt = 0
    while True:
        attempt += 1
        try:
            return _attempt(url, limits, end)
        except _Retry as fault:
            wait = limits.backoff * 2 ** (attempt - 1)
            if rng is not None:
                wait *= 1.0 + rng.random()
            late = time.monotonic() + wait >= end
            if attempt >= limits.attempts or late:
                limit = f", deadline of {limits.deadline:g} s reached" if late else ""
                raise DataError(
                    f"{url}: {fault} (attempt {attempt} of {limits.attempts}{limit}); {_BY_HAND}"
                ) from fault
            time.sleep(wait)


def _attempt(url: str, limits: DownloadLimits, end: float) -> bytes:
    """One request; raises `_Retry` where another attempt makes sense."""
    watch = _Deadline(end)
    opener = _opener(limits, watch)
    try:
        request = urllib.request.Request(url, headers={"User-Agent": "bayesfolio"})
        timeout = _left(limits.connect_timeout, end)
        with watch, opener.open(request, timeout=timeout) as response:
            return _read_body(response, url, limits, watch)
    except urllib.error.HTTPError as error:
        error.close()
        reason = " ".join(str(error.reason).split())
        status = f"the server answered {error.code} {reason}"
        if error.code in _RETRIED_STATUS:
            raise _Retry(status) from error
        raise DataError(f"{url}: {status}; check `url`, or {_BY_HAND}") from error
    except DataError:
        raise
    except (ValueError, http.client.InvalidURL) as error:
        raise DataError(f"{url!r} is not a usable address ({error}); check `url`") from error
    except (OSError, http.client.HTTPException) as error:
        cause = error.reason if isinstance(error, urllib.error.URLError) else error
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise DataError(
                f"{url}: the server's certificate was not accepted ({cause.verify_message}); check "
                "the system's certificates and clock, or download by hand and use source 'file'"
            ) from error
        if watch.passed:
            raise _Retry(f"not finished within {limits.deadline:g} s") from error
        if isinstance(cause, TimeoutError):
            raise _Retry("timed out waiting for the server") from error
        raise _Retry(f"connection failed ({str(cause) or type(cause).__name__})") from error


def _read_body(
    response: http.client.HTTPResponse, url: str, limits: DownloadLimits, watch: "_Deadline"
) -> bytes:
    """The body, piece by piece, against the size limit and the length announced."""
    too_large = (
        f"{url}: the file at {response.geturl()} is larger than {limits.max_bytes:,} bytes, "
        "expected a small archive; check `url`"
    )
    text = response.headers.get("Content-Length", "")
    announced = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
    if announced is not None and announced > limits.max_bytes:
        raise DataError(too_large)
    body = bytearray()
    while piece := response.read1(_CHUNK):
        body += piece
        if len(body) > limits.max_bytes:
            raise DataError(too_large)
    if watch.passed:
        raise TimeoutError
    if announced is not None and len(body) != announced:
        raise _Retry(f"the body is truncated: {len(body)} bytes came, {announced} were announced")
    return bytes(body)


def _left(timeout: float, end: float) -> float:
    """A time-out cut to what is left before the deadline, never below a millisecond."""
    return max(min(timeout, end - time.monotonic()), 1e-3)


class _Deadline:
    """Shuts the connection's socket at a given time, so no read can outlast it."""

    def __init__(self, end: float) -> None:
        self.end = end
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(max(end - time.monotonic(), 0.0), self._expire)
        self._timer.daemon = True

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, connection: socket.socket) -> None:
        with self._lock:
            self._sockets.append(connection)
            if self.passed:
                self._shut()

    def _expire(self) -> None:
        with self._lock:
            self.passed = True
            self._shut()

    def _shut(self) -> None:
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                # The plain socket's method: that of a TLS socket would alter its state
                # under the reader's feet.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow redirects to http and https only, never from https to http."""

    max_redirections = 5

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        old, new = (urllib.parse.urlsplit(u).scheme for u in (req.full_url, newurl))
        if new not in ("http", "https") or (old == "https" and new == "http"):
            raise DataError(
                f"{req.full_url}: redirected to {newurl[:200]!r}, expected an address as safe as "
                "the first; check `url`"
            )
        fp.close()  # or the base class would read the whole body of the redirect, however long
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(limits: DownloadLimits, watch: _Deadline) -> urllib.request.OpenerDirector:
    """Opener whose connections change to the read time-out once connected."""

    def connected(connection: http.client.HTTPConnection) -> None:
        if connection.sock is not None:
            connection.sock.settimeout(_left(limits.read_timeout, watch.end))
            watch.watch(connection.sock)

    class Http(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            connected(self)

    class Https(http.client.HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            connected(self)

    context = ssl.create_default_context()

    class HttpHandler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return cast(http.client.HTTPResponse, self.do_open(Http, req))

    class HttpsHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return cast(http.client.HTTPResponse, self.do_open(Https, req, context=context))

    return urllib.request.build_opener(HttpHandler, HttpsHandler, _Redirects)
