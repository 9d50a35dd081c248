"""Tables and figures of the study of co-moments say what fits and forecasts say."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayesfolio.comoments.dynamics import FactorLaw, FactorParameters
from bayesfolio.comoments.model import IfacdModel
from bayesfolio.comoments_study.figures import (
    draw_betas,
    draw_news_impact,
    draw_portfolio_moments,
    draw_value_at_risk,
)
from bayesfolio.comoments_study.outputs import STUDY
from bayesfolio.comoments_study.results import (
    backtest_note,
    backtest_table,
    beta_table,
    components_note,
    factor_table,
    misprint_table,
    sample_note,
)
from bayesfolio.comoments_study.study import (
    ACD,
    EXACT,
    METHODS,
    STATIC,
    Backtest,
    FittedModels,
    ModelSettings,
    backtest,
    fit_study,
)
from bayesfolio.report.registry import Contents
from bayesfolio.report.style import save_figure
from bayesfolio.report.tables import write_contents

LAW = FactorLaw()
SETTINGS = ModelSettings("nig", "logistic", "acd", "constant", 1, None, "none", "sample", "tanh", 1)
N_OBS = 180
INDEX = pd.date_range("2001-01-05", periods=N_OBS, freq="7D")
ASSETS = ["AA", "BB", "CC"]
TABLES = {table.name: table for table in STUDY.tables({})}


@pytest.fixture(scope="module")
def returns() -> np.ndarray:
    factors = np.random.default_rng(1).laplace(size=(N_OBS, 3))
    return 0.02 * factors @ np.array([[1.0, 0.2, 0.1], [0.5, 1.0, 0.0], [0.0, 0.3, 1.0]]).T


@pytest.fixture(scope="module")
def fitted(returns: np.ndarray) -> FittedModels:
    return fit_study(returns, SETTINGS, seed=3)


@pytest.fixture(scope="module")
def models(fitted: FittedModels, returns: np.ndarray) -> dict[str, IfacdModel]:
    return fitted.models(returns, SETTINGS)


def test_table_of_factors(fitted: FittedModels, tmp_path: Path) -> None:
    ratios = np.stack([fitted.ratios - 1, fitted.ratios + 1, fitted.ratios + 2])
    table = whole = factor_table(fitted, LAW, ratios)
    total, table = table.iloc[-1], table.iloc[:-1]
    assert total[["factor", "p_value"]].tolist() == ["all", 0.75]
    assert total["gain"] == pytest.approx(fitted.ratios.sum() / 2)
    assert table["factor"].tolist() == ["1", "2", "3"]
    assert table["share"].sum() == pytest.approx(100)
    assert table["share"].is_monotonic_decreasing
    np.testing.assert_allclose(2 * table["gain"], fitted.ratios)
    assert table["p_value"].tolist() == [0.75] * 3
    row = FactorParameters(*fitted.static_parameters[1])
    skew = -0.99 + 1.98 / (1 + np.exp(-row.skew_level))
    shape = 0.1 + 24.9 / (1 + np.exp(-row.shape_level))
    assert table.loc[1, "static_skew"] == pytest.approx(skew)
    assert table.loc[1, "static_shape"] == pytest.approx(shape)
    assert table.loc[1, "static_skewness"] == pytest.approx(3 * skew / np.sqrt(shape))
    assert table.loc[1, "static_kurtosis"] == pytest.approx(3 * (1 + 4 * skew**2) / shape)
    assert table.loc[1, "variance_shock"] == fitted.parameters[1, 1]
    write_contents(TABLES["factors"], Contents(whole), tmp_path / "factors.csv")


def known_backtest() -> Backtest:
    """Ten dates; the exact method's value at risk is 2, all others' is 4."""
    returns = np.array([-1.0, -3, 1, 0, 1, -5, 1, 1, 1, 1])
    var = np.full((len(METHODS), 1, 10), 4.0)
    var[METHODS.index((ACD, EXACT))] = 2.0
    missing = np.full((len(METHODS), 10), np.nan)
    return Backtest(returns, var, 2 * var, missing, missing)


def test_table_of_violations(tmp_path: Path) -> None:
    table = backtest_table(known_backtest(), [0.1])
    assert list(zip(table["model"], table["method"], strict=True)) == list(METHODS)
    exact = table.set_index(["model", "method"]).loc[(ACD, EXACT)]
    assert exact["rate"] == 20
    assert exact["n_violations"] == 2
    assert exact["mean_var"] == 200
    assert exact["shortfall_ratio"] == pytest.approx((3 / 4 + 5 / 4) / 2)
    away = np.array([1.0, -1, 3, 2, 3, -3, 3, 3, 3, 3])
    loss = np.mean((0.1 - (away < 0)) * away)
    assert exact["quantile_loss"] == pytest.approx(1e4 * loss)
    other = table.set_index(["model", "method"]).loc[(STATIC, EXACT)]
    assert other["n_violations"] == 1
    write_contents(TABLES["var_backtest"], Contents(table), tmp_path / "var.csv")
    assert "| 10% | IFACD | exact | 20.00 |" in (tmp_path / "var.md").read_text()


def test_table_of_betas(models: dict[str, IfacdModel], tmp_path: Path) -> None:
    # A Sunday after the second Friday, and a day before the sample.
    table = beta_table(models[ACD], INDEX, ASSETS, ["2001-01-14", "1999-12-31"])
    assert table["date"].tolist() == ["2001-01-12"] * 3 + ["2001-01-05"] * 3
    betas = models[ACD].betas(np.full(3, 1 / 3))
    for name in ("covariance", "coskewness", "cokurtosis"):
        np.testing.assert_array_equal(table.loc[:2, name], getattr(betas, name)[1])
    moments = models[ACD].portfolio_moments(np.full(3, 1 / 3))
    assert table.loc[0, "volatility"] == pytest.approx(100 * np.sqrt(moments.variance[1]))
    write_contents(TABLES["betas"], Contents(table), tmp_path / "betas.csv")


def test_table_of_misprints(models: dict[str, IfacdModel], tmp_path: Path) -> None:
    table = misprint_table(models[STATIC]).set_index("place")
    assert table.loc["First pair with difference d", ["by_print", "by_right"]].tolist() == [
        "8", "11",
    ]  # fmt: skip
    assert table.loc["Step of n^3 + n^2 + n + 1", "by_right"] == "(3, 2)"
    # Which number is nearest to the exact quantile: the corrected one.
    for place in ("Cornish-Fisher, skewness", "Cornish-Fisher, kurtosis"):
        row = table.loc[place]
        exact = float(row["check"].split()[2])
        assert abs(float(row["by_right"]) - exact) < abs(float(row["by_print"]) - exact), place
    write_contents(TABLES["misprints"], Contents(table.reset_index()), tmp_path / "m.csv")


def test_figures(models, fitted, returns, tmp_path: Path) -> None:
    found = backtest(returns, SETTINGS, [0.05], 150, 30, seed=1)
    betas = draw_betas(models[ACD], INDEX, ASSETS)
    assert {line.get_label() for line in betas.axes[0].get_lines()} >= set(ASSETS)
    weights = np.full(3, 1 / 3)
    skewness = models[ACD].portfolio_moments(weights).skewness
    drawn = [line.get_ydata() for line in betas.axes[1].get_lines()[1:]]
    np.testing.assert_allclose(np.mean(drawn, axis=0), skewness, atol=1e-12)
    moments = draw_portfolio_moments(models, INDEX)
    line = moments.axes[1].get_lines()[0]
    expected = models[ACD].portfolio_moments(np.full(3, 1 / 3)).skewness
    np.testing.assert_array_equal(line.get_ydata(), expected)
    risk = draw_value_at_risk(found, INDEX[150:], [0.05])
    drawn = {line.get_label(): line.get_ydata() for line in risk.axes[0].get_lines()}
    exact = -100 * found.value_at_risk[METHODS.index((ACD, EXACT)), 0]
    np.testing.assert_array_equal(drawn["exact"], exact)
    for name, figure in (("betas", betas), ("moments", moments), ("risk", risk)):
        save_figure(figure, tmp_path / name)
        assert (tmp_path / f"{name}.png").stat().st_size > 5_000


def test_news_impact_is_what_the_recursion_does(fitted: FittedModels) -> None:
    figure = draw_news_impact(fitted, LAW)
    first = int(np.argmax(fitted.ratios))
    p = FactorParameters(*fitted.parameters[first])
    variance, skewness = (axes.get_lines()[0] for axes in figure.axes[:2])
    z = variance.get_xdata()
    np.testing.assert_allclose(
        variance.get_ydata(), p.variance_constant + p.variance_shock * z**2 + p.variance_persistence
    )
    # Mean of the level over many dates of z with mean 0 and mean square 1, then one innovation.
    level = p.skew_level
    for _ in range(20_000):
        level = p.skew_level * (1 - p.skew_persistence) + p.skew_square + p.skew_persistence * level
    t = 30
    level = (
        p.skew_level * (1 - p.skew_persistence) + p.skew_shock * z[t] + p.skew_square * z[t] ** 2
        + p.skew_persistence * level
    )  # fmt: skip
    level_shape = p.shape_level + p.shape_square / (1 - p.shape_persistence)
    level_shape = (
        p.shape_level * (1 - p.shape_persistence) + p.shape_square * z[t] ** 2
        + p.shape_persistence * level_shape
    )  # fmt: skip
    expected = 3 * LAW.skew(level) / np.sqrt(LAW.shape(level_shape))
    assert skewness.get_ydata()[t] == pytest.approx(float(expected), abs=1e-9)


def test_notes(returns: np.ndarray, fitted: FittedModels) -> None:
    note = components_note(replace(fitted, n_optima=3.0, objective=0.12345), 8, 39)
    assert "8 starts ended in 3 different optima; the one" in note
    assert "0.1235, is kept. 39 bootstrap samples." in note
    assert "did not converge" in components_note(replace(fitted, converged=0.0), 8, 39)
    about = {
        "run": "mine",
        "seed": 7,
        "comoments": {
            "data": {"source": "file"},
            "model": {"mean": "ar", "n_factors": 2, "innovations": "nig"},
        },
    }
    note = sample_note(about, pd.DataFrame(returns, index=INDEX))
    assert note == (
        "Sample: 3 stocks from a file, 180 weekly log returns, 2001-01-05 to 2004-06-11. Mean ar, "
        "factors 2, innovations nig. Run mine, seed 7."
    )
    plan = {"first_dates": 520, "refit_every": 52}
    assert backtest_note(plan) == "First sample: 520 weeks; refitted every 52 weeks."
