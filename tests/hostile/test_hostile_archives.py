"""Damaged archives are refused, or what is read of them is what was written."""

import hashlib
import io
import pickle
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hostile_input import Tally, assert_clear, damaged, from_file, try_inputs
from hostile_samples import Sample, same, write_samples
from hypothesis import given, settings

from bayesfolio.core import arrays, price_tables as wheel
from bayesfolio.core.arrays import load_record
from bayesfolio.core.download import unzip_single_csv
from bayesfolio.core.errors import DamagedFileError, DataError
from bayesfolio.core.price_tables import WHEEL_TABLES
from bayesfolio.toolchain.errors import ToolchainError
from bayesfolio.toolchain.wheel import unpack_wheel

KINDS = ("record", "posteriors", "realised", "strategy", "samples", "prices", "periods", "fit")
REFUSED = {
    **dict.fromkeys(KINDS, 50), "realised": 45, "strategy": 20, "zip": 100, "wheel": 60,
    "wheel of Stan": 40,
}  # fmt: skip
"""Least numbers of different damaged files that each reader must have refused. A reader of one
strategy leaves the arrays of the other alone, whose damage the reader of those meets."""


@pytest.fixture
def samples(tmp_path: Path) -> dict[str, tuple[Path, Callable[[Path], Any]]]:
    return write_samples(tmp_path / "samples")


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_archive_of_an_earlier_job(samples: dict, kind: str) -> None:
    path, read = samples[kind]
    truth, expected = path.read_bytes(), read(path)
    assert same(expected, read(path))

    def compare(found: Any, content: bytes) -> None:
        assert same(found, expected)

    tally = try_inputs(from_file(path, read), compare, damaged(truth), DamagedFileError, 200)
    tally.expect(kind, REFUSED[kind])


def test_a_mistake_in_the_code_is_not_called_damage(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.zeros(2))
    with (
        pytest.raises(AttributeError, match="no_such"),
        arrays.opened_arrays(tmp_path / "a.npz") as archive,
    ):
        archive["a"].no_such  # noqa: B018


class Trap:
    """What unpickling would run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return (Path.touch, (self.path,))


def npz(path: Path, **members: np.ndarray | bytes) -> Path:
    """An archive of arrays, pickled ones included, and of other members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in members.items():
            if isinstance(value, bytes):
                archive.writestr(name, value)
            else:
                buffer = io.BytesIO()
                np.lib.format.write_array(buffer, value, allow_pickle=True)
                archive.writestr(f"{name}.npy", buffer.getvalue())
    return path


def test_pickles_are_never_read(samples: dict, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    trap = np.array([Trap(sprung)], dtype=object)
    for kind, (path, read) in samples.items():
        with zipfile.ZipFile(path) as archive:
            names = [name.removesuffix(".npy") for name in archive.namelist()]
        npz(path, **dict.fromkeys(names, trap))
        with pytest.raises(DamagedFileError) as caught:
            read(path)
        assert_clear(caught.value)
        assert "llow_pickle" in str(caught.value), kind
        path.write_bytes(pickle.dumps(Trap(sprung)))
        with pytest.raises(DamagedFileError):
            read(path)
    assert not sprung.exists()
    np.load(npz(tmp_path / "armed.npz", a=trap), allow_pickle=True)["a"]
    assert sprung.exists()  # the trap would have worked


GOOD = {"weights": np.ones((3, 2)), "names": np.array(["a", "b"]), "score": np.array(1.5)}


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"weights": GOOD["weights"]},
        {**GOOD, "more": np.ones(1)},
        {**GOOD, "note.txt": b"hello"},
        {**GOOD, "../up": np.ones(1)},
        {**GOOD, "weights": np.array([None], dtype=object)},
        {"weights.npy": b"", "names": GOOD["names"], "score": GOOD["score"]},
        {"weights.npy": b"\x93NUMPY\x01\0v\0{'descr': '<f8'}", "names": GOOD["names"],
         "score": GOOD["score"]},
        {"weights.npy": b"\x93NUMPY\x09\0", "names": GOOD["names"], "score": GOOD["score"]},
    ],
    ids=str,
)  # fmt: skip
def test_an_archive_of_other_arrays(tmp_path: Path, members: dict) -> None:
    with pytest.raises(DamagedFileError) as caught:
        load_record(npz(tmp_path / "record.npz", **members), Sample)
    assert_clear(caught.value)


def test_bytes_after_an_array_and_arrays_that_are_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, GOOD["weights"])
    rest = {"names": GOOD["names"], "score": GOOD["score"]}
    path = npz(tmp_path / "a.npz", **{"weights.npy": buffer.getvalue() + b"\0"}, **rest)
    with pytest.raises(DamagedFileError, match="followed by more"):
        load_record(path, Sample)
    path = npz(tmp_path / "a.npz", **{**GOOD, "weights": np.zeros(10_000)})
    assert load_record(path, Sample).weights.size == 10_000
    monkeypatch.setattr(arrays, "MAX_ARRAY_BYTES", 50_000)
    with pytest.raises(DamagedFileError, match="larger than 50,000 bytes"):
        load_record(path, Sample)


# Downloaded archives -------------------------------------------------------------------------

CSV = b"month,NoDur\n" + b"".join(b"2000%02d,%d.25\n" % (m, m) for m in range(1, 13))


def one_csv() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("10_Industry_Portfolios.CSV", CSV)
    return buffer.getvalue()


def test_a_damaged_download() -> None:
    tally = Tally()

    @settings(max_examples=160)
    @given(content=damaged(one_csv()))
    def one(content: bytes) -> None:
        try:
            found = unzip_single_csv(content, "download", 10_000)
        except DataError as fault:
            assert_clear(fault)
            tally.add(content, refused=True)
            return
        tally.add(content, refused=False)
        assert found == CSV

    one()
    tally.expect("zip", REFUSED["zip"])


def test_a_wrong_checksum() -> None:
    broken = bytearray(one_csv())
    for mark, offset in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        broken[broken.index(mark) + offset] ^= 1
    with pytest.raises(DataError, match="Bad CRC-32") as caught:
        unzip_single_csv(bytes(broken), "download", 10_000)
    assert_clear(caught.value)


def test_a_damaged_wheel_of_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = pd.bdate_range("2001-01-01", periods=20, name="Date")
    prices = pd.DataFrame({"A": np.linspace(5, 6, 20), "B": np.linspace(7, 9, 20)}, days)
    packed = io.BytesIO()
    prices.to_csv(packed, compression={"method": "gzip", "mtime": 0})
    member = "skfolio/datasets/data/sp500_dataset.csv.gz"
    digest = hashlib.sha256(packed.getvalue()).hexdigest()
    monkeypatch.setitem(WHEEL_TABLES, "stocks", wheel.WheelTable(member, digest))
    monkeypatch.setattr(wheel, "_cached_wheel", lambda cache: tmp_path / "data.whl")
    with zipfile.ZipFile(tmp_path / "data.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, packed.getvalue())
    truth = (tmp_path / "data.whl").read_bytes()
    expected = wheel.load_wheel_prices("stocks")
    assert expected["B"].iloc[-1] == 9
    tally = Tally()

    @settings(max_examples=100)
    @given(content=damaged(truth))
    def one(content: bytes) -> None:
        (tmp_path / "data.whl").write_bytes(content)
        try:
            found = wheel.load_wheel_prices("stocks")
        except DataError as fault:
            assert_clear(fault)
            tally.add(content, refused=True)
            return
        tally.add(content, refused=False)
        pd.testing.assert_frame_equal(found, expected)

    one()
    tally.expect("wheel", REFUSED["wheel"])
    start = truth.index(member.encode()) + len(member)
    one.hypothesis.inner_test(truth[:start] + b"\xff" * 8 + truth[start + 8 :])  # no block at all
    with zipfile.ZipFile(tmp_path / "data.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, b"\0" * 10_000_001)
    with pytest.raises(DataError, match="larger than 10,000,000 bytes") as caught:
        wheel.load_wheel_prices("stocks")
    assert_clear(caught.value)


def stan_wheel(path: Path, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("httpstan/stanc", b"#!/bin/sh\n" * 20)
        archive.writestr("httpstan/include/stan/model.hpp", b"// header\n" * 20)
        for name, content in more.items():
            archive.writestr(name, content)
    return path


def test_a_damaged_wheel_of_stan(tmp_path: Path) -> None:
    whole = stan_wheel(tmp_path / "httpstan.whl")
    truth, home, tally = whole.read_bytes(), tmp_path / "home", Tally()
    unpack_wheel(whole, home)
    expected = {p.relative_to(home): p.read_bytes() for p in home.rglob("*") if p.is_file()}
    assert len(expected) == 2
    count = iter(range(10_000))

    @settings(max_examples=90)
    @given(content=damaged(truth))
    def one(content: bytes) -> None:
        whole.write_bytes(content)
        fresh = tmp_path / f"home{next(count)}"
        try:
            unpack_wheel(whole, fresh)
        except ToolchainError as fault:
            assert_clear(fault)
            tally.add(content, refused=True)
            return
        tally.add(content, refused=False)
        found = {p.relative_to(fresh): p.read_bytes() for p in fresh.rglob("*") if p.is_file()}
        # A flipped name may drop a header, which the compiler misses; nothing else may differ.
        assert found.items() <= expected.items()

    one()
    tally.expect("wheel of Stan", REFUSED["wheel of Stan"])


def test_a_wheel_of_stan_that_leads_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("include/../../evil", "httpstan/lib/../../../evil", "lib/..\\evil"):
        with pytest.raises(ToolchainError, match="leads out of the folder") as caught:
            unpack_wheel(stan_wheel(tmp_path / "a.whl", **{name: b"x"}), tmp_path / "a" / "home")
        assert_clear(caught.value)
    unpack_wheel(stan_wheel(tmp_path / "a.whl", **{"/etc/evil": b"x"}), tmp_path / "a" / "home")
    assert not [path for path in tmp_path.rglob("*") if "evil" in path.name]
    monkeypatch.setattr("bayesfolio.toolchain.wheel._MAX_BYTES", 1_000_000)
    bomb = stan_wheel(tmp_path / "a.whl", **{"httpstan/lib/a": b"\0" * 1_000_001})
    with pytest.raises(ToolchainError, match="expected at most 1,000,000") as caught:
        unpack_wheel(bomb, tmp_path / "b")
    assert_clear(caught.value)
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as archive:
        archive.writestr("other/__init__.py", b"")
    with pytest.raises(ToolchainError, match=r"cannot be unpacked"):
        unpack_wheel(tmp_path / "a.whl", tmp_path / "c")
    assert stat.S_IMODE((tmp_path / "a/home/bin/stanc").stat().st_mode) == 0o755
