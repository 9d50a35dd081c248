"""Figures are drawn, show their numbers, and are the same files every time."""

import hashlib
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from bayesfolio.momentum.figures import draw_return_intervals, draw_stylised_facts
from bayesfolio.momentum.strategies import StrategyDraws
from bayesfolio.momentum.stylised_facts import explained_variance, pair_correlations
from bayesfolio.report.style import save_figure


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    months = pd.period_range("1980-01", periods=300, freq="M", name="month")
    values = rng.normal(0, 3, (300, 1)) + rng.normal(0, 3, (300, 10))
    return pd.DataFrame(values, index=months, columns=[f"I{i}" for i in range(10)])


@pytest.fixture(scope="module")
def panels() -> dict[tuple[str, str], StrategyDraws]:
    rng = np.random.default_rng(6)
    months = pd.PeriodIndex(
        [*pd.period_range("1990-09", periods=12, freq="M"),
         *pd.period_range("2000-09", periods=12, freq="M")]
    )  # fmt: skip
    return {
        (model, strategy): StrategyDraws(rng.normal(0, 4, (400, 24)), months)
        for model, strategy in [("DFM-N(1,1)", "MM"), ("DFM-SV(3,2)", "RM"), ("DFM-SV(4,1)", "MM")]
    }


def stylised(returns: pd.DataFrame) -> Figure:
    return draw_stylised_facts(returns, pair_correlations(returns), explained_variance(returns))


def test_figure1_shows_all_series_pairs_and_components(returns: pd.DataFrame) -> None:
    axes = stylised(returns).axes
    assert len(axes) == 12
    for panel, name in zip(axes[:10], returns.columns, strict=True):
        assert [text.get_text() for text in panel.texts] == [name]
        np.testing.assert_array_equal(panel.lines[0].get_ydata(), returns[name])
        assert panel.get_ylim() == axes[0].get_ylim()
        assert panel.get_ylim()[0] < returns.to_numpy().min()
        assert panel.get_ylim()[1] > returns.to_numpy().max()
    pairs = pair_correlations(returns)
    last = pairs[pairs["month"] == pairs["month"].iloc[-1]]["canonical_correlation"]
    drawn = [line.get_ydata()[-1] for line in axes[10].lines]
    assert len(drawn) == 46
    np.testing.assert_allclose(sorted(drawn[:45]), sorted(last), rtol=1e-12)
    assert drawn[45] == pytest.approx(np.median(last), rel=1e-12)
    assert [text.get_text() for text in axes[11].texts] == ["PC 1", "PC 2", "PC 3", "PC 4"]
    shares = explained_variance(returns)
    top = axes[11].collections[3].get_paths()[0].get_extents().ymax
    assert top == pytest.approx(100 * shares["cumulative_share"].max(), rel=1e-12)


def test_figure2_draws_intervals_where_months_were_held(panels: dict) -> None:
    axes = draw_return_intervals(panels).axes
    assert len(axes) == 3
    for panel, ((model, _), draws) in zip(axes, panels.items(), strict=True):
        assert model in panel.get_title(loc="left")
        segments = np.array(panel.collections[0].get_segments())
        low, high = np.quantile(draws.values, [0.005, 0.995], axis=0)
        np.testing.assert_allclose(segments[:, 0, 1], low, rtol=1e-12)
        np.testing.assert_allclose(segments[:, 1, 1], high, rtol=1e-12)
        assert all(float(tick).is_integer() for tick in panel.get_xticks())
        years = segments[:, 0, 0]
        np.testing.assert_allclose(
            years[[0, 11, 12]], [1990 + 8.5 / 12, 1991 + 7.5 / 12, 2000 + 8.5 / 12]
        )


@pytest.mark.parametrize("kind", ["figure1", "figure2"])
def test_files_are_equal_and_unaffected_by_settings(
    kind: str, returns: pd.DataFrame, panels: dict, tmp_path: Path
) -> None:
    def draw(folder: str) -> list[str]:
        figure = stylised(returns) if kind == "figure1" else draw_return_intervals(panels)
        save_figure(figure, tmp_path / folder / "figure")
        files = sorted((tmp_path / folder).iterdir())
        assert [file.name for file in files] == ["figure.pdf", "figure.png", "figure.svg"]
        assert files[0].read_bytes().startswith(b"%PDF")
        assert files[1].read_bytes().startswith(b"\x89PNG")
        svg = files[2].read_text()
        assert ElementTree.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"
        assert "<text" not in svg  # outlines: the reader may lack the font
        assert "<metadata>" not in svg
        assert len(svg) < 1_000_000
        return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]

    first = draw("first")
    with mpl.rc_context({"lines.linewidth": 9, "axes.grid": True, "font.size": 20}):
        assert draw("second") == first
        assert mpl.rcParams["font.size"] == 20


def test_a_figure_that_cannot_be_saved_leaves_nothing(tmp_path: Path) -> None:
    figure = Figure()
    figure.text(0, 0, r"$\nosuchcommand$")
    with pytest.raises(ValueError, match="nosuchcommand"):
        save_figure(figure, tmp_path / "figure")
    assert list(tmp_path.iterdir()) == []
