"""CPU seconds of Stan fits for a bulk ESS of 400, beside a program written in the obvious way.

    python benchmarks/bench_stan_models.py [--file FILE] [--year YEAR] [--models NAME ...]

One window of 240 months and ten assets, the engine's default chains; warm-up, data preparation,
output and its reading included. The figure that counts is `s/400`: seconds times 400 over the
smaller of the two effective sample sizes. The naive program runs in the same process, so that its
ratio is to be trusted on a noisy machine where the seconds are not.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import tempfile
from pathlib import Path

import arviz as az
import cmdstanpy
import numpy as np

from bayesfolio.data import load_industries
from bayesfolio.models import ModelSpec, Priors
from bayesfolio.models.diagnostics import diagnose
from bayesfolio.models.priors import factor_innovation_variances
from bayesfolio.models.stan import NutsSettings, StanEngine, load_program
from bayesfolio.models.stan.engine import cpu_seconds
from bayesfolio.toolchain import load_model

ROOT = Path(__file__).resolve().parents[1]
MODELS = ["VAR-N", "DFM-N(1,1)", "SV", "VAR-SV", "DFM-N(4,2)"]
MODELS += ["DFM-SV(1,1)", "DFM-SV(4,2)", "DFM-SV2(4,2)", "FAVAR-SV2(4,2)"]
ROW = "{:16s} {:>7s} {:>9s} {:>9s} {:>8s} {:>8s} {:>6s}"


def naive(spec: ModelSpec, returns: np.ndarray) -> tuple[float, float]:
    """CPU seconds of 300 + 300 draws of the naive program and its worst ESS of fitted sums."""
    program = load_model(ROOT / "benchmarks" / "naive_dfm_sv.stan", ROOT / "build")
    data = {
        "T": len(returns),
        "N": returns.shape[1],
        "K": spec.n_factors,
        "L": spec.n_lags,
        "P": 12,
        "y": returns,
        "q_scale": factor_innovation_variances(returns, spec.n_factors),
    }
    start = cpu_seconds()
    with tempfile.TemporaryDirectory() as folder, cmdstanpy.disable_logging():
        fit = program.sample(
            data,
            chains=1,
            seed=1,
            iter_warmup=300,
            iter_sampling=300,
            inits=0.5,
            output_dir=folder,
            show_progress=False,
        )
        sums = fit.stan_variable("fitted_sum")
    worst = float(min(az.ess(sums[None, :, i]) for i in range(sums.shape[1])))
    return cpu_seconds() - start, worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", type=Path, help="a Ken French file; embedded data without it")
    parser.add_argument("--year", type=int, default=2014, help="decision year of the window")
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--draws", type=int, default=NutsSettings.draws, help="kept, by chain")
    parser.add_argument("--warmup", type=int, default=NutsSettings.warmup)
    parser.add_argument("--chains", type=int, default=NutsSettings.chains)
    arguments = parser.parse_args()
    table = load_industries("file" if arguments.file else "embedded", path=arguments.file)
    end = table.index.get_loc(f"{arguments.year}-07") + 1
    returns = table.iloc[end - 240 : end].to_numpy()

    settings = NutsSettings(chains=arguments.chains, warmup=arguments.warmup, draws=arguments.draws)
    engine = StanEngine(load_program(ROOT / "build"), settings)
    print(ROW.format("model", "CPU s", "ESS sums", "ESS pred", "R-hat s", "R-hat p", "s/400"))
    for name in arguments.models:
        spec = ModelSpec.parse(name)
        draws = engine.sample(
            spec, returns, formation=12, priors=Priors(), rng=np.random.default_rng(1)
        )
        found = diagnose(
            draws, has_mean=spec.has_factors or spec.has_lagged_returns, refitted=False
        )
        ess = np.nanmin([found.ess_sums, found.ess_predictive])
        cells = (found.ess_sums, found.ess_predictive, found.rhat_sums, found.rhat_predictive)
        print(
            ROW.format(
                name,
                f"{found.seconds:.1f}",
                *(f"{cell:.0f}" for cell in cells[:2]),
                *(f"{cell:.3f}" for cell in cells[2:]),
                f"{found.seconds * 400 / ess:.1f}",
            ),
            flush=True,
        )
        if name == "DFM-SV(4,2)":
            seconds, worst = naive(spec, returns)
            ours, theirs = found.seconds / found.ess_sums, seconds / worst
            print(
                f"  naive program: {seconds:.1f} s, ESS of sums {worst:.0f}; "
                f"seconds per effective draw {theirs / ours:.0f} times ours"
            )


if __name__ == "__main__":
    main()
