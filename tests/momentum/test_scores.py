"""What the strategies of a model rank by, and how they weigh assets."""

import numpy as np
import pytest

from bayesfolio.models.posterior import Diagnostics, Posterior
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.scores import STRATEGIES, Strategy, strategy_scores, strategy_weights
from bayesfolio.momentum.weights import DECILES, momentum_weights

D, P, N = 5, 3, 4


@pytest.fixture
def posterior() -> Posterior:
    rng = np.random.default_rng(3)
    shapes = {
        "fitted": (D, P, N),
        "residual": (D, P, N),
        "predictive_mean": (D, N),
        "predictive_cov": (D, N, N),
        "predictive_draws": (D, N),
        "log_variance": (D, N),
        "volatility": (D, 3, N),
    }
    arrays = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return Posterior(**arrays, diagnostics=Diagnostics(1, 1, 100, 100, 0, 0, 10, 0, 1.0))


def score(name: str, posterior: Posterior, strategy: str, rule: str = "log_variance"):
    return strategy_scores(ModelSpec.parse(name), posterior, strategy, sv_model_momentum=rule)


@pytest.mark.parametrize("name", ["VAR-N", "DFM-SV(2,1)", "FAVAR-SV2(1,1)"])
def test_sums_over_the_formation_months(name: str, posterior: Posterior) -> None:
    for strategy, months in [("MM", posterior.fitted), ("RM", posterior.residual)]:
        expected = months[:, 0] + months[:, 1] + months[:, 2]
        np.testing.assert_allclose(score(name, posterior, strategy), expected, rtol=1e-14)


def test_the_sv_model_buys_the_calm_and_sells_the_turbulent(posterior: Posterior) -> None:
    scores = score("SV", posterior, "MM")
    assert scores.shape == (D, N)
    assert np.ptp(scores, axis=0).max() == 0
    mean = posterior.log_variance.mean(axis=0)
    assert scores[0].argmax() == mean.argmin()
    assert scores[0].argmin() == mean.argmax()
    np.testing.assert_allclose(
        score("SV", posterior, "RM"), posterior.residual.sum(axis=1), rtol=1e-14
    )


def test_unknown_names_are_refused(posterior: Posterior) -> None:
    with pytest.raises(ValueError, match="strategy is 'XX', expected one of MM, RM"):
        score("VAR-N", posterior, "XX")
    with pytest.raises(ValueError, match="sv_model_momentum is 'mean', expected 'log_variance'"):
        score("SV", posterior, "MM", "mean")


def weights(posterior: Posterior, strategy: str) -> np.ndarray:
    return strategy_weights(
        ModelSpec.parse("VAR-N"), posterior, strategy, DECILES, sv_model_momentum="log_variance"
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_weights_are_by_rank(posterior: Posterior, strategy: str) -> None:
    expected = momentum_weights(score("VAR-N", posterior, strategy))
    np.testing.assert_array_equal(weights(posterior, strategy), expected)


def test_a_strategy_of_ones_own(posterior: Posterior, monkeypatch: pytest.MonkeyPatch) -> None:
    def calm(spec: ModelSpec, posterior: Posterior) -> np.ndarray:
        return -posterior.log_variance

    def long_only(scores: np.ndarray, posterior: Posterior, breakpoints) -> np.ndarray:
        return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)

    monkeypatch.setitem(STRATEGIES, "LV", Strategy("low volatility", calm, long_only))
    np.testing.assert_array_equal(score("SV", posterior, "LV"), -posterior.log_variance)
    np.testing.assert_allclose(weights(posterior, "LV").sum(axis=1), 1)


@pytest.mark.parametrize("part", ["scores", "weights"])
def test_another_shape_is_refused(
    posterior: Posterior, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    wrong = {part: lambda *_: np.zeros(N)}
    given = {"scores": lambda spec, posterior: posterior.log_variance} | wrong
    monkeypatch.setitem(STRATEGIES, "XX", Strategy("wrong", **given))
    with pytest.raises(ValueError, match=rf"{part} of strategy XX have shape \(4,\), expected"):
        weights(posterior, "XX")
