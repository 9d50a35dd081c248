"""Variants differ from the baseline in one thing each."""

from dataclasses import replace

import numpy as np
import pytest

from bayesfolio.combination.variants import (
    VARIANTS,
    CombinationSettings,
    ComponentScores,
    run_variant,
)
from bayesfolio.combination.weight_filter import combine
from bayesfolio.core.arrays import load_record, save_record
from bayesfolio.momentum.combination_settings import COMBINATION_VARIANTS

SETTINGS = CombinationSettings(
    incompleteness_sds=[1.0, 4.0],
    drift_sds=[0.2, 0.6],
    initial_sd=1.0,
    n_particles=3000,
    proposal="bootstrap",
    fixed={"incompleteness_sd": 2.0, "drift_sd": 0.4},
    learning={"rate": 8.0, "discount": 0.9, "window": 4},
    path={"n_paths": 6, "n_particles": 500},
)
CLASSES = ["VAR-SV", "VAR-SV", "DFM-SV", "DFM-SV", "DFM-SV", "DFM-SV"]


@pytest.fixture(scope="module")
def scores() -> ComponentScores:
    rng = np.random.default_rng(0)
    outcomes = rng.normal(9, 3, size=12)
    means = rng.normal(0.5, 0.5, size=(12, 6, 40))
    variances = rng.uniform(20, 40, size=(12, 6, 1)) * np.ones(40)
    draws = means + np.sqrt(variances) * rng.normal(size=means.shape)
    return ComponentScores.from_predictions(outcomes, means, variances, draws, SETTINGS)


def run(variant: str, scores: ComponentScores, settings=SETTINGS, name: str = "table7"):
    totals = np.array([[1.0, 1, 0, 0, 0, 0], [0, 0, 1, 1, 1, 1]])
    years = range(1946, 1958)
    return run_variant(variant, scores, settings, 1, name, CLASSES, totals, 300, years)


@pytest.fixture(scope="module")
def found(scores: ComponentScores) -> dict:
    return {variant: run(variant, scores) for variant in VARIANTS}


def test_the_workflow_knows_the_variants() -> None:
    assert tuple(VARIANTS) == COMBINATION_VARIANTS


def test_variants_are_themselves_again(scores: ComponentScores, found: dict) -> None:
    for variant in ("marginal", "path"):
        assert np.array_equal(run(variant, scores).weights, found[variant].weights)
    assert not np.array_equal(run("marginal", scores, name="table8").draws, found["marginal"].draws)


def test_all_but_the_filter_change_the_weights(found: dict) -> None:
    base = found["marginal"].weights
    for variant in ("draws", "fixed", "learning", "class_balanced", "path"):
        assert np.abs(found[variant].weights - base).max() > 0.02, variant
    # Largest of 72 differences of weights with errors of a third of a per cent.
    assert np.abs(found["other_proposal"].weights - base).max() < 0.03


def test_the_other_proposal_is_the_other_one(scores: ComponentScores, found: dict) -> None:
    turned = replace(SETTINGS, proposal="mixture")
    assert np.array_equal(run("other_proposal", scores, turned).weights, found["marginal"].weights)
    assert np.array_equal(run("marginal", scores, turned).weights, found["other_proposal"].weights)


def test_balanced_classes_begin_alike(found: dict) -> None:
    for variant, share in [("marginal", 1 / 3), ("class_balanced", 0.45)]:
        first = found[variant].predictive_weights[0, :2].sum()
        assert abs(first - share) < 0.06, variant


def test_the_fixed_grid_has_one_point(found: dict) -> None:
    assert found["fixed"].grid_probs.shape == (12, 1, 1)
    assert (found["fixed"].grid_probs == 1).all()
    assert SETTINGS.grid("fixed") == ([2.0], [0.4])
    assert found["marginal"].grid_probs.shape == (12, 2, 2)
    assert np.allclose(found["marginal"].grid_probs.sum(axis=(1, 2)), 1)


def test_learning_is_the_one_of_the_settings(scores: ComponentScores, found: dict) -> None:
    none = replace(SETTINGS, learning={"rate": 0.0, "discount": 0.9, "window": 4})
    assert np.array_equal(run("learning", scores, none).weights, found["marginal"].weights)


def test_records_are_read_as_written(scores: ComponentScores, found: dict, tmp_path) -> None:
    for record in (scores, found["marginal"]):
        save_record(tmp_path / "record.npz", record)
        again = load_record(tmp_path / "record.npz", type(record))
        for name, value in vars(record).items():
            assert np.array_equal(getattr(again, name), value), name
    assert isinstance(again.seconds, float)
    assert [path.name for path in tmp_path.iterdir()] == ["record.npz"]


def test_an_unknown_variant_is_named(scores: ComponentScores) -> None:
    with pytest.raises(ValueError, match="variant is 'best', expected one of marginal, draws"):
        run("best", scores)


def test_draws_of_a_path_come_from_all_paths(scores: ComponentScores, found: dict) -> None:
    assert found["path"].draws.shape == (300, 12, 6)
    parts = [
        combine(path, np.random.default_rng(0), drift_sds=[0.2, 0.6], n_particles=500)
        for path in scores.paths
    ]
    means = np.mean([part.weights for part in parts], axis=0)
    assert np.abs(found["path"].weights - means).max() < 0.05
    assert np.abs(found["path"].draws.mean(axis=0) - found["path"].weights).max() < 0.06
