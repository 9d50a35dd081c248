"""Time co-moments without tensors, beside Kronecker products, and factors' likelihoods.

All seconds are processor time of one core.
"""

import argparse
import os
import time
from collections.abc import Callable

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from bayesfolio.comoments.dynamics import (
    FactorLaw,
    FactorParameters,
    log_likelihood,
    log_likelihood_gradient,
    simulate_factors,
)
from bayesfolio.comoments.estimation import fit_factor
from bayesfolio.comoments.inversion import portfolio_density
from bayesfolio.comoments.laws import NormalInverseGaussian
from bayesfolio.comoments.moments import CoMoments

N_DATES = 1141
PARAMETERS = FactorParameters(0.02, 0.05, 0.93, -0.3, 0.25, 0.0, 0.9, -2.2, 0.0, -0.15, 0.85)


def least(call: Callable[[], object], runs: int) -> float:
    """Least processor seconds of some calls after a first one."""
    call()
    seconds = []
    for _ in range(runs):
        started = time.process_time()
        call()
        seconds.append(time.process_time() - started)
    return min(seconds)


def random_comoments(n_assets: int, n_factors: int, n_dates: int = N_DATES) -> CoMoments:
    rng = np.random.default_rng(1)
    return CoMoments(
        means=np.zeros((n_dates, n_assets)),
        mixing=rng.normal(size=(n_assets, n_factors)),
        variances=rng.uniform(0.5, 2, (n_dates, n_factors)),
        skewness=rng.normal(size=(n_dates, n_factors)),
        excess_kurtosis=rng.uniform(2, 5, (n_dates, n_factors)),
        residual_variances=np.zeros(n_assets),
    )


def moments_and_betas(moments: CoMoments) -> None:
    weights = np.full(moments.n_assets, 1 / moments.n_assets)
    fresh = CoMoments(**{name: getattr(moments, name) for name in CoMoments.__dataclass_fields__})
    fresh.portfolio_moments(weights)
    fresh.betas(weights)


def kronecker(moments: CoMoments) -> None:
    """Third and fourth moments and betas of one date as the formulas are printed."""
    A, n = moments.mixing, moments.mixing.shape[1]
    third, fourth = np.zeros((n, n, n)), np.zeros((n, n, n, n))
    h = moments.variances[0]
    i = np.arange(n)
    third[i, i, i] = moments.third[0]
    for a in range(n):
        fourth[a, a, i, i] = fourth[a, i, a, i] = fourth[a, i, i, a] = h[a] * h
    fourth[i, i, i, i] = moments.fourth[0] + 3 * h**2
    AA = np.kron(A, A)
    M3 = A @ third.reshape(n, -1) @ AA.T
    M4 = A @ fourth.reshape(n, -1) @ np.kron(AA, A).T
    w = np.full(len(A), 1 / len(A))
    ww = np.kron(w, w)
    for matrix, weights in ((M3, ww), (M4, np.kron(ww, w))):
        row = matrix @ weights
        row / (w @ row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="calls of which the fastest counts")
    runs = parser.parse_args().runs

    print(f"portfolio moments and three betas of all assets, {N_DATES} dates")
    print(f"{'assets':>7s} {'factors':>8s} {'s':>8s} {'ns / (date x asset x factor)':>29s}")
    for n_assets, n_factors in ((30, 30), (100, 30), (100, 100), (500, 30), (500, 100)):
        moments = random_comoments(n_assets, n_factors)
        seconds = least(lambda moments=moments: moments_and_betas(moments), runs)
        unit = 1e9 * seconds / (N_DATES * n_assets * n_factors)
        print(f"{n_assets:7d} {n_factors:8d} {seconds:8.4f} {unit:29.2f}", flush=True)

    print("\none date by Kronecker products, and the same here")
    print(f"{'assets':>7s} {'Kronecker s':>12s} {'here s':>9s} {'ratio':>9s}")
    for n_assets in (5, 8, 12, 16):
        moments = random_comoments(n_assets, n_assets, n_dates=1)
        naive = least(lambda moments=moments: kronecker(moments), min(runs, 3))
        ours = least(lambda moments=moments: moments_and_betas(moments), 20 * runs)
        print(f"{n_assets:7d} {naive:12.5f} {ours:9.6f} {naive / ours:9.0f}", flush=True)

    law = FactorLaw()
    factor = simulate_factors([PARAMETERS], law, np.random.default_rng(1), N_DATES)[0, :, 0]
    ones = np.ones(30)
    print(f"\none factor, {N_DATES} dates")
    for name, call in (
        ("likelihood", lambda: log_likelihood(factor, PARAMETERS, law)),
        ("likelihood and gradient", lambda: log_likelihood_gradient(factor, PARAMETERS, law)),
        ("fit, constant skew and shape", lambda: fit_factor(factor, law, "static")),
        ("fit, moving skew and shape", lambda: fit_factor(factor, law, "acd")),
        (
            "density of 30 factors, one date",
            lambda: portfolio_density(0.0, ones, 0.1 * ones, ones, NormalInverseGaussian()),
        ),
    ):
        print(f"{name:33s} {1e3 * least(call, 10 * runs):9.3f} ms", flush=True)


if __name__ == "__main__":
    main()
