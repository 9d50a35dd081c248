"""Time of the M6 factor model: a gradient, and a fit of one origin with its convergence.

    python benchmarks/bench_m6.py [--folder FOLDER] [--period N] [--factors K] [--warmup N]
        [--draws N] [--forecasts N] [--fits N] [--no-plain]

Without a folder in the layout of the competition's data the embedded universe is used, which is
smaller. Gradients: static trajectories of tiny steps, whose cost is nothing but gradients, of
stan/m6_factor.stan and of the same model as one would write it down (m6_plain.stan), in turn, so
that the ratio is to be trusted on a noisy machine where the milliseconds are not. Fits: chains one
after the other in one process per fit, two at a time; worst R-hat of mu, sigma and nu, and the
largest difference between fits of one probability of a quintile.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cmdstanpy
import numpy as np
from cmdstan_home import load_model

from bayesfolio.m6.assets import load_assets
from bayesfolio.m6.fit import FactorDiagnostics, FactorSampler, fit_factor_model
from bayesfolio.m6.four_weeks import asset_periods, four_week_calendar
from bayesfolio.m6.observations import observations_at
from bayesfolio.m6.quintiles import quintile_probabilities
from bayesfolio.m6.spec import FactorObservations, FactorPriors, FactorSpec
from bayesfolio.m6.stan_data import factor_data
from bayesfolio.models.programs import load_program

ROOT = Path(__file__).resolve().parents[1]
PRIORS = FactorPriors(loading_dof=1000, loading_sd=0.05)
STEPS, TRAJECTORIES, TURNS = 100, 10, 4
STATIC = (
    f"sample num_samples={TRAJECTORIES} num_warmup=0 adapt engaged=0 algorithm=hmc engine=static "
    f"int_time={1e-4 * STEPS:g} stepsize=1e-4"
)


def seconds_per_gradient(executable: Path, data: Path, folder: Path) -> float:
    """Seconds of the sampling phase over its gradients, as the program itself reports them."""
    words = f"{STATIC} data file={data} init=0.1 random seed=1 output file={folder}/o.csv refresh=0"
    said = subprocess.run(
        [str(executable), *words.split()], check=True, capture_output=True, text=True, cwd=folder
    ).stdout
    line = next(line for line in said.splitlines() if "(Sampling)" in line)
    return float(line.split()[0]) / (STEPS * TRAJECTORIES)


def fit(
    observations: FactorObservations, n_factors: int, sampler: FactorSampler, seed: int
) -> tuple[np.ndarray, FactorDiagnostics]:
    found = fit_factor_model(
        FactorSpec("ar1", n_factors=n_factors),
        observations,
        program=load_program("m6_factor", ROOT / "build"),
        rng=np.random.default_rng(seed),
        priors=PRIORS,
        sampler=sampler,
    )
    return quintile_probabilities(found.returns), found.diagnostics


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="the competition's data; embedded without it")
    parser.add_argument("--period", type=int, default=232, help="period that is forecast")
    parser.add_argument("--factors", type=int, default=7)
    parser.add_argument("--warmup", type=int, default=FactorSampler.warmup)
    parser.add_argument("--draws", type=int, default=1000, help="kept, by chain")
    parser.add_argument(
        "--forecasts", type=int, default=FactorSampler.forecasts, help="of each draw"
    )
    parser.add_argument("--fits", type=int, default=2)
    parser.add_argument("--no-plain", action="store_true")
    arguments = parser.parse_args()

    prices = load_assets("file" if arguments.folder else "embedded", path=arguments.folder)
    periods = asset_periods(prices, four_week_calendar("2005-01-31", 0, arguments.period))
    origin = observations_at(periods, arguments.period, full_from="2018-05-01")
    print(origin.summary())

    data = factor_data(FactorSpec("ar1", n_factors=arguments.factors), origin.observations, PRIORS)
    programs = {"m6_factor": load_program("m6_factor", ROOT / "build")}
    if not arguments.no_plain:
        plain = load_model(ROOT / "benchmarks" / "m6_plain.stan", ROOT / "build")
        programs["m6_plain"] = plain
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cmdstanpy.write_stan_json(str(folder / "data.json"), data)
        best = dict.fromkeys(programs, np.inf)
        for _ in range(TURNS):
            for key, program in programs.items():
                found = seconds_per_gradient(program.exe_file, folder / "data.json", folder)
                best[key] = min(best[key], found)
    for key, value in best.items():
        print(f"{key:10s} {1000 * value:6.2f} ms a gradient, {value / best['m6_factor']:.1f} times")

    sampler = FactorSampler(
        warmup=arguments.warmup, draws=arguments.draws, forecasts=arguments.forecasts
    )
    started = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        found = list(
            pool.map(
                fit,
                *zip(
                    *(
                        (origin.observations, arguments.factors, sampler, seed)
                        for seed in range(arguments.fits)
                    ),
                    strict=True,
                ),
            )
        )
    wall = time.perf_counter() - started
    for _, diagnostics in found:
        print(f"{diagnostics.summary()}, {diagnostics.leapfrogs:.0f} gradients a draw")
    print(f"{arguments.fits} fits in {wall:.0f} s, two at a time")
    if arguments.fits > 1:
        spread = np.ptp([probabilities for probabilities, _ in found], axis=0)
        print(f"probabilities of quintiles differ by {spread.max():.4f} at most")


if __name__ == "__main__":
    main()
