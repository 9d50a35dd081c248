"""Tables hold the same numbers in three formats."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesfolio.report.registry import Column
from bayesfolio.report.tables import read_table, write_table

FRAME = pd.DataFrame(
    {
        "model": ["VAR-N", "DFM-SV(4,2)", "50% & more_of {it}"],
        "mean": [0.1234, -0.004, np.nan],
        "mean_sd": [0.05, 0.06, np.nan],
        "loss": [-37.44, -20.05, 3.0],
        "draws": pd.array([500, 20, pd.NA], dtype="Int64"),
        "sv": [True, False, True],
    }
)
COLUMNS = [
    Column("model", "Model"),
    Column("mean", "ours (sd)", 2, group="Mean (%)", spread="mean_sd"),
    Column("loss", "printed", 1, group="Mean (%)"),
    Column("draws", "Draws"),
    Column("sv", "SV"),
]


def written(folder: Path, frame: pd.DataFrame, columns: list[Column] | None) -> dict[str, str]:
    write_table(frame, folder / "table_5", "Return & risk", ["Note 1: 5%.", "Note 2."], columns)
    assert sorted(path.name for path in folder.iterdir()) == [
        "table_5.csv", "table_5.md", "table_5.tex",
    ]  # fmt: skip
    return {path.suffix: path.read_text() for path in folder.iterdir()}


def test_markdown(tmp_path: Path) -> None:
    assert written(tmp_path, FRAME, COLUMNS)[".md"] == (
        "**Return & risk**\n"
        "\n"
        "| Model | Mean (%): ours (sd) | Mean (%): printed | Draws | SV |\n"
        "| --- | ---: | ---: | ---: | --- |\n"
        "| VAR-N | 0.12 (0.05) | -37.4 | 500 | yes |\n"
        "| DFM-SV(4,2) | 0.00 (0.06) | -20.1 | 20 | no |\n"
        "| 50% & more_of {it} |  | 3.0 |  | yes |\n"
        "\n"
        "Note 1: 5%.\n"
        "\n"
        "Note 2.\n"
    )


def test_latex(tmp_path: Path) -> None:
    text = written(tmp_path, FRAME, COLUMNS)[".tex"]
    assert text.splitlines() == [
        "% Needs the package booktabs.",
        r"\begin{table}[htbp]\centering\small",
        r"\caption{Return \& risk}\label{tab:table-5}",
        r"\begin{tabular}{lrrrl}",
        r"\toprule",
        r" & \multicolumn{2}{c}{Mean (\%)} &  &  \\",
        r"\cmidrule(lr){2-3}",
        r"Model & ours (sd) & printed & Draws & SV \\",
        r"\midrule",
        r"VAR-N & 0.12 (0.05) & $-$37.4 & 500 & yes \\",
        r"DFM-SV(4,2) & 0.00 (0.06) & $-$20.1 & 20 & no \\",
        r"50\% \& more\_of \{it\} &  & 3.0 &  & yes \\",
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\smallskip{\footnotesize Note 1: 5\%. Note 2.\par}",
        r"\end{table}",
    ]


@pytest.mark.parametrize(
    ("character", "escaped"),
    [
        ("\\", r"\textbackslash{}"), ("&", r"\&"), ("%", r"\%"), ("$", r"\$"), ("#", r"\#"),
        ("_", r"\_"), ("{", r"\{"), ("}", r"\}"), ("~", r"\textasciitilde{}"),
        ("^", r"\textasciicircum{}"), ("<", r"\textless{}"), (">", r"\textgreater{}"),
    ],
)  # fmt: skip
def test_latex_specials(tmp_path: Path, character: str, escaped: str) -> None:
    frame = pd.DataFrame({"name": [f"a{character}b"]})
    assert rf"a{escaped}b \\" in written(tmp_path, frame, None)[".tex"]


@pytest.mark.parametrize(
    ("cell", "latex", "side"),
    [
        ("2009-04", "2009-04", "l"), ("3 of 69", "3 of 69", "r"), ("-12", "$-$12", "r"),
        ("-1.5 (0.2)", "$-$1.5 (0.2)", "r"), ("May-Apr", "May-Apr", "l"), ("10_a", r"10\_a", "l"),
    ],
)  # fmt: skip
def test_only_numbers_are_set_as_numbers(tmp_path: Path, cell: str, latex: str, side: str) -> None:
    texts = written(tmp_path, pd.DataFrame({"x": [cell, None]}), None)
    assert f"\n{latex} \\\\\n" in texts[".tex"]
    assert rf"\begin{{tabular}}{{{side}}}" in texts[".tex"]
    assert ("| ---: |" in texts[".md"]) is (side == "r")


def test_a_bar_in_markdown_does_not_split_a_cell(tmp_path: Path) -> None:
    assert r"| a\|b |" in written(tmp_path, pd.DataFrame({"x": ["a|b"]}), None)[".md"]


def test_long_tables_repeat_their_heading(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": np.arange(87.0)})
    text = written(tmp_path, frame, None)[".tex"]
    heads = re.split(r"\\endfirsthead|\\endhead", text)
    assert len(heads) == 3
    assert [head.count("x \\\\\n") for head in heads[:2]] == [1, 1]
    assert text.count("\n86.000 \\\\") == 1
    assert text.count(r"\begin{longtable}") == text.count(r"\end{longtable}") == 1


def test_csv_comes_back_to_the_last_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(11)
    values = rng.normal(size=200) * 10.0 ** rng.integers(-300, 300, 200)
    frame = pd.DataFrame({"value": values, "name": [f"a,{i}" for i in range(200)]})
    frame.loc[5, "value"] = np.nan
    written(tmp_path, frame, None)
    pd.testing.assert_frame_equal(read_table(tmp_path / "table_5.csv"), frame, check_exact=True)


def test_csv_has_all_columns_and_empty_cells(tmp_path: Path) -> None:
    lines = written(tmp_path, FRAME, COLUMNS[:1])[".csv"].splitlines()
    assert lines[0] == "model,mean,mean_sd,loss,draws,sv"
    assert lines[3] == "50% & more_of {it},,,3.0,,True"


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (0.125, 2, "0.12"), (0.375, 2, "0.38"), (-0.0049, 2, "0.00"), (-0.0051, 2, "-0.01"),
        (float("inf"), 2, "inf"), (1234567.0, 0, "1234567"), (3, 1, "3.0"), (None, 2, ""),
    ],
)  # fmt: skip
def test_rounding(tmp_path: Path, value: float, decimals: int, shown: str) -> None:
    frame = pd.DataFrame({"name": ["a"], "x": [value]})
    text = written(tmp_path, frame, [Column("name", "n"), Column("x", "x", decimals)])[".md"]
    assert f"| a | {shown} |" in text


def test_an_unknown_column_is_named_and_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="table t has no column 'vol', expected one of model"):
        write_table(FRAME, tmp_path / "t", "T", [], [Column("vol", "Volatility")])
    assert list(tmp_path.iterdir()) == []


def test_inputs_are_not_changed(tmp_path: Path) -> None:
    before = FRAME.copy(deep=True)
    written(tmp_path, FRAME, COLUMNS)
    pd.testing.assert_frame_equal(FRAME, before)
