"""Tables 6 to 8, the comparison of variants, and the figures of weights."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.stats import spearmanr

from bayesfolio.combination.variants import CombinationSettings
from bayesfolio.combination.weight_filter import Combination, pool_log_scores
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum import outputs
from bayesfolio.momentum.columns import MIXTURE_COLUMNS
from bayesfolio.momentum.components import SUMMED, ComponentSet
from bayesfolio.momentum.mixtures import (
    grid_rows,
    mixture_performance,
    mixture_table,
    sensitivity_rows,
    weight_correlations,
    weight_paths,
)
from bayesfolio.momentum.notes import combination_note
from bayesfolio.momentum.performance_measures import Performance, performance
from bayesfolio.momentum.weight_figures import draw_weights
from bayesfolio.report.registry import Contents
from bayesfolio.report.tables import write_contents, write_table

ROOT = Path(__file__).resolve().parents[2]
CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["combination"]
SETTINGS = CombinationSettings(
    **{key: value for key, value in CONFIG.items() if key not in ("sets", "baseline")}
)
COMPONENTS = ComponentSet(tuple(map(ModelSpec.parse, ["VAR-N", "SV", "DFM-N(4,2)"])))
T, D, K = 5, 300, 6
MONTHS = np.repeat(np.arange(T), 12)
YEARS = range(1990, 1990 + T)


@pytest.fixture(scope="module")
def combination() -> Combination:
    rng = np.random.default_rng(0)
    draws = rng.dirichlet(np.full(K, 2.0), size=(D, T))
    _, sums = COMPONENTS.totals(SUMMED)
    levels = (0.05, 0.5, 0.95)
    grid = rng.dirichlet(np.ones(24), size=T).reshape(T, 6, 4)
    return Combination(
        weights=draws.mean(axis=0),
        predictive_weights=np.full((T, K), 1 / K),
        quantiles=np.quantile(draws, levels, axis=0),
        total_quantiles=np.quantile(draws @ sums.T, levels, axis=0),
        draws=draws,
        log_scores=rng.normal(-3, 1, size=T),
        grid_probs=grid,
        ess=rng.uniform(8_000, 20_000, size=(T, 6, 4)),
        seconds=1.5,
    )


@pytest.fixture(scope="module")
def realised() -> np.ndarray:
    """The fourth component has the highest mean, the first the highest Sharpe ratio."""
    noise = np.random.default_rng(1).normal(size=(K, D, 12 * T))
    means, sds = np.array([[0.5, 0.2, 0.2, 0.9, 0.1, 0.3], [1.0, 5, 5, 9, 5, 5]])
    return means[:, None, None] + sds[:, None, None] * noise


def test_mixtures_are_made_from_weights_and_returns(combination, realised) -> None:
    cells = mixture_performance(COMPONENTS, "model", combination.draws, realised, MONTHS)
    assert list(cells)[:5] == [
        ("mixture", "VAR-N & SV & DFM-N(4,2)"), ("per model", "VAR-N"), ("per model", "SV"),
        ("per model", "DFM-N(4,2)"), ("equal weights", "VAR-N & SV & DFM-N(4,2)"),
    ]  # fmt: skip
    weights = combination.draws[:, MONTHS]
    mixed = np.einsum("dmk,kdm->dm", weights, realised)
    by_draw = performance(mixed)
    cell = cells["mixture", COMPONENTS.name]
    for name in ("mean", "volatility", "sharpe", "largest_loss"):
        statistic = getattr(by_draw, name)
        assert getattr(cell.cell, name) == pytest.approx(statistic.mean())
        assert getattr(cell.low, name) == pytest.approx(np.quantile(statistic, 0.05))
        assert getattr(cell.high, name) == pytest.approx(np.quantile(statistic, 0.95))
    inside = weights[:, :, 2:4]
    part = np.einsum("dmk,kdm->dm", inside / inside.sum(axis=2, keepdims=True), realised[2:4])
    assert cells["per model", "SV"].cell.mean == pytest.approx(part.mean())
    assert cells["equal weights", COMPONENTS.name].cell.mean == pytest.approx(realised.mean())
    sharpes = [performance(one).sharpe.mean() for one in realised]
    best = COMPONENTS.labels("component")[int(np.argmax(sharpes))]
    assert best == "VAR-N MM"
    assert cells["best component", best].cell.sharpe == pytest.approx(max(sharpes))


def test_mixtures_stand_beside_the_printed(combination, realised, tmp_path: Path) -> None:
    published = pd.read_csv(ROOT / "results" / "published" / "table6.csv")
    cells = mixture_performance(COMPONENTS, "model", combination.draws, realised, MONTHS)
    standard = Performance(0.2, 5.5, 0.036, -30.0)
    table = mixture_table(cells, standard, 60, published)
    first = table.iloc[0]
    assert (first["mean_printed"], first["volatility_printed_lo"]) == (0.10, 3.6)
    assert first["largest_loss_printed_hi"] == -17.5
    assert first["mean_difference"] == pytest.approx(first["mean"] - 0.10)
    sv = table[table["model"] == "SV"].iloc[0]
    assert (sv["sharpe_printed"], sv["sharpe_printed_lo"]) == (0.032, -0.005)
    assert table.iloc[4:].filter(like="_printed").isna().all().all()
    assert table.iloc[-1]["mean"] == 0.2
    assert pd.isna(table.iloc[-1]["n_draws"])
    assert mixture_table(cells, standard, 60, None).filter(like="_printed").isna().all().all()
    write_table(table, tmp_path / "table6", "Mixtures", [], MIXTURE_COLUMNS)
    text = (tmp_path / "table6.md").read_text()
    assert "0.10 (0.01, 0.18)" in text
    assert f"{first['mean']:.2f} ({first['mean_lo']:.2f}, {first['mean_hi']:.2f})" in text
    assert "(, )" not in text


@pytest.mark.parametrize("name", ["table6", "table7", "table8"])
def test_every_printed_row_has_a_row(name: str) -> None:
    """Sets, their names and their parts are those of the printed tables."""
    chosen = CONFIG["sets"][name]
    components = ComponentSet(tuple(map(ModelSpec.parse, chosen["models"])))
    ours = {("mixture", components.name)}
    ours |= {("per model", label) for label in components.labels(chosen["rows"])}
    published = pd.read_csv(ROOT / "results" / "published" / f"{name}.csv")
    assert ours == set(zip(published["panel"], published["model"], strict=True))


def test_variants_are_compared_with_the_first(combination, realised, tmp_path: Path) -> None:
    other = Combination(**(vars(combination) | {"weights": combination.weights[:, ::-1]}))
    fixed = Combination(**(vars(combination) | {"grid_probs": np.ones((T, 1, 1))}))
    scores = np.random.default_rng(2).normal(-3, 1, size=(6, T, K))
    rows = sensitivity_rows(
        "table6", COMPONENTS, {"marginal": combination, "path": other, "fixed": fixed}, SETTINGS,
        scores, realised, MONTHS,
    )  # fmt: skip
    table = pd.DataFrame(rows)
    assert table["distance"].iloc[0] == 0
    assert table["distance"].iloc[1] == np.abs(combination.weights - other.weights).max()
    probs = combination.grid_probs[-1]
    assert table["drift_sd"].iloc[0] == pytest.approx(probs.sum(axis=0) @ SETTINGS.drift_sds)
    assert table["incompleteness_sd"].iloc[2] == 2
    assert table["ess_share"].iloc[0] == pytest.approx(combination.ess.min() / SETTINGS.n_particles)
    assert table["ess_share"].iloc[1] == pytest.approx(combination.ess.min() / 1000)
    held = table[table["variant"].str.contains("held at the means")].iloc[0]
    mixed = np.einsum("mk,kdm->dm", combination.weights[MONTHS], realised)
    assert held["volatility"] == pytest.approx(performance(mixed).volatility.mean())
    equal = table[table["variant"] == "equal weights"].iloc[0]
    assert equal["log_score"] == pytest.approx(pool_log_scores(scores, np.full(K, 1 / K)).sum())
    assert equal["mean"] == pytest.approx(realised.mean())
    singles = [pool_log_scores(scores, one).sum() for one in np.eye(K)]
    best = COMPONENTS.labels("component")[int(np.argmax(singles))]
    assert table.iloc[-1]["variant"] == f"best component by log score: {best}"
    assert table.iloc[-1]["log_score"] == pytest.approx(max(singles))
    grid = pd.DataFrame(grid_rows("table6", "marginal", probs, SETTINGS))
    assert grid["probability"].sum() == pytest.approx(1)
    assert len(grid_rows("table6", "fixed", np.ones((1, 1)), SETTINGS)) == 1
    entries = {entry.name: entry for entry in outputs._COMPARISONS}
    for part, frame in [("combination_sensitivity", table), ("combination_grid", grid)]:
        write_contents(entries[part], Contents(frame), tmp_path / f"{part}.csv")


def test_correlations_are_those_of_ranks(combination) -> None:
    values = np.random.default_rng(3).normal(size=(T, K))
    (row,) = weight_correlations("table6", combination.weights, {"predictive sd": values})
    by_date = [spearmanr(w, v).statistic for w, v in zip(combination.weights, values, strict=True)]
    assert row["correlation"] == pytest.approx(np.mean(by_date))
    assert row["share_positive"] == np.mean(np.array(by_date) > 0)
    order = np.argsort(np.argsort(combination.weights, axis=1), axis=1).astype(float)
    (row,) = weight_correlations("table6", combination.weights, {"order": order})
    assert row["correlation"] == pytest.approx(1)
    (row,) = weight_correlations("table6", combination.weights[:1], {"one date": values[:1]})
    assert np.isnan(row["change_correlation"])


def test_paths_of_weights_add_up(combination) -> None:
    table = weight_paths(COMPONENTS, COMPONENTS.totals(SUMMED)[0], YEARS, combination)
    sums = table.groupby(["grouping", "year"])["mean"].sum()
    assert np.allclose(sums, 1)
    assert (table["low"] <= table["median"]).all()
    assert (table["median"] <= table["high"]).all()
    part = table[(table["grouping"] == "strategy") & (table["group"] == "RM")]
    assert np.allclose(part["mean"], combination.weights[:, 1::2].sum(axis=1))
    both = combination.draws[:, :, 1::2].sum(axis=2)
    assert np.allclose(part["high"], np.quantile(both, 0.95, axis=0))


def test_figures_show_the_weights(combination) -> None:
    totals = COMPONENTS.totals(SUMMED)[0]
    figure = draw_weights(
        COMPONENTS, ["component", "model", "strategy"], totals, YEARS, combination
    )
    first, second, models, strategies = figure.axes
    for axes, offset in [(first, 0), (second, 1)]:
        lines = axes.lines[:3]
        assert [line.get_label() for line in lines] == ["VAR-N", "SV", "DFM-N(4,2)"]
        for m, line in enumerate(lines):
            assert np.array_equal(line.get_ydata(), combination.weights[:, 2 * m + offset])
            assert list(line.get_xdata()) == list(YEARS)
    assert len(models.lines) == 3
    assert not models.collections  # three bands hide each other
    (band,) = strategies.collections  # the other one is its mirror image
    both = combination.draws[:, :, ::2].sum(axis=2)
    ends = band.get_paths()[0].get_extents()
    assert ends.y0 == pytest.approx(np.quantile(both, 0.05, axis=0).min())
    assert ends.y1 == pytest.approx(np.quantile(both, 0.95, axis=0).max())
    assert np.allclose(strategies.lines[0].get_ydata(), combination.weights[:, ::2].sum(axis=1))
    for axes in figure.axes:
        assert axes.get_ylim()[0] == 0
        top = max(line.get_ydata().max() for line in axes.lines if len(line.get_ydata()) == T)
        assert axes.get_ylim()[1] > top


def test_figures_of_many_models_tell_them_apart() -> None:
    models = CONFIG["sets"]["table8"]["models"]
    components = ComponentSet(tuple(map(ModelSpec.parse, models)))
    k = len(components.components)
    totals, sums = components.totals(SUMMED)
    weights = np.full((T, k), 1 / k)
    empty = np.zeros((3, T, len(sums)))
    found = Combination(
        weights, weights, np.zeros((3, T, k)), empty, np.zeros((1, T, k)), *np.zeros((3, 1)), 0.0
    )
    figure = draw_weights(components, ["component", "n_factors"], totals, YEARS, found)
    lines = figure.axes[0].lines[:8]
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == 8
    assert len(figure.axes) == 3


def test_the_note_says_what_was_assumed() -> None:
    note = combination_note(CONFIG)
    assert "incompleteness (0.5, 1, 2, 4, 8, 12) and drift (0.1, 0.2, 0.4, 0.8)" in note
    assert "20,000 particles" in note
    assert "proposal bootstrap" in note
