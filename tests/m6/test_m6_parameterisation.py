"""The M6 program's posterior against that of the same model as one would write it down."""

from pathlib import Path

import arviz as az
import numpy as np
import pytest
from cmdstan_home import load_model

from bayesfolio.m6.spec import FactorObservations, FactorPriors, FactorSpec
from bayesfolio.m6.stan_data import factor_data

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_posterior_is_that_of_the_plain_program(m6_factor, tmp_path: Path) -> None:
    """Of all that does not depend on the rotation of factors; six assets, two factors."""
    rng = np.random.default_rng(8)
    n_periods, n = 50, 6
    returns = 0.03 * rng.standard_normal((n_periods, 2)) @ rng.normal(0.5, 1, (2, n))
    returns += 0.02 * rng.standard_t(6, returns.shape)
    returns[:20, 1] = returns[-1] = np.nan
    observations = FactorObservations(
        returns=returns,
        weight=np.linspace(0.5, 1, n_periods),
        recent_return=rng.standard_normal(returns.shape),
        recent_volatility=rng.standard_normal(returns.shape),
        earnings=rng.integers(0, 2, returns.shape).astype(float),
        classes=np.array([0, 0, 0, 1, 1, 1]),
    )
    # A prior of loadings that matters, and is the same for every rotation.
    priors = FactorPriors(loading_dof=1e6, loading_sd=0.02, nu_scale=2.0)
    data = factor_data(FactorSpec("ar1", n_factors=2), observations, priors)
    plain = load_model(ROOT / "benchmarks" / "m6_plain.stan", ROOT / "build")
    found = {}
    for name, program in (("ours", m6_factor), ("plain", plain)):
        fit = program.sample(
            data=data,
            chains=2,
            parallel_chains=1,
            seed=3,
            iter_warmup=300,
            iter_sampling=700,
            adapt_delta=0.9,
            inits=0.1,
            output_dir=tmp_path / name,
            show_progress=False,
        )
        loadings = fit.stan_variable("loadings" if name == "ours" else "w")
        rho = fit.stan_variable("coefficients" if name == "ours" else "rho").reshape(-1, 1)
        common = np.einsum("dik,djk->dij", loadings, loadings)
        found[name] = np.concatenate(
            [
                rho,
                np.log(np.diagonal(common, axis1=1, axis2=2)),
                common[:, 0, 1:]
                / np.sqrt(common[:, :1, 0] * np.diagonal(common[:, 1:, 1:], 0, 1, 2)),
                fit.stan_variable("theta"),
                fit.stan_variable("delta"),
                np.log(fit.stan_variable("nu")),
                fit.stan_variable("alpha"),
                fit.stan_variable("m_kappa").reshape(-1, 1),
            ],
            axis=1,
        ).reshape(2, 700, -1)
    means = {name: values.mean(axis=(0, 1)) for name, values in found.items()}
    errors = {
        name: values.std(axis=(0, 1))
        / np.sqrt(az.ess(az.convert_to_dataset({"v": values}))["v"].to_numpy())
        for name, values in found.items()
    }
    z = (means["ours"] - means["plain"]) / np.hypot(errors["ours"], errors["plain"])
    assert z.size == 37
    # A false alarm in 4,000 seeds for 37 quantities.
    assert np.abs(z).max() < 4.5, z
