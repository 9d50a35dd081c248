"""Imports run one way, and a wrong one is found; what is declared is what is imported."""

import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def names(requirements: list[str]) -> set[str]:
    """Distributions that requirements name, as PyPI normalises them."""
    found = {re.match(r"[\w.-]+", requirement)[0].lower() for requirement in requirements}
    return {name.replace("_", "-") for name in found}


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("core/files.py", "from bayesfolio.models.spec import ModelSpec", "one way"),
        ("leverage/garch.py", "from bayesfolio.m6.pools import log_pool", "one way"),
        ("m6/pools.py", "from bayesfolio.studies import STUDIES", "one way"),
        ("comoments/ica.py", "from bayesfolio.report.style import COLOURS", "one way"),
        ("momentum/mixtures.py", "from bayesfolio.momentum.claims import SURE", "registry"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, module: str, line: str, broken: str) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]

    def said() -> str:
        return subprocess.run(
            command, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path / "src")},
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip

    assert "2 kept, 0 broken" in said()
    with (tmp_path / "src" / "bayesfolio" / module).open("a") as file:
        file.write(f"\n{line}\n")
    assert "1 kept, 1 broken" in said()
    assert re.search(rf"{broken}.* BROKEN", said())


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    imported = set()
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "scripts").rglob("*.py"), ROOT / "Snakefile"]
    for path in sources:
        text = path.read_text()
        imported |= set(re.findall(r"^\s*(?:from|import) (\w+)", text, flags=re.MULTILINE))
    imported -= set(sys.stdlib_module_names) | {"bayesfolio"}
    owners = packages_distributions()
    needed = {names(owners[module]).pop() for module in imported if module in owners}
    optional = {"yfinance"}
    # requests takes an old urllib3 too, which takes a download that breaks off for a whole one.
    assert needed - optional == names(PROJECT["dependencies"]) - {"urllib3"}


def test_the_conda_environment_has_what_the_project_declares() -> None:
    environment = yaml.safe_load((ROOT / "envs" / "environment.yaml").read_text())
    *packages, last = environment["dependencies"]
    aliases = {"arch-py": "arch", "matplotlib-base": "matplotlib", "snakemake-minimal": "snakemake"}
    found = {aliases.get(name, name) for name in names(packages)}
    own = {"cmdstan-home"}
    assert names(PROJECT["dependencies"]) - own <= found
    assert last == {"pip": ["-e ../packages/cmdstan-home", "-e .."]}
