"""The page of a run shows what the run has made, and nothing else."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from page_run import CONFIG, draw, make_fits, make_page, make_run

from bayesfolio.report.page.diagnostics import failing_first, momentum_fits
from bayesfolio.report.page.tables import make_column, read_page_table, sort_key
from bayesfolio.report.page.timing import run_times
from bayesfolio.report.page.vector import inline_svg
from bayesfolio.report.page.write import find_files, recorded_config, write_page
from bayesfolio.report.registry import Column
from bayesfolio.report.style import save_figure
from bayesfolio.report.tables import write_table
from bayesfolio.studies import STUDIES

VOID = {"meta", "link", "br", "img", "hr", "input"}
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


class Page(HTMLParser):
    """Elements of a page in order, and the text of each table by its caption's title."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self._caption = ""
        self.feed(text)
        assert self.open == [], "an element is not closed"

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self._rows, self._caption = [], ""
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "table":
            self.tables[self._caption.partition(":")[0]] = self._rows

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "caption":
            self._caption += data
        elif {"td", "th"} & set(self.open):
            self._rows[-1][-1] += data


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run") / "results" / "tiny")


@pytest.fixture(scope="module")
def text(results: Path) -> str:
    return make_page(results).read_text()


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_tables_read_back_as_they_were_written(results: Path, page: Page) -> None:
    table = read_page_table(results / "momentum" / "tables" / "table5", "anchor", "source")
    assert table.groups[:3] == [("", 1), ("", 1), ("Mean", 3)]
    assert [heading.label for heading in table.headings[:5]] == [
        "Model", "Failed fits", "ours (sd)", "printed", "difference",
    ]  # fmt: skip
    assert [heading.numeric for heading in table.headings[:5]] == [False, True, True, True, True]
    assert table.wide
    shown = page.tables["Table 5"][2:]  # below two rows of headings
    assert shown == [[cell.text for cell in row] for row in table.rows]
    assert shown[0][:5] == ["VAR-N", "0 of 2", "0.25 (0.10)", "0.20", "0.05"]
    assert shown[1][:5] == ["SV", "1 of 2", "", "0.10", ""]
    assert shown[4][:5] == ["standard <momentum> | other", "", "10.00 (0.50)", "9.00", "1.00"]
    assert "<momentum>" not in table.title


def test_values_are_escaped(text: str) -> None:
    assert "standard &lt;momentum&gt; | other" in text
    assert "<momentum>" not in text
    assert "Run &lt;b&gt;tiny&lt;/b&gt; &amp; co." in text
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("0.12", None),
        ("-3", None),
        ("", None),
        ("0.12 (-0.06, 0.32)", "0.12"),
        ("-0.09 (0.15)", "-0.09"),
        ("12 of 69", "12"),
        ("inf", "1e308"),
        ("-inf", "-1e308"),
        ("n/a", ""),
    ],
)
def test_keys_to_sort_by(text: str, key: str | None) -> None:
    assert sort_key(text) == key


def test_columns_are_numbers_if_all_their_cells_are() -> None:
    assert make_column("a", ["1", "", "-2.5"])[0].numeric
    assert not make_column("a", ["1", "2%"])[0].numeric
    assert not make_column("a", ["", ""])[0].numeric
    assert make_column("a", ["x" * 40, "y"])[0].long


def test_failing_fits_come_first(results: Path, page: Page, tmp_path: Path) -> None:
    count, table = momentum_fits(results / "momentum/diagnostics/fits.csv", "a", "fits.csv")
    assert (count.n_fits, count.n_failed) == (6, 3)
    assert table is not None
    found = [[cell.text for cell in row[:4]] for row in table.rows]
    assert found == [
        ["DFM", "1990", "1.500", "1.100"],
        ["SV", "1991", "", "1.300"],
        ["DFM", "1991", "1.200", "1.200"],
    ]
    models = page.tables["The worst of each"]
    assert [row[:2] for row in models[1:]] == [
        ["DFM", "✗ fails"], ["SV", "✗ fails"], ["VAR-N", "✓ passes"],
    ]  # fmt: skip
    assert list(page.tables)[:5] == [
        "Studies of this run", "Conclusions", "All fits that fail, by falling R-hat",
        "The worst of each", "Table 5",
    ]  # fmt: skip

    passing = tmp_path / "fits.csv"
    make_fits().assign(passed=True).to_csv(passing, index=False)
    count, table = momentum_fits(passing, "a", "fits.csv")
    assert count.n_failed == 0
    assert table is None


def test_only_the_worst_of_many_failing_fits_are_listed(tmp_path: Path) -> None:
    fits = pd.concat([make_fits()] * 50)
    fits["rhat_predictive"] = range(len(fits))
    fits.to_csv(tmp_path / "fits.csv", index=False)
    count, table = momentum_fits(tmp_path / "fits.csv", "a", "fits.csv")
    assert count.n_failed == 150
    assert table is not None
    assert len(table.rows) == 60
    assert table.title.startswith("The 60 worst of 150 fits that fail")
    assert "All 300 fits" in table.notes[0]
    assert table.rows[0][3].text == "299.000"


def test_rows_go_by_the_share_of_fits_that_fail(results: Path) -> None:
    table = read_page_table(results / "momentum" / "tables" / "diagnostics", "a", "b")
    found = failing_first(table, [1, 1, 0], [10, 2, 2])
    assert [row[0].text for row in found.rows] == ["SV", "VAR-N", "DFM"]
    assert [row[1].mark for row in found.rows] == ["no", "no", "yes"]


@pytest.mark.parametrize(("study", "name"), [("m6", "fits"), ("leverage", "sv_fits")])
def test_fits_that_failed_come_first(tmp_path: Path, study: str, name: str) -> None:
    frame = pd.DataFrame({"variant": ["a", "b", "c"], "passed": [True, False, True]})
    write_table(frame, tmp_path / study / "tables" / name, "Fits", ["A note."])
    found = find_files(tmp_path, STUDIES)
    write_page(tmp_path / "page.html", found, STUDIES, CONFIG, tmp_path / "none")
    page = Page((tmp_path / "page.html").read_text())
    assert [row[:2] for row in page.tables["Fits"][1:]] == [
        ["b", "✗ fails"], ["a", "✓ passes"], ["c", "✓ passes"],
    ]  # fmt: skip
    assert page.tables["Studies of this run"][1][3] == "1 of 3"


def test_claims_have_verdicts_and_differences(text: str, page: Page) -> None:
    assert page.tables["Conclusions"] == [
        ["Claim", "Verdict", "Printed", "Ours (sd)", "Difference"],
        ["A holds", "✓ holds", "0.100", "0.150 (0.010)", "0.050"],
        ["B does not", "✗ does not hold", "0.200", "0.100 (0.010)", "-0.100"],
        ["C", "? undecided", "", "0.300 (0.010)", ""],
        ["D", "✓ holds", "0.400", "0.400 (0.010)", "0.000"],
    ]
    assert page.tables["Studies of this run"][1][-1] == "✓ 2 hold, ✗ 1 does not hold, ? 1 undecided"


@pytest.mark.parametrize(
    ("file", "column"),
    [
        ("diagnostics/fits.csv", "passed"),
        ("tables/diagnostics.csv", "failed_windows"),
        ("tables/claims.csv", "verdict"),
        ("tables/claims.csv", "ours"),
    ],
)
def test_a_missing_column_is_named(tmp_path: Path, file: str, column: str) -> None:
    results = make_run(tmp_path / "tiny")
    path = results / "momentum" / file
    pd.read_csv(path).drop(columns=column).to_csv(path, index=False)
    with pytest.raises(ValueError, match=rf"{path.name} has no column '{column}', expected one of"):
        make_page(results)
    assert not (results / "report").exists() or not list((results / "report").iterdir())


def test_files_that_are_missing_are_missed(tmp_path: Path) -> None:
    results = make_run(tmp_path / "tiny")
    (results / "momentum" / "figures" / "mine.svg").unlink()
    page = make_page(results).read_text()
    assert page.count("Shown as a bitmap: this run has no SVG file of the figure.") == 1
    (results / "momentum" / "tables" / "table5.md").unlink()
    with pytest.raises(ValueError, match=r"momentum/tables/table5 has .csv, expected .csv and .md"):
        make_page(results)
    (results / "momentum" / "tables" / "table5.md").write_text("nothing")
    with pytest.raises(ValueError, match=r"table5.md is no table"):
        make_page(results)
    with pytest.raises(ValueError, match="is of no study"):
        write_page(tmp_path / "page.html", [tmp_path / "tables" / "a.csv"], STUDIES, CONFIG, "")


def test_the_command_says_what_a_run_lacks(tmp_path: Path) -> None:
    """A run of one study's tables alone has no record of its configuration yet."""

    def command(results: Path) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "bayesfolio.page", str(results)]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    found = command(tmp_path)
    assert (found.returncode, found.stdout) == (2, "")
    assert "has no tables and figures of a study" in found.stderr
    frame = pd.DataFrame({"variant": ["a"], "passed": [True]})
    write_table(frame, tmp_path / "m6" / "tables" / "fits", "Fits", ["A note."])
    found = command(tmp_path)
    assert (found.returncode, found.stdout) == (2, "")
    assert f"there is no {tmp_path / 'm6' / 'provenance.json'}, which says what" in found.stderr
    assert "Traceback" not in found.stderr
    older = {"run": "tiny", "seed": 7, "m6": {"n_factors": 2}}  # before other keys came
    record = {"config": older, "commit": "abc", "packages": {}, "machine": {}}
    (tmp_path / "m6" / "provenance.json").write_text(json.dumps(record))
    found = command(tmp_path)
    assert found.stdout.strip() == str(tmp_path / "report" / "index.html"), found.stderr


def test_what_is_not_there_is_said(text: str) -> None:
    assert "Not on this page:</strong> Co-moments, Leverage, M6." in text
    assert "This run has no <code>filters/provenance.json</code>" in text
    assert "0123456789ab-dirty" in text
    assert "pandas (not installed)" in text


def test_notes_of_several_tables_are_printed_once(text: str) -> None:
    note = "Run &lt;b&gt;tiny&lt;/b&gt; &amp; co."
    # Once for the tables of the study, and under those that stand elsewhere.
    assert text.count(note) == 1 + 2
    assert text.count('href="#momentum-note-a"') == 3
    assert text.count('id="momentum-note-a"') == 1


def test_equal_inputs_give_equal_pages(results: Path, text: str, tmp_path: Path) -> None:
    again = make_run(tmp_path / "results" / "tiny")
    (again / "benchmarks" / "write_report" / "index.tsv").unlink()
    assert make_page(again).read_text() == text
    assert str(tmp_path) not in text
    (again / "benchmarks" / "plot.tsv").write_text("s\tmax_rss\tcpu_time\n6\t-\t3\n")
    assert make_page(again).read_text() != text


def test_run_times_by_rule(results: Path, tmp_path: Path) -> None:
    table = run_times(results / "benchmarks", "times")
    assert table is not None
    assert table.title == "Run time by rule: 3 jobs, 12 seconds in all"
    rows = [[cell.text for cell in row] for row in table.rows]
    assert rows == [
        ["fit", "2", "7.0", "58.3", "4.0", "3.5", ""],
        ["plot", "1", "5.0", "41.7", "5.0", "2.5", ""],
    ]
    assert run_times(tmp_path / "nowhere", "times") is None


def test_the_page_asks_for_nothing_from_outside(text: str, page: Page) -> None:
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", text.replace("// ", ""))
    for tag, attributes in page.tags:
        for key in ("src", "href", "xlink:href", "action", "data", "poster", "srcset"):
            if key in attributes:
                assert attributes[key].startswith(("#", "data:")), (tag, attributes[key])
    policy = next(a["content"] for _, a in page.tags if "http-equiv" in a)
    assert policy.startswith("default-src 'none'")


def test_anchors_lead_somewhere_and_ids_are_unique(text: str, page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.tags:
        target = attributes.get("href", "")
        assert not target.startswith("#") or target[1:] in ids, target
        for key in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(key, ids[0]) in ids
    assert set(re.findall(r"url\(#([^)]*)\)", text)) <= set(ids)


def test_the_page_reads_well_without_eyes(page: Page) -> None:
    names = [tag for tag, _ in page.tags]
    assert names.count("main") == names.count("nav") == names.count("header") == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert names.count("table") == names.count("caption")
    for tag, attributes in page.tags:
        if tag == "th":
            assert attributes["scope"] in ("col", "colgroup", "row")
        if tag == "svg":
            assert attributes["role"] == "img"
            assert attributes["aria-label"]
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert links[0] == "#main"


def test_ids_of_figures_do_not_clash(tmp_path: Path) -> None:
    save_figure(draw("a"), tmp_path / "figure")
    svg = (tmp_path / "figure.svg").read_text()
    first, second = (inline_svg(svg, prefix, "A", "a-caption") for prefix in ["first", "second"])
    found = [set(re.findall(r' id="([^"]*)"', one)) for one in (first, second)]
    assert found[0]
    assert len(found[0]) == len(found[1])
    assert not found[0] & found[1]
    assert all(name.startswith("first-") for name in found[0])
    assert first.replace("first-", "second-") == second
    assert "<style" not in first  # it would be of all figures
    assert re.search(r'href="#first-\d+"', first)
    assert re.search(r"url\(#first-\d+\)", first)


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<image xlink:href="http://example.org/a.png"/>',
        '<use href="other.svg#a"/>',
        '<g onclick="alert(1)"/>',
        '<rect fill="url(http://example.org/a)"/>',
    ],
)
def test_figures_that_act_or_reach_outside_are_refused(inside: str) -> None:
    with pytest.raises(ValueError, match="figure"):
        inline_svg(SVG.format(inside), "a", "A", "b")


def test_captions_are_those_of_the_entries(text: str) -> None:
    assert "weights of models and strategies: VAR-N. Bands" in text
    assert text.count("Run tiny, seed 7.") == 2


def test_configuration_on_record(results: Path) -> None:
    assert recorded_config(find_files(results, STUDIES), STUDIES) == CONFIG


def test_a_table_of_one_column_and_no_rows(tmp_path: Path) -> None:
    write_table(pd.DataFrame({"a": []}), tmp_path / "t", "Empty", [], [Column("a", "A")])
    table = read_page_table(tmp_path / "t", "anchor", "source")
    assert table.rows == ()
    assert [heading.label for heading in table.headings] == ["A"]
