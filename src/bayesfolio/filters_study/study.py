"""The Monte Carlo study of filters in Basturk et al. (2017), Section 4.1 and Appendix C.

Samples are simulated from three kinds of models, each in four settings, and filtered with all
filters. What the paper leaves open of the models is fixed in :class:`StudySettings`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from bayesfolio.core.arrays import opened_arrays
from bayesfolio.core.files import replacing
from bayesfolio.core.seeds import seed_sequence
from bayesfolio.core.types import FloatArray
from bayesfolio.filters.auxiliary import AuxiliaryFilter
from bayesfolio.filters.bootstrap import BootstrapFilter
from bayesfolio.filters.gaussian_transition import StochasticVolatilityModel
from bayesfolio.filters.grid import GridFilter
from bayesfolio.filters.kalman import KalmanFilter
from bayesfolio.filters.linear_gaussian import LinearGaussianModel, dynamic_factor, local_level
from bayesfolio.filters.mixture import MixtureFilter
from bayesfolio.filters.protocol import Filter, run_filter
from bayesfolio.filters.state_space import simulate

StudyModel = LinearGaussianModel | StochasticVolatilityModel

KINDS = ("local_level", "stochastic_volatility", "dynamic_factor")
"""Equations (15), (16) and (17)."""

KALMAN, GRID = "KF", "grid"
"""Exact filters: of linear Gaussian models, and of the stochastic volatility model."""

CENTRED, UNCENTRED = "KF, centred", "KF, uncentred"
"""Kalman filters of log y_t^2 with a normal error in place of log chi-square, with the latter's
mean or, as the paper has it, without."""

LOG_CHI2_MEAN = -0.5772156649015329 - math.log(2)
"""Mean of the logarithm of a chi-square with one degree of freedom, -1.2704."""

LOG_CHI2_VAR = math.pi**2 / 2
"""Its variance."""


@dataclass(frozen=True)
class StudySettings:
    """Models and sizes of the study.

    Attributes
    ----------
    n_obs : int
        Dates of a sample.
    n_particles : int
        Particles of every filter.
    noise_to_signal : sequence of float
        Local level: variances of the noise in units of that of the level's innovations.
    variation : sequence of float
        Stochastic volatility: coefficients of variation, Var(h) / E(h)^2, of the variance h.
    factors : sequence of int
        Dynamic factor model: numbers of factors.
    state_var, initial_var : float
        Local level: variances of the innovations and of the first level.
    persistence : float
        Stochastic volatility: phi. Innovations have variance (1 - phi^2) log(1 + variation).
    n_series : int
        Dynamic factor model: series. Loadings are drawn once: lower triangular, standard normal,
        with a positive diagonal. Errors and innovations have unit variances, and the factors' lag
        coefficients are spread equally from 0.5 to 0.9.
    """

    n_obs: int
    n_particles: int
    noise_to_signal: Sequence[float]
    variation: Sequence[float]
    factors: Sequence[int]
    state_var: float
    initial_var: float
    persistence: float
    n_series: int

    @classmethod
    def from_config(cls, filters: Mapping[str, Any]) -> "StudySettings":
        """Take the settings from the section ``filters`` of a configuration."""
        return cls(**{field.name: filters[field.name] for field in fields(cls)})

    def values(self, kind: str) -> list[float]:
        """Settings of one kind of model, in the tables' order."""
        chosen = dict(zip(KINDS, (self.noise_to_signal, self.variation, self.factors), strict=True))
        if kind not in chosen:
            raise ValueError(f"kind is {kind!r}, expected one of {', '.join(KINDS)}")
        return list(chosen[kind])

    def model(self, kind: str, value: float, seed: int) -> StudyModel:
        """Model of one setting; the seed is that of the dynamic factor model's loadings."""
        if kind == "local_level":
            return local_level(self.state_var, self.state_var * value, self.initial_var)
        if kind == "stochastic_volatility":
            innovation_var = (1 - self.persistence**2) * math.log1p(value)
            return StochasticVolatilityModel(self.persistence, innovation_var)
        n_factors = int(value)
        rng = _generator(seed, kind, value, "loadings")
        loadings = np.tril(rng.standard_normal((self.n_series, n_factors)))
        np.fill_diagonal(loadings, np.abs(loadings.diagonal()))
        transition = np.diag(np.linspace(0.5, 0.9, n_factors))
        return dynamic_factor(loadings, transition, np.eye(self.n_series), np.eye(n_factors))


def middle_setting(values: Sequence[float]) -> int:
    """Place of the setting that figures show: the middle one, the earlier of two."""
    return (len(values) - 1) // 2


@dataclass(frozen=True)
class StudySample:
    """Simulated states (R, T, K) and observations (R, T, N) of R replications."""

    states: FloatArray
    observations: FloatArray


@dataclass(frozen=True)
class StudyRuns:
    """What F filters made of R replications of one setting.

    Attributes
    ----------
    states : (R, T, K) array
        True states.
    means : (R, F, T, K) array
        Filtered means.
    ess : (R, F, T) array
        Effective numbers of particles, infinite for filters without particles.
    log_evidence : (R, F) array
        Estimates of the log density of the sample.
    seconds : (R, F) array
        Processor time.
    """

    states: FloatArray
    means: FloatArray
    ess: FloatArray
    log_evidence: FloatArray
    seconds: FloatArray


def study_filters(model: StudyModel, n_particles: int) -> dict[str, Filter]:
    """Filters of the study by name, for a model of one of its kinds; the exact one comes first."""
    if isinstance(model, LinearGaussianModel):
        exact: dict[str, Filter] = {KALMAN: KalmanFilter(model)}
    else:
        width = 8 * math.sqrt(model.stationary_var)
        exact = {GRID: GridFilter(model, model.level - width, model.level + width)}
        for name, mean in ((CENTRED, LOG_CHI2_MEAN), (UNCENTRED, 0.0)):
            exact[name] = KalmanFilter(_quasi_ml_model(model, mean))
    return exact | {
        "PF": BootstrapFilter(model, n_particles),
        "APF": AuxiliaryFilter(model, n_particles),
        "APF, point": AuxiliaryFilter(model, n_particles, look_ahead="point"),
        "M-Filter": MixtureFilter(model, n_particles),
        "M-Filter, look-ahead": MixtureFilter(model, n_particles, look_ahead=True),
        "M-Filter, literal": MixtureFilter(model, n_particles, variant="literal"),
    }


def simulate_study(kind: str, settings: StudySettings, n: int, seed: int) -> list[StudySample]:
    """Samples of n replications, one entry for each setting of a kind."""
    samples = []
    for value in settings.values(kind):
        model = settings.model(kind, value, seed)
        drawn = [
            simulate(model, _generator(seed, kind, value, "sample", i), settings.n_obs)
            for i in range(n)
        ]
        states, observations = zip(*drawn, strict=True)
        samples.append(StudySample(np.stack(states), np.stack(observations)))
    return samples


def run_sizes(
    kind: str,
    settings: StudySettings,
    samples: Sequence[StudySample],
    setting: int,
    sizes: Iterable[int],
    replications: Iterable[int],
    seed: int,
) -> list[StudyRuns]:
    """Filter one setting, given by its place, with each of several numbers of particles."""
    value = settings.values(kind)[setting]
    one = replace(
        settings,
        noise_to_signal=[value] if kind == "local_level" else settings.noise_to_signal,
        variation=[value] if kind == "stochastic_volatility" else settings.variation,
        factors=[int(value)] if kind == "dynamic_factor" else settings.factors,
    )
    replications = list(replications)
    return [
        run_study(kind, replace(one, n_particles=size), [samples[setting]], replications, seed)[0]
        for size in sizes
    ]


def run_study(
    kind: str,
    settings: StudySettings,
    samples: Sequence[StudySample],
    replications: Iterable[int],
    seed: int,
) -> list[StudyRuns]:
    """Filter some replications with all filters, one entry for each setting of a kind."""
    replications = list(replications)
    runs = []
    for value, sample in zip(settings.values(kind), samples, strict=True):
        model = settings.model(kind, value, seed)
        filters = study_filters(model, settings.n_particles)
        for filter_ in filters.values():  # compiled code is loaded, and memory is warm
            run_filter(filter_, _seen(model, filter_, sample.observations[0, :3]), _warm_up())
        rows = []
        for i in replications:
            y = sample.observations[i]
            found = []
            for name, filter_ in filters.items():
                rng = _generator(seed, kind, value, name, i)
                result = run_filter(filter_, _seen(model, filter_, y), rng)
                log_evidence = result.log_evidence + _log_jacobian(model, filter_, y)
                found.append((result.means, result.ess, log_evidence, result.seconds))
            rows.append([np.stack(part) for part in zip(*found, strict=True)])
        stacked = [np.stack(part) for part in zip(*rows, strict=True)]
        runs.append(StudyRuns(sample.states[replications], *stacked))
    return runs


def join_runs(parts: Sequence[StudyRuns]) -> StudyRuns:
    """Replications of one setting, from several jobs."""
    names = [field.name for field in fields(StudyRuns)]
    return StudyRuns(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def save_settings(path: str | Path, parts: Sequence[StudySample | StudyRuns]) -> None:
    """Write samples or runs, one entry for each setting, as an npz archive."""
    arrays = {
        f"{number}_{field.name}": getattr(part, field.name)
        for number, part in enumerate(parts)
        for field in fields(part)
    }
    with replacing(path) as temporary:
        np.savez_compressed(temporary, **arrays)


def load_samples(path: str | Path) -> list[StudySample]:
    """Read what :func:`save_settings` wrote of samples."""
    return [StudySample(**entry) for entry in _load(path)]


def load_runs(path: str | Path) -> list[StudyRuns]:
    """Read what :func:`save_settings` wrote of runs."""
    return [StudyRuns(**entry) for entry in _load(path)]


def _load(path: str | Path) -> list[dict[str, FloatArray]]:
    """Arrays of each setting, in order."""
    entries: dict[int, dict[str, FloatArray]] = {}
    with opened_arrays(path) as archive:
        for key in archive:
            number, name = key.split("_", 1)
            entries.setdefault(int(number), {})[name] = archive[key]
    return [entries[number] for number in sorted(entries)]


def _generator(seed: int, kind: str, value: float, *key: str | int) -> np.random.Generator:
    """Generator of one draw or run. SFC64 is the fastest of numpy's generators."""
    purpose = ("filters", kind, str(float(value)), *map(str, key))
    return np.random.Generator(np.random.SFC64(seed_sequence(seed, *purpose)))


def _warm_up() -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(0))


def _quasi_ml_model(model: StochasticVolatilityModel, mean: float) -> LinearGaussianModel:
    """Of log y_t^2 = log sd^2 + x_t + log chi-square, as if the last were normal."""
    one = np.eye(1)
    return LinearGaussianModel(
        model.persistence * one,
        model.innovation_var * one,
        one,
        LOG_CHI2_VAR * one,
        np.full(1, model.level),
        model.stationary_var * one,
        np.full(1, mean + 2 * math.log(model.observation_sd)),
    )


def _is_quasi_ml(model: StudyModel, filter_: Filter) -> bool:
    return isinstance(model, StochasticVolatilityModel) and isinstance(filter_, KalmanFilter)


def _seen(model: StudyModel, filter_: Filter, y: FloatArray) -> FloatArray:
    """Observations as a filter sees them."""
    return np.log(np.square(y)) if _is_quasi_ml(model, filter_) else y


def _log_jacobian(model: StudyModel, filter_: Filter, y: FloatArray) -> float:
    """What turns a log density of log y^2 into one of y, whose sign is even."""
    return -float(np.log(np.abs(y)).sum()) if _is_quasi_ml(model, filter_) else 0.0
