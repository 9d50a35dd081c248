"""Conclusions that Basturk et al. (2017) draw, tested on the numbers of a run."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import pandas as pd
from scipy.special import expit, ndtr, ndtri

from bayesfolio.models.spec import PAPER_MODELS
from bayesfolio.momentum.mixtures import EQUAL, MIXTURE, PER_GROUP
from bayesfolio.momentum.strategies import STANDARD

HOLDS, FAILS, OPEN, UNTESTED = "holds", "does not hold", "undecided", "not tested"
"""Verdicts."""

SURE = 0.95
"""Posterior probability from which a claim holds; below one minus this it does not."""

MARGIN = 0.05
"""Per cent a month: a smaller difference of means counts as none."""

PAPER_STRATEGIES = ("MM", "RM")
"""Strategies that the claims are about."""

LATE = 1990
"""First year of the later part of the sample."""

_CERTAIN = 1e-9  # a standard deviation of rounding errors: all draws are one number


class Estimate(NamedTuple):
    """A figure and its posterior standard deviation."""

    value: float
    sd: float

    def less(self, other: "Estimate") -> "Estimate":
        """Difference of independent figures."""
        return Estimate(self.value - other.value, math.hypot(self.sd, other.sd))


@dataclass(frozen=True)
class Evidence:
    """Numbers of a run that claims are tested on.

    Attributes
    ----------
    table5 : DataFrame
        Of :func:`bayesfolio.momentum.results.table5`.
    mixtures : mapping of name to DataFrame
        Of :func:`bayesfolio.momentum.mixtures.mixture_table`, by table name.
    weights : mapping of name to DataFrame
        Of :func:`bayesfolio.momentum.mixtures.weight_paths`, by table name.
    sensitivity : DataFrame or None
        Of :func:`bayesfolio.momentum.mixtures.sensitivity_rows`.
    """

    table5: pd.DataFrame
    mixtures: Mapping[str, pd.DataFrame]
    weights: Mapping[str, pd.DataFrame]
    sensitivity: pd.DataFrame | None


class Missing(LookupError):
    """The run has no such model or set."""


Figures = tuple[Estimate, float]
"""A figure of ours and the printed one, NaN where none is printed."""


class Part(NamedTuple):
    """One part of a claim: what it is about, and how its figure is found."""

    on: str
    figure: Callable[[], Figures]


@dataclass(frozen=True)
class Claim:
    """A conclusion of the paper: that figures lie above, or below, a bound.

    Attributes
    ----------
    text : str
        The conclusion.
    test : str
        What the figure is.
    parts : callable
        Gives the parts, from the evidence.
    above : bool
        Whether the claim is that the figure is above the bound.
    bound : float
        The bound.
    log_odds : bool
        Whether the figure is the logarithm of the odds of the claim, and not uncertain itself.
    """

    text: str
    test: str
    parts: Callable[[Evidence], Iterable[Part]]
    above: bool = True
    bound: float = 0.0
    log_odds: bool = False


def claims_table(evidence: Evidence) -> pd.DataFrame:
    """Every claim, the figure it rests on, in print and here, and whether it holds here.

    Returns
    -------
    DataFrame
        One row for each part of a claim: claim, part, test (what the figure is), claimed (such as
        "> 0"), printed (the figure by the printed tables, NaN where they do not give it), ours,
        sd (between posterior draws), probability (of the claim, the figure taken as normal),
        verdict, reason (why a part was not tested, else empty).
    """
    return pd.DataFrame(
        [_tested(claim, part) for claim in CLAIMS for part in claim.parts(evidence)]
    )


def claims_page(table: pd.DataFrame, notes: Sequence[str]) -> str:
    """The claims one by one in Markdown, each with its figures and verdicts."""
    verdicts = table["verdict"].value_counts()
    counts = ", ".join(
        f"{verdicts[name]} {name}" for name in (HOLDS, OPEN, FAILS, UNTESTED) if name in verdicts
    )
    lines = ["# What the paper concludes, and what these numbers say", "", f"Parts: {counts}.", ""]
    lines += [f"{note}\n" for note in notes]
    for claim, rows in table.groupby("claim", sort=False):
        first = rows.iloc[0]
        lines += [f"## {claim}", "", f"{first['test']}; claimed {first['claimed']}.", ""]
        for _, row in rows.iterrows():
            if row["verdict"] == UNTESTED:
                lines.append(f"* {row['part']}: **{UNTESTED}**, {row['reason']}.")
                continue
            printed = "" if math.isnan(row["printed"]) else f"; in print {row['printed']:.3g}"
            lines.append(
                f"* {row['part']}: **{row['verdict']}**. {row['ours']:.3g}, standard deviation "
                f"{row['sd']:.2g}, probability {row['probability']:.2f}{printed}."
            )
        lines.append("")
    return "\n".join(lines)


def _tested(claim: Claim, part: Part) -> dict[str, object]:
    row: dict[str, object] = {
        "claim": claim.text,
        "part": part.on,
        "test": claim.test,
        "claimed": f"{'>' if claim.above else '<'} {claim.bound:g}",
    }
    try:
        ours, printed = part.figure()
    except Missing as error:
        figures = dict.fromkeys(("printed", "ours", "sd", "probability"), math.nan)
        return row | figures | {"verdict": UNTESTED, "reason": str(error)}
    beyond = (ours.value - claim.bound) * (1 if claim.above else -1)
    certain = ours.sd < _CERTAIN
    if claim.log_odds:
        probability = float(expit(beyond))
    else:
        probability = float(beyond > 0) if certain else float(ndtr(beyond / ours.sd))
    verdict = HOLDS if probability >= SURE else FAILS if probability <= 1 - SURE else OPEN
    return row | {
        "printed": printed,
        "ours": ours.value,
        "sd": 0.0 if certain else ours.sd,
        "probability": probability,
        "verdict": verdict,
        "reason": "",
    }


def _average(table5: pd.DataFrame, family: str, strategy: str, statistic: str) -> Figures:
    """Average of a statistic over the models of a family, which are independent fits."""
    models = [spec.name for spec in PAPER_MODELS if spec.family == family]
    return _over(table5, models, strategy, statistic)


def _over(table5: pd.DataFrame, models: Sequence[str], strategy: str, statistic: str) -> Figures:
    part = table5[table5["model"].isin(models) & (table5["strategy"] == strategy)]
    lacking = sorted(set(models) - set(part["model"]))
    if lacking:
        raise Missing(f"the run has no {lacking[0]}" + (" and others" if lacking[1:] else ""))
    sd = math.sqrt((part[f"{statistic}_sd"] ** 2).sum()) / len(part)
    return Estimate(part[statistic].mean(), sd), part[f"{statistic}_printed"].mean(skipna=False)


def _less(first: Figures, second: Figures) -> Figures:
    return first[0].less(second[0]), first[1] - second[1]


def _difference(
    table5: pd.DataFrame, first: tuple[str, str], second: tuple[str, str], statistic: str
) -> Figures:
    """Difference of the averages of two (family, strategy)."""
    return _less(*(_average(table5, *cell, statistic) for cell in (first, second)))


def _stochastic_volatility(evidence: Evidence) -> Iterator[Part]:
    for with_sv, without in (("VAR-SV", "VAR-N"), ("DFM-SV", "DFM-N"), ("FAVAR-SV", "VAR-N")):
        for strategy in PAPER_STRATEGIES:
            cells = (with_sv, strategy), (without, strategy)
            yield Part(
                f"{with_sv} less {without}, {strategy}",
                partial(_difference, evidence.table5, *cells, "mean"),
            )


def _factor_volatility(evidence: Evidence) -> Iterator[Part]:
    for family in ("DFM-SV", "FAVAR-SV"):
        for strategy in PAPER_STRATEGIES:
            cells = (f"{family}2", strategy), (family, strategy)
            yield Part(
                f"{family}2 less {family}, {strategy}",
                partial(_difference, evidence.table5, *cells, "mean"),
            )


def _simple_models(evidence: Evidence) -> Iterator[Part]:
    def excess(family: str) -> Figures:
        row = evidence.table5[evidence.table5["model"] == STANDARD].iloc[0]
        standard = Estimate(row["mean"], 0.0), row["mean_printed"]
        return _less(_average(evidence.table5, family, "MM", "mean"), standard)

    for family in ("VAR-N", "DFM-N"):
        yield Part(f"{family}, MM", partial(excess, family))


def _strategies(statistic: str, models: Mapping[str, bool]) -> Callable[[Evidence], Iterator[Part]]:
    """MM less RM; models by family, with whether the sign is turned."""

    def parts(evidence: Evidence) -> Iterator[Part]:
        for family, turned in models.items():
            first, second = ("RM", "MM") if turned else ("MM", "RM")
            yield Part(
                f"{family}, {first} less {second}",
                partial(_difference, evidence.table5, (family, first), (family, second), statistic),
            )

    return parts


_FAMILIES = tuple(dict.fromkeys(spec.family for spec in PAPER_MODELS))


def _interval(row: pd.Series, statistic: str) -> Figures:
    """Figure of a mixture, its standard deviation by the width of the 90% interval."""
    width = row[f"{statistic}_hi"] - row[f"{statistic}_lo"]
    return Estimate(row[statistic], width / (2 * ndtri(0.95))), row[f"{statistic}_printed"]


def _mixture(evidence: Evidence, name: str) -> pd.DataFrame:
    if name not in evidence.mixtures:
        raise Missing(f"the run has no {name}")
    return evidence.mixtures[name]


def _mixture_row(evidence: Evidence, name: str) -> pd.Series:
    table = _mixture(evidence, name)
    return table[table["panel"] == MIXTURE].iloc[0]


_SETS = ("table6", "table7", "table8")


def _mixture_and_parts(statistic: str) -> Callable[[Evidence], Iterator[Part]]:
    """The mixture less the best of its parts: lowest volatility, smallest loss."""

    def best(evidence: Evidence, name: str) -> Figures:
        table = _mixture(evidence, name)
        parts = [
            _interval(row, statistic) for _, row in table[table["panel"] == PER_GROUP].iterrows()
        ]
        if len(parts) < 2:
            raise Missing(f"{name} has one part only")
        choose = min if statistic == "volatility" else max
        ours = choose((part[0] for part in parts), key=lambda part: part.value)
        printed = choose(part[1] for part in parts)
        return _less(_interval(_mixture_row(evidence, name), statistic), (ours, printed))

    def parts(evidence: Evidence) -> Iterator[Part]:
        for name in _SETS:
            yield Part(name, partial(best, evidence, name))

    return parts


def _flexible(statistic: str) -> Callable[[Evidence], Iterator[Part]]:
    def excess(evidence: Evidence, name: str) -> Figures:
        rows = (_mixture_row(evidence, table) for table in (name, "table6"))
        return _less(*(_interval(row, statistic) for row in rows))

    def parts(evidence: Evidence) -> Iterator[Part]:
        for name in ("table7", "table8"):
            yield Part(f"{name} less table6", partial(excess, evidence, name))

    return parts


def _gain(evidence: Evidence) -> Iterator[Part]:
    def gain(name: str) -> Figures:
        if evidence.sensitivity is None or name not in set(evidence.sensitivity["set"]):
            raise Missing(f"the run has no {name}")
        rows = evidence.sensitivity[evidence.sensitivity["set"] == name]
        equal = rows[rows["variant"] == EQUAL]["log_score"].iloc[0]
        return Estimate(rows["log_score"].iloc[0] - equal, 0.0), math.nan

    for name in _SETS:
        yield Part(name, partial(gain, name))


def _period(evidence: Evidence, name: str, grouping: str, group: str, late: bool) -> Estimate:
    """Mean weight in the years before or from LATE on.

    Weights of neighbouring years move together, so the mean over years is given the standard
    deviation of a single year.
    """
    if name not in evidence.weights:
        raise Missing(f"the run has no {name}")
    table = evidence.weights[name]
    rows = table[(table["grouping"] == grouping) & (table["group"] == group)]
    rows = rows[(rows["year"] >= LATE) == late]
    if rows.empty:
        raise Missing(f"{name} has no {group} {'from' if late else 'before'} {LATE}")
    sd = (rows["high"] - rows["low"]).mean() / (2 * ndtri(0.95))
    return Estimate(rows["mean"].mean(), sd)


def _one_factor(evidence: Evidence) -> Iterator[Part]:
    def gain() -> Figures:
        late, early = (
            _period(evidence, "table8", "n_factors", "K = 1", late) for late in (True, False)
        )
        return late.less(early), math.nan

    yield Part(f"table8, one factor, from {LATE} on less before", gain)


def _strategy_periods(evidence: Evidence) -> Iterator[Part]:
    def weight(group: str, late: bool) -> Figures:
        return _period(evidence, "table8", "strategy", group, late), math.nan

    for group, late in (("MM", False), ("RM", True)):
        yield Part(
            f"table8, {group} {'from' if late else 'before'} {LATE}", partial(weight, group, late)
        )


_MEAN = "Mean return, per cent a month, averaged over the models of a family"
_LOSS = "Largest loss, per cent, averaged over the models of a family"

CLAIMS = (
    Claim(
        "Stochastic volatility raises the mean returns of VAR, DFM and FAVAR models",
        f"{_MEAN}; no FAVAR with constant variances is in the class, so FAVAR-SV is set against "
        "VAR-N",
        _stochastic_volatility,
    ),
    Claim(
        "Stochastic volatility of the factors does not raise them further",
        _MEAN,
        _factor_volatility,
        above=False,
        bound=MARGIN,
    ),
    Claim(
        "Model momentum of the simple models, VAR-N and DFM-N, earns less than standard momentum",
        f"{_MEAN}, less that of standard momentum",
        _simple_models,
        above=False,
    ),
    Claim(
        "Model momentum has a smaller largest loss than residual momentum",
        _LOSS,
        _strategies("largest_loss", {f: False for f in _FAMILIES if f != "SV"}),
    ),
    Claim(
        "But not in the SV model",
        _LOSS,
        _strategies("largest_loss", {"SV": True}),
    ),
    Claim(
        "Model momentum is less volatile than residual momentum",
        "Volatility, per cent a month, averaged over the models of a family",
        _strategies("volatility", dict.fromkeys(_FAMILIES, False)),
        above=False,
    ),
    Claim(
        "A mixture of models and strategies is less volatile than its parts",
        "Volatility of the mixture less the lowest of its parts, per cent a month",
        _mixture_and_parts("volatility"),
        above=False,
    ),
    Claim(
        "A mixture of models and strategies has a smaller largest loss than its parts",
        "Largest loss of the mixture less the smallest of its parts, per cent",
        _mixture_and_parts("largest_loss"),
    ),
    Claim(
        "Mixtures of flexible models earn more than those of basic ones",
        "Mean return of the mixtures, per cent a month",
        _flexible("mean"),
    ),
    Claim(
        "Mixtures of flexible models have higher Sharpe ratios than those of basic ones",
        "Sharpe ratio of the mixtures, monthly",
        _flexible("sharpe"),
    ),
    Claim(
        "Weights that change over time are needed",
        "Log score of the combination less that of equal weights: the logarithm of the odds "
        "between them",
        _gain,
        log_odds=True,
    ),
    Claim(
        "Models with one factor gain weight late in the sample",
        "Mean weight over the years, a difference of two periods",
        _one_factor,
    ),
    Claim(
        "Model momentum has more weight before the 1990s, residual momentum after",
        "Mean weight over the years of a period",
        _strategy_periods,
        bound=0.5,
    ),
)
"""The conclusions, in the order of the paper."""
