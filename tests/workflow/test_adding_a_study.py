"""The guide to adding a study, applied to a copy of the project, makes its table."""

import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

from test_dag import copy_of_the_workflow
from workflow_root import ROOT, run_snakemake

GUIDE = (ROOT / "docs" / "adding_a_study.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n# (\S+)\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)


def apply(block: str, text: str) -> str:
    """Add the lines with a plus after those without a sign, or in place of those with a minus."""
    at = 0
    for line in block.splitlines(keepends=True):
        sign, line = line[0], line[1:]
        if sign != "+":
            assert text.count(line) == 1, f"the guide's line {line!r} is not in the file once"
            at = text.index(line) + (len(line) if sign == " " else 0)
        text = text[:at] + (line if sign == "+" else "") + text[at + len(line) * (sign == "-") :]
        at += len(line) if sign == "+" else 0
    return text


def add_the_study(root: Path) -> set[str]:
    """Do what the guide says; returns the files that were there and are edited."""
    edited = set()
    for kind, name, block in BLOCKS:
        path = root / name
        if path.exists():
            edited.add(name)
            text = path.read_text()
            path.write_text(apply(block, text) if kind == "diff" else text + block)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(block)
    return edited


def test_the_guide_adds_a_study(tmp_path: Path) -> None:
    root = copy_of_the_workflow(tmp_path / "root")
    (root / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    edited = [
        "config/README.md",
        "config/config.yaml",
        "pyproject.toml",
        "src/bayesfolio/studies.py",
    ]
    assert sorted(add_the_study(root)) == edited
    write = [sys.executable, "-m", "bayesfolio.settings", "write"]
    subprocess.run(write, env=os.environ | {"PYTHONPATH": str(root / "src")}, cwd=root, check=True)
    assert "`walks.n_steps`" in (root / "config" / "README.md").read_text()
    run = partial(run_snakemake, root=root, folder=tmp_path / "run", PYTHONPATH=str(root / "src"))
    planned = run("--dry-run", "--", "results/workstation/report/walks.html")
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "walks/provenance.json" in planned.stdout + planned.stderr
    table = Path("results/workstation/walks/tables/distances.csv")
    made = run("--cores", "1", "--", table)
    assert made.returncode == 0, made.stderr
    header, row = (tmp_path / "run" / table).read_text().splitlines()
    assert header == "n_walks,distance"
    assert 7 < float(row.removeprefix("1000,")) < 9  # 10 sqrt(2 / pi), standard error .2
    assert (
        "**Distances of random walks**" in (tmp_path / "run" / table).with_suffix(".md").read_text()
    )
