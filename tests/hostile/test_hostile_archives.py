"""Damaged archives are refused, or what is read of them is what was written."""

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hostile_input import Tally, assert_clear, damaged, from_file, try_inputs
from hypothesis import given, settings

from bayesfolio.core import price_tables as wheel
from bayesfolio.core.arrays import load_record, save_record
from bayesfolio.core.download import unzip_single_csv
from bayesfolio.core.errors import DamagedFileError, DataError
from bayesfolio.core.price_tables import WHEEL_TABLES

REFUSED = {"arrays": 50, "zip": 100, "wheel": 60}
"""Least numbers of different damaged files that each reader must have refused."""


@dataclass(frozen=True)
class Sample:
    """A record like those that jobs share."""

    weights: np.ndarray
    names: np.ndarray
    score: float


SAMPLE = Sample(np.ones((3, 2)), np.array(["a", "b"]), 1.5)


def test_damaged_arrays_of_an_earlier_job(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_record(path, SAMPLE)

    def compare(found: Sample, content: bytes) -> None:
        assert np.array_equal(found.weights, SAMPLE.weights)
        assert found.names.tolist() == ["a", "b"]
        assert found.score == 1.5

    read = from_file(path, lambda path: load_record(path, Sample))
    tally = try_inputs(read, compare, damaged(path.read_bytes()), DamagedFileError, 200)
    tally.expect("arrays", REFUSED["arrays"])


def test_pickles_are_never_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", weights=np.array([None]), names=np.ones(1), score=1.5)
    with pytest.raises(DamagedFileError, match="allow_pickle=False"):
        load_record(tmp_path / "a.npz", Sample)


def test_a_missing_array_is_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", weights=np.ones(1), score=1.5)
    with pytest.raises(DamagedFileError, match=r"names\.npy.*the next run makes it again"):
        load_record(tmp_path / "a.npz", Sample)


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
