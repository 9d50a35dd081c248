"""Components of a combination, what they predict, and what could have been earned."""

import numpy as np
import pandas as pd
import pytest

from bayesfolio.models.posterior import Diagnostics, Posterior
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.components import (
    SUMMED,
    ComponentSet,
    StrategyRecord,
    decision_of_month,
    load_realised,
    load_strategy,
    save_strategies,
)
from bayesfolio.momentum.predictive import foresight_returns, portfolio_predictive

D, N = 6, 4


def component_set(*names: str) -> ComponentSet:
    return ComponentSet(tuple(map(ModelSpec.parse, names)))


FLEXIBLE = component_set("VAR-SV", *(f"DFM-SV({k},{n})" for k in range(1, 5) for n in (1, 2)))


@pytest.mark.parametrize(
    ("components", "name"),
    [
        (component_set("VAR-N", "SV", "DFM-N(4,2)"), "VAR-N & SV & DFM-N(4,2)"),
        (FLEXIBLE, "VAR-SV & DFM-SV(1-4,1-2)"),
        (component_set("DFM-SV(2,1)", "DFM-SV(3,1)"), "DFM-SV(2-3,1)"),
    ],
)
def test_sets_are_named_as_in_print(components: ComponentSet, name: str) -> None:
    assert components.name == name


def test_labels_and_sums_belong_together() -> None:
    assert FLEXIBLE.labels("component")[:3] == ["VAR-SV MM", "VAR-SV RM", "DFM-SV(1,1) MM"]
    assert FLEXIBLE.labels("n_factors")[:3] == ["K = 0", "K = 0", "K = 1"]
    names, sums = FLEXIBLE.totals(SUMMED)
    assert sums.shape == (9 + 2 + 5 + 2, 18)
    for (grouping, group), row in zip(names, sums, strict=True):
        assert row.tolist() == [label == group for label in FLEXIBLE.labels(grouping)]
    for grouping in SUMMED:
        inside = [kind == grouping for kind, _ in names]
        assert (sums[inside].sum(axis=0) == 1).all()
    assert FLEXIBLE.totals([])[1].shape == (0, 18)
    with pytest.raises(ValueError, match="grouping is 'size'"):
        FLEXIBLE.labels("size")


def test_strategies_are_read_as_written(tmp_path) -> None:
    rng = np.random.default_rng(0)
    months = pd.period_range("1990-09", periods=5, freq="M", name="month")
    records = {
        s: StrategyRecord(rng.normal(size=(D, 5)), *rng.normal(size=(3, D, 2)))
        for s in ("MM", "RM")
    }
    save_strategies(tmp_path / "VAR-N.npz", months, records)
    for strategy, record in records.items():
        again = load_strategy(tmp_path / "VAR-N.npz", strategy)
        for name, value in vars(record).items():
            assert np.array_equal(getattr(again, name), value), name
        realised = load_realised(tmp_path / "VAR-N.npz", strategy)
        assert np.array_equal(realised.values, record.realised)
        assert realised.months.equals(months)


def test_predictive_returns_join_the_same_draws() -> None:
    rng = np.random.default_rng(1)
    root = rng.normal(size=(D, N, N))
    posterior = Posterior(
        fitted=np.zeros((D, 1, N)),
        residual=np.zeros((D, 1, N)),
        predictive_mean=rng.normal(size=(D, N)),
        predictive_cov=root @ root.transpose(0, 2, 1),
        predictive_draws=rng.normal(size=(D, N)),
        log_variance=np.zeros((D, N)),
        volatility=np.zeros((D, 3, N)),
        diagnostics=Diagnostics(1, 1, 100, 100, 0, 0, 10, 0, 1.0),
    )
    weights = rng.normal(size=(D, N))
    found = portfolio_predictive(weights, posterior)
    for d in range(D):
        w = weights[d]
        assert found.mean[d] == pytest.approx(w @ posterior.predictive_mean[d])
        assert found.variance[d] == pytest.approx(w @ posterior.predictive_cov[d] @ w)
        assert found.draws[d] == pytest.approx(w @ posterior.predictive_draws[d])
    with pytest.raises(ValueError, match="one row for each posterior draw"):
        portfolio_predictive(weights[:-1], posterior)


@pytest.fixture
def returns() -> pd.DataFrame:
    months = pd.period_range("1990-08", "1995-03", freq="M", name="month")
    values = np.random.default_rng(2).normal(0, 5, (len(months), 10))
    return pd.DataFrame(values, index=months, columns=[f"I{i}" for i in range(10)])


def test_foresight_is_the_range_of_the_skipped_month(returns: pd.DataFrame) -> None:
    calendar = Calendar(window_months=24)
    decisions = calendar.decisions(returns.index)
    found = foresight_returns(returns, decisions)
    august = [returns.loc[f"{decision.year}-08"] for decision in decisions]
    assert found == pytest.approx([row.max() - row.min() for row in august])
    thirds = foresight_returns(returns, decisions, (0.3, 0.7))
    ranked = np.sort(august[0].to_numpy())
    assert thirds[0] == pytest.approx(ranked[-3:].mean() - ranked[:3].mean())


def test_months_know_their_decision(returns: pd.DataFrame) -> None:
    decisions = Calendar(window_months=24).decisions(returns.index)
    assert decision_of_month(decisions).tolist() == [0] * 12 + [1] * 12 + [2] * 7


def test_months_that_cannot_be_scored_are_named(returns: pd.DataFrame) -> None:
    bare = Calendar(window_months=24, skip_months=0).decisions(returns.index)
    with pytest.raises(ValueError, match="decision 1992 skips no month"):
        foresight_returns(returns, bare)
    returns.loc["1993-08", "I3"] = np.nan
    with pytest.raises(ValueError, match="I3 in 1993-08 is nan"):
        foresight_returns(returns, Calendar(window_months=24).decisions(returns.index))
