"""Damaged archives are refused, or what is read of them is what was written."""

import hashlib
import io
import pickle
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

from bayesfolio.data import WHEEL_TABLES, DataError, wheel
from bayesfolio.data.download import unzip_single_csv
from bayesfolio.workflow import arrays
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.files import DamagedFileError

KINDS = ("record", "posteriors", "realised", "strategy", "samples", "prices", "periods", "fit")
REFUSED = {
    **dict.fromkeys(KINDS, 50), "realised": 45, "strategy": 20, "zip": 100, "wheel": 60,
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


def test_an_absolute_name_a_folder_above_and_a_wrong_checksum() -> None:
    for name in ("/etc/cron.d/x.csv", "../../x.csv", "C:\\x.csv", "//server/x.csv"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, CSV)
        with pytest.raises(DataError, match="a name with a folder, a drive") as caught:
            unzip_single_csv(buffer.getvalue(), "download", 10_000)
        assert_clear(caught.value)
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
