"""Tables and figures of the M6 study from a study made up."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bayesfolio.m6 import outputs, tables
from bayesfolio.m6.fit import FactorDiagnostics, FactorFit, FactorForecast
from bayesfolio.m6.quintiles import quintile_probabilities, quintile_targets
from bayesfolio.m6.results import calibration_table, rps_table
from bayesfolio.m6.study import POOLS, RankForecasts, RankStudy, add_pools
from bayesfolio.report.registry import Contents, Figure, load_function
from bayesfolio.report.style import save_figure
from bayesfolio.report.tables import read_table, write_contents

P, N, V = 12, 15, 2
ASSETS = tuple(f"A{n:02d}" for n in range(N))
SETTINGS = {
    "data": {"source": "file"},
    "n_factors": 3,
    "sampler": {"chains": 2, "draws": 40, "warmup": 20, "forecasts": 10, "max_rhat": 1.05},
}
PUBLISHED = pd.DataFrame(
    {
        "kind": ["parameter", "parameter", "probability", "probability"],
        "name": ["rho", "m_th etf", "A01", "A01"],
        "quintile": [np.nan, np.nan, 1, 3],
        "printed": [-0.043, -4.0, 0.1, 0.4],
    }
)


@pytest.fixture
def study() -> RankStudy:
    rng = np.random.default_rng(1)
    returns = 0.05 * rng.standard_normal((P + 1, N))
    returns[-1] = np.nan
    targets = np.full((P + 1, N, 5), np.nan)
    targets[:-1] = [quintile_targets(row) for row in returns[:-1]]
    probabilities = rng.dirichlet(6 * np.ones(5), (P + 1, V + 1, N))
    methods = ("ar1", "instrumented", "Student t, half-life 60")
    pooled = add_pools(
        RankForecasts(methods, tuple(range(223, 236)), ASSETS, probabilities, targets)
    )
    shape = (P + 1, V)
    return RankStudy(
        methods=np.array(pooled.forecasts.methods),
        n_variants=V,
        periods=np.arange(223, 236),
        starts=pd.date_range("2022-03-07", periods=13, freq="28D")
        .strftime("%Y-%m-%d")
        .to_numpy(str),
        scored=np.arange(P + 1) < P,
        assets=np.array(ASSETS),
        classes=np.array(["stock"] * 8 + ["etf"] * 5 + ["etf_fi"] * 2),
        probabilities=pooled.forecasts.probabilities,
        targets=targets,
        returns=returns,
        weights=np.stack(list(pooled.weights.values())),
        transforms=np.where(np.isfinite(returns)[:, None], rng.uniform(size=(*shape, N)), np.nan),
        quantiles=np.sort(0.05 * rng.standard_normal((*shape, N, 5)), axis=-1),
        centre=np.sort(0.02 * rng.standard_normal((*shape, 5)), axis=-1),
        spread=0.05 + np.sort(0.02 * rng.uniform(size=(*shape, 5)), axis=-1),
    )


def fit(variant: str, period: int, seed: int) -> FactorFit:
    rng = np.random.default_rng(seed)
    loadings = rng.normal(0.03, 0.02, (N, 3))
    parameters = {"coefficients": rng.normal(size=(80, 9 if variant == "instrumented" else 1))}
    parameters |= {"m_theta": rng.normal(size=(80, 3)), "s_nu": rng.uniform(size=(80, 1))}
    return FactorFit(
        variant=variant,
        period=period,
        forecast=FactorForecast(
            returns=rng.standard_normal((800, N)),
            mean=rng.standard_normal((80, N)),
            log_scale=rng.normal(-3, 0.3, (80, N)),
            dof=5 + rng.uniform(size=(80, N)),
            common_cov=loadings @ loadings.T,
            parameters=parameters,
            diagnostics=FactorDiagnostics(
                *(1.01, 300, 1.3 if seed == 2 else 1.02, 200, 1.0, 150, 2, 1, 47.5, 12.0),
                refitted=seed > 2,
                passed=seed != 3,
            ),
        ),
        assets=ASSETS,
        unchanged=("ZZ",),
        dropped=(),
        neutral=3,
    )


TABLES = {table.name: table for table in outputs._TABLE_ENTRIES}
RUN = {"config": {"run": "trial", "m6": SETTINGS | {"competition": False}}}


def made(
    name: str, study: RankStudy, fits: list[FactorFit], monkeypatch: pytest.MonkeyPatch
) -> Contents:
    """A table made from these instead of from files."""
    monkeypatch.setattr(tables, "_read", lambda files, run: (study, fits))
    monkeypatch.setattr(tables, "read_published", lambda path: PUBLISHED)
    return load_function(TABLES[name].function)(SimpleNamespace(published=None), RUN)


@pytest.fixture
def fits() -> list[FactorFit]:
    return [
        fit("ar1", 234, 1),
        fit("instrumented", 234, 2),
        fit("ar1", 223, 3),
        fit("author", 234, 4),
    ]


@pytest.fixture
def leaderboard() -> pd.DataFrame:
    months = {f"rps_m{month:02d}": [0.15, np.nan, 0.16] for month in range(1, 13)}
    return pd.DataFrame(
        {
            "rps_rank": [1, 7, 50],
            "team_name": ["First", "Seventh", "M6 Dummy (benchmark)"],
            "rps_global": [0.15645, 0.1575, 0.16],
            **months,
        }
    )


def test_scores_stand_beside_the_first_baseline_and_the_competition(
    study: RankStudy, fits: list[FactorFit], leaderboard: pd.DataFrame
) -> None:
    table = rps_table(study, leaderboard).set_index("method")
    assert table.index.tolist() == [
        *study.methods, "First (rank 1)", "M6 Dummy (benchmark) (rank 50)",
    ]  # fmt: skip
    scores = study.scores()[:P]
    row = table.loc["instrumented"]
    assert row["kind"] == "factor model"
    assert row["rps"] == pytest.approx(scores[:, 1].mean())
    difference = scores[:, 1] - scores[:, 2]
    assert row["difference"] == pytest.approx(difference.mean())
    assert row["difference_error"] == pytest.approx(difference.std(ddof=1) / np.sqrt(P))
    assert table.loc["Student t, half-life 60", "difference_error"] == 0
    np.testing.assert_allclose(row[study.starts[:P]].astype(float), scores[:, 1])
    assert table.loc["First (rank 1)", "rps_printed"] == 0.15645
    assert table.loc["First (rank 1)", "2022-03-07"] == 0.15
    assert set(table.loc[list(POOLS), "kind"]) == {"pool"}
    alone = rps_table(study, None)
    assert len(alone) == len(study.methods)
    # A mean over all months is no figure to compare one of some months with.
    some = replace(study, scored=study.scored & (np.arange(len(study.scored)) > 2))
    table = rps_table(some, leaderboard).set_index("method")
    assert np.isnan(table.loc["First (rank 1)", "rps_printed"])
    assert "2022-03-07" not in table


def test_parameters_by_class_are_those_of_the_classes_that_were_fitted(
    study: RankStudy, fits: list[FactorFit], monkeypatch: pytest.MonkeyPatch
) -> None:
    bonds = study.assets[study.classes == "etf_fi"]
    kept = tuple(name for name in fits[0].assets if name not in bonds)
    draws = {"m_theta": np.full((80, 2), [1.0, 2.0])}
    fewer = replace(fits[0], assets=kept, forecast=replace(fits[0].forecast, parameters=draws))
    table = made("parameters", study, [fewer], monkeypatch).frame.set_index("parameter")
    assert table["median"].to_dict() == {"m_th stock": 1.0, "m_th etf": 2.0}
    wrong = replace(fits[0], forecast=replace(fits[0].forecast, parameters=draws))
    with pytest.raises(ValueError, match="m_theta of ar1 has 2 entries, expected 1 or one for"):
        made("parameters", study, [wrong], monkeypatch)


def test_calibration_is_that_of_the_transforms(study: RankStudy, fits: list[FactorFit]) -> None:
    table = calibration_table(study).set_index("method")
    values = study.transforms[:P, 0]
    inside = (values > 0.25) & (values < 0.75)
    assert table.loc["ar1", "coverage_50"] == pytest.approx(inside.mean())
    assert table.loc["ar1", "n"] == P * N
    assert np.isnan(table.loc["Student t, half-life 60", "coverage_50"])
    assert table["entropy"].between(0, 1).all()


def test_parameters_have_printed_values_where_the_winners_features_are(
    study: RankStudy, fits: list[FactorFit], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = made("parameters", study, fits, monkeypatch).frame
    rows = table.set_index(["variant", "parameter"])
    assert rows.loc[("author", "rho"), "median_printed"] == -0.043
    assert rows.loc[("ar1", "m_th etf"), "median_printed"] == -4.0
    etf = fits[0].forecast.parameters["m_theta"][:, 1]
    assert rows.loc[("ar1", "m_th etf"), "median"] == pytest.approx(np.median(etf))
    # A matrix of coefficients depends on the factors' rotation.
    assert ("instrumented", "rho") not in rows.index
    without = made("parameters", study, fits[:3], monkeypatch).frame
    assert without["median_printed"].isna().all()


def test_the_winners_probabilities_stand_beside_ours(
    study: RankStudy, fits: list[FactorFit], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = made("author_check", study, fits, monkeypatch).frame
    assert table["asset"].tolist() == ["A01", "A01"]
    assert table["quintile"].tolist() == [1, 3]
    # The acquired asset returns zero in every draw.
    draws = np.column_stack([fits[-1].forecast.returns, np.zeros(800)])
    np.testing.assert_allclose(table["probability"], quintile_probabilities(draws)[1, [0, 2]])
    np.testing.assert_allclose(table["difference"], table["probability"] - [0.1, 0.4])


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_written(
    name: str,
    study: RankStudy,
    fits: list[FactorFit],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    contents = made(name, study, fits, monkeypatch)
    write_contents(TABLES[name], contents, tmp_path / f"{name}.csv")
    assert len(read_table(tmp_path / f"{name}.csv")) == len(contents.frame)
    text = (tmp_path / f"{name}.md").read_text()
    assert "Run trial: 15 assets (file), 12 periods" in text
    assert "nan" not in text
    assert "2 of 4 fits were repeated with twice the warm-up" in text
    assert "nu was above 1.05; of those, 1 failed again." in text


@pytest.mark.parametrize("figure", outputs.figures({}), ids=lambda figure: figure.name)
def test_figures_are_drawn(
    figure: Figure,
    study: RankStudy,
    fits: list[FactorFit],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = "bayesfolio.m6.figures"
    monkeypatch.setattr(f"{module}.load_record", lambda path, kind: study)
    monkeypatch.setattr(f"{module}.read_fit", lambda variant, period, path: fits[0])
    monkeypatch.setattr(f"{module}.last_fit", lambda m6: ("ar1", 234))
    drawn = load_function(figure.function)(SimpleNamespace(study=None, last=None), RUN)
    save_figure(drawn, tmp_path / figure.name)
    assert (tmp_path / f"{figure.name}.pdf").stat().st_size > 5_000
