"""The M6 program's density against the model written out."""

from pathlib import Path

import numpy as np
import pytest
from m6_reference import natural_parameters, point_shapes, triangular_root
from scipy.linalg import expm
from stan_log_density import stan_log_density

from bayesfolio.m6.joint import log_likelihood, log_manual, log_prior
from bayesfolio.m6.spec import FactorObservations, FactorPriors, FactorSpec, ManualForecast
from bayesfolio.m6.stan_data import factor_data

SPECS = [
    FactorSpec("ar1", n_factors=2),
    FactorSpec("reversal_momentum", n_factors=2),
    FactorSpec("var", n_factors=3),
    FactorSpec("ar1", instrumented=True, n_factors=2),
]
T, N = 20, 7
# Returns and loadings of a size at which the prior of loadings is not flat.
PRIORS = FactorPriors(loading_sd=0.03, alpha_scale=0.01, beta_scale=0.02, nu_scale=2.0)


@pytest.fixture
def observations() -> FactorObservations:
    rng = np.random.default_rng(5)
    returns = 0.04 * rng.standard_t(5, (T, N)) + 0.03 * rng.standard_normal((T, 1))
    returns[:4, 2] = returns[7, 5] = np.nan
    returns[-1] = np.nan
    recent_return = rng.standard_normal((T, N))
    recent_return[9, 1] = np.nan
    return FactorObservations(
        returns=returns,
        weight=np.linspace(0.3, 1, T),
        recent_return=recent_return,
        recent_volatility=rng.standard_normal((T, N)),
        earnings=rng.integers(0, 2, (T, N)).astype(float),
        classes=np.array([0, 0, 0, 1, 1, 2, 2]),
        characteristics=rng.standard_normal((N, 4)),
        manual=[ManualForecast(3, 0.02, 0.03)],
    )


def random_points(data: dict, n_dynamics: int, n_points: int, seed: int) -> list[dict]:
    rng = np.random.default_rng(seed)
    shapes = point_shapes(data, n_dynamics).items()
    return [{k: 0.4 * rng.standard_normal(shape) for k, shape in shapes} for _ in range(n_points)]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.dynamics}-{spec.instrumented}")
@pytest.mark.parametrize("prior_only", [False, True])
def test_log_density_is_that_of_the_model(
    spec: FactorSpec,
    prior_only: bool,
    observations: FactorObservations,
    m6_factor,
    tmp_path: Path,
) -> None:
    data = factor_data(spec, observations, PRIORS, prior_only=prior_only)
    points = random_points(data, spec.n_coefficients, 5, 3)
    found, _ = stan_log_density(m6_factor.exe_file, data, points, tmp_path)
    expected = []
    for point in points:
        parameters, log_jacobian = natural_parameters(data, point)
        density = log_prior(spec, observations, PRIORS, parameters)
        density += log_manual(spec, observations, parameters)
        if not prior_only:
            density += log_likelihood(spec, observations, parameters)
        expected.append(density + log_jacobian)
    np.testing.assert_allclose(np.diff(found), np.diff(expected), rtol=1e-8, atol=1e-8)


def test_gradient_is_that_of_the_log_density(
    observations: FactorObservations, m6_factor, tmp_path: Path
) -> None:
    for spec in SPECS[1:3]:
        data = factor_data(spec, observations, PRIORS)
        point, *directions = random_points(data, spec.n_coefficients, 7, 4)
        step = 1e-4
        points = [point]
        for direction in directions:
            for factor in (-2, -1, 1, 2):
                points.append({k: v + factor * step * direction[k] for k, v in point.items()})
        values, gradients = stan_log_density(m6_factor.exe_file, data, points, tmp_path)
        slopes = values[1:].reshape(-1, 4) @ np.array([1, -8, 8, -1]) / (12 * step)
        flat = [np.concatenate([np.ravel(v, "F") for v in d.values()]) for d in directions]
        np.testing.assert_allclose(np.array(flat) @ gradients[0], slopes, rtol=1e-6, atol=1e-5)


def test_the_jacobian_is_that_of_loadings_up_to_rotation() -> None:
    """d vec(G) over (free, log L, angles of a rotation) by differences, G = (B + C free) L R."""
    q, k = 5, 3
    rng = np.random.default_rng(6)
    basis = np.linalg.qr(rng.standard_normal((q, q)))[0]
    base, complement = basis[:, :k] @ rng.standard_normal((k, k)), basis[:, k:]
    n_free, n_root = (q - k) * k, k * (k + 1) // 2

    def loadings(v: np.ndarray) -> np.ndarray:
        free = v[:n_free].reshape(q - k, k)
        root = triangular_root(v[n_free : n_free + n_root], k, 1.0)
        skew = np.zeros((k, k))
        skew[np.triu_indices(k, 1)] = v[n_free + n_root :]
        rotation = expm(skew - skew.T)
        return ((base + complement @ free) @ root @ rotation).ravel()

    def log_determinant(v: np.ndarray) -> float:
        step = 1e-5 * np.eye(v.size)
        columns = [(loadings(v + h) - loadings(v - h)) / 2e-5 for h in step]
        return np.linalg.slogdet(np.array(columns))[1]

    found, expected = [], []
    for _ in range(4):
        v = np.concatenate([rng.standard_normal(n_free + n_root), np.zeros(k * (k - 1) // 2)])
        found.append(log_determinant(v))
        diagonal = triangular_root(v[n_free : n_free + n_root], k, 1.0).diagonal()
        expected.append((q - np.arange(k)) @ np.log(diagonal))
    np.testing.assert_allclose(np.diff(found), np.diff(expected), atol=1e-6)
