"""Slow checks: the driver against Stan's services called directly, and the threaded driver."""

import subprocess
from pathlib import Path

import pytest
from cmdstan_home import load_model
from stan_program import HERE, Program

DATA = "data file=data.json"


@pytest.fixture(scope="module")
def reference(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("reference")
    translated = directory / "known.hpp"
    stanc = [home / "bin" / "stanc", f"--o={translated}", HERE / "known.stan"]
    subprocess.run(stanc, check=True)
    flags = ["-std=c++17", "-pthread", "-D_REENTRANT", "-DBOOST_DISABLE_ASSERTS", "-O3", "-w"]
    includes = ["-isystem", home / "include", "-isystem", home / "include" / "tbb"]
    sources = ["-include", translated, HERE / "reference.cpp"]
    library = [f"-Wl,-rpath,{home / 'lib'}", home / "lib" / "libtbb.so.2"]
    program = directory / "reference"
    subprocess.run(["g++", *flags, *includes, *sources, *library, "-o", program], check=True)
    return program


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("diag_e", "sample"),
        ("dense_e", "sample algorithm=hmc metric=dense_e"),
        ("lbfgs", "optimize"),
    ],
)
@pytest.mark.parametrize("chain", [1, 3])
def test_defaults_give_the_digits_of_stans_services(known, reference, method, words, chain):
    known(f"{words} id={chain} {DATA} random seed=20240603")
    direct = subprocess.run(
        [reference, method, "data.json", "20240603", str(chain)],
        cwd=known.directory,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    rows = [line for line in direct if not line.startswith("#")]
    assert len(rows) > 1
    assert known.rows() == rows


def test_the_threaded_driver_gives_the_same_draws(home, known, tmp_path):
    model = load_model(
        HERE / "known.stan", tmp_path / "build", cpp_options={"STAN_THREADS": True}, cmdstan=home
    )
    (tmp_path / "threads").mkdir()
    threaded = Program(Path(model.exe_file), tmp_path / "threads")
    assert "STAN_THREADS=true" in threaded("info").stdout
    words = f"sample num_samples=100 num_chains=2 {DATA} random seed=4"
    known(words)
    threaded(f"{words} num_threads=2")
    for name in ("output_1.csv", "output_2.csv"):
        assert known.rows(name) == threaded.rows(name)
    pathfinder = f"pathfinder num_draws=50 num_psis_draws=50 {DATA} random seed=4"
    known(pathfinder)
    threaded(f"{pathfinder} num_threads=2")
    assert known.rows() == threaded.rows()
