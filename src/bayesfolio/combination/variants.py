"""Readings of the combination scheme that a table compares, each one change from the first.

The paper leaves room for several (Basturk et al. 2017, Sections 3.2 and 3.3): integrate predictive
returns out or filter path by path of their draws; fix incompleteness and drift or learn them; let
weights learn from past scores; give each component or each class of models the same weight at
first. The first variant, ``marginal``, is the one of the published tables and figures here; every
other one changes it in one respect, with the same random numbers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayesfolio.combination.scores import component_log_scores, path_log_scores
from bayesfolio.combination.weight_filter import (
    PROPOSALS,
    Combination,
    Learning,
    combine,
    combine_paths,
)
from bayesfolio.core.seeds import generator
from bayesfolio.core.types import FloatArray

VARIANTS: Mapping[str, str] = {
    "marginal": "predictive returns integrated out",
    "draws": "the same, by their draws",
    "fixed": "incompleteness and drift fixed",
    "learning": "weights lean towards past scores",
    "class_balanced": "each class of models the same weight at first",
    "path": "path by path of predictive draws",
    "other_proposal": "by the other filter",
}
"""Variants by name, the one of the tables and figures first."""


@dataclass(frozen=True)
class CombinationSettings:
    """Priors and sizes.

    Attributes
    ----------
    incompleteness_sds, drift_sds : sequence of float
        The grid: standard deviations of outcomes about predictive returns, per cent, and of a
        step of the states.
    initial_sd : float
        Standard deviation of the states at the first date.
    n_particles : int
        Particles of each point of the grid.
    proposal : {"bootstrap", "mixture"}
        The filter; variant ``other_proposal`` takes the other one.
    fixed : mapping
        ``incompleteness_sd`` and ``drift_sd`` of the variant ``fixed``.
    learning : mapping
        Settings of the variant ``learning``; see :class:`bayesfolio.combination.Learning`.
    path : mapping
        ``n_paths`` of the variant ``path``, and the ``n_particles`` of each and of each point of
        the grid.
    """

    incompleteness_sds: Sequence[float]
    drift_sds: Sequence[float]
    initial_sd: float
    n_particles: int
    proposal: str
    fixed: Mapping[str, float]
    learning: Mapping[str, Any]
    path: Mapping[str, int]

    def grid(self, variant: str) -> tuple[Sequence[float], Sequence[float]]:
        """Incompleteness and drift standard deviations of a variant's grid."""
        if variant == "fixed":
            return [self.fixed["incompleteness_sd"]], [self.fixed["drift_sd"]]
        return self.incompleteness_sds, self.drift_sds


@dataclass(frozen=True)
class ComponentScores:
    """Log scores of K components at T dates.

    Attributes
    ----------
    marginal, draws : (G, T, K) array
        Predictive returns integrated out in closed form given the parameters, and by draws.
    fixed : (1, T, K) array
        As ``marginal``, with the fixed incompleteness.
    paths : (J, G, T, K) array
        Of single draws.
    """

    marginal: FloatArray
    draws: FloatArray
    fixed: FloatArray
    paths: FloatArray

    @classmethod
    def from_predictions(
        cls,
        outcomes: ArrayLike,
        means: ArrayLike,
        variances: ArrayLike,
        draws: ArrayLike,
        settings: CombinationSettings,
    ) -> "ComponentScores":
        """Scores of outcomes (T,) from predictive moments and draws, each (T, K, D)."""
        sds = settings.incompleteness_sds
        return cls(
            marginal=component_log_scores(outcomes, means, variances, sds),
            draws=component_log_scores(outcomes, draws, 0.0, sds),
            fixed=component_log_scores(
                outcomes, means, variances, [settings.fixed["incompleteness_sd"]]
            ),
            paths=np.array(path_log_scores(outcomes, draws, sds, settings.path["n_paths"])),
        )


def run_variant(
    variant: str,
    scores: ComponentScores,
    settings: CombinationSettings,
    seed: int,
    name: str,
    classes: Sequence[str],
    totals: FloatArray,
    n_draws: int,
    dates: Sequence[object],
) -> Combination:
    """One variant of the combination of one set of components.

    Parameters
    ----------
    variant : str
        One of :data:`VARIANTS`.
    scores, settings : ComponentScores, CombinationSettings
        The components' scores; priors and sizes.
    seed, name : int, str
        Base of the random numbers, and the name of the set of components. All variants of a set
        have the same random numbers.
    classes : sequence of str, K
        Class of each component; in the variant ``class_balanced`` the classes have equal weights
        at first.
    totals, n_draws, dates
        As for :func:`bayesfolio.combination.combine`.

    Returns
    -------
    Combination

    Raises
    ------
    ValueError
        For an unknown variant, and as for :func:`bayesfolio.combination.combine`.
    """
    if variant not in VARIANTS:
        raise ValueError(f"variant is {variant!r}, expected one of {', '.join(VARIANTS)}")
    rng = generator(seed, "combination", name)
    common: dict[str, Any] = {
        "drift_sds": settings.grid(variant)[1],
        "initial_sd": settings.initial_sd,
        "n_particles": settings.n_particles,
        "proposal": settings.proposal,
        "totals": totals,
        "n_draws": n_draws,
        "dates": dates,
    }
    if variant == "path":
        common["n_particles"] = settings.path["n_particles"]
        return combine_paths(list(scores.paths), rng, **common)
    log_scores = scores.marginal
    if variant == "draws":
        log_scores = scores.draws
    elif variant == "fixed":
        log_scores = scores.fixed
    elif variant == "learning":
        common["learning"] = Learning(**settings.learning)
    elif variant == "class_balanced":
        sizes = Counter(classes)
        common["initial_mean"] = -np.log([sizes[label] for label in classes])
    elif variant == "other_proposal":
        common["proposal"] = next(name for name in PROPOSALS if name != settings.proposal)
    return combine(log_scores, rng, **common)
