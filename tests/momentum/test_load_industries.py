"""The face `load_industries`: sources, arguments, sample, provenance."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesfolio.core.errors import DataError
from bayesfolio.momentum.industries import load_industries, provenance
from bayesfolio.momentum.kenfrench import INDUSTRIES


@pytest.fixture(scope="module")
def embedded() -> pd.DataFrame:
    return load_industries()


def test_embedded(embedded: pd.DataFrame) -> None:
    assert embedded.index.equals(pd.period_range("1949-01", "2015-06", freq="M"))
    assert embedded.index.name == "month"
    assert tuple(embedded.columns) == INDUSTRIES
    first = [3.67, 2.44, 0.55, -3.83, -1.51, -1.26, 1.17, 4.57, 4.76, 0.62]
    np.testing.assert_array_equal(embedded.iloc[0], first)
    assert embedded.loc["2009-04", "Durbl"] - embedded.loc["2009-04", "Enrgy"] == (
        pytest.approx(37.43, abs=1e-9)
    )


def test_embedded_is_the_ten_industry_series(embedded: pd.DataFrame, reference_data: Path) -> None:
    path = reference_data / "data/kenfrench/10_industries_201903_vw.csv"
    ten = load_industries("file", path=path, start="1949-01", end="2015-06")
    same = [name for name in INDUSTRIES if name not in ("Manuf", "HiTec", "Other")]
    assert (embedded[same] - ten[same]).abs().to_numpy().max() <= 0.5 + 1e-9
    for name, least in (("HiTec", 0.999), ("Manuf", 0.985), ("Other", 0.94)):
        assert embedded[name].corr(ten[name]) > least


def test_provenance_of_embedded(embedded: pd.DataFrame) -> None:
    found = provenance(embedded.loc["1950-01":, ["NoDur", "Utils"]])
    assert len(found.pop("sha256")) == 64
    assert found == {
        "source": "embedded",
        "weighting": "value",
        "vintage": "not stated",
        "first_month": "1950-01",
        "last_month": "2015-06",
        "n_assets": 2,
    }


def test_provenance_of_file(tmp_path: Path, library_text: str) -> None:
    path = tmp_path / "library.csv"
    path.write_bytes(library_text.encode())
    digest = hashlib.sha256(library_text.encode()).hexdigest()
    table = load_industries("file", "equal", path, expected_sha256=digest.upper())
    assert provenance(table) == {
        "source": "file",
        "weighting": "equal",
        "vintage": "200206",
        "sha256": digest,
        "first_month": "2000-01",
        "last_month": "2002-06",
        "n_assets": 10,
    }
    with pytest.raises(DataError, match=f"SHA-256 is {digest}, expected {'0' * 64}"):
        load_industries("file", path=path, expected_sha256="0" * 64)


def test_provenance_needs_a_loaded_table(embedded: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no record of its source"):
        provenance(pd.DataFrame({"NoDur": [1.0]}))
    with pytest.raises(DataError, match="is empty"):
        provenance(embedded.iloc[:0])


def test_sample(tmp_path: Path, simple_text: str) -> None:
    path = tmp_path / "simple.csv"
    path.write_text(simple_text)
    table = load_industries("file", path=path, start="2000-03", end="2001-02")
    assert table.index.equals(pd.period_range("2000-03", "2001-02", freq="M"))
    with pytest.raises(DataError, match=r"covers 2000-01 to 2002-06, asked for 2000-01 to 2002-07"):
        load_industries("file", path=path, end="2002-07")
    with pytest.raises(DataError, match="asked for 1999-12"):
        load_industries("file", path=path, start="1999-12")
    with pytest.raises(DataError, match="start 2001-01 is after end 2000-01"):
        load_industries("file", path=path, start="2001-01", end="2000-01")
    with pytest.raises(DataError, match="end is 'June', expected a month"):
        load_industries("file", path=path, end="June")
    with pytest.raises(DataError, match="start is '2001-13', expected a month"):
        load_industries("file", path=path, start="2001-13")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "yahoo"}, "source is 'yahoo'"),
        ({"weighting": "cap"}, "weighting is 'cap'"),
        ({"weighting": "equal"}, "value-weighted only.*'kenfrench' or 'file'"),
        ({"source": "file"}, "needs `path`"),
        ({"path": "x.csv"}, "`path` is for source 'file'"),
        ({"source": "kenfrench", "path": "x.csv"}, "`path` is for source 'file'"),
        ({"expected_sha256": "0"}, "not 'embedded'"),
    ],
)
def test_arguments(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_industries(**arguments)  # type: ignore[arg-type]


def test_tables_do_not_share_state(embedded: pd.DataFrame) -> None:
    other = load_industries()
    other.iloc[0, 0] = 99.0
    other.attrs["provenance"]["source"] = "changed"
    assert embedded.iloc[0, 0] == 3.67
    assert provenance(embedded)["source"] == "embedded"
