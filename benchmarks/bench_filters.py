"""Speed and accuracy of the filters, beside the packages `particles` and statsmodels.

    python benchmarks/bench_filters.py [--replications 10] [--particles 50000] [--runs 5]

Samples of 100 dates from the models of the Monte Carlo study. Runs of ours and theirs take turns
in one process on one core; figures are processor seconds, ratios the median of the ratios run by
run. `ns` is nanoseconds a particle and date; a plain C loop that draws a normal, moves and weighs a
particle of the local level model takes 5.4. Without `particles` its columns stay empty;
`make bench` installs it. LB: log-likelihood estimate less the exact one. e: mean absolute error of
the filtered mean against the exact one, as % of the exact one's against the true state.
"""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import time
from collections.abc import Callable

import numpy as np

from bayesfolio.filters.auxiliary import AuxiliaryFilter
from bayesfolio.filters.bootstrap import BootstrapFilter
from bayesfolio.filters.gaussian_transition import StochasticVolatilityModel
from bayesfolio.filters.kalman import KalmanFilter
from bayesfolio.filters.linear_gaussian import LinearGaussianModel
from bayesfolio.filters.mixture import MixtureFilter
from bayesfolio.filters.protocol import FilterResult, run_filter
from bayesfolio.filters.state_space import StateSpaceModel, simulate
from bayesfolio.filters_study.study import StudySettings, study_filters

try:
    import particles
    from particles import kalman, state_space_models as theirs
except ImportError:
    particles = None

N_OBS = 100
SETTINGS = StudySettings(
    n_obs=N_OBS,
    n_particles=50_000,
    noise_to_signal=[1.0],
    variation=[1.0],
    factors=[2, 4, 6, 10],
    state_var=0.1,
    initial_var=1.1,
    persistence=0.98,
    n_series=20,
)
CASES = {
    "LL": ("local_level", 1.0),
    "SV": ("stochastic_volatility", 1.0),
    "DFM 2": ("dynamic_factor", 2),
    "DFM 4": ("dynamic_factor", 4),
    "DFM 6": ("dynamic_factor", 6),
    "DFM 10": ("dynamic_factor", 10),
}


def peer_model(model: StateSpaceModel) -> object:
    """The same model as an object of `particles`."""
    if isinstance(model, StochasticVolatilityModel):
        sd = np.sqrt(model.innovation_var)
        return theirs.StochVol(mu=0.0, rho=model.persistence, sigma=sd)
    if model.n_states == 1:
        return kalman.LinearGauss(
            rho=1.0,
            sigmaX=np.sqrt(model.transition_cov[0, 0]),
            sigmaY=np.sqrt(model.observation_cov[0, 0]),
            sigma0=np.sqrt(model.initial_cov[0, 0]),
        )
    return kalman.MVLinearGauss(
        F=model.transition,
        G=model.loadings,
        covX=model.transition_cov,
        covY=model.observation_cov,
        mu0=model.initial_mean,
        cov0=model.initial_cov,
    )


def cpu(call: Callable[[], object]) -> float:
    """Processor seconds of one call."""
    started = time.process_time()
    call()
    return time.process_time() - started


def compare(ours: Callable[[], object], other: Callable[[], object], runs: int) -> tuple:
    """Least seconds of both, and the median ratio of theirs to ours, in turns."""
    ours(), other()
    pairs = np.array([(cpu(ours), cpu(other)) for _ in range(runs)])
    return (*pairs.min(axis=0), float(np.median(pairs[:, 1] / pairs[:, 0])))


def peer_speed(n_particles: int, runs: int) -> None:
    """PF and APF beside `particles`, the Kalman filter beside statsmodels."""
    from statsmodels.tsa.statespace.kalman_filter import KalmanFilter as PeerKalman

    print(f"{'model':8s} {'filter':8s} {'ours s':>9s} {'ns':>7s} {'peer s':>9s} {'ratio':>6s}")
    for name, (kind, value) in CASES.items():
        model = SETTINGS.model(kind, value, seed=1)
        y = simulate(model, np.random.default_rng(2), N_OBS)[1]
        rng = np.random.Generator(np.random.SFC64(3))
        for label, filter_ in (
            ("PF", BootstrapFilter(model, n_particles)),
            ("APF", AuxiliaryFilter(model, n_particles)),
        ):
            data = y[:, 0] if model.n_observed == 1 else y

            def other(label: str = label, model=model, data=data) -> None:
                kind = theirs.Bootstrap if label == "PF" else theirs.AuxiliaryPF
                particles.SMC(
                    fk=kind(ssm=peer_model(model), data=data),
                    N=n_particles,
                    resampling="systematic",
                    ESSrmin=0.5,
                ).run()

            def ours(filter_=filter_, y=y, rng=rng) -> None:
                run_filter(filter_, y, rng)

            if particles is None:
                ours()
                seconds = min(cpu(ours) for _ in range(runs))
                cells = [f"{seconds:9.4f}", f"{1e9 * seconds / n_particles / N_OBS:7.1f}"]
            else:
                seconds, peer, ratio = compare(ours, other, runs)
                cells = [f"{seconds:9.4f}", f"{1e9 * seconds / n_particles / N_OBS:7.1f}"]
                cells += [f"{peer:9.3f}", f"{ratio:6.1f}"]
            print(f"{name:8s} {label:8s}", *cells, flush=True)
        if isinstance(model, LinearGaussianModel):
            peer_filter = PeerKalman(
                k_endog=model.n_observed,
                k_states=model.n_states,
                design=model.loadings,
                obs_cov=model.observation_cov,
                transition=model.transition,
                selection=np.eye(model.n_states),
                state_cov=model.transition_cov,
            )
            peer_filter.bind(np.asfortranarray(y.T))
            peer_filter.initialize_known(model.initial_mean, model.initial_cov)
            seconds, peer, ratio = compare(
                lambda model=model, y=y, rng=rng: run_filter(KalmanFilter(model), y, rng),
                lambda peer_filter=peer_filter: peer_filter.filter(),
                10 * runs,
            )
            print(f"{name:8s} {'Kalman':8s} {seconds:9.5f} {'':7s} {peer:9.5f} {ratio:6.1f}")


def errors(
    results: list[FilterResult], truth: list[FilterResult], states: list[np.ndarray]
) -> tuple[float, ...]:
    """Mean and sd of LB, e in per cent, MAE and MSE relative to the exact filter's."""
    lb = [a.log_evidence - b.log_evidence for a, b in zip(results, truth, strict=True)]
    means = np.stack([r.means for r in results])
    exact_means, true = np.stack([r.means for r in truth]), np.stack(states)
    mae = np.abs(exact_means - true).mean()
    return (
        float(np.mean(lb)),
        float(np.std(lb, ddof=1)),
        float(100 * np.abs(means - exact_means).mean() / mae),
        float(np.abs(means - true).mean() / mae),
        float(np.square(means - true).mean() / np.square(exact_means - true).mean()),
    )


def mixture_accuracy(n_particles: int, replications: int) -> None:
    """The M-Filter's errors and its time beside the bootstrap filter's, in turns."""
    print(f"\n{'model':8s} {'filter':16s} {'LB':>8s} {'sd':>7s} {'e %':>7s} {'MAE':>8s} {'MSE':>8s}"
          f" {'s':>7s} {'/ PF':>6s}")  # fmt: skip
    for name, (kind, value) in CASES.items():
        model = SETTINGS.model(kind, value, seed=1)
        filters = {
            "PF": BootstrapFilter(model, n_particles),
            "APF": AuxiliaryFilter(model, n_particles),
            "M": MixtureFilter(model, n_particles),
            "M, look-ahead": MixtureFilter(model, n_particles, look_ahead=True),
        }
        if model.n_states >= 4:
            filters["M, 1000"] = MixtureFilter(model, 1000)
        found: dict[str, list[FilterResult]] = {label: [] for label in filters}
        truth, states = [], []
        for replication in range(replications + 1):  # the first compiles and warms up
            x, y = simulate(model, np.random.default_rng([4, replication]), N_OBS)
            rng = np.random.Generator(np.random.SFC64([5, replication]))
            runs = {label: run_filter(filter_, y, rng) for label, filter_ in filters.items()}
            if replication:
                truth.append(run_filter(next(iter(study_filters(model, 2).values())), y, rng))
                states.append(x)
                for label, result in runs.items():
                    found[label].append(result)
        pf_seconds = np.array([r.seconds for r in found["PF"]])
        for label, results in found.items():
            lb, sd, e, mae, mse = errors(results, truth, states)
            seconds = np.array([r.seconds for r in results])
            print(
                f"{name:8s} {label:16s} {lb:8.3f} {sd:7.3f} {e:7.3f} {mae:8.5f} {mse:8.5f} "
                f"{np.median(seconds):7.3f} {np.median(seconds / pf_seconds):6.2f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--particles", type=int, default=50_000)
    parser.add_argument("--replications", type=int, default=10, help="samples for the accuracy")
    parser.add_argument("--runs", type=int, default=5, help="turns for the speed beside peers")
    arguments = parser.parse_args()
    peer_speed(arguments.particles, arguments.runs)
    mixture_accuracy(arguments.particles, arguments.replications)


if __name__ == "__main__":
    main()
