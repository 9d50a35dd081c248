"""The face of fitting, with an engine of known draws."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from bayesfolio.core.seeds import generator
from bayesfolio.models.diagnostics import Thresholds
from bayesfolio.models.fitting import FitSettings, fit, fit_windows
from bayesfolio.models.posterior import Draws
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.calendar import Calendar

SPEC = ModelSpec.parse("DFM-N(1,1)")


@dataclass
class FakeEngine:
    """Draws around zero; ``bad`` first chains disagree. Records what it was given."""

    bad: int = 0
    calls: list[np.ndarray] = field(default_factory=list)
    warmups: list[int] = field(default_factory=list)
    warmup: int = 1

    def with_longer_warmup(self) -> "FakeEngine":
        return FakeEngine(self.bad, self.calls, self.warmups, 2 * self.warmup)

    def sample(self, spec, returns, *, formation, priors, rng) -> Draws:
        self.calls.append(returns)
        self.warmups.append(self.warmup)
        n = returns.shape[1]
        fitted = rng.standard_normal((2, 300, formation, n))
        fitted[1] += len(self.calls) <= self.bad
        return Draws(
            fitted=fitted,
            residual=returns[-formation:] - fitted,
            predictive_mean=rng.standard_normal((2, 300, n)),
            predictive_cov=np.exp(0.1 * rng.standard_normal((2, 300, n)))[..., None] * np.eye(n),
            log_variance=np.zeros((2, 300, n)),
            volatility=np.zeros((2, 300, 3, n)),
            divergences=0,
            max_depth_hits=0,
            transitions=600,
            seconds=1.0,
        )


@pytest.fixture
def returns() -> np.ndarray:
    return np.random.default_rng(0).normal(1.0, 3.0, (60, 4))


LOOSE = FitSettings(thresholds=Thresholds(rhat=1.03, ess=200))


def test_residuals_and_fitted_values_add_up(returns: np.ndarray) -> None:
    engine = FakeEngine()
    found = fit(SPEC, returns, engine=engine, rng=np.random.default_rng(1), settings=LOOSE)
    np.testing.assert_allclose(
        found.fitted + found.residual, np.broadcast_to(returns[-12:], (600, 12, 4))
    )
    assert found.diagnostics.passed
    assert engine.warmups == [1]
    np.testing.assert_array_equal(engine.calls[0], returns)


def test_centering_is_undone(returns: np.ndarray) -> None:
    engine = FakeEngine()
    settings = FitSettings(center=True, thresholds=LOOSE.thresholds)
    found = fit(SPEC, returns, engine=engine, rng=np.random.default_rng(1), settings=settings)
    np.testing.assert_allclose(engine.calls[0].mean(axis=0), 0, atol=1e-12)
    plain = fit(SPEC, returns, engine=FakeEngine(), rng=np.random.default_rng(1), settings=LOOSE)
    np.testing.assert_allclose(found.fitted, plain.fitted + returns.mean(axis=0))
    np.testing.assert_allclose(found.predictive_mean, plain.predictive_mean + returns.mean(axis=0))


@pytest.mark.parametrize(("bad", "passed", "warmups"), [(1, True, [1, 2]), (2, False, [1, 2])])
def test_a_failed_fit_is_repeated_once_and_flagged(
    returns: np.ndarray, bad: int, passed: bool, warmups: list[int]
) -> None:
    engine = FakeEngine(bad=bad)
    found = fit(SPEC, returns, engine=engine, rng=np.random.default_rng(1), settings=LOOSE)
    assert engine.warmups == warmups
    assert found.diagnostics.refitted
    assert found.diagnostics.passed == passed
    assert found.diagnostics.seconds == 2.0
    assert ("FAILED" in found.diagnostics.summary()) == (not passed)


def test_predictive_draws_have_the_predictive_moments(returns: np.ndarray) -> None:
    found = fit(SPEC, returns, engine=FakeEngine(), rng=np.random.default_rng(1), settings=LOOSE)
    standard = (found.predictive_draws - found.predictive_mean) / np.sqrt(
        np.diagonal(found.predictive_cov, axis1=1, axis2=2)
    )
    n = standard.size  # independent standard normals: five standard errors, one alarm in 1e6
    assert abs(standard.mean()) < 5 / n**0.5
    assert abs(standard.var() - 1) < 5 * (2 / n) ** 0.5


def test_windows_do_not_depend_on_batching() -> None:
    months = pd.period_range("1990-01", periods=120, freq="M", name="month")
    table = pd.DataFrame(np.random.default_rng(0).normal(1, 3, (120, 4)), index=months)
    calendar = Calendar(window_months=48, first_decision_year=1995, last_decision_year=1997)
    decisions = calendar.decisions(months)
    lines: list[str] = []
    arguments = {"seed": 3, "settings": LOOSE}
    together = fit_windows(
        SPEC, table, decisions, engine=FakeEngine(), progress=lines.append, **arguments
    )
    alone = fit_windows(SPEC, table, decisions[1:2], engine=FakeEngine(), **arguments)
    assert list(together) == [1995, 1996, 1997]
    np.testing.assert_array_equal(together[1996].fitted, alone[1996].fitted)
    assert len(lines) == 3
    assert lines[0].startswith("DFM-N(1,1) 1995: 1.0 s, R-hat")


def test_generators_differ_by_model_window_study_and_seed() -> None:
    keys = [
        (1, "a", "DFM-N(1,1)", 1990),
        (2, "a", "DFM-N(1,1)", 1990),
        (1, "b", "DFM-N(1,1)", 1990),
        (1, "a", "SV", 1990),
        (1, "a", "DFM-N(1,1)", 1991),
    ]
    assert len({generator(*key).integers(2**60) for key in keys}) == len(keys)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r[:, 0], "expected \\(months, assets\\)"),
        (lambda r: np.where(r == r[5, 2], np.nan, r), "row 5, column 2 is nan"),
        (lambda r: r[:10], "a window of 10 months is too short"),
        (lambda r: r * [1, 0, 1, 1], "constant"),
    ],
)
def test_returns_that_do_not_fit_are_refused(returns: np.ndarray, change, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit(SPEC, change(returns), engine=FakeEngine(), rng=np.random.default_rng(1))


def test_more_factors_than_assets_are_refused(returns: np.ndarray) -> None:
    with pytest.raises(ValueError, match="more factors than the 4 assets"):
        fit(
            ModelSpec.parse("DFM-N(5,1)"),
            returns,
            engine=FakeEngine(),
            rng=np.random.default_rng(1),
        )
