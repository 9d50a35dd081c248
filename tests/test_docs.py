"""What README.md and the pages in docs/ name is there: files, rules, keys, tables, code.

Each check is a function that lists faults of a text, so that it can be shown to find a planted one.
"""

import ast
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
STUDIES = ("momentum", "filters", "m6", "leverage", "comoments")
PAGES = {path.relative_to(ROOT).as_posix(): path for path in sorted((ROOT / "docs").glob("*.md"))}
PAGES |= {name: ROOT / name for name in ("README.md", "config/README.md")}

USERS = {
    "mine.yaml", "assets.csv", "prices_daily.csv", "universe.csv", "earnings_dates.csv",
    "calendar.csv", "period_panel.csv", "realised_quintiles.csv", "leaderboard.csv",
    "VIX_History.csv", "10_industries_201903_vw.csv",
}  # fmt: skip
"""Files that a user brings along."""

SUFFIXES = ("csv", "gz", "ipynb", "json", "lock", "md", "png", "py", "smk", "stan", "yaml")


@cache
def made() -> dict[str, str]:
    """Rule by output, below ``results/<run>/``, of a small run with the competition's outcome."""
    folder = Path(os.environ["DOCS_FOLDER"])
    for name in ("prices_daily", "universe", "period_panel", "calendar", "realised_quintiles"):
        (folder / f"{name}.csv").touch()
    data = {"source": "file", "path": str(folder)}
    last_months = {
        "scored_periods": {"first": 233, "last": 234},
        "learning_periods": {"first": 232, "last": 231},
        "forecast_period": 235,
    }
    overlay = {"run": "docs", "m6": {"competition": True, "data": data, **last_months}}
    (folder / "docs.yaml").write_text(yaml.safe_dump(overlay))
    found = subprocess.run(
        [
            *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")),
            *("--directory", str(folder), "--dry-run", "--quiet", "host", "reason", "--configfile"),
            *(str(ROOT / "config" / "smoke.yaml"), str(folder / "docs.yaml")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    jobs = re.findall(
        r"^(?:local)?rule (\w+):\n(?:    (?!output).*\n)*    output: (.*)$",
        found.stdout + found.stderr,
        flags=re.MULTILINE,
    )
    return {
        path.removeprefix("results/docs/"): rule
        for rule, outputs in jobs
        for path in outputs.split(", ")
    }


@pytest.fixture(scope="module", autouse=True)
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    os.environ["DOCS_FOLDER"] = str(tmp_path_factory.mktemp("docs"))
    yield
    del os.environ["DOCS_FOLDER"]


@cache
def rules() -> set[str]:
    texts = [path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk")]
    return set(re.findall(r"^rule (\w+):", "\n".join(texts), flags=re.MULTILINE)) | {"all"}


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
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def prose(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


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
    outputs = set(made())
    stems = {Path(output).with_suffix("").as_posix() for output in outputs}
    folders = {parent.as_posix() for output in outputs for parent in Path(output).parents}
    names = {Path(output).name for output in outputs} | tracked() | USERS
    for name in ticked(text):
        name = name.rstrip("/")
        if re.search(r"[\s$~*{}()\[\]:,=]", name):
            continue
        if "/" not in name:
            if name.rsplit(".", 1)[-1] in SUFFIXES and "." in name.strip("."):
                faults += [] if name in names else [f"file {name}"]
            continue
        below = re.sub(r"^results/(<run>|workstation|smoke|paper)/?", "", name)
        there = (ROOT / name).exists()
        there |= below in outputs | stems | folders or not below
        faults += [] if there else [f"path {name}"]
    return faults


def key_faults(text: str) -> list[str]:
    """Keys of the configuration that the schema lacks, in prose and in overlays."""
    faults = []
    for name in ticked(text):
        if not re.fullmatch(r"[a-z0-9_]+(\.[A-Za-z0-9_*-]+)+", name):
            continue
        group, *rest = name.split(".")
        if group not in schema()["properties"] or rest[-1] in SUFFIXES:
            continue
        node = schema()["properties"][group]
        for part in rest:
            if part == "*":
                continue
            node = node.get("properties", {}).get(part) or (
                node["additionalProperties"]
                if isinstance(node.get("additionalProperties"), dict)
                else None
            )
            if node is None:
                faults.append(f"key {name}")
                break
    default = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    for block in blocks(text, "yaml"):
        config = merged(default, yaml.safe_load(block))
        for error in jsonschema.Draft202012Validator(schema()).iter_errors(config):
            faults.append(f"overlay: {'.'.join(map(str, error.path))} {error.message}")
    return faults


def merged(config: dict, overlay: dict) -> dict:
    both = {
        name: merged(config[name], value)
        for name, value in overlay.items()
        if isinstance(value, dict) and isinstance(config.get(name), dict)
    }
    return config | overlay | both


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
                good = word in rules() or word in makefile or word in {"all", "trial", "value"}
            faults += [] if good else [f"{tool}: {word} in {line.strip()!r}"]
    return faults


def code_faults(text: str) -> list[str]:
    """Python blocks that do not parse, and names imported or written out that are not there."""
    faults = []
    names = [n for n in ticked(text) if re.fullmatch(r"bayesfolio(\.\w+)+", n)]
    names += [f"bayesfolio.{module}" for module in re.findall(r"python -m bayesfolio\.(\w+)", text)]
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
    try:
        importlib.import_module(name)
    except ImportError:
        module, _, attribute = name.rpartition(".")
        return bool(module) and hasattr(importlib.import_module(module), attribute)
    return True


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


def listed(text: str) -> dict[str, set[str]]:
    """Files of the table of README.md with the rules of their row."""
    files: dict[str, set[str]] = {}
    part = text.split("## What comes from where")[1].split("\n## ")[0]
    for row in re.findall(r"^\|(.*)\|$", part, flags=re.MULTILINE)[2:]:
        _, makers, cells = row.split("|")
        folder = ""
        for name in ticked(cells):
            folder = name.rsplit("/", 1)[0] + "/" if "/" in name else folder
            files.setdefault(folder + name.rsplit("/", 1)[-1], set()).update(ticked(makers))
    return files


def shown() -> dict[str, str]:
    """Rule by table or figure of the workflow, without its ending."""
    parts = ("tables", "figures")
    return {
        Path(path).with_suffix("").as_posix(): rule
        for path, rule in made().items()
        if Path(path).parent.name in parts
    }


def listing_faults(text: str) -> list[str]:
    files, faults = listed(text), []
    stems = {Path(path).with_suffix("").as_posix(): rule for path, rule in made().items()}
    for name, makers in files.items():
        if name == "provenance.json":
            continue
        rule = made().get(name) or stems.get(name)
        if rule is None:
            faults.append(f"{name} is not made")
        elif rule not in makers:
            faults.append(f"{name} is made by {rule}")
    faults += [f"{name} is not listed" for name in shown() if name not in files]
    named = set().union(*files.values()) - rules()
    return faults + [f"{rule} is no rule" for rule in sorted(named)]


def test_readme_lists_every_table_and_figure_with_its_rule() -> None:
    assert listing_faults(PAGES["README.md"].read_text()) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("`m6/tables/rps`", "`m6/tables/rpx`", "m6/tables/rpx is not made"),
        ("`plot_betas` |", "`plot_beta` |", "plot_beta is no rule"),
        ("`tabulate_claims` |", "`tabulate_models` |", "made by tabulate_claims"),
        ("`reliability`, ", "", "m6/figures/reliability is not listed"),
        ("`m6/figures/heat_map`, `reliability`", "`m6/figures/reliability`", "heat_map is not"),
    ],
)
def test_a_fault_planted_in_the_list_is_found(old: str, new: str, fault: str) -> None:
    text = PAGES["README.md"].read_text()
    assert old in text
    assert any(fault in found for found in listing_faults(text.replace(old, new)))


def described(text: str) -> set[str]:
    """Names in the first cells of the tables of a page's part on reading tables and figures."""
    part = re.split(r"^## Reading the tables.*$", text, flags=re.MULTILINE)[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", part, flags=re.MULTILINE)
    found = {name for cell in cells for name in ticked(cell)}
    for first, last in re.findall(r"`([a-z]+\d+)` to `([a-z]+\d+)`", part):
        stem, start, stop = first.rstrip("0123456789"), first, last
        numbers = [int(name.removeprefix(stem)) for name in (start, stop)]
        found |= {f"{stem}{number}" for number in range(numbers[0], numbers[1] + 1)}
    return found | {name for name in ticked(part) if name in {Path(s).name for s in shown()}}


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_describes_its_tables_and_figures(study: str) -> None:
    names = {Path(name).name for name in shown() if name.startswith(f"{study}/")}
    assert names - described(PAGES[f"docs/{study}.md"].read_text()) == set()
