"""One small archive of each kind that a job writes, with its reader."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayesfolio.core.arrays import load_record, save_record
from bayesfolio.filters_study.study import StudySample, load_samples, save_settings
from bayesfolio.m6.assets import AssetPrices
from bayesfolio.m6.files import read_periods, read_prices, write_periods, write_prices
from bayesfolio.m6.fit import FactorDiagnostics, FactorForecast
from bayesfolio.m6.fit_files import read_fit, write_forecast
from bayesfolio.m6.four_weeks import AssetPeriods
from bayesfolio.m6.observations import Origin
from bayesfolio.models.posterior import Diagnostics, Posterior, load_posteriors, save_posteriors
from bayesfolio.momentum.components import (
    StrategyRecord,
    load_realised,
    load_strategy,
    save_strategies,
)

ASSETS = ["AA", "NA", "0700"]


@dataclass(frozen=True)
class Sample:
    """A record like those of the studies."""

    weights: np.ndarray
    names: np.ndarray
    score: float


def _posterior(rng: np.random.Generator) -> Posterior:
    d, p, n = 4, 3, 2
    return Posterior(
        fitted=rng.standard_normal((d, p, n)),
        residual=rng.standard_normal((d, p, n)),
        predictive_mean=rng.standard_normal((d, n)),
        predictive_cov=rng.standard_normal((d, n, n)),
        predictive_draws=rng.standard_normal((d, n)),
        log_variance=rng.standard_normal((d, n)),
        volatility=rng.standard_normal((d, 3, n)),
        diagnostics=Diagnostics(1.0, 1.0, 400.0, 400.0, 0.1, 0, 4, 0, 1.5),
    )


def _prices(rng: np.random.Generator) -> AssetPrices:
    days = pd.bdate_range("2020-01-02", periods=8, name="date")
    closes = pd.DataFrame(rng.uniform(5, 50, (8, 3)), days, ASSETS)
    return AssetPrices(
        closes,
        closes * 1.01,
        pd.Series(["stock", "etf", "etf_fi"], ASSETS),
        pd.DataFrame({"symbol": ["AA"], "report_date": pd.to_datetime(["2020-01-03"])}),
        {},
    )


def _periods(rng: np.random.Generator) -> AssetPeriods:
    index = pd.RangeIndex(3, 7, name="period")
    tables = {
        name: pd.DataFrame(rng.standard_normal((4, 3)), index, ASSETS)
        for name in ("returns", "recent_return", "recent_volatility", "earnings")
    }
    start = pd.date_range("2020-01-06", periods=4, freq="28D")
    shifts = {"start": 0, "end": 25, "base": -3}
    calendar = pd.DataFrame({k: start + pd.Timedelta(days=d) for k, d in shifts.items()}, index)
    return AssetPeriods(
        **tables, calendar=calendar, classes=pd.Series(["stock", "etf", "etf_fi"], ASSETS)
    )


def _forecast(rng: np.random.Generator) -> FactorForecast:
    return FactorForecast(
        returns=rng.standard_normal((6, 3)),
        mean=rng.standard_normal((2, 3)),
        log_scale=rng.standard_normal((2, 3)),
        dof=rng.uniform(3, 9, (2, 3)),
        common_cov=np.eye(3),
        parameters={"s_nu": rng.uniform(size=(2, 1))},
        diagnostics=FactorDiagnostics(
            1.0, 300.0, 1.0, 200.0, 1.0, 150.0, 0, 0, 1.0, 2.0, False, True
        ),
    )


def write_samples(folder: Path) -> dict[str, tuple[Path, Callable[[Path], Any]]]:
    """Path of each archive and its reader, by name."""
    rng = np.random.default_rng(5)
    folder.mkdir(exist_ok=True)
    found: dict[str, tuple[Path, Callable[[Path], Any]]] = {
        "record": (folder / "record.npz", lambda path: load_record(path, Sample)),
        "posteriors": (folder / "posteriors.npz", load_posteriors),
        "realised": (folder / "realised.npz", lambda path: load_realised(path, "MM")),
        "strategy": (folder / "strategy.npz", lambda path: load_strategy(path, "RM")),
        "samples": (folder / "samples.npz", load_samples),
        "prices": (folder / "prices.npz", read_prices),
        "periods": (folder / "periods.npz", read_periods),
        "fit": (folder / "fit.npz", lambda path: read_fit("ar1", 3, path)),
    }
    paths = {name: path for name, (path, _) in found.items()}
    save_record(paths["record"], Sample(rng.normal(size=(3, 2)), np.array(["a", "b"]), 1.5))
    save_posteriors(paths["posteriors"], {1994: _posterior(rng)})
    months = pd.period_range("2000-01", periods=5, freq="M")
    record = StrategyRecord(rng.normal(size=(4, 5)), *rng.normal(size=(3, 4, 2)))
    for name in ("realised", "strategy"):
        save_strategies(paths[name], months, {"MM": record, "RM": record})
    save_settings(
        paths["samples"],
        [StudySample(rng.normal(size=(2, 3, 1)), rng.normal(size=(2, 3, 2))) for _ in range(2)],
    )
    write_prices(_prices(rng), paths["prices"])
    write_periods(_periods(rng), paths["periods"])
    origin = Origin.__new__(Origin)  # only whose forecast it is is written
    for name, value in (
        ("assets", tuple(ASSETS)), ("unchanged", ("BB",)), ("dropped", ()), ("neutral", 1)
    ):  # fmt: skip
        object.__setattr__(origin, name, value)
    write_forecast(_forecast(rng), origin, paths["fit"])
    return found


def same(left: Any, right: Any) -> bool:
    """Whether two results hold the same values, bit for bit."""
    if type(left) is not type(right):
        return False
    if isinstance(left, pd.DataFrame | pd.Series | pd.Index):
        return bool(left.equals(right))
    if isinstance(left, np.ndarray):
        return np.array_equal(left, right, equal_nan=left.dtype.kind in "fc")
    if is_dataclass(left):
        return all(same(getattr(left, f.name), getattr(right, f.name)) for f in fields(left))
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)
