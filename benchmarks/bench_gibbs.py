"""CPU seconds of the Gibbs engine per 10,000 sweeps, and effective draws per second beside Stan's.

    python benchmarks/bench_gibbs.py [--file FILE] [--year YEAR] [--models NAME ...] [--no-stan]

One window of 240 months and ten assets, one core. Seconds are the least of several runs, because
other work on the machine only ever adds to them. ESS per second is that of the worse of fitted
sums and predictive moments, with each engine's default chains and everything that a fit costs.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import time
from pathlib import Path

import numpy as np

from bayesfolio.models.diagnostics import diagnose
from bayesfolio.models.fitting import Engine
from bayesfolio.models.gibbs.engine import GibbsEngine, GibbsSettings, compile_kernels
from bayesfolio.models.priors import Priors
from bayesfolio.models.programs import load_program
from bayesfolio.models.spec import ModelSpec
from bayesfolio.models.stan.engine import StanEngine
from bayesfolio.momentum.industries import load_industries

ROOT = Path(__file__).resolve().parents[1]
MODELS = ["SV", "VAR-N", "VAR-SV", "DFM-N(1,1)", "DFM-N(4,2)", "DFM-SV(1,1)", "DFM-SV(4,2)"]
MODELS += ["DFM-SV2(4,2)", "FAVAR-SV2(4,2)"]
ROW = "{:16s} {:>10s} {:>18s} {:>18s} {:>8s} {:>16s}"


def seconds_per_sweeps(spec: ModelSpec, returns: np.ndarray, repeats: int = 8) -> float:
    """CPU seconds of 10,000 sweeps: ten times the least of some runs of 1,000."""
    engine = GibbsEngine(GibbsSettings(chains=1, warmup=900, draws=20, thin=5))
    found = []
    for seed in range(repeats):
        draws = engine.sample(
            spec, returns, formation=12, priors=Priors(), rng=np.random.default_rng(seed)
        )
        found.append(draws.seconds)
    return 10 * min(found)


def rate(engine: Engine, spec: ModelSpec, returns: np.ndarray) -> tuple[float, float, float]:
    """ESS and R-hat of the worse of sums and predictive moments, and seconds."""
    draws = engine.sample(
        spec, returns, formation=12, priors=Priors(), rng=np.random.default_rng(1)
    )
    has_mean = spec.has_lagged_returns or spec.has_factors
    found = diagnose(draws, has_mean=has_mean, refitted=False)
    ess = np.nanmin([found.ess_sums, found.ess_predictive])
    return float(ess), float(np.nanmax([found.rhat_sums, found.rhat_predictive])), draws.seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, help="industry returns; default: the embedded ones")
    parser.add_argument("--year", type=int, default=2014, help="the window ends in its July")
    parser.add_argument("--models", nargs="+", default=MODELS)
    parser.add_argument("--no-stan", action="store_true", help="the Gibbs engine alone")
    arguments = parser.parse_args()

    source = "file" if arguments.file else "embedded"
    table = load_industries(source, path=arguments.file).loc[: f"{arguments.year}-07"]
    returns = table.iloc[-240:].to_numpy()
    started = time.perf_counter()
    compile_kernels()
    print(f"{source} returns to {arguments.year}-07; compiled or loaded in "
          f"{time.perf_counter() - started:.0f} s")  # fmt: skip
    stan = None if arguments.no_stan else StanEngine(load_program("favar_sv", ROOT / "build"))
    columns = (
        "model",
        "s / 10,000",
        "Gibbs ESS (R-hat)",
        "Stan ESS (R-hat)",
        "ESS/s",
        "Gibbs : Stan",
    )
    print(ROW.format(*columns))
    for name in arguments.models:
        spec = ModelSpec.parse(name)
        ess, rhat, seconds = rate(GibbsEngine(), spec, returns)
        cells = [spec.name, f"{seconds_per_sweeps(spec, returns):.2f}"]
        cells += [f"{ess:.0f} ({rhat:.3f})", "", f"{ess / seconds:.0f}", ""]
        if stan:
            stan_ess, stan_rhat, stan_seconds = rate(stan, spec, returns)
            cells[3] = f"{stan_ess:.0f} ({stan_rhat:.3f})"
            cells[5] = f"{ess / seconds / (stan_ess / stan_seconds):.1f}"
        print(ROW.format(*cells), flush=True)


if __name__ == "__main__":
    main()
