"""Components of a combination: models times strategies, with their returns and predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesfolio.core.arrays import opened_arrays
from bayesfolio.core.files import replacing
from bayesfolio.core.types import FloatArray
from bayesfolio.models.spec import ModelSpec
from bayesfolio.models.windows import Decision
from bayesfolio.momentum.scores import STRATEGIES
from bayesfolio.momentum.strategies import StrategyDraws

GROUPINGS = ("component", "model", "family", "n_factors", "strategy")
"""What weights may be grouped by."""

SUMMED = GROUPINGS[1:]
"""Those that put several components together."""


@dataclass(frozen=True)
class StrategyRecord:
    """One strategy of one model: T decisions, M months held, D posterior draws.

    Attributes
    ----------
    realised : (D, M) array
        Realised returns, per cent.
    predictive_mean, predictive_variance : (D, T) array
        Of the portfolio's return in the month after each window, given the draw.
    predictive_draws : (D, T) array
        Draws of that return.
    """

    realised: FloatArray
    predictive_mean: FloatArray
    predictive_variance: FloatArray
    predictive_draws: FloatArray


def save_strategies(
    path: str | Path, months: pd.PeriodIndex, records: Mapping[str, StrategyRecord]
) -> None:
    """Write the strategies of one model, with the months held, to an npz archive."""
    arrays = {
        f"{strategy}_{field.name}": getattr(record, field.name)
        for strategy, record in records.items()
        for field in fields(record)
    }
    with replacing(path) as temporary:
        np.savez_compressed(temporary, months=np.array([str(month) for month in months]), **arrays)


def load_realised(path: str | Path, strategy: str) -> StrategyDraws:
    """Realised returns and months held of what `save_strategies` wrote."""
    with opened_arrays(path) as archive:
        months = pd.PeriodIndex(archive["months"], freq="M")
        return StrategyDraws(archive[f"{strategy}_realised"], months)


def load_strategy(path: str | Path, strategy: str) -> StrategyRecord:
    """One strategy of what `save_strategies` wrote."""
    with opened_arrays(path) as archive:
        return StrategyRecord(
            **{field.name: archive[f"{strategy}_{field.name}"] for field in fields(StrategyRecord)}
        )


@dataclass(frozen=True)
class ComponentSet:
    """K components: every model with each of the strategies."""

    models: tuple[ModelSpec, ...]

    @property
    def components(self) -> list[tuple[ModelSpec, str]]:
        """Model and strategy of each component."""
        return [(model, strategy) for model in self.models for strategy in STRATEGIES]

    @property
    def name(self) -> str:
        """Name of the set as the paper writes it: ``VAR-SV & DFM-SV(1-4,1-2)``."""
        return " & ".join(dict.fromkeys(self.labels("family")))

    def labels(self, grouping: str) -> list[str]:
        """Group of each component: its own name, its model, family, number of factors, strategy.

        A family is written with the ranges of its members in the set, ``DFM-SV(1-4,1-2)``.
        """
        if grouping not in GROUPINGS:
            raise ValueError(f"grouping is {grouping!r}, expected one of {', '.join(GROUPINGS)}")
        return [self._label(grouping, model, strategy) for model, strategy in self.components]

    def _label(self, grouping: str, model: ModelSpec, strategy: str) -> str:
        if grouping == "component":
            return f"{model.name} {strategy}"
        if grouping == "model":
            return model.name
        if grouping == "n_factors":
            return f"K = {model.n_factors}"
        if grouping == "strategy":
            return strategy
        members = [other for other in self.models if other.family == model.family]
        if len(members) == 1:
            return model.name
        factors = _range([member.n_factors for member in members])
        return f"{model.family}({factors},{_range([member.n_lags for member in members])})"

    def totals(self, groupings: Sequence[str]) -> tuple[list[tuple[str, str]], FloatArray]:
        """Names (grouping, group) of R sums of weights, and zeros and ones (R, K) that sum."""
        names: list[tuple[str, str]] = []
        rows: list[list[float]] = []
        for grouping in groupings:
            labels = self.labels(grouping)
            for group in dict.fromkeys(labels):
                names.append((grouping, group))
                rows.append([float(label == group) for label in labels])
        return names, np.array(rows).reshape(len(rows), len(self.components))


def _range(values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return f"{low}" if low == high else f"{low}-{high}"


def decision_of_month(decisions: Sequence[Decision]) -> NDArray[np.int64]:
    """Position of the decision whose portfolio is held, for each of the M months held."""
    lengths = [decision.holding.stop - decision.holding.start for decision in decisions]
    return np.repeat(np.arange(len(decisions)), lengths)


def load_components(components: ComponentSet, paths: Sequence[str]) -> FloatArray:
    """Realised returns (K, D, M) of the components, from one file of each model, per cent."""
    path_of = dict(zip(components.models, paths, strict=True))
    return np.stack([load_realised(path_of[m], s).values for m, s in components.components])
