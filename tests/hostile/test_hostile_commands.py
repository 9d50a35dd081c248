"""Bad configurations and data files at the command line: one sentence, and nothing half-written."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def snakemake(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    return subprocess.run(
        [*map(str, command), "--directory", str(folder), "--cores", "1", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )


def written(folder: Path) -> list[str]:
    """Files of results other than logs and timings."""
    return [
        str(path.relative_to(folder))
        for path in (folder / "results").rglob("*")
        if path.is_file() and path.suffix not in (".log", ".tsv")
    ]


@pytest.mark.parametrize(
    ("overlay", "sentence"),
    [
        (
            'run: "a; touch $(id)\\n"\n',
            "config key run is 'a; touch $(id)\\n', expected a name",
        ),
        (
            "filters: {state_var: .nan}\n",
            "config key filters.state_var is nan, expected a number above 0.",
        ),
        (
            "seed: 2.0\n",
            "config key seed is 2.0, expected a whole number of at least 0; write 2 (line 1 of ",
        ),
        (
            "run: &a [*a]\n",
            "config key run is [[[[[[[...]]]]]]], expected a name of lower-case letters",
        ),
        ("run: [}\n", "Config file is not valid JSON or YAML."),
    ],
    ids=["shell", "nan", "float", "loop", "yaml"],
)
def test_a_bad_configuration(tmp_path: Path, overlay: str, sentence: str) -> None:
    (tmp_path / "mine.yaml").write_text(overlay)
    found = snakemake(tmp_path / "run", "-n", "--configfile", tmp_path / "mine.yaml")
    assert found.returncode == 1
    said = found.stdout + found.stderr
    assert sentence in said
    assert "Traceback" not in said
    assert "Snakefile" not in said  # where in our code it was noticed is no matter of the user's
    assert sum(line.startswith("config key") for line in said.splitlines()) <= 1
    assert not (tmp_path / "run" / "results").exists()


NAME = "a $(touch hit) `touch hit`; touch hit 'x' \"y\".csv"


def test_bad_data_files(tmp_path: Path) -> None:
    """Three studies' files are bad at once; each job says so, and writes nothing."""
    weeks = "".join(f"2001-01-{day:02d},0.01,0,01\n" for day in (5, 12, 19))
    (tmp_path / NAME).write_text(f"date,A,B\n{weeks}")
    (tmp_path / "industries.csv").write_bytes(b"month,NoDur\n192607,1.0\xff\n")
    (tmp_path / "index.csv").write_text("Date,Close\n2003-01-02,100\n2003-01-03,-5\n")
    quoted = NAME.replace("'", "''")
    (tmp_path / "mine.yaml").write_text(
        f"momentum: {{data: {{source: file, path: '{tmp_path}/industries.csv'}}}}\n"
        f"comoments: {{data: {{source: file, path: '{tmp_path}/{quoted}'}}}}\n"
        f"leverage: {{data: {{index: {{source: file, path: '{tmp_path}/index.csv'}}}}}}\n"
    )
    run, results = tmp_path / "run", "results/workstation"
    found = snakemake(
        run,
        f"{results}/comoments/data/stock_returns.csv",
        f"{results}/momentum/data/industry_returns.csv",
        f"{results}/leverage/data/market.csv",
        "--retries", "0", "--configfile", tmp_path / "mine.yaml",
    )  # fmt: skip
    said = found.stdout + found.stderr
    assert found.returncode == 1
    for sentence in (
        f"load_stocks: {tmp_path / NAME}, line 2: has 4 fields, expected 3 fields as in the header",
        f"load_industries: {tmp_path}/industries.csv: byte 22 is not UTF-8, expected a text file",
        f"load_market: {tmp_path}/index.csv: the close of 2003-01-03 is -5.0, expected a positive",
    ):
        assert sentence in said, said
    assert "Traceback" not in said, said
    assert written(run) == []
    assert not list(tmp_path.rglob("hit"))
    logs = [path.read_text() for path in (run / "results").rglob("load_*.log")]
    assert len(logs) == 3
    assert all(log.count("\n") == 1 for log in logs)

    (tmp_path / NAME).write_text(f"date,A,B\n{weeks.replace('0,01', '0.02')}")
    found = snakemake(
        run, f"{results}/comoments/data/stock_returns.csv", "--configfile", tmp_path / "mine.yaml"
    )
    assert found.returncode == 0, found.stderr
    assert sorted(Path(name).name for name in written(run)) == [
        "stock_returns.csv", "stock_returns.json",
    ]  # fmt: skip
    assert not list(tmp_path.rglob("hit"))


def test_a_damaged_file_of_an_earlier_job(tmp_path: Path) -> None:
    """Parts of scripts that read what others wrote."""
    script = """
from types import SimpleNamespace
from bayesfolio.workflow.jobs import Job
from bayesfolio.models.programs import read_program
from bayesfolio.models import load_posteriors
with Job(SimpleNamespace(rule="fit_models", log=["fit.log"])):
    {body}
"""
    (tmp_path / "a.json").write_text('{"cmdstan": "/nowhere", "executable": "/nowhere"}')
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 cut off")
    for body in ("read_program('a.json')", "load_posteriors('a.npz')"):
        found = subprocess.run(
            [sys.executable, "-c", script.replace("{body}", body)],
            cwd=tmp_path, capture_output=True, text=True, check=False,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        )  # fmt: skip
        assert found.returncode == 1
        assert found.stderr.count("\n") == 1
        assert re.search(r"delete .*, and the next run (makes|compiles)", found.stderr)
        assert "Traceback" not in (tmp_path / "fit.log").read_text()
