"""Speed of the daily GARCH and monthly ARMA refits, and how the fits compare with those of arch.

    python benchmarks/bench_leverage.py [--every 1] [--arch-every 10] [--jobs 2]

Refits on every day of the S&P 500 index, 2003 to 2019, from 63 days on (`--every 7`: each seventh),
shared out to two processes as in the workflow, and the 107 ARMA(1,1) refits. arch refits each tenth
of the windows cold, and warm from our own optimum of the window before. Figures are processor
milliseconds a refit; `better` and `worse` count windows by more than 0.01 points of log-likelihood.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from arch import arch_model

from bayesfolio.leverage.arma import ArmaSettings, arma_forecasts
from bayesfolio.leverage.garch import GarchForecasts, fit_garch, garch_forecasts
from bayesfolio.leverage.periods import period_returns
from bayesfolio.leverage.prices import INDEX, load_prices
from bayesfolio.leverage.windows import expanding_origins, join_forecasts

FIRST_DAYS, FIRST_MONTHS = 63, 96


def refit(returns: np.ndarray, origins: list[int]) -> tuple[GarchForecasts, float]:
    """Forecasts of one job and its processor seconds, compilation apart."""
    fit_garch(returns[:FIRST_DAYS])
    started = time.process_time()
    found = garch_forecasts(returns, origins)
    return found, time.process_time() - started


def arch_fit(returns: np.ndarray, start: np.ndarray | None) -> tuple[float, float]:
    """Log-likelihood of arch's fit and its processor seconds."""
    started = time.process_time()
    model = arch_model(returns, rescale=False)
    fit = model.fit(disp="off", show_warning=False, starting_values=start)
    return fit.loglikelihood, time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="days between refits")
    parser.add_argument("--arch-every", type=int, default=10, help="refits between those of arch")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    arguments = parser.parse_args()

    closes = load_prices(INDEX, start="2003-01-01", end="2020-01-01")
    daily = period_returns(closes, "daily").to_numpy()
    monthly = period_returns(closes, "monthly").to_numpy()
    jobs = [
        expanding_origins(FIRST_DAYS, len(daily), arguments.every, part, arguments.jobs)
        for part in range(1, arguments.jobs + 1)
    ]
    started = time.perf_counter()
    with ProcessPoolExecutor(arguments.jobs) as pool:
        parts = list(pool.map(refit, [daily] * len(jobs), jobs))
    wall = time.perf_counter() - started
    ours = join_forecasts([part for part, _ in parts])
    seconds = sum(spent for _, spent in parts)
    n = len(ours.n_days)
    print(f"GARCH: {n} refits, {1e3 * seconds / n:.1f} ms each, {wall:.0f} s by {len(jobs)} jobs")
    print(f"  not converged: {int((ours.converged == 0).sum())}")

    chosen = range(1, n, arguments.arch_every)
    for label in ("cold", "warm"):
        fits = [
            arch_fit(
                daily[: int(ours.n_days[i])], ours.parameters[i - 1] if label == "warm" else None
            )
            for i in chosen
        ]
        likelihood, spent = np.array(fits).T
        gain = ours.log_likelihood[list(chosen)] - likelihood
        print(
            f"arch, {label}: {len(gain)} refits, {1e3 * spent.mean():.1f} ms each; ours better "
            f"{(gain > 0.01).sum()}, worse {(gain < -0.01).sum()}, largest shortfall "
            f"{max(0.0, -gain.min()):.1e}"
        )
    for constant in (False, True):
        for estimator in ("css", "ml"):
            started = time.process_time()
            settings = ArmaSettings(1, 1, constant, estimator)
            found = arma_forecasts(monthly, FIRST_MONTHS, settings)
            spent = time.process_time() - started
            print(f"{settings}: {len(found.forecast)} refits, {spent:.1f} s")


if __name__ == "__main__":
    main()
