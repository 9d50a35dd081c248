"""Speed of the density combination, beside the package `particles`, and both its filters' errors.

    python benchmarks/bench_combination.py [--runs 5]

69 dates of made-up log scores, one core, processor seconds. `filter` is the weights' filter alone,
ours and theirs in turns, and the median ratio of theirs to ours run by run; `combine` is all that
the study needs of it: filtered and predictive weights, quantiles, draws. Without `particles` its
columns stay empty; `make bench` installs it. The errors are root mean square and largest
differences of filtered weights from those of a bootstrap filter with 400,000 particles.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import time
from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp

from bayesfolio.combination.logistic import LogisticNormalWeights
from bayesfolio.combination.weight_filter import DRIFT_SDS, combine
from bayesfolio.filters.bootstrap import BootstrapFilter
from bayesfolio.filters.protocol import run_filter

try:
    import particles
    from particles import distributions, state_space_models as theirs
except ImportError:
    particles = None

N_OBS = 69
DRIFT = 0.4
CASES = ((6, 20_000, 0.4), (18, 50_000, 2.5))
"""Components, particles, and the seconds that `combine` with one drift may take."""


def scores(n_components: int, n_grid: int = 1, seed: int = 0) -> np.ndarray:
    """Log scores (G, T, K); the best component changes in the middle."""
    rng = np.random.default_rng(seed)
    found = rng.normal(-3.0, 0.7, size=(n_grid, N_OBS, n_components))
    found[:, : N_OBS // 2, 0] += 1.0
    found[:, N_OBS // 2 :, -1] += 1.0
    return found


def cpu(call: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    started = time.process_time()
    call()
    return time.process_time() - started


def peer(y: np.ndarray, n_particles: int) -> Callable[[], object]:
    """The same filter by `particles`."""
    n_components = y.shape[1]

    class Score(distributions.ProbDist):
        """Density of an outcome, given by its log densities under the components."""

        dim = 1

        def __init__(self, x: np.ndarray) -> None:
            self.x = x

        def logpdf(self, row: np.ndarray) -> np.ndarray:
            return logsumexp(self.x + row, axis=1) - logsumexp(self.x, axis=1)

    def independent(loc, scale: float) -> object:
        return distributions.IndepProd(
            *(distributions.Normal(loc=loc[..., k], scale=scale) for k in range(n_components))
        )

    class Weights(theirs.StateSpaceModel):
        def PX0(self):
            return independent(np.zeros(n_components), 1.0)

        def PX(self, t, xp):
            return independent(xp, DRIFT)

        def PY(self, t, xp, x):
            return Score(x)

    def run() -> None:
        fk = theirs.Bootstrap(ssm=Weights(), data=list(y))
        particles.SMC(fk=fk, N=n_particles, resampling="systematic", ESSrmin=0.5).run()

    return run


def speed(runs: int) -> None:
    """Seconds of the filter alone, ours and theirs, and of `combine`."""
    print(f"{'K':>3s} {'N':>7s} {'filter s':>9s} {'peer s':>8s} {'ratio':>6s} {'combine s':>10s}"
          f" {'at most':>8s}")  # fmt: skip
    for n_components, n_particles, limit in CASES:
        y = scores(n_components)[0]
        model = LogisticNormalWeights(np.zeros(n_components), 1.0, DRIFT)
        rng = np.random.Generator(np.random.SFC64(1))

        def ours(model=model, n=n_particles, y=y, rng=rng) -> None:
            run_filter(BootstrapFilter(model, n), y, rng)

        def whole(y=y, n=n_particles) -> None:
            combine(y, np.random.default_rng(1), drift_sds=[DRIFT], n_particles=n)

        cells = [f"{'':>8s}", f"{'':>6s}"]
        ours()
        seconds = [cpu(ours) for _ in range(runs)]
        if particles is not None:
            other = peer(y, n_particles)
            other()
            pairs = np.array([(cpu(ours), cpu(other)) for _ in range(runs)])
            seconds = pairs[:, 0]
            cells = [f"{pairs[:, 1].min():8.2f}", f"{np.median(pairs[:, 1] / pairs[:, 0]):6.1f}"]
        whole()
        total = min(cpu(whole) for _ in range(runs))
        print(f"{n_components:3d} {n_particles:7,d} {min(seconds):9.3f}", *cells,
              f"{total:10.3f} {limit:8.1f}", flush=True)  # fmt: skip


def whole_grid() -> None:
    """The grid of the study: six incompletenesses and four drifts, 18 components."""
    log_scores = scores(18, 6)

    def whole() -> None:
        combine(log_scores, np.random.default_rng(2), drift_sds=DRIFT_SDS, n_particles=50_000)

    print(f"\n24 points, K = 18, N = 50,000: {cpu(whole):.1f} s on one core (at most 60 on two)")


def proposals(runs: int) -> None:
    """Errors and seconds of the bootstrap filter and the M-Filter, in turns."""
    print(f"\n{'K':>3s} {'N':>7s} {'proposal':10s} {'rmse':>8s} {'largest':>8s} {'sd log p':>9s}"
          f" {'ESS/N':>6s} {'s':>7s} {'/ bootstrap':>11s}")  # fmt: skip
    for n_components, n_particles in ((6, 20_000), (18, 20_000)):
        y = scores(n_components)[0]
        exact = combine(y, np.random.default_rng(3), drift_sds=[DRIFT], n_particles=400_000).weights
        found: dict[str, list] = {"bootstrap": [], "mixture": []}
        for run in range(runs + 1):  # the first compiles and warms up
            for proposal, results in found.items():
                rng = np.random.default_rng([4, run])
                result = combine(
                    y, rng, drift_sds=[DRIFT], n_particles=n_particles, proposal=proposal
                )
                results += [result] * (run > 0)
        base = np.array([result.seconds for result in found["bootstrap"]])
        for proposal, results in found.items():
            errors = np.array([result.weights - exact for result in results])
            seconds = np.array([result.seconds for result in results])
            spread = np.std([result.log_scores.sum() for result in results], ddof=1)
            ess = np.mean([result.ess.min() for result in results]) / n_particles
            rmse, largest = np.sqrt(np.square(errors).mean()), np.abs(errors).max(axis=(1, 2))
            ratio = np.median(seconds / base)
            rmse, largest = np.sqrt(np.square(errors).mean()), np.abs(errors).max(axis=(1, 2))
            ratio = np.median(seconds / base)
            print(f"{n_components:3d} {n_particles:7,d} {proposal:10s} {rmse:8.4f}"
                  f" {largest.mean():8.4f} {spread:9.3f} {ess:6.2f} {seconds.min():7.2f}"
                  f" {ratio:11.1f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    speed(given.runs)
    whole_grid()
    proposals(given.runs)
