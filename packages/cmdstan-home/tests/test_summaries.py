"""bin/stansummary and bin/diagnose: what cmdstanpy makes of them, odd numbers, files of no use."""

import csv
import math
import subprocess
from pathlib import Path

import cmdstanpy
import numpy as np
import pytest

DATA = "data file=data.json"


@pytest.mark.parametrize("program", ["stansummary", "diagnose"])
@pytest.mark.parametrize("text", ["", "hello\n", "# lp\nlp__,x\n# \n", "lp__,x\n1,2\n3\n"])
def test_files_without_draws_are_refused_by_the_summaries(home, tmp_path, program, text):
    (tmp_path / "bad.csv").write_text(text)
    finished = subprocess.run(
        [home / "bin" / program, tmp_path / "bad.csv"], capture_output=True, text=True
    )
    assert finished.returncode == 1
    assert "Error during processing." in finished.stdout


def test_cmdstanpy_reads_a_fit_and_summarizes_it(known):
    model = cmdstanpy.CmdStanModel(exe_file=known.executable)
    fit = model.sample(
        str(known.directory / "data.json"),
        chains=2,
        seed=1,
        show_progress=False,
        output_dir=known.directory,
        save_warmup=True,
    )
    assert fit.draws().shape == (1000, 2, 13)
    assert fit.draws(inc_warmup=True).shape == (2000, 2, 13)
    summary = fit.summary(percentiles=(10, 90))
    assert list(summary.columns) == [
        "Mean",
        "MCSE",
        "StdDev",
        "10%",
        "90%",
        "N_Eff",
        "N_Eff/s",
        "R_hat",
    ]
    # Warmup rows are in the files but must not be in the statistics.
    x = fit.stan_variable("x")
    assert summary.loc["x[2]", "Mean"] == pytest.approx(x[:, 1].mean(), rel=1e-4)
    assert summary.loc["x[2]", "StdDev"] == pytest.approx(x[:, 1].std(ddof=1), rel=1e-4)
    assert summary.loc["x[1]", "10%"] == pytest.approx(np.quantile(x[:, 0], 0.1), abs=0.02)
    assert "no problems detected" in fit.diagnose()
    assert fit.method_variables()["divergent__"].shape == (2000, 2)


def test_numbers_that_are_none_are_summarized_as_such(home: Path, tmp_path: Path) -> None:
    rows = [f"{i % 7},{i % 3},{i % 5},{i % 4}" for i in range(20)]
    rows[3] = "1,nan,inf,-inf"
    rows[4] = "2,1,1,inf"
    draws = tmp_path / "draws.csv"
    draws.write_text("# method = sample\nlp__,a,b,c\n" + "\n".join(rows) + "\n")
    table = tmp_path / "summary.csv"
    subprocess.run([home / "bin" / "stansummary", "-c", table, draws], check=True)
    with table.open() as lines:
        summary = {row["name"]: row for row in csv.DictReader(lines)}
    cells = {
        name: [float(row[key]) for key in ("Mean", "StdDev", "5%")]
        for name, row in summary.items()
        if not name.startswith("#")
    }
    assert cells["lp__"][:1] == [np.mean([float(row[0]) for row in rows])]
    # As the real CmdStan 2.37 prints them.
    assert np.isnan(cells["a"]).all()
    assert np.isnan([cells["b"][1], *cells["c"][:2]]).all()
    assert [cells["b"][0], cells["c"][2]] == [math.inf, -math.inf]


def test_only_output_of_the_sampler_is_diagnosed(home: Path, known) -> None:
    known(f"optimize {DATA} random seed=1")
    finished = subprocess.run(
        [home / "bin" / "diagnose", known.directory / "output.csv"], capture_output=True, text=True
    )
    assert finished.returncode == 1
    assert "output.csv is output of method=optimize, and only" in finished.stdout
