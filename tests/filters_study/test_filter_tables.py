"""Tables and figures of the study of filters say what the runs say."""

import numpy as np
import pandas as pd
import pytest

from bayesfolio.filters_study.figures import draw_filter_frontier, draw_filter_paths
from bayesfolio.filters_study.outputs import KIND_OF_TABLE, STUDY
from bayesfolio.filters_study.results import (
    filter_table,
    setting_title,
)
from bayesfolio.filters_study.study import (
    KINDS,
    StudyRuns,
    StudySettings,
    join_runs,
    load_runs,
    load_samples,
    middle_setting,
    run_sizes,
    run_study,
    save_settings,
    simulate_study,
    study_filters,
)
from bayesfolio.report.registry import Contents
from bayesfolio.report.tables import write_contents

SETTINGS = StudySettings(
    n_obs=25,
    n_particles=400,
    noise_to_signal=[0.5],
    variation=[1.0],
    factors=[2],
    state_var=0.1,
    initial_var=1.1,
    persistence=0.98,
    n_series=5,
)


def runs_of(means: list[list[float]]) -> StudyRuns:
    """One state, true value 0, at one date; means by replication and filter."""
    values = np.array(means)[:, :, None, None]
    shape = values.shape[:2]
    return StudyRuns(
        states=np.zeros((len(values), 1, 1)),
        means=values,
        ess=np.ones((*shape, 1)),
        log_evidence=np.arange(np.prod(shape), dtype=float).reshape(shape) ** 2,
        seconds=np.full(shape, 2.0),
    )


def test_a_table_of_known_numbers() -> None:
    published = pd.DataFrame(
        {
            "noise_to_signal": [0.5, 0.5],
            "filter": ["KF", "PF"],
            "likelihood_bias": [0.0, -3.0],
            "mae": [1.0, 1.25],
            "mse": [1.0, np.nan],
            "seconds": [0.01, 33.0],
        }
    )
    runs = runs_of([[1.0, -2.0], [2.0, 4.0]])
    table = filter_table("local_level", [0.5], ["KF", "PF"], [runs], published).set_index("filter")
    assert table.loc["KF", ["mae", "mse", "lb", "error"]].tolist() == [1, 1, 0, 0]
    row = table.loc["PF"]
    assert row["mae"] == pytest.approx(3 / 1.5)
    assert row["mse"] == pytest.approx(10 / 2.5)
    assert row["lb"] == pytest.approx((1 + 5) / 2)
    assert row["lb_sd"] == pytest.approx(np.std([1, 5], ddof=1))
    assert row["error"] == pytest.approx(100 * (3 + 2) / 2 / 1.5)
    assert row["lb_difference"] == pytest.approx(6)
    assert row["mae_difference"] == pytest.approx(0.75)
    assert np.isnan(row["mse_printed"])
    assert row["seconds_printed"] == 33


def test_errors_in_the_volatility_model_are_relative_to_the_uncentred_kalman_filter() -> None:
    published = pd.DataFrame(
        {"cv": [1.0], "filter": ["KF"], "mae": [1.0], "variance": [0.9], "seconds": [0.01]}
    )
    names = ["grid", "KF, centred", "KF, uncentred", "PF"]
    runs = runs_of([[1.0, 2.0, 4.0, 1.0], [1.0, 2.0, 4.0, 1.0]])
    table = filter_table("stochastic_volatility", [1.0], names, [runs], published)
    table = table.set_index("filter")
    assert table["mae"].tolist() == [0.25, 0.5, 1.0, 0.25]
    assert table["mse_printed"].dropna().to_dict() == {"KF, uncentred": 0.9}
    assert table["lb_printed"].isna().all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_small_study(tmp_path, kind: str) -> None:
    samples = simulate_study(kind, SETTINGS, 3, seed=1)
    save_settings(tmp_path / "samples.npz", samples)
    samples = load_samples(tmp_path / "samples.npz")
    whole = run_study(kind, SETTINGS, samples, range(3), seed=1)
    save_settings(tmp_path / "runs.npz", whole)
    for run, kept in zip(whole, load_runs(tmp_path / "runs.npz"), strict=True):
        np.testing.assert_array_equal(run.means, kept.means)
    # A replication's numbers do not depend on the job that it is in.
    parts = [run_study(kind, SETTINGS, samples, part, seed=1)[0] for part in ([0], [1, 2])]
    for name in ("means", "log_evidence", "ess", "states"):
        np.testing.assert_array_equal(getattr(join_runs(parts), name), getattr(whole[0], name))

    value = SETTINGS.values(kind)[0]
    names = list(study_filters(SETTINGS.model(kind, value, 1), SETTINGS.n_particles))
    published = pd.DataFrame({"noise_to_signal": [], "cv": [], "factors": [], "filter": []})
    table = filter_table(kind, [value], names, whole, published)
    assert table["filter"].tolist() == names
    entry = next(t for t in STUDY.tables({}) if KIND_OF_TABLE[t.name] == kind)
    write_contents(entry, Contents(table), tmp_path / "table.csv")
    shown = (tmp_path / "table.md").read_text().splitlines()[2]
    assert shown.count("|") == len(entry.columns) + 1
    exact = table.iloc[0]
    assert exact["lb"] == exact["lb_sd"] == exact["error"] == 0
    good = table[table["filter"].isin(["PF", "APF", "M-Filter", "M-Filter, look-ahead"])]
    assert (good["lb"].abs() < 3).all()
    assert (good["error"] < 30).all()

    place = middle_setting(SETTINGS.values(kind))
    sizes = run_sizes(kind, SETTINGS, samples, place, [100, 400], range(2), seed=1)
    title = setting_title(kind, value)
    frontier = draw_filter_frontier({title: (names, sizes)}, [100, 400])
    assert [axes.get_title(loc="left").endswith(title) for axes in frontier.axes] == [True]
    assert len(frontier.axes[0].lines) == 6
    figure = draw_filter_paths({title: (names, whole[0])}, SETTINGS.n_particles)
    shown = figure.axes[0].lines[1].get_ydata()
    np.testing.assert_array_equal(shown, whole[0].means[0, 0, :, 0])


def test_quasi_likelihoods_are_of_the_returns_and_not_of_their_logarithms() -> None:
    """With little variation the quasi likelihood's mistake is that of its error density alone."""
    kind, settings = "stochastic_volatility", SETTINGS
    samples = simulate_study(kind, settings, 2, seed=2)
    run = run_study(kind, settings, samples, range(2), seed=2)[0]
    names = list(study_filters(settings.model(kind, 1.0, 2), settings.n_particles))
    bias = dict(zip(names, (run.log_evidence - run.log_evidence[:, :1]).mean(axis=0), strict=True))
    # E log of normal over log chi-square density, -0.2 a date; far off without the Jacobian.
    assert -15 < bias["KF, centred"] < 2


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="kind is 'garch', expected one of local_level"):
        SETTINGS.values("garch")
