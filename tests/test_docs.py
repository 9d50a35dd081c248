"""What README.md and the pages in docs/ name is there: files, rules, keys, tables, code.

Each check is a function that lists faults of a text, so that it can be shown to find a planted one.
"""

import ast
import re
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path

import pytest
import yaml

from bayesfolio.config import ConfigError, check_config
from bayesfolio.core.settings import merged
from bayesfolio.momentum.combination_settings import combined_sets
from bayesfolio.settings import keys, schema
from bayesfolio.studies import STUDIES, listing

ROOT = Path(__file__).resolve().parents[1]
PAGES = {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "docs").glob("*.md"))}
PAGES |= {name: ROOT / name for name in ("README.md", "config/README.md")}
DEFAULT = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
PAPER = merged(DEFAULT, yaml.safe_load((ROOT / "config" / "paper.yaml").read_text()))
"""The tier that makes every table."""

WILDCARDS = {"study": "|".join(STUDIES), "set": "|".join(combined_sets(PAPER)), "page": "index"}
WORKFLOW = "\n".join(
    path.read_text()
    for path in [ROOT / "Snakefile", *sorted((ROOT / "workflow" / "rules").glob("*.smk"))]
)

USERS = {
    "mine.yaml", "assets.csv", "prices_daily.csv", "universe.csv", "earnings_dates.csv",
    "calendar.csv", "period_panel.csv", "realised_quintiles.csv", "leaderboard.csv",
    "VIX_History.csv", "10_industries_201903_vw.csv", "my_stocks.csv", "my_index.csv", "my_prices",
}  # fmt: skip
"""Files that a user brings along."""

SUFFIXES = ("csv", "gz", "ipynb", "json", "lock", "md", "png", "py", "smk", "stan", "yaml")
BEGIN, END = "<!-- listing: begin -->\n", "\n<!-- listing: end -->"


@cache
def made() -> dict[str, str]:
    """Rule by regular expression of what it writes in the paper tier, below ``results/<run>/``.

    Folders are made by none.
    """
    found = {rf"{name}(\.(csv|md|tex))?": "tabulate" for name in shown("tables")}
    found |= {rf"{name}(\.(pdf|png|svg))?": "plot" for name in shown("figures")}
    folders = dict(re.findall(r'^([A-Z0-9_]+) = f"(.*)"$', WORKFLOW, flags=re.MULTILINE))
    folders["RESULTS"] = "."
    wildcard = re.compile(r"\{+(\w+)\}+")
    rule = r"^rule (?!tabulate|plot)(\w+):\n(?: .*\n)+?    output:\n((?: {8}.*\n)+)"
    for name, outputs in re.findall(rule, WORKFLOW, flags=re.MULTILINE):
        for path in re.findall(r'f"(\{[A-Z][^"]*)"', outputs):
            while "{" in (folder := path.split("/")[0]):
                path = path.replace(folder, folders[folder.strip("{}")])
            path = wildcard.sub(lambda m: f"({WILDCARDS.get(m[1], '[a-z0-9-]+')})", path)
            found[path.removeprefix("./")] = name
    return {str(folder): "" for path in found for folder in Path(path).parents} | found


def rule_of(name: str) -> str | None:
    """Rule that writes a file, or a table or figure named without suffix."""
    found = (rule for pattern, rule in made().items() if re.fullmatch(pattern, name))
    return made().get(name) or next(found, None)


def shown(kind: str) -> list[str]:
    """Tables or figures of the paper tier, without suffix."""
    return [
        f"{study.name}/{kind}/{entry.name}"
        for study in STUDIES.values()
        for entry in getattr(study, kind)(PAPER)
    ]


@cache
def tracked() -> set[str]:
    """Names of the files of the checkout."""
    folders = [path for path in ROOT.iterdir() if path.name not in (".git", ".venv", "results")]
    folders += [ROOT / "results" / "paper", ROOT / "results" / "published"]
    return {path.name for folder in folders for path in [folder, *folder.rglob("*")]}


def blocks(text: str, language: str) -> list[str]:
    """Code, but for files of the guide to adding a study, which has a test of its own."""
    code = rf"^```{language}\n(?!# \S+/\S+\n)(.*?)^```"
    return re.findall(code, text, flags=re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    """Text without code, and without the list that is printed."""
    return re.sub(f"^```.*?^```|{BEGIN}.*{END}", "", text, flags=re.MULTILINE | re.DOTALL)


def ticked(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", prose(text))


def link_faults(text: str, page: Path) -> list[str]:
    """Relative links to nothing."""
    faults = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(text)):
        target, _, anchor = link.partition("#")
        if re.match(r"\w+://", target):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists():
            faults.append(f"link {link}")
        elif anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(), flags=re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in headings}
            if anchor not in slugs:
                faults.append(f"link {link}")
    return faults


def path_faults(text: str, page: Path) -> list[str]:
    """Files and folders named that neither exist nor are made, and are not the user's."""
    faults = []
    names = {pattern.rsplit("/", 1)[-1] for pattern in made()}
    for name in ticked(text):
        name = name.rstrip("/")
        if re.search(r"[\s$~*{}()\[\]:,=]", name):
            continue
        if "/" not in name:
            if name.rsplit(".", 1)[-1] in SUFFIXES and "." in name.strip("."):
                there = name in tracked() | USERS or any(re.fullmatch(n, name) for n in names)
                faults += [] if there else [f"file {name}"]
            continue
        below = re.sub(r"^results/(<run>|workstation|smoke|paper)/?", "", name)
        there = (ROOT / name).exists() or rule_of(below or ".") is not None
        faults += [] if there else [f"path {name}"]
    return faults


def is_key(name: str) -> bool:
    """Say whether the configuration has a key, a group, or a group that may hold the key."""
    return any(
        f"{key}.".startswith(f"{name}.")
        or ("additionalProperties" in node and name.startswith(f"{key}."))
        for key, node in keys(schema()).items()
    )


def key_faults(text: str, page: Path) -> list[str]:
    """Keys that the configuration lacks, in prose, and overlays that are refused."""
    faults = []
    for name in re.findall(r"`([a-z0-9_]+(?:\.[A-Za-z0-9_-]+)+)(?:\.\*)?`", prose(text)):
        group, *_, last = name.split(".")
        if group in DEFAULT and last not in SUFFIXES and not is_key(name):
            faults.append(f"key {name}")
    for block in blocks(text, "yaml"):
        try:
            check_config(merged(DEFAULT, yaml.safe_load(block)))
        except ConfigError as error:
            faults.append(f"overlay: {error}")
    return faults


def command_faults(text: str, page: Path) -> list[str]:
    """Targets, overlays and profiles of command lines that are not there."""
    faults = []
    lines = [line for line in text.splitlines() if re.match(r" {4}(snakemake|make) ?", line)]
    lines += [name for name in ticked(text) if re.match(r"(snakemake|make) ", name)]
    rules = re.findall(r"^rule (\w+):", WORKFLOW, flags=re.MULTILINE)
    makefile = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    targets = {*rules, *makefile, "trial", "value"}
    for line in lines:
        tool, *words = line.split()
        words = [word.split("=")[-1] if "=" in word else word for word in words]
        words = [word for word in words if not word.startswith("-")]
        for word in words:
            if word.endswith(".yaml") or "/" in word:
                good = (ROOT / word).exists() or word in USERS
            else:
                good = word in targets
            faults += [] if good else [f"{tool}: {word} in {line.strip()!r}"]
    return faults


def code_faults(text: str, page: Path) -> list[str]:
    """Python blocks that do not parse, and names imported or written out that are not there."""
    faults = []
    names = [n for n in ticked(text) if re.fullmatch(r"bayesfolio(\.\w+)+", n)]
    names += re.findall(r"python -m ([\w.]+)", text)
    for block in blocks(text, "python"):
        try:
            tree = ast.parse(block)
        except SyntaxError as error:
            faults.append(f"code: {error}")
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names += [f"{node.module}.{alias.name}" for alias in node.names]
    for name in names:
        faults += [] if resolves(name) else [f"name {name}"]
    return faults


def resolves(name: str) -> bool:
    """Say whether there is such a module, or such a name in one."""
    module, _, attribute = name.rpartition(".")
    with suppress(ImportError):
        if find_spec(name):
            return True
    with suppress(ImportError, ValueError):
        return hasattr(import_module(module), attribute)
    return False


CHECKS = {
    "paths": path_faults, "links": link_faults, "keys": key_faults, "commands": command_faults,
    "code": code_faults,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _files_of_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Overlays name them."""
    for name in USERS:
        (tmp_path / name).touch() if "." in name else (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_is_there(page: str, check: str) -> None:
    assert CHECKS[check](PAGES[page].read_text(), PAGES[page]) == []


PLANTED = [
    ("links", "see [there](docs/nowhere.md)", "link docs/nowhere.md"),
    ("links", "see [there](README.md#no-such-heading)", "link README.md#no-such-heading"),
    ("paths", "in `src/bayesfolio/nothing.py`", "path src/bayesfolio/nothing.py"),
    ("paths", "in `m6/tables/rpx`", "path m6/tables/rpx"),
    ("paths", "in `results/<run>/m6x/`", "path results/<run>/m6x"),
    ("paths", "see `rpx.md`", "file rpx.md"),
    ("keys", "set `momentum.calender.thin_years`", "key momentum.calender.thin_years"),
    ("keys", "```yaml\nm6: {anker: 1}\n```", "overlay: config key m6.anker is unknown"),
    (
        "keys",
        "```yaml\ncomoments: {data: {source: file}}\n```",
        "overlay: config key comoments.data",
    ),
    ("commands", "    snakemake momentums\n", "snakemake: momentums"),
    ("commands", "    snakemake --configfile config/smok.yaml -- m6\n", "config/smok.yaml"),
    ("code", "```python\nimport numpy as\n```", "code: "),
    ("code", "```python\nfrom bayesfolio.models import Modelspec\n```", "Modelspec"),
    ("code", "call `bayesfolio.combination.combin`", "bayesfolio.combination.combin"),
]


@pytest.mark.parametrize(("check", "text", "fault"), PLANTED)
def test_a_planted_fault_is_found(check: str, text: str, fault: str) -> None:
    found = CHECKS[check](text, ROOT / "README.md")
    assert len(found) == 1, found
    assert fault in found[0]


def listing_faults(text: str) -> list[str]:
    """Stale rows of README's printed table, and files of the other one with another rule."""
    printed, _, after = text.partition(BEGIN)[2].partition(END)
    rows = zip_longest(printed.strip().splitlines(), listing(PAPER).splitlines(), fillvalue="none")
    faults = [f"row is {old}, expected {new}" for old, new in rows if old != new]
    for row in re.findall(r"^\| .* \|$", after.split("\n## ")[0], flags=re.MULTILINE)[2:]:
        *names, maker = ticked(row)
        faults += [f"{n} is made by {rule_of(n)}" for n in names if rule_of(n) != maker]
    return faults


def test_readme_lists_what_a_run_writes_with_its_maker() -> None:
    assert listing_faults(PAGES["README.md"].read_text()) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("`m6/tables/rps`", "`m6/tables/rpx`", "row is | Ranked probability scores"),
        ("`m6.figures.reliability_figure`", "`m6.figures.reliable`", "row is | Reliability"),
        (END, "\n| One | `m6/tables/more` | `m6.tables.more` |" + END, "expected none"),
        ("`write_claims` |", "`tabulate` |", "momentum/claims.md is made by write_claims"),
        ("`m6/submission.csv`", "`m6/submissions.csv`", "submissions.csv is made by None"),
    ],
)
def test_a_fault_planted_in_the_list_is_found(old: str, new: str, fault: str) -> None:
    text = PAGES["README.md"].read_text()
    assert old in text
    found = listing_faults(text.replace(old, new))
    assert len(found) == 1, found
    assert fault in found[0]


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_describes_its_tables_and_figures(study: str) -> None:
    text = PAGES[f"docs/{study}.md"].read_text()
    part = re.split(r"^## Reading the tables.*$", text, flags=re.MULTILINE)[1].split("\n## ")[0]
    made_by_it = [name for name in shown("tables") + shown("figures") if name.startswith(study)]
    assert {Path(name).name for name in made_by_it} - set(ticked(part)) == set()
