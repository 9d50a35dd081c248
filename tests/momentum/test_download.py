"""Downloads from a local server that stalls, lies and breaks off."""

import hashlib
import io
import json
import shutil
import socketserver
import ssl
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bayesfolio.core.errors import DataChangedWarning, DataError
from bayesfolio.core.fetch import DownloadLimits
from bayesfolio.leverage.prices import INDEX, load_prices
from bayesfolio.momentum.download import download_industries
from bayesfolio.momentum.industries import load_industries, provenance

LIMITS = DownloadLimits(0.5, 0.2, 5.0, attempts=3, max_bytes=50_000, max_uncompressed=100_000)
RECORD = "10_Industry_Portfolios.provenance.json"
OK_HEAD = b"HTTP/1.0 200 OK\r\n\r\n"

Answer = bytes | tuple[bytes, bytes, float]
"""A whole response, or its beginning, a piece sent again and again, and the pauses between."""


class Server(socketserver.ThreadingTCPServer):
    """A local server; `answers` are given in turn, the last one for ever after."""

    daemon_threads = True
    answers: list[Answer]

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), None)  # type: ignore[arg-type]
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.requests: list[str] = []
        self.stop = threading.Event()
        scheme = "http" if context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self.server_address[1]}/data.zip"
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def finish_request(self, request: Any, _: object) -> None:
        self.requests.append(request.recv(10_000).split()[1].decode())
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        head, piece, pause = answer if isinstance(answer, tuple) else (answer, b"", None)
        request.sendall(head)
        while pause is not None and not self.stop.wait(pause):
            request.sendall(piece)

    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that pooch would have waited between attempts; no proxy is between."""
    waited: list[float] = []
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=waited.append))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return waited


@pytest.fixture
def server(archive: bytes) -> Iterator[Server]:
    with Server() as running:
        running.answers = [send(archive)]
        yield running
        running.stop.set()
        running.shutdown()


@pytest.fixture(scope="session")
def archive(library_text: str) -> bytes:
    return zipped(library_text.encode())


def zipped(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(zipfile.ZipInfo("a.csv"), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def send(body: bytes, status: int = 200, announced: int | None = None, more: str = "") -> bytes:
    size = len(body) if announced is None else announced
    return f"HTTP/1.0 {status} So\r\n{more}Content-Length: {size}\r\n\r\n".encode() + body


def redirect(target: str) -> bytes:
    return send(b"", 302, more=f"Location: {target}\r\n")


def get(server: Server, folder: Path, **options: Any) -> Path:
    return download_industries(folder, server.url, **{"limits": LIMITS, **options})


def refused(
    server: Server, folder: Path, message: str, *answers: Answer, requests: int = 1, **options: Any
) -> None:
    """A download is refused with a message, after so many requests, and nothing is stored."""
    server.answers, before = list(answers), files(folder)
    server.requests.clear()
    with pytest.raises(DataError, match=message):
        get(server, folder, refresh=True, **options)
    assert len(server.requests) == requests
    assert files(folder) == before


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_download_cache_and_record(
    server: Server, archive: bytes, library_text: str, tmp_path: Path
) -> None:
    folder, content = tmp_path / "new" / "cache", library_text.encode()
    path = get(server, folder)
    assert path.read_bytes() == content
    assert get(server, folder) == path
    assert len(server.requests) == 1, "the second call must use the cache"
    record = json.loads((folder / RECORD).read_text())
    digest, zip_digest = (hashlib.sha256(part).hexdigest() for part in (content, archive))
    assert record.pop("retrieved").endswith("+00:00")
    assert record == {
        "url": server.url, "bytes": len(content), "sha256": digest, "zip_sha256": zip_digest,
        "vintage": "200206", "file": path.name, "earlier": [],
    }  # fmt: skip
    assert files(folder) == sorted([path.name, RECORD]), "no temporary file may stay"
    download_industries(folder, f"{server.url}?mirror", limits=LIMITS)
    assert len(server.requests) == 2, "the cache must not answer for another address"


def test_load_industries_by_download(server: Server, values: np.ndarray, tmp_path: Path) -> None:
    table = load_industries(
        "kenfrench", "equal", cache_dir=tmp_path, url=server.url, limits=LIMITS, end="2001-12"
    )
    np.testing.assert_array_equal(table.to_numpy(), values[1, :24])
    facts = provenance(table)
    assert (facts["source"], facts["vintage"]) == ("kenfrench", "200206")


def test_what_is_tried_again(
    server: Server, archive: bytes, tmp_path: Path, waits: list[float]
) -> None:
    short = send(archive[:-100], announced=len(archive))
    server.answers = [send(b"busy", 503), short, send(archive)]
    assert get(server, tmp_path).is_file()
    assert waits == [1, 2]
    message = r"answered 429 So \(attempt 3 of 3\); try later, pass another `url`, or"
    refused(server, tmp_path, message, send(b"busy", 429), requests=3)
    message = rf"connection failed \(IncompleteRead\({len(archive) - 100} bytes read, 100 more"
    refused(server, tmp_path, message, short, requests=3)
    for head in (b"", send(b"PK", announced=9)):
        refused(server, tmp_path, "timed out.*attempt 3 of 3", (head, b"", 5.0), requests=3)


def test_what_is_not_tried_again(server: Server, archive: bytes, tmp_path: Path) -> None:
    refused(server, tmp_path, "the server answered 404 So; check `url`", send(b"no", 404))
    endless = (OK_HEAD, b"x" * 10_000, 0.0)
    refused(server, tmp_path, "larger than 50,000 bytes, expected a small file", endless)
    refused(server, tmp_path, "not a zip archive", OK_HEAD + archive[:-100])
    refused(server, tmp_path, "not a zip archive .*<html>", send(b"<html>Log in</html>"))
    refused(server, tmp_path, "no section", send(zipped(b"title\n,NoDur\n200001,1\n\nCopyright\n")))


def test_deadline(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pooch.core.time", time)
    limits, begin = DownloadLimits(read_timeout=0.3, deadline=0.6), time.monotonic()
    for head, piece in ((OK_HEAD, b"x"), (b"HTTP/1.0 200 OK\r\n", b"X-Slow: 1\r\n")):
        message, trickle = r"not finished within 0\.6 s; try later", (head, piece, 0.03)
        refused(server, tmp_path, message, trickle, limits=limits)
    refused(server, tmp_path, message, send(b"busy", 500), limits=limits)
    assert time.monotonic() - begin < 3


def test_bad_addresses(tmp_path: Path) -> None:
    for url, message in (
        ("http://127.0.0.1:9/x.zip", r"connection failed .*refused.*use source 'file'"),
        ("file:///etc/hostname", "begins with https://"),
        ("", "begins with https://"),
        ("http://127.0.0.1:port/x", "cannot be downloaded .*not a valid host or port"),
        ("http://[bad/x", "cannot be downloaded .*not a valid host or port"),
        ("http://", "cannot be downloaded .*No host"),
    ):
        with pytest.raises(DataError, match=message):
            download_industries(tmp_path, url, limits=LIMITS)


def test_redirects(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.answers = [redirect("/other.zip"), send(archive)]
    assert get(server, tmp_path).is_file()
    assert server.requests == ["/data.zip", "/other.zip"]
    refused(server, tmp_path, "cannot be downloaded .*file:///etc", redirect("file:///etc/hosts"))
    refused(server, tmp_path, "cannot be .*30 redirects", redirect("/data.zip"), requests=31)


def test_certificate_is_verified(
    tmp_path: Path, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = (
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout"
        f" {key} -out {certificate} -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Server(context) as running:
        folder = tmp_path / "cache"
        refused(running, folder, "certificate was not accepted", send(archive), requests=0)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert get(running, folder).is_file()
        refused(running, folder, "as safe as the first", redirect("http://127.0.0.1/x"))
        running.shutdown()


def test_zip_bombs(server: Server, tmp_path: Path) -> None:
    bomb = bytearray(zipped(b"0" * 10_000_000))
    assert len(bomb) < LIMITS.max_bytes
    refused(server, tmp_path, r"a\.csv is larger than 100,000 bytes", send(bytes(bomb)))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = bomb.index(mark) + offset
        bomb[at : at + 4] = (500).to_bytes(4, "little")  # it understates its size
    refused(server, tmp_path, "not a zip archive", send(bytes(bomb)))


def test_a_page_is_not_taken_for_a_table(server: Server, tmp_path: Path) -> None:
    key = b"Get your apikey:\n\n1. Open https://example.com/?get_apikey\n2. Enter the captcha.\n"
    for page in (key, b"\xef\xbb\xbf\n<p>Busy, try later</p>\n", b'{"error": "key", "of": 1}', b""):
        server.answers = [send(page)]
        with pytest.raises(DataError, match=r"is a page and not the data: .*open the address"):
            load_prices(INDEX, "stooq", url=server.url, cache_dir=tmp_path, limits=LIMITS)
    assert files(tmp_path) == []


def test_changed_content(server: Server, library_text: str, tmp_path: Path) -> None:
    old = get(server, tmp_path)
    new_text = library_text.replace("the 200206 CRSP", "the 200207 CRSP")
    server.answers = [send(zipped(new_text.encode()))]
    assert get(server, tmp_path) == old, "without refresh the cached file stays"
    was, now = (hashlib.sha256(text.encode()).hexdigest() for text in (library_text, new_text))
    with pytest.raises(DataError, match=f"is {now}, expected {was}"):
        get(server, tmp_path, refresh=True, expected_sha256=was)
    assert get(server, tmp_path, expected_sha256=was.upper()) == old
    with pytest.warns(DataChangedWarning, match=f"was {was}.*is {now}"):
        new = get(server, tmp_path, refresh=True)
    assert old.read_bytes() == library_text.encode(), "the earlier file is kept"
    assert get(server, tmp_path) == get(server, tmp_path, refresh=True) == new != old
    record = json.loads((tmp_path / RECORD).read_text())
    assert record["sha256"] == now
    assert [entry["sha256"] for entry in record["earlier"]] == [was]
    with pytest.raises(DataError, match=f"expected {was}"):
        get(server, tmp_path, expected_sha256=was)


def test_damaged_cache(server: Server, tmp_path: Path) -> None:
    path = get(server, tmp_path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"1", b"2", 1))
    with pytest.raises(DataError, match=f"{path.name}: .* removed, changed or damaged"):
        get(server, tmp_path)
    assert get(server, tmp_path, refresh=True).read_bytes() == content
    path.unlink()
    with pytest.raises(DataError, match=r"of no file, was .*refresh=True"):
        get(server, tmp_path)
    for record in ("{", "[]", "{}", "\0", ""):
        (tmp_path / RECORD).write_text(record)
        with pytest.raises(DataError, match="delete it to download again"):
            get(server, tmp_path)
    with pytest.raises(DataError, match="choose another cache_dir"):
        get(server, tmp_path / RECORD / "cache")


def test_many_downloads_at_once(server: Server, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda _: get(server, tmp_path), range(16)))
    assert files(tmp_path) == sorted([paths.pop().name, RECORD])
    assert not paths


def test_limits_are_checked() -> None:
    for value in (0, -1, float("nan"), float("inf")):
        with pytest.raises(DataError, match=f"DownloadLimits.attempts is {value}"):
            DownloadLimits(attempts=value)  # type: ignore[arg-type]
