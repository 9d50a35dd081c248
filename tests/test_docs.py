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

import jsonschema
import pytest
import yaml

from bayesfolio.core.settings import merged
from bayesfolio.momentum.combination_settings import combined_sets
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
    "VIX_History.csv", "10_industries_201903_vw.csv",
}  # fmt: skip
"""Files that a user brings along."""

SUFFIXES = ("csv", "gz", "ipynb", "json", "lock", "md", "png", "py", "smk", "stan", "yaml")


BEGIN, END = "<!-- listing: begin -->\n", "\n<!-- listing: end -->"


@cache
def made() -> dict[str, str]:
    """Rule by regular expression of what it writes in the paper tier, below ``results/<run>/``."""
    found = {rf"{name}(\.(csv|md|tex))?": "tabulate" for name in shown("tables")}
    found |= {rf"{name}(\.(pdf|png|svg))?": "plot" for name in shown("figures")}
    folders = dict(re.findall(r'^([A-Z0-9_]+) = f"(.*)"$', WORKFLOW, flags=re.MULTILINE))
    folders["RESULTS"] = "."
    wildcard = re.compile(r"\{+(\w+)\}+")
    for rule, outputs in re.findall(
        r"^rule (\w+):\n(?: .*\n)+?    output:\n((?: {8}.*\n)+)", WORKFLOW, flags=re.MULTILINE
    ):
        for path in re.findall(r'f"(\{[A-Z][^"]*)"', outputs):
            while "{" in (name := path.split("/")[0]):
                path = path.replace(name, folders[name.strip("{}")])
            pattern = wildcard.sub(lambda m: f"({WILDCARDS.get(m[1], '[a-z0-9-]+')})", path)
            if rule not in {"tabulate", "plot"}:
                found[pattern.removeprefix("./")] = rule
    return found


def rule_of(name: str) -> str | None:
    """Rule that writes a file, or a table or figure named without suffix."""
    found = [rule for pattern, rule in made().items() if re.fullmatch(pattern, name)]
    return made().get(name) or next(iter(found), None)


@cache
def made_folders() -> set[str]:
    """Regular expressions of the folders that a run makes."""
    return {
        "/".join(parts[:n]) for parts in (p.split("/") for p in made()) for n in range(len(parts))
    }


def shown(kind: str) -> list[str]:
    """Tables or figures of the paper tier, without suffix."""
    return [
        f"{study.name}/{kind}/{entry.name}"
        for study in STUDIES.values()
        for entry in getattr(study, kind)(PAPER)
    ]


@cache
def rules() -> set[str]:
    return set(re.findall(r"^rule (\w+):", WORKFLOW, flags=re.MULTILINE))


@cache
def schema() -> dict:
    return yaml.safe_load((ROOT / "workflow" / "schemas" / "config.schema.yaml").read_text())


@cache
def tracked() -> set[str]:
    """Names of the files of the checkout."""
    parts = ["benchmarks", "config", "docs", "envs", "profiles", "results/paper",
             "results/published", "scripts", "src", "stan", "tests", "workflow"]  # fmt: skip
    return {path.name for part in parts for path in (ROOT / part).rglob("*")} | {
        path.name for path in ROOT.iterdir()
    }


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


def path_faults(text: str) -> list[str]:
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
        there = (ROOT / name).exists() or rule_of(below) is not None
        there |= any(re.fullmatch(folder, below) for folder in made_folders())
        faults += [] if there else [f"path {name}"]
    return faults


def below(node: dict, part: str) -> dict | None:
    """Part of the schema that a key leads to from another; `None` if it has no such key."""
    while "$ref" in node:
        node = schema()["$defs"][node["$ref"].rpartition("/")[2]]
    more = node.get("additionalProperties")
    found = node.get("properties", {}).get(part) or (more if isinstance(more, dict) else None)
    choices = node.get("anyOf", []) if found is None else []
    return next((there for choice in choices if (there := below(choice, part))), found)


def key_faults(text: str) -> list[str]:
    """Keys of the configuration that the schema lacks, in prose and in overlays."""
    faults = []
    for name in ticked(text):
        parts = name.split(".")
        if not re.fullmatch(r"[a-z0-9_]+(\.[A-Za-z0-9_*-]+)+", name) or parts[-1] in SUFFIXES:
            continue
        node: dict | None = schema() if parts[0] in schema()["properties"] else None
        for part in parts if node else []:
            node = node if part == "*" else below(node, part)
            if node is None:
                faults.append(f"key {name}")
                break
    for block in blocks(text, "yaml"):
        config = merged(DEFAULT, yaml.safe_load(block))
        for error in jsonschema.Draft202012Validator(schema()).iter_errors(config):
            faults.append(f"overlay: {'.'.join(map(str, error.path))} {error.message}")
    return faults


def command_faults(text: str) -> list[str]:
    """Targets, overlays and profiles of command lines that are not there."""
    faults = []
    lines = [line for line in text.splitlines() if re.match(r" {4}(snakemake|make) ?", line)]
    lines += [name for name in ticked(text) if re.match(r"(snakemake|make) ", name)]
    makefile = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    for line in lines:
        tool, *words = line.split()
        words = [word.split("=")[-1] if "=" in word else word for word in words]
        words = [word for word in words if not word.startswith("-")]
        for word in words:
            if word.endswith(".yaml") or "/" in word:
                good = (ROOT / word).exists() or word in USERS
            else:
                good = word in rules() or word in makefile or word in {"trial", "value"}
            faults += [] if good else [f"{tool}: {word} in {line.strip()!r}"]
    return faults


def code_faults(text: str) -> list[str]:
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
    "paths": lambda text, page: path_faults(text),
    "links": link_faults,
    "keys": lambda text, page: key_faults(text),
    "commands": lambda text, page: command_faults(text),
    "code": lambda text, page: code_faults(text),
}


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
    ("keys", "```yaml\nm6: {anker: 1}\n```", "overlay: m6 Additional properties"),
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
        _, files, makers = row.strip("| ").split(" | ")
        faults += [
            f"{name} is made by {rule_of(name)}"
            for name in ticked(files)
            if f"`{rule_of(name)}`" != makers
        ]
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


def described(text: str) -> set[str]:
    """Names of tables and figures in a page's part on reading them."""
    part = re.split(r"^## Reading the tables.*$", text, flags=re.MULTILINE)[1].split("\n## ")[0]
    return set(ticked(part))


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_describes_its_tables_and_figures(study: str) -> None:
    shown_names = [*shown("tables"), *shown("figures")]
    names = {Path(name).name for name in shown_names if name.startswith(f"{study}/")}
    assert names - described(PAGES[f"docs/{study}.md"].read_text()) == set()
