"""The Gibbs engine as a user meets it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bayesfolio.models.diagnostics import Thresholds
from bayesfolio.models.fitting import FitSettings, fit
from bayesfolio.models.gibbs import engine, kernels
from bayesfolio.models.gibbs.engine import GibbsEngine, GibbsSettings, run_chain
from bayesfolio.models.gibbs.kernels import sweep
from bayesfolio.models.posterior import Posterior
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import ModelSpec

SHORT = GibbsSettings(chains=2, warmup=50, draws=40, thin=2)
LENIENT = FitSettings(thresholds=Thresholds(rhat=100.0, ess=0.0))
RETURNS = np.random.default_rng(0).normal(0, 4, (60, 5)) + np.random.default_rng(1).normal(
    0, 3, (60, 1)
)


def short_fit(
    name: str, seed: int = 1, returns: np.ndarray = RETURNS, settings: FitSettings = LENIENT
) -> Posterior:
    return fit(
        ModelSpec.parse(name),
        returns,
        engine=GibbsEngine(SHORT),
        rng=np.random.default_rng(seed),
        settings=settings,
    )


@pytest.mark.parametrize(
    "name", ["VAR-N", "SV", "VAR-SV", "DFM-N(2,2)", "DFM-SV(1,1)", "FAVAR-SV2(2,1)", "DFM-N(5,3)"]
)
def test_draws_have_the_posteriors_form(name: str) -> None:
    found = short_fit(name)
    assert found.fitted.shape == found.residual.shape == (80, 12, 5)
    np.testing.assert_allclose(found.fitted + found.residual, np.tile(RETURNS[-12:], (80, 1, 1)))
    assert np.linalg.eigvalsh(found.predictive_cov).min() > 0
    spec = ModelSpec.parse(name)
    assert found.fitted.any() == (spec.has_lagged_returns or spec.has_factors)
    distinct = np.unique(found.log_variance[:, 0]).size
    assert distinct > 60  # also with stochastic volatility, whose moves may be rejected
    if not spec.has_factors:
        off_diagonal = found.predictive_cov[:, ~np.eye(5, dtype=bool)]
        assert not off_diagonal.any()


def test_a_seed_gives_the_same_draws_and_another_one_others() -> None:
    first, again, other = (short_fit("DFM-SV(2,1)", seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.fitted, again.fitted)
    np.testing.assert_array_equal(first.predictive_draws, again.predictive_draws)
    assert not np.isclose(first.fitted, other.fitted).any()


def test_chains_differ_and_the_first_does_not_depend_on_how_many_follow() -> None:
    spec, priors = ModelSpec.parse("DFM-N(1,1)"), Priors()
    one, two = (
        GibbsEngine(replace(SHORT, chains=chains)).sample(
            spec, RETURNS, formation=12, priors=priors, rng=np.random.default_rng(3)
        )
        for chains in (1, 2)
    )
    np.testing.assert_array_equal(one.fitted[0], two.fitted[0])
    assert not np.isclose(two.fitted[0], two.fitted[1]).any()
    assert two.transitions == 2 * 40 * 2


def test_a_chain_by_itself_is_judged_by_its_halves() -> None:
    found = fit(
        ModelSpec.parse("VAR-N"),
        RETURNS,
        engine=GibbsEngine(replace(SHORT, chains=1, draws=200)),
        rng=np.random.default_rng(1),
        settings=LENIENT,
    )
    assert 0.99 < found.diagnostics.rhat_sums < 1.1
    assert np.isnan(found.diagnostics.chain_spread)


def test_a_failed_fit_is_flagged_and_not_repeated() -> None:
    strict = FitSettings(thresholds=Thresholds(ess=1e9))
    found = fit(
        ModelSpec.parse("VAR-N"),
        RETURNS,
        engine=GibbsEngine(SHORT),
        rng=np.random.default_rng(1),
        settings=strict,
    )
    assert not found.diagnostics.refitted
    assert not found.diagnostics.passed


def test_returns_of_exactly_zero_are_sampled() -> None:
    returns = RETURNS.copy()
    returns[[3, 20, 41], [0, 0, 4]] = 0.0
    found = short_fit("SV", returns=returns)
    assert np.unique(found.log_variance[:, 0]).size > 40


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (0, "fitted values"),
        (1, "residuals"),
        (2, "predictive means"),
        (3, "predictive covariances"),
        (4, "log variances"),
        (5, "volatility's parameters"),
    ],
)
def test_draws_that_are_not_finite_are_refused(
    part: int, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_chain(*arguments: object) -> list[np.ndarray]:
        found = list(run_chain(*arguments))
        found[part][-1, -1] = np.nan
        return found

    monkeypatch.setattr(engine, "run_chain", broken_chain)
    with pytest.raises(RuntimeError, match=rf"{name} of DFM-N\(1,1\) are not all finite; check"):
        short_fit("DFM-N(1,1)")


def with_missing(returns: np.ndarray, *cells: tuple[int, int]) -> np.ndarray:
    out = returns.copy()
    for cell in cells:
        out[cell] = np.nan
    return out


IMPUTE = FitSettings(thresholds=LENIENT.thresholds, missing="impute")


@pytest.mark.parametrize("name", ["SV", "VAR-N", "DFM-SV(1,1)", "FAVAR-SV2(1,1)"])
def test_missing_returns_are_drawn_and_observed_ones_are_not(name: str) -> None:
    last = len(RETURNS) - 1
    returns = with_missing(RETURNS, (0, 1), (20, 3), (last - 2, 0), (last, 4))
    found = short_fit(name, returns=returns, settings=IMPUTE)
    completed = found.fitted + found.residual
    missing = np.isnan(returns[-12:])
    np.testing.assert_allclose(
        completed[:, ~missing], np.broadcast_to(RETURNS[-12:][~missing], (80, 58)), atol=1e-12
    )
    for draws in completed[:, missing].T:
        assert np.unique(draws).size == 80
    # One chain's draws are not written into the returns of the next one, nor into the caller's.
    np.testing.assert_array_equal(np.isnan(returns).sum(), 4)


def test_a_missing_return_is_known_from_the_others() -> None:
    rng = np.random.default_rng(8)
    factor = 5 * rng.standard_normal((120, 1))
    returns = factor + 0.5 * rng.standard_normal((120, 5))
    found = fit(
        ModelSpec.parse("DFM-N(1,1)"),
        with_missing(returns, (117, 2), (50, 0)),
        engine=GibbsEngine(GibbsSettings(chains=1, warmup=300, draws=500, thin=2)),
        rng=np.random.default_rng(1),
        settings=IMPUTE,
    )
    draws = (found.fitted + found.residual)[:, -3, 2]
    # Its own noise, and what four others leave unknown of the factor.
    sd = 0.5 * (1 + 1 / 4) ** 0.5
    assert abs(draws.mean() - returns[117, 2]) < 5 * sd
    assert 0.7 * sd < draws.std() < 1.4 * sd


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda r: np.where(np.arange(len(r))[:, None] == 7, np.inf, r), "is inf, expected finite"),
        (lambda r: np.where(np.arange(5) == 2, np.nan, r), "column 2 is constant in the window"),
        (lambda r: with_missing(r, *((t, t % 5) for t in range(60))), "no complete month"),
        (lambda r: with_missing(r, *((t, t % 5) for t in range(54))), "5 months after"),
    ],
)
def test_impossible_missing_returns_are_refused(spoil, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        short_fit("VAR-N", returns=spoil(RETURNS), settings=IMPUTE)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda r: r[:12], "a window of 12 months is too short"),
        (lambda r: np.where(np.arange(5) == 2, 1.0, r), "column 2 is constant in the window"),
        (lambda r: r[:, [0, 1, 0, 3, 4]], "linearly dependent in the window, of rank 4"),
        (lambda r: np.c_[r[:, :4], 1e3 * r[:, :4].mean(axis=1)], "linearly dependent"),
        (lambda r: np.where(r == r[7, 1], np.nan, r), "row 7, column 1 is nan"),
    ],
)
def test_impossible_windows_are_refused(spoil, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        short_fit("DFM-SV(2,2)", returns=spoil(RETURNS))


def test_an_edit_of_any_source_is_another_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    before = kernels.kernel_cache()
    compiled = sweep.run_chain._cache.cache_path
    assert Path(compiled).parent == before
    read_bytes = Path.read_bytes

    def edited(path: Path) -> bytes:
        return read_bytes(path) + b"#" * (path.name == "elementary.py")

    monkeypatch.setattr(Path, "read_bytes", edited)
    after = kernels.kernel_cache()
    assert after != before
    assert after.parent == before.parent
