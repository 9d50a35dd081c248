"""The reader accepts two layouts whole and refuses everything else with one sentence."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings, strategies as st

from bayesfolio.core.errors import DataError
from bayesfolio.momentum.kenfrench import INDUSTRIES, parse_industry_file, read_industry_file


def parse(text: str, weighting: str = "value") -> pd.DataFrame:
    return parse_industry_file(text.encode(), "test.csv", weighting).returns


@pytest.mark.parametrize("which", ["value", "equal"])
def test_library_layout(library_text: str, values: np.ndarray, which: str) -> None:
    contents = parse_industry_file(library_text.encode(), "test.csv", which)
    table = contents.returns
    np.testing.assert_array_equal(table.to_numpy(), values[int(which == "equal")])
    assert list(table.columns) == list(INDUSTRIES)
    assert table.index.equals(pd.period_range("2000-01", periods=30, freq="M"))
    assert table.index.name == "month"
    assert contents.vintage == "200206"


def test_simple_layout(simple_text: str, values: np.ndarray) -> None:
    contents = parse_industry_file(simple_text.encode(), "test.csv", "value")
    np.testing.assert_array_equal(contents.returns.to_numpy(), values[0])
    assert contents.vintage is None


def test_line_ends_and_byte_order_mark_do_not_matter(library_text: str, simple_text: str) -> None:
    expected = parse(library_text)
    for text in (library_text, simple_text):
        for variant in (text.replace("\r\n", "\n"), "\ufeff" + text):
            pd.testing.assert_frame_equal(parse(variant), expected)


def test_missing_codes(simple_text: str) -> None:
    lines = simple_text.split("\n")
    cells = lines[3].split(",")
    cells[1], cells[2], cells[3] = " -99.99", "-999", "-999.00"
    lines[3] = ",".join(cells)
    table = parse("\n".join(lines))
    assert table.isna().to_numpy().nonzero()[0].tolist() == [2, 2, 2]
    assert table.isna().to_numpy().nonzero()[1].tolist() == [0, 1, 2]


def test_columns_are_matched_by_name(simple_text: str) -> None:
    order = [0, *range(10, 0, -1)]
    lines = [line.split(",") for line in simple_text.strip().split("\n")]
    turned = "\n".join(",".join(line[i] for i in order) for line in lines) + "\n"
    pd.testing.assert_frame_equal(parse(turned), parse(simple_text))


def edit(text: str, line: int, new: str | None) -> str:
    """Replace a line, counted from 1; None deletes it."""
    lines = text.split("\n")
    lines[line - 1 : line] = [] if new is None else [new]
    return "\n".join(lines)


def cell(text: str, line: int, column: int, new: str) -> str:
    cells = text.split("\n")[line - 1].split(",")
    cells[column] = new
    return edit(text, line, ",".join(cells))


FAULTS = {
    "empty": (lambda t: "", "is empty"),
    "blank": (lambda t: " \n\n", "is empty"),
    "prose": (lambda t: "some prose\nand more\n", "no section of portfolios"),
    "html": (lambda t: "<html><body>Not found, sorry</body></html>\n", "no section"),
    "cut in a row": (lambda t: t[:-9], "line end, so the file may be truncated"),
    "cut row": (lambda t: t[:-20] + "\n", "line 31: .* values in month 200206, expected 10"),
    "lost month": (lambda t: edit(t, 9, None), "line 9: months missing: 200009 follows 200007"),
    "twice": (lambda t: edit(t, 9, t.split("\n")[7]), "line 9: duplicate month: 200007"),
    "unsorted": (lambda t: cell(t, 9, 0, "200001"), "line 9: month out of order: 200001"),
    "month 13": (lambda t: cell(t, 9, 0, "200013"), "line 9: found '200013' for the month"),
    "date": (lambda t: cell(t, 9, 0, "2000-08"), "line 9: found '2000-08' for the month"),
    "year": (lambda t: cell(t, 9, 0, "2000"), "line 9: found '2000' for the month"),
    "word": (lambda t: cell(t, 9, 3, "n/a"), "line 9: Manuf in month 200008 is 'n/a'"),
    "empty cell": (lambda t: cell(t, 9, 3, ""), "line 9: Manuf in month 200008 is ''"),
    "nan": (lambda t: cell(t, 9, 3, "nan"), "Manuf in month 200008 is 'nan'"),
    "inf": (lambda t: cell(t, 9, 3, "inf"), "Manuf in month 200008 is 'inf'"),
    "underscore": (lambda t: cell(t, 9, 3, "1_0"), "Manuf in month 200008 is '1_0'"),
    "other digits": (lambda t: cell(t, 9, 3, "\u0661.\u0662"), "Manuf in month 200008"),
    "lost everything": (lambda t: cell(t, 9, 3, "-101"), "between -100 and 500 per cent"),
    "lost point": (lambda t: cell(t, 9, 3, "1015"), "between -100 and 500 per cent"),
    "extra cell": (lambda t: edit(t, 9, t.split("\n")[8] + ",1"), "11 values in month 200008"),
    "blank line": (lambda t: edit(t, 9, ""), "line 9: blank line inside"),
    "column lost": (lambda t: t.replace("Telcm", "Phone"), "missing 'Telcm'; unknown 'Phone'"),
    "column twice": (lambda t: t.replace("Telcm", "HiTec"), "missing 'Telcm'; twice 'HiTec'"),
    "12 industries": (lambda t: t.replace("HiTec", "BusEq"), "unknown 'BusEq'"),
    "header only": (lambda t: t.split("\n")[0] + "\n", "no rows"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_in_simple_table(simple_text: str, name: str) -> None:
    fault, message = FAULTS[name]
    with pytest.raises(DataError, match=message) as caught:
        parse(fault(simple_text))
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("test.csv")


def test_all_missing_column(simple_text: str) -> None:
    text = simple_text
    for line in range(2, 32):
        text = cell(text, line, 10, "-99.99")
    with pytest.raises(DataError, match="every month of Other is missing"):
        parse(text)


def test_missing_section(library_text: str) -> None:
    text = library_text.replace("Average Equal Weighted Returns -- Monthly", "Number of Firms")
    with pytest.raises(DataError, match=r"no section 'Average Equal .*'Number of Firms'"):
        parse(text, "equal")


def test_section_of_years_is_not_taken_for_months(library_text: str) -> None:
    text = library_text.replace("Returns -- Monthly", "Returns by the month")
    text = text.replace("Returns -- Annual", "Returns -- Monthly")
    with pytest.raises(DataError, match="found '2000' for the month"):
        parse(text)


def test_section_without_a_title(library_text: str) -> None:
    title = "  Average Equal Weighted Returns -- Monthly"
    with pytest.raises(DataError, match="line 41: column names without a section title"):
        parse(library_text.replace(title, ""))


def test_section_twice(library_text: str) -> None:
    with pytest.raises(DataError, match="a second monthly value-weighted section"):
        parse(library_text.replace("Average Equal", "Average Value"))


@pytest.mark.parametrize(("line", "which"), [(8, "value"), (37, "value"), (42, "equal")])
def test_month_lost_at_the_edge_of_a_section(library_text: str, line: int, which: str) -> None:
    with pytest.raises(DataError, match="cover different months"):
        parse(edit(library_text, line, None), which)


def test_truncated_library_file(library_text: str) -> None:
    lines = library_text.split("\r\n")
    for stop in range(1, len(lines) - 2):
        with pytest.raises(DataError):
            parse("\r\n".join(lines[:stop]) + "\r\n")


@pytest.mark.parametrize("content", [b"PK\x03\x04\0\0", b"month,NoDur\n200001,\xff\xfe\n"])
def test_not_text(content: bytes) -> None:
    with pytest.raises(DataError, match="expected a text file"):
        parse_industry_file(content, "test.csv", "value")


def test_paths(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read_industry_file(tmp_path / "absent.csv")
    with pytest.raises(DataError, match="cannot be read"):
        read_industry_file(tmp_path)
    large = tmp_path / "large.csv"
    with large.open("wb") as stream:
        stream.truncate(20_000_001)
    with pytest.raises(DataError, match="more than 20,000,000 bytes"):
        read_industry_file(large)


def test_file_name_that_contradicts_the_weighting(tmp_path: Path, simple_text: str) -> None:
    path = tmp_path / "industries_ew.csv"
    path.write_text(simple_text)
    assert len(read_industry_file(path, "equal").returns) == 30
    with pytest.raises(DataError, match="the name says equal-weighted"):
        read_industry_file(path, "value")


JUNK = st.sampled_from([*"abcXYZ;:\"'\\\0\n\r,_ é§\t<>|", "\r\n", "\n\n", ",,", "--"])


def corrupt(text: str, data: st.DataObject) -> str:
    """One random fault that a file can show by itself."""
    lines = text.split("\n")
    kind = data.draw(st.sampled_from(["cut", "delete", "repeat", "swap", "junk", "cell", "column"]))
    n = data.draw(st.integers(0, len(lines) - 2), label="line")
    if kind == "cut":
        return text[: data.draw(st.integers(0, len(text) - 1))]
    if kind == "delete":
        return "\n".join(lines[:n] + lines[n + 1 :])
    if kind == "repeat":
        return "\n".join(lines[: n + 1] + lines[n:])
    if kind == "swap":
        lines[n], lines[n + 1] = lines[n + 1], lines[n]
        return "\n".join(lines)
    if kind == "junk":
        at = data.draw(st.integers(0, len(text)))
        return text[:at] + data.draw(JUNK) + text[at:]
    cells = lines[n].split(",")
    k = data.draw(st.integers(0, len(cells) - 1))
    if kind == "cell":
        cells[k] = data.draw(st.sampled_from(["", " ", "x", "1.2.3", "--1", "1e5", "0x1", "12,3"]))
    else:
        del cells[k]
    lines[n] = ",".join(cells)
    return "\n".join(lines)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), which=st.sampled_from(["value", "equal"]))
def test_corrupt_library_file_is_refused_or_read_the_same(
    library_text: str, data: st.DataObject, which: str
) -> None:
    text = corrupt(library_text, data)
    try:
        table = parse(text, which)
    except DataError:
        return
    pd.testing.assert_frame_equal(table, parse(library_text, which))


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_corrupt_simple_table_is_refused_or_read_the_same(
    simple_text: str, data: st.DataObject
) -> None:
    text = corrupt(simple_text, data)
    try:
        table = parse(text)
    except DataError:
        return
    expected = parse(simple_text)
    # Whole rows lost at an end cannot be seen in the table itself; `start` and `end` are for them.
    lost = [expected.iloc[1:], expected.iloc[: len(table)]]
    assume(not any(len(table) < len(expected) and table.equals(part) for part in lost))
    pd.testing.assert_frame_equal(table, expected)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=300))
@example(content=b"month\n")
@example(content=b"month,\n\n")
@example(content=b",\n,\n")
@example(content=b"title\n,NoDur\nCopyright")
def test_any_bytes_give_a_data_error(content: bytes) -> None:
    with pytest.raises(DataError):
        parse_industry_file(content, "test.csv", "value")


@pytest.mark.parametrize("which", ["value", "equal"])
def test_library_file_of_202309(reference_data: Path, which: str) -> None:
    path = reference_data / "data/kenfrench/10_Industry_Portfolios_202309.csv"
    contents = read_industry_file(path, which)
    skip = 11 if which == "value" else 1182
    plain = pd.read_csv(path, skiprows=skip, nrows=1167, index_col=0)
    np.testing.assert_array_equal(contents.returns.to_numpy(), plain.to_numpy(dtype=float))
    assert contents.vintage == "202309"
    assert str(contents.returns.index[[0, -1]].tolist()) == (
        "[Period('1926-07', 'M'), Period('2023-09', 'M')]"
    )
    assert re.fullmatch("[0-9a-f]{64}", contents.sha256)


def own_assets(text: str) -> pd.DataFrame:
    return parse_industry_file(text.encode(), "mine.csv", "value", ("gold", "oil")).returns


def test_assets_of_ones_own() -> None:
    table = own_assets("month,oil,gold\n200001,1.5,-2\n200002,0.5,-99.99\n")
    assert list(table.columns) == ["gold", "oil"]
    np.testing.assert_array_equal(table, [[-2, 1.5], [np.nan, 0.5]])


def test_library_layout_of_other_portfolios(library_text: str, values: np.ndarray) -> None:
    renamed = library_text.replace("HiTec", "BusEq")
    assets = ["BusEq", *(name for name in INDUSTRIES if name != "HiTec")]
    table = parse_industry_file(renamed.encode(), "test.csv", "value", assets).returns
    assert list(table.columns) == assets
    np.testing.assert_array_equal(table["BusEq"], values[0][:, INDUSTRIES.index("HiTec")])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("month,oil\n200001,1.5\n", "missing 'gold'; expected each of gold, oil once"),
        ("month,oil,gold,tin\n200001,1,2,3\n", "unknown 'tin'; .* name its columns in `assets`"),
        ("month,oil,gold\n200001,1,x\n", "gold in month 200001 is 'x'.* correct the file"),
        ("month,oil,gold\n2000-01,1,2\n", "expected yyyymm such as 192607; correct the file"),
    ],
)
def test_faults_in_a_table_of_ones_own(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        own_assets(text)
