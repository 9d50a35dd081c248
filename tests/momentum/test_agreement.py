"""The comparison of the two engines."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayesfolio.models.posterior import Diagnostics, Posterior
from bayesfolio.models.spec import ModelSpec
from bayesfolio.models.windows import Decision
from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.engine_agreement import EngineFit, engine_agreement, largest_difference

CHAINS, DRAWS, ASSETS, MONTHS = 2, 400, 4, 270
DIAGNOSTICS = Diagnostics(
    rhat_sums=1.01,
    rhat_predictive=1.02,
    ess_sums=300.0,
    ess_predictive=500.0,
    chain_spread=0.3,
    divergences=0,
    transitions=800,
    max_depth_hits=0,
    seconds=2.0,
)


@pytest.fixture
def returns() -> pd.DataFrame:
    values = np.random.default_rng(0).normal(0, 4, (MONTHS, ASSETS))
    return pd.DataFrame(values, index=pd.period_range("1960-01", periods=MONTHS, freq="M"))


@pytest.fixture
def decision(returns: pd.DataFrame) -> Decision:
    return Calendar().decisions(returns.index)[0]


def engine_fit(seed: int, chains: int = CHAINS, shift: float = 0.0) -> EngineFit:
    """Independent draws; ``shift`` moves the fitted values of one asset."""
    rng = np.random.default_rng(seed)
    n = chains * DRAWS
    fitted = rng.standard_normal((n, 12, ASSETS))
    fitted[:, :, 1] += shift
    variances = np.exp(rng.normal(0, 0.2, (n, ASSETS)))
    posterior = Posterior(
        fitted=fitted,
        residual=-fitted,
        predictive_mean=rng.standard_normal((n, ASSETS)),
        predictive_cov=variances[..., None] * np.eye(ASSETS),
        predictive_draws=rng.standard_normal((n, ASSETS)),
        log_variance=rng.standard_normal((n, ASSETS)),
        volatility=np.zeros((n, 3, ASSETS)),
        diagnostics=DIAGNOSTICS,
    )
    return EngineFit(posterior, chains)


def row(name: str, stan: EngineFit, gibbs: EngineFit, returns, decision) -> dict:
    fits = {"stan": stan, "gibbs": gibbs}
    return engine_agreement(ModelSpec.parse(name), fits, returns, decision, (0.1, 0.9))


def test_draws_of_one_posterior_agree(returns, decision) -> None:
    found = row("VAR-N", engine_fit(1), engine_fit(2, chains=3), returns, decision)
    assert found["verdict"] == "agree"
    for kind in ("fitted", "log_variance", "predictive", "portfolio"):
        assert 0 < found[kind] < 5, kind
    assert (found["model"], found["year"]) == ("VAR-N", decision.year)
    assert found["rhat_gibbs"] == 1.02
    assert found["ess_rate_stan"] == 150.0


def test_draws_of_another_posterior_differ_where_they_do(returns, decision) -> None:
    found = row("DFM-N(2,1)", engine_fit(1), engine_fit(2, shift=0.4), returns, decision)
    assert found["verdict"] == "differ"
    assert found["fitted"] > 5
    assert found["log_variance"] < 5


def test_models_with_several_modes_get_no_verdict(returns, decision) -> None:
    found = row("DFM-SV(2,1)", engine_fit(1), engine_fit(2, shift=0.4), returns, decision)
    assert found["verdict"] == "several modes"
    assert row("DFM-SV(1,2)", engine_fit(1), engine_fit(2), returns, decision)["verdict"] == "agree"


def test_the_sv_model_is_compared_by_its_variances(returns, decision) -> None:
    fits = []
    for seed in (1, 2):
        fit = engine_fit(seed)
        zero = np.zeros_like(fit.posterior.fitted)
        residual = np.tile(returns.to_numpy()[decision.formation], (len(zero), 1, 1))
        diagnostics = replace(DIAGNOSTICS, ess_sums=float("nan"))
        posterior = replace(fit.posterior, fitted=zero, residual=residual, diagnostics=diagnostics)
        fits.append(fit._replace(posterior=posterior))
    found = row("SV", *fits, returns, decision)
    assert found["verdict"] == "agree"
    assert np.isnan(found["fitted"])
    assert np.isnan(found["portfolio"])  # residual momentum is the same for every draw
    assert found["ess_rate_stan"] == 250.0


def test_differences_are_in_combined_standard_errors() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.standard_normal((2, 4, 1000, 1)) * [[[[1.0]]], [[[3.0]]]]
    expected = abs(first.mean() - second.mean()) / np.sqrt((1 + 9) / 4000)
    assert largest_difference(first, second) == pytest.approx(expected, rel=0.1)
    assert np.isnan(largest_difference(np.ones((2, 10, 3)), np.ones((2, 10, 3))))
    assert largest_difference(np.ones((2, 10, 3)), np.full((2, 10, 3), 2.0)) == np.inf
