"""Simulation-based calibration of the Stan program (Talts et al. 2018), and its Gaussian limit.

Parameters and returns are drawn from the joint density written out in bayesfolio.models.joint; the
rank of a true quantity among posterior draws is uniform when program and density agree. The priors
are tighter than the paper's, which would give returns of any size.
"""

import numpy as np
import pytest
from scipy import stats

from bayesfolio.models.joint import draw_prior, draw_returns
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import ModelSpec
from bayesfolio.models.stan import data as data_module
from bayesfolio.models.stan.engine import NutsSettings, StanEngine

PRIORS = Priors(
    sigma2_shape=6.0,
    sigma2_scale=5.0,
    beta_sd=0.15,
    phi_sd=0.3,
    mu_sd=0.05,
    psi_mean=0.9,
    psi_sd=0.02,
    gamma2_shape=4.0,
    gamma2_scale=0.3,
)
N_OBS, N_ASSETS, FORMATION = 40, 3, 6
REPLICATIONS, DRAWS, BINS = 120, 99, 10


def fixed_scale(returns: np.ndarray, n_factors: int, *, lagged: bool = False) -> np.ndarray:
    """Prior scale of Q that does not look at the data, as calibration asks."""
    return np.ones(n_factors)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["VAR-SV", "DFM-N(2,1)", "DFM-SV(1,2)", "FAVAR-SV2(1,1)"])
def test_ranks_are_uniform(name: str, favar_sv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_module, "factor_innovation_variances", fixed_scale)
    spec = ModelSpec.parse(name)
    rng = np.random.default_rng(20)
    engine = StanEngine(
        favar_sv, NutsSettings(chains=1, warmup=150, draws=DRAWS, thin=4, adapt_delta=0.8)
    )
    ranks = []
    while len(ranks) < REPLICATIONS:
        q_scale = fixed_scale(np.empty(0), spec.n_factors)
        truth = draw_prior(spec, N_OBS, N_ASSETS, q_scale, PRIORS, rng)
        presample = rng.standard_normal(N_ASSETS)
        y = draw_returns(truth, presample, rng)
        window = np.vstack([presample, y]) if spec.has_lagged_returns else y
        draws = engine.sample(spec, window, formation=FORMATION, priors=PRIORS, rng=rng)
        x = np.vstack([presample, y[:-1]])
        fitted = truth.factors @ truth.loadings.T
        if truth.beta is not None:
            fitted = fitted + x @ truth.beta.T
        last = slice(N_OBS - FORMATION, None)
        quantities = {
            "fitted sum": (fitted[last].sum(axis=0)[0], draws.fitted.sum(axis=2)[0, :, 0]),
            "other fitted sum": (fitted[last].sum(axis=0)[2], draws.fitted.sum(axis=2)[0, :, 2]),
            "log variance": (truth.log_variance[-1, 1], draws.log_variance[0, :, 1]),
            "predictive mean": (
                predictive_mean(truth, y[-1])[0],
                draws.predictive_mean[0, :, 0],
            ),
        }
        ranks.append([int(np.sum(sample < value)) for value, sample in quantities.values()])
    # One false alarm in 1e4 runs per model: chi-squared of 10 bins for each quantity, Bonferroni.
    limit = stats.chi2.ppf(1 - 1e-4 / len(quantities), BINS - 1)
    for name_, column in zip(quantities, np.array(ranks).T, strict=True):
        counts = np.bincount(column * BINS // (DRAWS + 1), minlength=BINS)
        expected = REPLICATIONS / BINS
        statistic = np.sum((counts - expected) ** 2) / expected
        assert statistic < limit, f"{name_}: ranks by bin {counts}"


def predictive_mean(truth, last_return: np.ndarray) -> np.ndarray:
    """Mean of the month after the sample given parameters and states."""
    factor = sum(
        (phi @ truth.factors[-1 - lag] for lag, phi in enumerate(truth.phi)),
        np.zeros(truth.factors.shape[1]),
    )
    mean = truth.loadings @ factor
    return mean if truth.beta is None else mean + truth.beta @ last_return


def test_var_with_known_noise_has_the_conjugate_posterior(favar_sv) -> None:
    """With sigma pinned by its prior, beta's posterior is Gaussian in closed form."""
    rng = np.random.default_rng(4)
    n_obs, n_assets, sigma = 80, 3, 2.0
    window = sigma * rng.standard_normal((n_obs + 1, n_assets))
    priors = Priors(sigma2_shape=1e6, sigma2_scale=1e6 * sigma**2, beta_sd=0.5)
    engine = StanEngine(favar_sv, NutsSettings(chains=2, warmup=200, draws=1000))
    draws = engine.sample(ModelSpec.parse("VAR-N"), window, formation=6, priors=priors, rng=rng)
    x, y = window[:-1], window[1:]
    precision = x.T @ x / sigma**2 + np.eye(n_assets) / 0.5**2
    mean = np.linalg.solve(precision, x.T @ y / sigma**2).T @ window[-1]
    sd = np.sqrt(window[-1] @ np.linalg.solve(precision, window[-1]))
    values = draws.predictive_mean.reshape(-1, n_assets)
    # Antithetic draws: at least 1,000 effective; five standard errors, one false alarm in 1e6.
    np.testing.assert_allclose(values.mean(axis=0), mean, atol=5 * sd / 1000**0.5)
    np.testing.assert_allclose(values.std(axis=0), sd, rtol=5 / (2 * 1000) ** 0.5)
