"""The Stan program's density against the model written out."""

from pathlib import Path

import numpy as np
import pytest
from stan_log_density import stan_log_density
from stan_reference import natural_parameters

from bayesfolio.models.joint import log_joint
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import ModelSpec
from bayesfolio.models.stan.data import stan_data
from bayesfolio.momentum.industries import load_industries

SPECS = [
    "VAR-N",
    "SV",
    "VAR-SV",
    "DFM-N(1,1)",
    "DFM-N(2,2)",
    "DFM-N(3,1)",
    "DFM-SV(1,2)",
    "DFM-SV(3,2)",
    "DFM-SV2(1,1)",
    "DFM-SV2(2,2)",
    "FAVAR-SV(2,1)",
    "FAVAR-SV2(3,1)",
]


def point_shapes(data: dict) -> dict[str, tuple[int, ...]]:
    """Parameters of the program in the order of their declaration."""
    n_obs, n_assets, k = data["T"], data["N"], data["K"]
    idio, factor = data["idio_sv"], data["factor_sv"]
    return {
        "z_block": (data["B"],),
        "z_beta": (data["has_var"] * n_assets, n_assets),
        "u": (n_obs, k),
        "z_idio": (idio * n_obs, n_assets),
        "z_psi": (idio * n_assets,),
        "z_factor": (factor * n_obs, k),
        "z_psi_factor": (factor * k,),
    }


def random_points(data: dict, n_points: int, rng: np.random.Generator) -> list[dict]:
    shapes = point_shapes(data).items()
    return [{k: 0.4 * rng.standard_normal(v) for k, v in shapes} for _ in range(n_points)]


@pytest.fixture
def returns() -> np.ndarray:
    rng = np.random.default_rng(8)
    common = rng.standard_normal((19, 2)) @ rng.normal(0, 2, (2, 5))
    return common + rng.standard_normal((19, 5)) * [0.5, 1, 2, 3, 1]


@pytest.mark.parametrize("name", SPECS)
def test_log_density_is_that_of_the_model(
    name: str, returns: np.ndarray, favar_sv, tmp_path: Path
) -> None:
    spec = ModelSpec.parse(name)
    priors = Priors(
        psi_mean=0.8, psi_sd=0.05, gamma2_shape=2.0, gamma2_scale=0.1, mu_mean=0.1, phi_sd=0.7
    )
    data = stan_data(spec, returns, formation=2, priors=priors)
    points = random_points(data, 5, np.random.default_rng(3))
    found, _ = stan_log_density(favar_sv.exe_file, data, points, tmp_path)
    expected = []
    for point in points:
        parameters, log_jacobian = natural_parameters(data, point)
        density = log_joint(spec, data["y"], data["x"], data["q_scale"], parameters, priors)
        expected.append(density + log_jacobian)
    np.testing.assert_allclose(np.diff(found), np.diff(expected), rtol=1e-8, atol=1e-7)


@pytest.mark.parametrize("name", ["FAVAR-SV2(3,1)", "DFM-SV(3,2)"])
def test_gradient_is_that_of_the_log_density(
    name: str, returns: np.ndarray, favar_sv, tmp_path: Path
) -> None:
    spec = ModelSpec.parse(name)
    data = stan_data(spec, returns, formation=2, priors=Priors())
    rng = np.random.default_rng(4)
    (point,) = random_points(data, 1, rng)
    step = 1e-4
    directions = random_points(data, 6, rng)
    points = [point]
    for direction in directions:
        for factor in (-2, -1, 1, 2):
            points.append({k: v + factor * step * direction[k] for k, v in point.items()})
    values, gradients = stan_log_density(favar_sv.exe_file, data, points, tmp_path)
    slopes = values[1:].reshape(-1, 4) @ np.array([1, -8, 8, -1]) / (12 * step)
    flat = [np.concatenate([v.ravel(order="F") for v in d.values()]) for d in directions]
    np.testing.assert_allclose(np.array(flat) @ gradients[0], slopes, rtol=1e-6, atol=1e-5)


def test_prior_only_leaves_the_likelihood_out(
    returns: np.ndarray, favar_sv, tmp_path: Path
) -> None:
    spec = ModelSpec.parse("FAVAR-SV(2,1)")
    priors = Priors()
    data = stan_data(spec, returns, formation=2, priors=priors)
    points = random_points(data, 4, np.random.default_rng(5))
    full, _ = stan_log_density(favar_sv.exe_file, data, points, tmp_path)
    prior, _ = stan_log_density(favar_sv.exe_file, data | {"prior_only": 1}, points, tmp_path)
    likelihood = []
    for point in points:
        p, _ = natural_parameters(data, point)
        residual = data["y"] - data["x"] @ p.beta.T - p.factors @ p.loadings.T
        likelihood.append(-0.5 * np.sum(p.log_variance + residual**2 * np.exp(-p.log_variance)))
    np.testing.assert_allclose(full - prior, likelihood, rtol=1e-9)


@pytest.mark.parametrize("name", ["VAR-SV", "DFM-N(2,2)", "DFM-SV(4,2)", "FAVAR-SV2(2,1)"])
def test_generated_quantities_are_those_of_the_draw(name: str, favar_sv, tmp_path: Path) -> None:
    """At the scale of real returns, where rounding has once kept a matrix from being symmetric."""
    spec = ModelSpec.parse(name)
    window = load_industries("embedded").iloc[-240:].to_numpy()
    data = stan_data(spec, window, formation=12, priors=Priors())
    fit = favar_sv.sample(
        data,
        chains=1,
        seed=3,
        iter_warmup=20,
        iter_sampling=3,
        metric="unit_e",
        inits=0.5,
        sig_figs=17,
        output_dir=tmp_path,
        show_progress=False,
    )
    for draw in range(3):
        point = {
            name_: fit.stan_variable(name_)[draw] if np.prod(shape) else np.zeros(shape)
            for name_, shape in point_shapes(data).items()
        }
        p, _ = natural_parameters(data, point)
        mean = p.factors @ p.loadings.T
        ahead = sum(
            (p.loadings @ phi @ p.factors[-1 - lag] for lag, phi in enumerate(p.phi)),
            np.zeros(window.shape[1]),
        )
        volatility = np.zeros((3, window.shape[1]))
        if p.volatility is None:
            volatility[0] = p.log_variance[-1]
        else:
            volatility[:] = p.volatility.mu, p.volatility.psi, p.volatility.gamma
        if p.beta is not None:
            mean = mean + data["x"] @ p.beta.T
            ahead = ahead + p.beta @ window[-1]
        for found, expected in [
            ("fitted", mean[-12:]),
            ("predictive_mean", ahead),
            ("log_variance", p.log_variance[-1]),
            ("volatility", volatility),
        ]:
            np.testing.assert_allclose(
                fit.stan_variable(found)[draw], expected, rtol=1e-7, atol=1e-7
            )
