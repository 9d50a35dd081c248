from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from bayesfolio.models.diagnostics import Thresholds, diagnose, failures
from bayesfolio.models.posterior import (
    Diagnostics,
    Draws,
    Posterior,
    load_posteriors,
    save_posteriors,
)

ARRAYS = {field.name for field in fields(Posterior)} - {"diagnostics"}
DIAGNOSTICS = Diagnostics(1.001, 1.002, 450.0, 500.0, 0.1, 1, 1000, 0, 2.5)


def posterior(rng: np.random.Generator) -> Posterior:
    d, p, n = 6, 3, 2
    root = rng.standard_normal((d, n, n))
    return Posterior(
        fitted=rng.standard_normal((d, p, n)),
        residual=rng.standard_normal((d, p, n)),
        predictive_mean=rng.standard_normal((d, n)),
        predictive_cov=root @ np.swapaxes(root, 1, 2),
        predictive_draws=rng.standard_normal((d, n)),
        log_variance=rng.standard_normal((d, n)),
        volatility=rng.standard_normal((d, 3, n)),
        diagnostics=replace(DIAGNOSTICS, rhat_sums=float("nan"), refitted=True),
    )


def test_posteriors_read_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    written = {1999: posterior(rng), 1974: posterior(rng)}
    save_posteriors(tmp_path / "fits.npz", written)
    read = load_posteriors(tmp_path / "fits.npz")
    assert list(read) == [1974, 1999]
    for year, expected in written.items():
        for name in ARRAYS:
            np.testing.assert_allclose(
                getattr(read[year], name), getattr(expected, name), rtol=1e-6
            )
        assert repr(read[year].diagnostics) == repr(expected.diagnostics)
    assert [path.name for path in tmp_path.iterdir()] == ["fits.npz"]


def test_variances_ahead_are_those_of_simulated_paths() -> None:
    """One draw, one series: a stationary log variance away from its level, and a constant one."""
    rng = np.random.default_rng(3)
    parameters = np.array([[[-0.1, 0.7], [0.9, 0.0], [0.3, 0.0]]])
    found = replace(
        posterior(rng),
        fitted=np.zeros((1, 3, 2)),
        log_variance=np.array([[1.5, 0.7]]),
        volatility=parameters,
    ).variances_ahead(4)
    n_paths = 200_000
    h = np.full(n_paths, 1.5)
    for step in range(4):
        h = -0.1 + 0.9 * h + 0.3 * rng.standard_normal(n_paths)
        simulated = np.exp(h)
        # 4.5 standard errors: a false alarm once in 150,000 seeds, for each of four steps.
        error = 4.5 * simulated.std() / np.sqrt(n_paths)
        assert found[0, step, 0] == pytest.approx(simulated.mean(), abs=error)
    np.testing.assert_allclose(found[0, :, 1], np.exp(0.7))


def independent_draws(rng: np.random.Generator) -> Draws:
    c, d, p, n = 2, 400, 3, 2
    return Draws(
        fitted=rng.standard_normal((c, d, p, n)),
        residual=rng.standard_normal((c, d, p, n)),
        predictive_mean=rng.standard_normal((c, d, n)),
        predictive_cov=np.exp(rng.standard_normal((c, d, n)))[..., None] * np.eye(n),
        log_variance=rng.standard_normal((c, d, n)),
        volatility=rng.standard_normal((c, d, 3, n)),
        divergences=0,
        max_depth_hits=0,
        transitions=800,
        seconds=1.0,
    )


def test_independent_draws_pass() -> None:
    found = diagnose(independent_draws(np.random.default_rng(2)), has_mean=True, refitted=False)
    assert failures(found, Thresholds(rhat=1.02), judge_sums=True) == []
    assert found.ess_sums > 500


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fitted": 1.0}, "R-hat of fitted sums"),
        ({"predictive_mean": 1.0}, "R-hat of predictive moments"),
    ],
)
def test_chains_that_disagree_fail(change: dict[str, float], message: str) -> None:
    draws = independent_draws(np.random.default_rng(2))
    ((name, shift),) = change.items()
    moved = getattr(draws, name).copy()
    moved[1] += shift
    found = diagnose(replace(draws, **{name: moved}), has_mean=True, refitted=False)
    assert message in " ".join(failures(found, Thresholds(), judge_sums=True))
    judged = failures(found, Thresholds(rhat=1.02), judge_sums=False)
    assert bool(judged) == (name != "fitted")


def test_divergences_fail() -> None:
    draws = replace(independent_draws(np.random.default_rng(2)), divergences=2)
    found = diagnose(draws, has_mean=True, refitted=False)
    (sentence,) = failures(found, Thresholds(rhat=1.02), judge_sums=True)
    assert sentence == "2 divergences in 800"


def test_a_fit_without_a_mean_is_judged_on_its_variances() -> None:
    draws = independent_draws(np.random.default_rng(3))
    draws = replace(draws, fitted=0 * draws.fitted, predictive_mean=0 * draws.predictive_mean)
    found = diagnose(draws, has_mean=False, refitted=False)
    assert np.isnan(found.rhat_sums)
    assert failures(found, Thresholds(rhat=1.02), judge_sums=False) == []


def test_chains_that_cannot_be_judged_fail() -> None:
    draws = independent_draws(np.random.default_rng(4))
    still = replace(draws, predictive_mean=np.ones_like(draws.predictive_mean))
    found = diagnose(still, has_mean=True, refitted=False)
    assert np.isnan(found.rhat_predictive)
    (sentence,) = failures(found, Thresholds(rhat=1.02), judge_sums=True)
    assert sentence.startswith("R-hat of predictive moments nan")
    short = {
        name: getattr(draws, name)[:1, :7]
        for name in ("fitted", "predictive_mean", "predictive_cov", "log_variance", "volatility")
    }
    found = diagnose(replace(draws, **short), has_mean=True, refitted=False)
    assert len(failures(found, Thresholds(), judge_sums=True)) == 4
