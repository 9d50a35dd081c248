"""Limits in which the Gibbs sampler's answer is known: no data, no volatility of volatility."""

import zlib
from dataclasses import replace

import arviz as az
import numpy as np
import pytest
from gibbs_blocks import PRIORS, Q_SCALE, draw_point, functions
from scipy import stats

from bayesfolio.models.gibbs.kernels import sweep
from bayesfolio.models.gibbs.mixture import mixture_tables
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import ModelSpec

FALSE_ALARM = 1e-6


def generator(name: str) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(zlib.crc32(name.encode())))


def largest_difference(chain: np.ndarray, exact: np.ndarray, exact_error: np.ndarray) -> float:
    """Largest difference of means over M functions, chain (D, M), in combined standard errors."""
    data = az.convert_to_dataset({"value": chain[None]})
    error = np.hypot(az.mcse(data)["value"].to_numpy(), exact_error)
    assert az.ess(data)["value"].to_numpy().min() > 100
    return float(np.max(np.abs(chain.mean(axis=0) - exact) / error))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["VAR-N", "SV", "DFM-N(2,1)", "DFM-SV(1,2)", "DFM-SV2(2,1)", "FAVAR-SV2(1,1)"]
)
def test_without_observed_returns_a_chain_draws_from_the_prior(name: str) -> None:
    spec, rng = ModelSpec.parse(name), generator(name)
    n_obs, n_assets, presample = 6, 4, np.array([1.0, -2.0, 0.5, 3.0])
    point = draw_point(spec, n_obs, n_assets, rng, presample)
    point.window = point.window._replace(missing=np.argwhere(np.ones((n_obs, n_assets))))
    work = sweep.start_work(point.window)
    found = []
    for _ in range(10_000):
        for _ in range(5):
            sweep.sweep(rng, point.window, point.state, work, point.hyper, mixture_tables())
        found.append(np.concatenate(list(functions(point).values())))
    exact = np.array(
        [
            np.concatenate(
                list(functions(draw_point(spec, n_obs, n_assets, rng, presample)).values())
            )
            for _ in range(5_000)
        ]
    )
    moving = exact.std(axis=0) > 1e-9
    chain, exact = np.array(found)[:, moving], exact[:, moving]
    error = exact.std(axis=0, ddof=1) / len(exact) ** 0.5
    z = largest_difference(chain, exact.mean(axis=0), error)
    assert z < stats.norm.isf(FALSE_ALARM / 2 / chain.shape[1])


def log_likelihood(
    y: np.ndarray, loadings: np.ndarray, phi: np.ndarray, q: np.ndarray, variances: np.ndarray
) -> np.ndarray:
    """Kalman filter's log likelihood of one AR(1) factor for S parameters, loadings (S, N)."""
    mean, var = np.zeros(len(q)), q
    total = np.zeros(len(q))
    for row in y:
        error = row - mean[:, None] * loadings
        # The inverse and determinant of var * loadings loadings' + diag(variances).
        information = np.sum(loadings**2 / variances, axis=1)
        pull = np.sum(loadings * error / variances, axis=1)
        updated = 1 / (1 / var + information)
        total -= 0.5 * (
            np.sum(np.log(2 * np.pi * variances) + error**2 / variances, axis=1)
            + np.log(var / updated)
            - updated * pull**2
        )
        mean, var = phi * (mean + updated * pull), phi**2 * updated + q
    return total


@pytest.mark.slow
def test_without_volatility_of_volatility_the_posterior_is_that_of_the_kalman_likelihood() -> None:
    # gamma is about 0.02, which moves log variances by 0.02: less than the means are known to.
    priors = replace(PRIORS, gamma2_shape=5.0, gamma2_scale=0.0015, psi_sd=0.02)
    spec, rng, n_obs, n_assets = ModelSpec("DFM-SV", 1, 1), generator("limit"), 10, 3
    point = draw_point(spec, n_obs, n_assets, rng, priors=priors)
    work = sweep.start_work(point.window)

    def parameters() -> np.ndarray:
        s = point.state
        level = s.volatility[0] / (1 - s.volatility[1])
        fixed = [s.transition[0, 0], np.log(s.factor_cov[0, 0])]
        return np.concatenate([s.coefficients[:, 0], level, fixed])

    found = []
    for _ in range(20_000):
        for _ in range(10):
            sweep.sweep(rng, point.window, point.state, work, point.hyper, mixture_tables())
        found.append(parameters())

    exact, error = posterior_by_importance_sampling(point.window.y, priors, rng)
    z = largest_difference(np.array(found), exact, error)
    assert z < stats.norm.isf(FALSE_ALARM / 2 / len(exact))


def posterior_by_importance_sampling(
    y: np.ndarray, priors: Priors, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Posterior means of loadings, levels, phi and log Q, and standard errors."""
    size, n_assets = 1_000_000, y.shape[1]
    loadings = priors.loading_sd * rng.standard_normal((size, n_assets))
    loadings[:, 0] = np.abs(loadings[:, 0])
    q = Q_SCALE[0] / (2 * rng.gamma((n_assets + 3) / 2, size=size))
    phi = priors.phi_sd * np.sqrt(q / Q_SCALE[0]) * rng.standard_normal(size)
    mu = rng.normal(priors.mu_mean, priors.mu_sd, (size, n_assets))
    level = mu / (1 - rng.normal(priors.psi_mean, priors.psi_sd, (size, n_assets)))
    log_weight = log_likelihood(y, loadings, phi, q, np.exp(level))
    log_weight -= np.exp(priors.log_variance_floor - level).sum(axis=1)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    values = np.column_stack([loadings, level, phi, np.log(q)])
    mean = weight @ values
    return mean, np.sqrt(weight**2 @ (values - mean) ** 2)
