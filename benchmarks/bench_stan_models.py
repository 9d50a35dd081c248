"""CPU seconds of Stan fits for a bulk ESS of 400, beside a program written in the obvious way.

    python benchmarks/bench_stan_models.py [--file FILE] [--year YEAR] [--models NAME ...]
        [--seeds N] [--gamma-prior shape_rate]

One window of 240 months and ten assets, the engine's default chains; warm-up, data preparation,
output and its reading included. The figure that counts is `s/400`: seconds times 400 over the
smallest effective sample size of fitted sums and predictive moments; `median` is the same with the
median quantity, and the distance of the two says how far a few quantities lag behind. Both change
from seed to seed in models with several modes. The naive program runs in the same process, so that
its ratio is to be trusted on a noisy machine where the seconds are not.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import tempfile
from pathlib import Path

import arviz as az
import cmdstanpy
import numpy as np
from cmdstan_home import load_model

from bayesfolio.models.diagnostics import diagnose
from bayesfolio.models.posterior import Draws
from bayesfolio.models.priors import GAMMA_READINGS, Priors, factor_innovation_variances
from bayesfolio.models.programs import cpu_seconds, load_program
from bayesfolio.models.spec import ModelSpec
from bayesfolio.models.stan.engine import NutsSettings, StanEngine
from bayesfolio.momentum.industries import load_industries

ROOT = Path(__file__).resolve().parents[1]
MODELS = ["VAR-N", "DFM-N(1,1)", "SV", "VAR-SV", "DFM-N(4,2)"]
MODELS += ["DFM-SV(1,1)", "DFM-SV(4,2)", "DFM-SV2(4,2)", "FAVAR-SV2(4,2)"]
ROW = "{:16s} {:>4s} {:>7s} {:>9s} {:>9s} {:>8s} {:>8s} {:>4s} {:>6s} {:>7s}"


def median_ess(draws: Draws) -> float:
    """Median bulk ESS of fitted sums and predictive moments; of these alone without a mean."""
    log_variance = np.log(np.diagonal(draws.predictive_cov, axis1=-2, axis2=-1))
    values = [draws.fitted.sum(axis=2), draws.predictive_mean, log_variance]
    values = [part for part in values if np.ptp(part) > 0]
    dataset = az.convert_to_dataset({"value": np.concatenate(values, axis=-1)})
    return float(np.median(az.ess(dataset)["value"]))


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
    parser.add_argument("--seeds", type=int, default=1, help="fits of each model")
    parser.add_argument("--gamma-prior", choices=GAMMA_READINGS, default="mean_dof")
    arguments = parser.parse_args()
    table = load_industries("file" if arguments.file else "embedded", path=arguments.file)
    end = table.index.get_loc(f"{arguments.year}-07") + 1
    returns = table.iloc[end - 240 : end].to_numpy()

    settings = NutsSettings(chains=arguments.chains, warmup=arguments.warmup, draws=arguments.draws)
    engine = StanEngine(load_program("favar_sv", ROOT / "build"), settings)
    priors = Priors.with_gamma_reading(arguments.gamma_prior)
    titles = ("model", "seed", "CPU s", "ESS sums", "ESS pred", "R-hat s", "R-hat p", "div")
    print(ROW.format(*titles, "s/400", "median"))
    for name in arguments.models:
        spec = ModelSpec.parse(name)
        for seed in range(1, arguments.seeds + 1):
            draws = engine.sample(
                spec, returns, formation=12, priors=priors, rng=np.random.default_rng(seed)
            )
            found = diagnose(
                draws, has_mean=spec.has_factors or spec.has_lagged_returns, refitted=False
            )
            ess = np.nanmin([found.ess_sums, found.ess_predictive])
            cells = (found.ess_sums, found.ess_predictive, found.rhat_sums, found.rhat_predictive)
            print(
                ROW.format(
                    name,
                    str(seed),
                    f"{found.seconds:.1f}",
                    *(f"{cell:.0f}" for cell in cells[:2]),
                    *(f"{cell:.3f}" for cell in cells[2:]),
                    str(found.divergences),
                    f"{found.seconds * 400 / ess:.1f}",
                    f"{found.seconds * 400 / median_ess(draws):.1f}",
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
