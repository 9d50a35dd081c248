"""Downloads from a local server that stalls, lies and breaks off."""

import hashlib
import io
import json
import shutil
import ssl
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bayesfolio.core.download import unzip_single_csv
from bayesfolio.core.errors import DataChangedWarning, DataError
from bayesfolio.core.fetch import DownloadLimits
from bayesfolio.leverage.prices import INDEX, load_prices
from bayesfolio.momentum.download import download_industries
from bayesfolio.momentum.industries import load_industries, provenance

Answer = Callable[[BaseHTTPRequestHandler], None]
LIMITS = DownloadLimits(
    connect_timeout=0.5, read_timeout=0.2, deadline=5.0, attempts=3, max_bytes=50_000,
    max_uncompressed=100_000,
)  # fmt: skip
RECORD = "10_Industry_Portfolios.provenance.json"


class Server:
    """A local server; `answers` are given in turn, the last one for ever after."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: list[Answer] = []
        self.requests: list[str] = []
        self.stop = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append(self.path)
                answer = outer.answers[min(len(outer.requests), len(outer.answers)) - 1]
                try:
                    answer(self)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        self.http = Quiet(("127.0.0.1", 0), Handler)
        if context is not None:
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        scheme = "http" if context is None else "https"
        self.base = f"{scheme}://127.0.0.1:{self.http.server_address[1]}"
        self.url = f"{self.base}/data.zip"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.stop.set()
        self.http.shutdown()
        self.http.server_close()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that pooch would have waited between attempts; no proxy is between."""
    waited: list[float] = []
    monkeypatch.setattr("pooch.core.time", SimpleNamespace(sleep=waited.append))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return waited


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture(scope="session")
def archive(library_text: str) -> bytes:
    return zipped(library_text.encode())


def zipped(content: bytes, name: str = "10_Industry_Portfolios.CSV") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def send(body: bytes, status: int = 200, announced: int | None = None) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if announced is None else announced))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def redirect(target: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def endless(server: Server, piece: bytes, pause: float, head: bytes) -> Answer:
    """Send `head`, then `piece` again and again until the test ends."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        while not server.stop.wait(pause):
            handler.wfile.write(piece)

    return answer


OK_HEAD = b"HTTP/1.0 200 OK\r\n\r\n"


def get(server: Server, folder: Path, **options: object) -> Path:
    options = {"limits": LIMITS, **options}
    return download_industries(folder, server.url, **options)  # type: ignore[arg-type]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_download_cache_and_record(
    server: Server, archive: bytes, library_text: str, tmp_path: Path
) -> None:
    server.answers = [send(archive)]
    folder = tmp_path / "new" / "cache"
    path = get(server, folder)
    content = library_text.encode()
    digest = hashlib.sha256(content).hexdigest()
    assert path.read_bytes() == content
    assert get(server, folder) == path
    assert len(server.requests) == 1, "the second call must use the cache"
    record = json.loads((folder / RECORD).read_text())
    assert record.pop("retrieved").endswith("+00:00")
    assert record == {
        "url": server.url,
        "bytes": len(content),
        "sha256": digest,
        "zip_sha256": hashlib.sha256(archive).hexdigest(),
        "vintage": "200206",
        "file": path.name,
        "earlier": [],
    }
    assert files(folder) == sorted([path.name, RECORD]), "no temporary file may stay"


def test_load_industries_by_download(
    server: Server, archive: bytes, values: np.ndarray, tmp_path: Path
) -> None:
    server.answers = [send(archive)]
    table = load_industries(
        "kenfrench", "equal", cache_dir=tmp_path, url=server.url, limits=LIMITS, end="2001-12"
    )
    np.testing.assert_array_equal(table.to_numpy(), values[1, :24])
    assert provenance(table)["source"] == "kenfrench"
    assert provenance(table)["vintage"] == "200206"


def test_another_url_is_not_served_from_the_cache(
    server: Server, archive: bytes, tmp_path: Path
) -> None:
    server.answers = [send(archive)]
    get(server, tmp_path)
    download_industries(tmp_path, server.base + "/mirror.zip", limits=LIMITS)
    assert server.requests == ["/data.zip", "/mirror.zip"]


def test_server_errors_are_tried_again(
    server: Server, archive: bytes, tmp_path: Path, waits: list[float]
) -> None:
    server.answers = [send(b"busy", 503), send(b"slow", 429), send(archive)]
    assert get(server, tmp_path).is_file()
    assert len(server.requests) == 3
    assert waits == [1, 2]
    server.answers = [send(b"busy", 500)]
    server.requests.clear()
    with pytest.raises(DataError, match=r"answered 500 .*\(attempt 3 of 3\); try later"):
        get(server, tmp_path, refresh=True)
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [404, 403, 410])
def test_client_error_is_not_tried_again(server: Server, tmp_path: Path, status: int) -> None:
    server.answers = [send(b"no", status)]
    with pytest.raises(DataError, match=f"the server answered {status} .*check `url`"):
        get(server, tmp_path)
    assert len(server.requests) == 1
    assert files(tmp_path) == []


def test_truncated_body(server: Server, archive: bytes, tmp_path: Path) -> None:
    short = send(archive[:-100], announced=len(archive))
    server.answers = [short, send(archive)]
    assert get(server, tmp_path / "a").is_file()
    server.answers = [short]
    message = rf"connection failed \(IncompleteRead\({len(archive) - 100} bytes read, 100 more"
    with pytest.raises(DataError, match=message):
        get(server, tmp_path / "b")
    server.answers = [lambda handler: handler.wfile.write(OK_HEAD + archive[:-100])]
    with pytest.raises(DataError, match="not a zip archive"):
        get(server, tmp_path / "b")
    assert files(tmp_path / "b") == []


@pytest.mark.parametrize("head", [b"", b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nPK"])
def test_stall_before_and_inside_the_body(server: Server, tmp_path: Path, head: bytes) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        server.stop.wait(5)

    server.answers = [answer]
    begin = time.monotonic()
    with pytest.raises(DataError, match=r"timed out.*attempt 3 of 3"):
        get(server, tmp_path)
    assert len(server.requests) == 3
    assert time.monotonic() - begin < 3


@pytest.mark.parametrize(
    ("head", "piece"), [(OK_HEAD, b"x"), (b"HTTP/1.0 200 OK\r\n", b"X-Slow: 1\r\n")]
)
def test_deadline_against_a_trickle(
    server: Server, tmp_path: Path, head: bytes, piece: bytes
) -> None:
    server.answers = [endless(server, piece, 0.03, head)]
    begin = time.monotonic()
    with pytest.raises(DataError, match=r"not finished within 0\.6 s"):
        get(server, tmp_path, limits=DownloadLimits(read_timeout=0.3, deadline=0.6))
    assert time.monotonic() - begin < 1.5
    assert len(server.requests) == 1
    assert files(tmp_path) == []


def test_deadline_covers_the_waits(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pooch.core.time", time)
    server.answers = [send(b"busy", 500)]
    begin = time.monotonic()
    with pytest.raises(DataError, match=r"not finished within 0\.5 s"):
        get(server, tmp_path, limits=DownloadLimits(deadline=0.5))
    assert time.monotonic() - begin < 0.9


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:9/x.zip", r"connection failed .*refused.*use source 'file'"),
        ("file:///etc/hostname", "begins with https://"),
        ("", "begins with https://"),
        ("http://127.0.0.1:port/x", "cannot be downloaded .*not a valid host or port"),
        ("http://[bad/x", "cannot be downloaded .*not a valid host or port"),
        ("http://", "cannot be downloaded .*No host"),
    ],
)
def test_bad_addresses(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        download_industries(tmp_path, url, limits=LIMITS)


def test_redirects(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.answers = [redirect("/other.zip"), send(archive)]
    assert get(server, tmp_path).is_file()
    assert server.requests == ["/data.zip", "/other.zip"]
    for target, message in (
        ("file:///etc/hostname", "cannot be downloaded .*file:///etc"),
        ("/data.zip", "cannot be downloaded .*30 redirects"),
    ):
        server.answers = [redirect(target)]
        server.requests.clear()
        with pytest.raises(DataError, match=message):
            get(server, tmp_path, refresh=True)
        assert len(server.requests) <= 31


def test_a_file_too_large_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    server.answers = [endless(server, b"x" * 10_000, 0.0, OK_HEAD)]
    with pytest.raises(DataError, match="larger than 50,000 bytes, expected a small file"):
        get(server, tmp_path)
    assert len(server.requests) == 1


def test_certificate_is_verified(tmp_path: Path, archive: bytes) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command to make a certificate")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = (
        f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-keyout {key} -out {certificate} -subj /CN=127.0.0.1 "
        "-addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    running = Server(context)
    running.answers = [send(archive)]
    try:
        with pytest.raises(DataError, match="certificate was not accepted"):
            get(running, tmp_path / "cache")
        assert running.requests == []
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
            assert get(running, tmp_path / "cache").is_file()
            running.answers = [redirect("http://127.0.0.1/x")]
            with pytest.raises(DataError, match="as safe as the first"):
                get(running, tmp_path / "cache", refresh=True)
    finally:
        running.close()


def test_zip_bombs(server: Server, tmp_path: Path) -> None:
    bomb = bytearray(zipped(b"0" * 10_000_000, "a.csv"))
    assert len(bomb) < LIMITS.max_bytes
    server.answers = [send(bytes(bomb))]
    with pytest.raises(DataError, match=r"a\.csv is larger than 100,000 bytes"):
        get(server, tmp_path)
    assert files(tmp_path) == []
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = bomb.index(mark) + offset
        bomb[at : at + 4] = (500).to_bytes(4, "little")  # it understates its size
    with pytest.raises(DataError, match="not a zip archive"):
        unzip_single_csv(bytes(bomb), "test", 1000)


def test_every_single_byte_fault_of_an_archive_is_noticed() -> None:
    content = b"month,NoDur\n200001,1.25\n"
    archive = zipped(content, "a.csv")
    for at, mask in [(at, mask) for at in range(len(archive)) for mask in (0x01, 0x80, 0xFF)]:
        damaged = archive[:at] + bytes([archive[at] ^ mask]) + archive[at + 1 :]
        try:
            assert unzip_single_csv(damaged, "test", 1000) == content
        except DataError:
            continue
    for stop in range(len(archive)):
        with pytest.raises(DataError):
            unzip_single_csv(archive[:stop], "test", 1000)


def test_pages_and_other_tables_are_not_cached(server: Server, tmp_path: Path) -> None:
    other = zipped(b"title\n,NoDur\n200001,1\n\nCopyright\n")
    for body, message in ((b"<html>Log in", "not a zip archive .*<html>"), (other, "no section")):
        server.requests.clear()
        server.answers = [send(body)]
        with pytest.raises(DataError, match=message):
            get(server, tmp_path)
        assert len(server.requests) == 1
    key = b"Get your apikey:\n\n1. Open https://example.com/?get_apikey\n2. Enter the captcha.\n"
    for body in (key, b"\xef\xbb\xbf\n<p>Busy, try later</p>\n", b'{"error": "key", "of": 1}', b""):
        server.answers = [send(body)]
        with pytest.raises(DataError, match=r"is a page and not the data: .*open the address"):
            load_prices(INDEX, "stooq", url=server.url, cache_dir=tmp_path, limits=LIMITS)
    assert files(tmp_path) == []


def test_changed_content(server: Server, archive: bytes, library_text: str, tmp_path: Path) -> None:
    server.answers = [send(archive)]
    old = get(server, tmp_path)
    revised = library_text.replace("the 200206 CRSP", "the 200207 CRSP").encode()
    server.answers = [send(zipped(revised))]
    assert get(server, tmp_path) == old, "without refresh the cached file stays"
    old_digest, new_digest = (
        hashlib.sha256(c).hexdigest() for c in (library_text.encode(), revised)
    )
    with pytest.raises(DataError, match=f"is {new_digest}, expected {old_digest}"):
        get(server, tmp_path, refresh=True, expected_sha256=old_digest)
    assert get(server, tmp_path, expected_sha256=old_digest) == old
    with pytest.warns(DataChangedWarning, match=f"was {old_digest}.*is {new_digest}"):
        new = get(server, tmp_path, refresh=True)
    assert new != old
    assert old.read_bytes() == library_text.encode(), "the earlier file is kept"
    record = json.loads((tmp_path / RECORD).read_text())
    assert record["sha256"] == new_digest
    assert [entry["sha256"] for entry in record["earlier"]] == [old_digest]
    assert get(server, tmp_path) == new
    with pytest.raises(DataError, match=f"expected {old_digest}"):
        get(server, tmp_path, expected_sha256=old_digest)
    get(server, tmp_path, refresh=True)
    again = json.loads((tmp_path / RECORD).read_text())
    assert len(again["earlier"]) == 1, "an unchanged refresh adds nothing"


def test_damaged_cache(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.answers = [send(archive)]
    path = get(server, tmp_path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"1", b"2", 1))
    with pytest.raises(
        DataError, match=f"{path.name}: the cached file was removed, changed or damaged"
    ):
        get(server, tmp_path)
    assert get(server, tmp_path, refresh=True).read_bytes() == content
    path.unlink()
    with pytest.raises(DataError, match=r"of no file, was .*refresh=True"):
        get(server, tmp_path)


@pytest.mark.parametrize("record", ["{", "[]", "{}", "\0", ""])
def test_damaged_record(server: Server, tmp_path: Path, record: str) -> None:
    (tmp_path / RECORD).write_text(record)
    with pytest.raises(DataError, match="delete it to download again"):
        get(server, tmp_path)


def test_record_cannot_point_outside_the_cache(
    server: Server, archive: bytes, tmp_path: Path
) -> None:
    server.answers = [send(archive)]
    folder = tmp_path / "cache"
    name = get(server, folder).name
    record = json.loads((folder / RECORD).read_text())
    record["file"] = f"../{name}"
    (folder / RECORD).write_text(json.dumps(record))
    assert get(server, folder) == folder / name


def test_cache_that_cannot_be_written(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.answers = [send(archive)]
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(DataError, match="choose another cache_dir"):
        get(server, tmp_path / "taken" / "cache")


def test_many_downloads_at_once(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.answers = [send(archive)]
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda _: get(server, tmp_path), range(16)))
    assert len(paths) == 1
    assert files(tmp_path) == sorted([paths.pop().name, RECORD])
    before = len(server.requests)
    get(server, tmp_path)
    assert len(server.requests) == before


@pytest.mark.parametrize(("name", "value"), [("attempts", 0), ("deadline", float("nan"))])
def test_limits_are_checked(name: str, value: float) -> None:
    with pytest.raises(DataError, match=f"DownloadLimits.{name} is {value}"):
        DownloadLimits(**{name: value})  # type: ignore[arg-type]
