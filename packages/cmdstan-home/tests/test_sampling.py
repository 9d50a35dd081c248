"""Sampling: exact posteriors, repeatability, and what goes into and out of files."""

import json
import signal
import subprocess
import time

import numpy as np
import pytest
from stan_program import Program

DATA = "data file=data.json"
# Posterior means and standard deviations, exact. theta: beta(3, 9); s: gamma(3, 2).
EXACT = {
    "x.1": (1, 1),
    "x.2": (-2, 2),
    "s": (3 / 2, np.sqrt(3) / 2),
    "theta": (3 / 12, np.sqrt(3 * 9 / (12**2 * 13))),
}


def effective_size(draws: np.ndarray) -> float:
    """Effective sample size of one chain by Geyer's initial positive sequence."""
    centred = draws - draws.mean()
    n = len(draws)
    transform = np.fft.rfft(centred, 2 * n)
    covariance = np.fft.irfft(transform * transform.conj())[:n] / n
    pairs = covariance[: n - n % 2].reshape(-1, 2).sum(axis=1)
    end = np.argmax(pairs <= 0) if (pairs <= 0).any() else len(pairs)
    return n * covariance[0] / (2 * pairs[:end].sum() - covariance[0])


@pytest.mark.parametrize("metric", ["unit_e", "diag_e", "dense_e"])
@pytest.mark.parametrize("engine", ["nuts", "static"])
def test_posterior_is_the_exact_one(known, engine, metric):
    # 24 comparisons of means at 5 standard errors: a false alarm once in 70,000 seeds.
    length = "engine=static int_time=2" if engine == "static" else "engine=nuts"
    known(
        f"sample num_samples=6000 adapt delta=0.9 algorithm=hmc {length} metric={metric} {DATA} "
        "random seed=11"
    )
    draws = known.table()
    for name, (mean, sd) in EXACT.items():
        standard_error = sd / np.sqrt(effective_size(draws[name]))
        assert abs(draws[name].mean() - mean) < 5 * standard_error, name
        # The standard error of a standard deviation, generous for the skewed ones.
        assert abs(draws[name].std() - sd) < 5 * standard_error * 1.5, name
    if metric == "dense_e":
        assert abs(np.corrcoef(draws["x.1"], draws["x.2"])[0, 1] - 0.9) < 0.03


def test_chains_in_one_process_equal_chains_in_many(known):
    known(f"sample num_samples=50 num_chains=4 {DATA} random seed=7 output file=together.csv")
    for chain in (1, 2, 3, 4):
        known(f"sample num_samples=50 id={chain} {DATA} random seed=7 output file=alone.csv")
        assert known.rows(f"together_{chain}.csv") == known.rows("alone.csv")
    assert known.rows("together_1.csv") != known.rows("together_2.csv")


def test_same_seed_same_draws_other_seed_other_draws(known):
    files = {}
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        known(f"sample num_samples=50 {DATA} random seed={seed} output file={name}.csv")
        files[name] = known.rows(f"{name}.csv")
    assert files["a"] == files["b"]
    assert files["a"] != files["c"]


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("num_samples=40 num_warmup=30", 40),
        ("num_samples=40 num_warmup=30 save_warmup=1", 70),
        ("num_samples=40 num_warmup=30 save_warmup=1 thin=10", 4 + 3),
        ("num_samples=41 num_warmup=30 thin=10", 5),
        ("num_samples=0 num_warmup=30", 0),
    ],
)
def test_rows_written(known, words, rows):
    known(f"sample {words} {DATA}")
    assert len(known.rows()) == 1 + rows


@pytest.mark.parametrize(("metric", "shape"), [("diag_e", (4,)), ("dense_e", (4, 4))])
def test_an_adapted_metric_can_be_saved_and_used_again(known, metric, shape):
    known(f"sample adapt save_metric=1 algorithm=hmc metric={metric} {DATA} random seed=5")
    saved = json.loads((known.directory / "output_metric.json").read_text())
    assert saved["metric_type"] == metric
    assert np.shape(saved["inv_metric"]) == shape
    # Stan 2.35 reads numbers only, so the name of the metric has to go.
    (known.directory / "metric.json").write_text(json.dumps({"inv_metric": saved["inv_metric"]}))
    known(
        f"sample adapt engaged=0 algorithm=hmc metric={metric} metric_file=metric.json "
        f"stepsize={saved['stepsize']} {DATA} random seed=6 output file=again.csv"
    )
    again = known.table("again.csv")
    assert again["stepsize__"] == pytest.approx(saved["stepsize"], rel=1e-5)
    assert 0.6 < again["accept_stat__"].mean() < 0.99


def test_a_metric_of_the_wrong_size_is_refused(known):
    (known.directory / "metric.json").write_text('{"inv_metric": [1, 1]}')
    finished = known(f"sample algorithm=hmc metric_file=metric.json {DATA}", status=1)
    assert "Cannot get inverse Euclidean metric" in finished.stdout + finished.stderr


def start(theta: float) -> str:
    return json.dumps({"x": [0, 0], "s": 1, "theta": theta})


def first_theta(known, words: str) -> float:
    # Without adaptation and with a tiny step the chain stays where it starts.
    known(f"sample num_samples=1 num_warmup=0 adapt engaged=0 algorithm=hmc stepsize=1e-9 {words}")
    return known.table()["theta"][0]


def test_initial_values_from_a_radius_and_from_a_file(known):
    assert first_theta(known, f"{DATA} init=0") == pytest.approx(0.5, abs=1e-6)
    (known.directory / "start.json").write_text(start(0.125))
    assert first_theta(known, f"{DATA} init=start.json") == pytest.approx(0.125, abs=1e-6)
    assert 0.2 < first_theta(known, f"{DATA} init=0.1 random seed=4") < 0.8


def test_initial_values_chain_by_chain(known):
    run = (
        "sample num_samples=1 num_warmup=0 num_chains=2 adapt engaged=0 algorithm=hmc stepsize=1e-9"
    )
    for chain, theta in ((1, 0.25), (2, 0.75)):
        (known.directory / f"start_{chain}.json").write_text(start(theta))
    known(f"{run} {DATA} init=start.json")
    for chain, theta in ((1, 0.25), (2, 0.75)):
        assert known.table(f"output_{chain}.csv")["theta"][0] == pytest.approx(theta, abs=1e-6)


def test_initial_values_out_of_bounds_are_refused(known):
    (known.directory / "start.json").write_text(start(1.5))
    finished = known(f"sample {DATA} init=start.json", status=1)
    assert "Initialization" in finished.stdout + finished.stderr


def test_fixed_parameters_draw_generated_quantities(no_parameters):
    no_parameters("sample num_samples=4000 algorithm=fixed_param random seed=9")
    z = no_parameters.table()["z"]
    assert len(z) == 4000
    # 4.5 standard errors: a false alarm once in 150,000 seeds.
    assert abs(z.mean() - 3) < 4.5 * 2 / np.sqrt(4000)
    assert abs(z.std() - 2) < 4.5 * 2 / np.sqrt(2 * 4000)


def test_a_model_without_parameters_is_sampled_all_the_same(no_parameters):
    output = no_parameters("sample num_samples=30 random seed=9").stdout
    assert "running fixed_param sampler" in output
    assert len(no_parameters.table()["z"]) == 30


def test_diagnostic_file_holds_the_unconstrained_state(known):
    known(f"sample num_samples=20 {DATA} output diagnostic_file=d.csv")
    inner = known.table("d.csv")
    outer = known.table()
    assert np.exp(inner["s"]) == pytest.approx(outer["s"], rel=1e-4)
    assert {"p_s", "g_s"} <= set(inner)


def test_significant_figures(known):
    known(f"sample num_samples=20 {DATA} random seed=2 output sig_figs=17")
    exact = known.table()["theta"]
    known(f"sample num_samples=20 {DATA} random seed=2 output sig_figs=3")
    assert known.table()["theta"] == pytest.approx(exact, rel=1e-2)
    assert max(len(row.split(",")[-1]) for row in known.rows()[1:]) <= 9
    assert (known.table()["theta"] != exact).any()


def test_an_interrupted_run_ends_with_an_error_and_whole_rows(executables, tmp_path):
    wide = Program(executables("wide"), tmp_path)
    words = "sample num_samples=1000000 algorithm=fixed_param output refresh=0"
    output = tmp_path / "output.csv"
    for attempt in range(10):
        asked = signal.SIGTERM if attempt % 2 else signal.SIGINT
        output.unlink(missing_ok=True)
        process = subprocess.Popen(
            [wide.executable, *words.split()],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            # A shell's background jobs ignore interrupts, and so would what they start.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        deadline = time.monotonic() + 60
        while not (output.exists() and output.stat().st_size > 1_000_000):
            assert time.monotonic() < deadline, "no draws after a minute"
            time.sleep(0.01)
        size = output.stat().st_size
        while output.stat().st_size == size:
            assert process.poll() is None  # until the next row begins to reach the file
        process.send_signal(asked)
        assert process.wait(10) == -asked
        assert output.read_text().endswith("\n")
        header, *rows = wide.rows()
        assert len(rows) >= 2  # the header and one row are less than a million bytes
        assert {row.count(",") for row in rows} == {header.count(",")}


@pytest.mark.parametrize("digits", [1, 4, 6, 8, 12])
def test_numbers_are_printed_as_c_prints_them(known: Program, digits: int) -> None:
    command = f"sample num_warmup=50 num_samples=50 save_warmup=1 {DATA} random seed=1 output"
    known(f"{command} file=all.csv sig_figs=18")
    known(f"{command} file=few.csv sig_figs={digits}")
    for exact, short in zip(known.rows("all.csv")[1:], known.rows("few.csv")[1:], strict=True):
        expected = [f"{float(cell):.{digits}g}" for cell in exact.split(",")]
        assert short.split(",") == expected
