"""Downloads from a local server that stalls, lies and breaks off."""

import hashlib
import io
import json
import shutil
import ssl
import stat
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from bayesfolio.core import fetch as _fetch
from bayesfolio.core.download import download_industries, unzip_single_csv
from bayesfolio.core.errors import DataChangedWarning, DataError
from bayesfolio.core.fetch import DownloadLimits
from bayesfolio.momentum.industries import load_industries, provenance

Answer = Callable[[BaseHTTPRequestHandler], None]
LIMITS = DownloadLimits(
    connect_timeout=0.5, read_timeout=0.2, deadline=5.0, attempts=3, backoff=0.01,
    max_bytes=50_000, max_uncompressed=100_000,
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
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


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


@pytest.mark.parametrize("status", [500, 503, 429])
def test_server_error_is_tried_again(
    server: Server, archive: bytes, tmp_path: Path, status: int
) -> None:
    server.answers = [send(b"busy", status), send(archive)]
    assert get(server, tmp_path).is_file()
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [404, 403, 410])
def test_client_error_is_not_tried_again(server: Server, tmp_path: Path, status: int) -> None:
    server.answers = [send(b"no", status)]
    with pytest.raises(DataError, match=f"the server answered {status}"):
        get(server, tmp_path)
    assert len(server.requests) == 1
    assert files(tmp_path) == []


def test_attempts_run_out(server: Server, tmp_path: Path) -> None:
    server.answers = [send(b"busy", 500)]
    with pytest.raises(DataError, match=r"answered 500 .*\(attempt 3 of 3\)"):
        get(server, tmp_path)
    assert len(server.requests) == 3


def test_truncated_body(server: Server, archive: bytes, tmp_path: Path) -> None:
    short = send(archive[:-100], announced=len(archive))
    server.answers = [short, send(archive)]
    assert get(server, tmp_path / "a").is_file()
    server.requests.clear()
    server.answers = [short]
    message = f"truncated: {len(archive) - 100} bytes came, {len(archive)} were announced"
    with pytest.raises(DataError, match=message):
        get(server, tmp_path / "b")


def test_truncated_body_of_unknown_length(server: Server, archive: bytes, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(OK_HEAD + archive[:-100])

    server.answers = [answer]
    with pytest.raises(DataError, match="not a readable zip archive"):
        get(server, tmp_path)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nPK"])
def test_stall_before_and_inside_the_body(server: Server, tmp_path: Path, head: bytes) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(head)
        server.stop.wait(5)

    server.answers = [answer]
    begin = time.monotonic()
    with pytest.raises(DataError, match=r"timed out .*attempt 3 of 3"):
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
    limits = DownloadLimits(read_timeout=0.3, deadline=0.6, backoff=0.01)
    begin = time.monotonic()
    with pytest.raises(DataError, match=r"not finished within 0\.6 s"):
        get(server, tmp_path, limits=limits)
    assert time.monotonic() - begin < 1.5
    assert len(server.requests) == 1


def test_deadline_covers_the_waits(server: Server, tmp_path: Path) -> None:
    server.answers = [send(b"busy", 500)]
    limits = DownloadLimits(deadline=1.0, backoff=30.0)
    begin = time.monotonic()
    with pytest.raises(DataError, match="deadline of 1 s reached"):
        get(server, tmp_path, limits=limits)
    assert time.monotonic() - begin < 1.0


def test_no_server(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"connection failed .*use source 'file'"):
        download_industries(tmp_path, "http://127.0.0.1:9/x.zip", limits=LIMITS)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("file:///etc/hostname", "begins with https://"),
        ("ftp://127.0.0.1/x", "begins with https://"),
        ("", "begins with https://"),
        ("http://127.0.0.1:port/x", "not a usable address"),
        ("http://[bad/x", "not a usable address"),
        ("http://", "not a usable address|connection failed"),
    ],
)
def test_bad_addresses(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        download_industries(tmp_path, url, limits=LIMITS)


def test_waits_double_and_jitter_comes_from_the_generator(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answers = [send(b"busy", 500)]
    waits: list[float] = []
    monkeypatch.setattr(_fetch.time, "sleep", waits.append)
    for seed in (None, 1, 1, 2):
        rng = None if seed is None else np.random.default_rng(seed)
        with pytest.raises(DataError):
            get(server, tmp_path, rng=rng)
    assert waits[:2] == [0.01, 0.02]
    assert waits[2:4] == waits[4:6] != waits[6:8]
    assert all(0.01 <= wait < 0.02 for wait in waits[2::2])
    assert all(0.02 <= wait < 0.04 for wait in waits[3::2])


def test_redirect_is_followed(server: Server, archive: bytes, tmp_path: Path) -> None:
    server.answers = [redirect("/other.zip"), send(archive)]
    assert get(server, tmp_path).is_file()
    assert server.requests == ["/data.zip", "/other.zip"]


def test_redirect_to_a_huge_file(server: Server, tmp_path: Path) -> None:
    server.answers = [redirect("/huge"), endless(server, b"x" * 10_000, 0.0, OK_HEAD)]
    with pytest.raises(DataError, match="/huge is larger than 50,000 bytes"):
        get(server, tmp_path)
    server.requests.clear()
    server.answers = [redirect("/huge"), send(b"", announced=10**12)]
    with pytest.raises(DataError, match="/huge is larger than 50,000 bytes"):
        get(server, tmp_path)
    assert len(server.requests) == 2, "a file too large is not asked for again"


def test_endless_body_of_a_redirect_is_not_read(
    server: Server, archive: bytes, tmp_path: Path
) -> None:
    head = b"HTTP/1.0 302 Found\r\nLocation: /other.zip\r\n\r\n"
    server.answers = [endless(server, b"x" * 1000, 0.01, head), send(archive)]
    begin = time.monotonic()
    assert get(server, tmp_path).is_file()
    assert time.monotonic() - begin < 2


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_redirect_to_another_scheme(server: Server, tmp_path: Path, target: str) -> None:
    server.answers = [redirect(target)]
    with pytest.raises(DataError, match=r"redirected to|answered 302"):
        get(server, tmp_path)
    assert len(server.requests) == 1


def test_redirect_loop(server: Server, tmp_path: Path) -> None:
    server.answers = [redirect("/data.zip")]
    with pytest.raises(DataError, match="answered 302"):
        get(server, tmp_path)
    assert len(server.requests) <= 6


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
            patch.setenv("SSL_CERT_FILE", str(certificate))
            assert get(running, tmp_path / "cache").is_file()
            running.answers = [redirect("http://127.0.0.1/x")]
            with pytest.raises(DataError, match="as safe as the first"):
                get(running, tmp_path / "cache", refresh=True)
    finally:
        running.close()


@pytest.mark.parametrize(
    "name",
    ["../evil.csv", "/abs.csv", "a/b.csv", "..\\evil.csv",
     "a\\b.csv", "C:evil.csv", ".hidden.csv",
     "x.txt", "x.csv.exe", "", "ok.csv\0/../x"],
)  # fmt: skip
def test_member_names(name: str) -> None:
    stand_in = "q" * len(name) if name else "q.csv"
    archive = zipped(b"a,b\n", stand_in).replace(stand_in.encode(), name.encode())
    with pytest.raises(DataError, match=r"a name|not a readable zip"):
        unzip_single_csv(archive, "test", 1000)


def test_members_other_than_one_plain_file() -> None:
    for names in ((), ("a.csv", "b.csv")):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as opened:
            for name in names:
                opened.writestr(name, b"a")
        with pytest.raises(DataError, match=f"has {len(names)} members, expected one"):
            unzip_single_csv(buffer.getvalue(), "test", 1000)
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr(link, b"/etc/passwd")
    with pytest.raises(DataError, match="symbolic link"):
        unzip_single_csv(buffer.getvalue(), "test", 1000)
    locked = bytearray(zipped(b"a,b\n", "a.csv"))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DataError, match="is encrypted; expected a plain CSV"):
        unzip_single_csv(bytes(locked), "test", 1000)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as opened:
        opened.writestr("a.csv", b"a")
    with pytest.raises(DataError, match="compression type 14"):
        unzip_single_csv(buffer.getvalue(), "test", 1000)


def test_zip_bomb(server: Server, tmp_path: Path) -> None:
    bomb = zipped(b"0" * 10_000_000)
    assert len(bomb) < LIMITS.max_bytes
    server.answers = [send(bomb)]
    with pytest.raises(DataError, match="10,000,000 bytes when unzipped, more than 100,000"):
        get(server, tmp_path)
    assert files(tmp_path) == []


def test_zip_bomb_that_understates_its_size() -> None:
    bomb = bytearray(zipped(b"0" * 10_000_000, "a.csv"))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = bomb.index(mark) + offset
        bomb[at : at + 4] = (500).to_bytes(4, "little")
    with pytest.raises(DataError, match="not a readable zip"):
        unzip_single_csv(bytes(bomb), "test", 1000)


def test_every_single_byte_fault_of_an_archive_is_noticed() -> None:
    content = b"month,NoDur\n200001,1.25\n"
    archive = zipped(content, "a.csv")
    faults = [(at, mask) for at in range(len(archive)) for mask in (0x01, 0x80, 0xFF)]
    for at, mask in faults:
        damaged = archive[:at] + bytes([archive[at] ^ mask]) + archive[at + 1 :]
        try:
            found = unzip_single_csv(damaged, "test", 1000)
        except DataError:
            continue
        assert found == content
    for stop in range(len(archive)):
        with pytest.raises(DataError):
            unzip_single_csv(archive[:stop], "test", 1000)


def test_not_a_zip(server: Server, tmp_path: Path) -> None:
    server.answers = [send(b"<html>Please log in</html>")]
    with pytest.raises(DataError, match=r"not a readable zip archive .*<html>"):
        get(server, tmp_path)
    assert len(server.requests) == 1
    assert files(tmp_path) == []


def test_zip_of_another_table_is_not_cached(server: Server, tmp_path: Path) -> None:
    server.answers = [send(zipped(b"title\n,NoDur\n200001,1\n\nCopyright\n"))]
    with pytest.raises(DataError, match="no section"):
        get(server, tmp_path)
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
    with pytest.raises(DataError, match=f"{path.name}: the cached file was changed or damaged"):
        get(server, tmp_path)
    assert get(server, tmp_path, refresh=True).read_bytes() == content
    path.unlink()
    with pytest.raises(DataError, match=r"cannot be read .*refresh=True"):
        get(server, tmp_path)


@pytest.mark.parametrize("record", ["{", "[]", "{}", '{"url": 1}', "\0", ""])
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


@pytest.mark.parametrize("name", ["deadline", "read_timeout", "attempts", "max_bytes"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_limits_are_checked(name: str, value: float) -> None:
    with pytest.raises(DataError, match=f"DownloadLimits.{name} is {value}"):
        DownloadLimits(**{name: value})  # type: ignore[arg-type]
