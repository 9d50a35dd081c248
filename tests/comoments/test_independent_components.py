"""Means, whitening, FastICA and their canonical form."""

import numpy as np
import pytest

from bayesfolio.comoments.ica import (
    NORMAL_LOG_COSH,
    ConvergenceWarning,
    IdentificationWarning,
    RankWarning,
    canonical_order,
    covariance_of,
    fast_ica,
    independent_components,
    objective,
    warn_of_normal_factors,
    whiten,
)
from bayesfolio.comoments.mean import constant_mean, fit_mean

RNG = np.random.default_rng
MIXING = np.array([[1.0, 0.4, -0.2], [0.3, 0.8, 0.1], [-0.2, 0.1, 0.6]])


@pytest.fixture(scope="module")
def sources() -> np.ndarray:
    """Laplace sources, 4,000 dates."""
    return RNG(1).laplace(scale=np.sqrt(0.5), size=(4000, 3))


@pytest.fixture(scope="module")
def residuals(sources: np.ndarray) -> np.ndarray:
    return sources @ MIXING.T


@pytest.mark.parametrize("n_factors", [None, 2])
def test_whitening(residuals: np.ndarray, n_factors: int | None) -> None:
    found = whiten(covariance_of(residuals), n_factors)
    scores = residuals @ found.whitener.T
    n = n_factors or 3
    np.testing.assert_allclose(scores.T @ scores / len(scores), np.eye(n), atol=1e-12)
    np.testing.assert_allclose(found.whitener @ found.dewhitener, np.eye(n), atol=1e-12)
    with pytest.raises(ValueError, match="n_factors is 4, expected 1 to 3, the rank"):
        whiten(covariance_of(residuals), 4)


def test_other_covariances(residuals: np.ndarray) -> None:
    sample, shrunk, ewma = (covariance_of(residuals, kind) for kind in ("sample", "shrunk", "ewma"))
    np.testing.assert_allclose(sample, residuals.T @ residuals / len(residuals))
    target = np.eye(3) * np.trace(sample) / 3
    share = (shrunk - sample)[0, 1] / (target - sample)[0, 1]
    np.testing.assert_allclose(shrunk, share * target + (1 - share) * sample, atol=1e-12)
    outer = residuals[:, :, None] * residuals[:, None]
    noise = np.square(outer - sample).sum() / len(residuals) ** 2
    assert share == pytest.approx(noise / np.square(sample - target).sum(), rel=1e-9)
    weights = 0.97 ** np.arange(len(residuals))[::-1]
    expected = np.einsum("t,tij->ij", weights / weights.sum(), outer)
    np.testing.assert_allclose(ewma, expected, atol=1e-12)
    with pytest.raises(ValueError, match="covariance is 'robust', expected"):
        covariance_of(residuals, "robust")


@pytest.mark.parametrize("contrast", ["tanh", "pow3"])
def test_sources_are_found_again(sources, residuals, contrast) -> None:
    """Cosines between true and found columns: one less them is about 1 / T times a constant."""
    found = independent_components(residuals, RNG(2), contrast=contrast)
    assert found.converged
    np.testing.assert_allclose(found.unmixing @ found.mixing, np.eye(3), atol=1e-12)
    factors = residuals @ found.unmixing.T
    np.testing.assert_allclose(factors.T @ factors / len(factors), np.eye(3), atol=1e-11)
    agreement = np.abs(np.corrcoef(factors.T, sources.T)[:3, 3:]).max(axis=1)
    assert agreement.min() > 1 - 30 / len(sources)
    assert found.objective == pytest.approx(objective(factors))


def test_the_result_is_a_fixed_point_of_the_printed_step(residuals: np.ndarray) -> None:
    found = independent_components(residuals, RNG(2))
    scores = residuals @ whiten(covariance_of(residuals)).whitener.T
    y = scores @ found.rotation
    step = scores.T @ np.tanh(y) / len(y) - found.rotation * (1 - np.tanh(y) ** 2).mean(axis=0)
    values, vectors = np.linalg.eigh(step.T @ step)
    step = step @ vectors @ np.diag(values**-0.5) @ vectors.T
    np.testing.assert_allclose(np.abs(step), np.abs(found.rotation), atol=1e-4)


def test_the_canonical_form(residuals: np.ndarray) -> None:
    found = independent_components(residuals, RNG(2))
    assert (np.diff(np.square(found.mixing).sum(axis=0)) <= 0).all()
    assert (found.mixing.sum(axis=0) >= 0).all()
    order, signs = canonical_order(np.array([[1.0, -3.0, 1.0], [0.0, 0.0, 0.0]]))
    assert order.tolist() == [1, 0, 2]
    assert signs.tolist() == [-1, 1, 1]


def test_normal_log_cosh() -> None:
    nodes, weights = np.polynomial.hermite_e.hermegauss(100)
    mean = weights @ np.log(np.cosh(nodes)) / weights.sum()
    assert pytest.approx(mean, abs=1e-9) == NORMAL_LOG_COSH


def test_equal_starts_end_in_one_optimum(residuals: np.ndarray) -> None:
    assert independent_components(residuals, RNG(2), n_starts=4).n_optima == 1
    again = independent_components(residuals, RNG(9), n_starts=1)
    start = independent_components(residuals[:3000], RNG(2)).mixing
    warm = independent_components(residuals, RNG(3), n_starts=1, start=start)
    np.testing.assert_allclose(warm.mixing, again.mixing, atol=1e-4)


def test_steps_that_run_out(residuals: np.ndarray) -> None:
    whitening = whiten(covariance_of(residuals))
    with pytest.warns(ConvergenceWarning, match="did not converge in 1 steps"):
        found = fast_ica(residuals, whitening, RNG(1), max_steps=1)
    assert not found.converged


def test_normal_factors_are_not_identified() -> None:
    normal = RNG(5).standard_normal((500, 3))
    normal[:, 0] = RNG(6).laplace(size=500)
    with pytest.warns(IdentificationWarning, match="factors 1, 2 are near normal and not told"):
        warn_of_normal_factors(normal)


def test_collinear_and_too_many_assets() -> None:
    x = RNG(1).laplace(size=(300, 3))
    x = np.column_stack([x, x[:, 0] - 2 * x[:, 1]])
    with pytest.warns(RankWarning, match="4 assets of rank 3, so 3 factors are used: drop assets"):
        found = independent_components(x, RNG(1))
    assert found.mixing.shape == (4, 3)
    with pytest.raises(ValueError, match="returns have 4 dates and 4 assets, expected more dates"):
        independent_components(x[:4], RNG(1))


@pytest.fixture(scope="module")
def returns() -> np.ndarray:
    rng = RNG(4)
    x = rng.normal(size=(400, 2))
    for t in range(1, 400):
        x[t] += [0.1, -0.2] + np.array([[0.3, 0.2], [0.0, -0.4]]) @ x[t - 1]
    return x


def test_constant_means(returns: np.ndarray) -> None:
    found = fit_mean(returns)
    np.testing.assert_allclose(found.residuals(returns), returns - returns.mean(axis=0))
    np.testing.assert_allclose(found.means(returns)[-1], returns.mean(axis=0))
    given = constant_mean([0.1, 0.2])
    np.testing.assert_allclose(given.residuals(returns), returns - [0.1, 0.2])


@pytest.mark.parametrize("kind", ["ar", "var"])
def test_regressions_of_means_are_least_squares(returns: np.ndarray, kind: str) -> None:
    found = fit_mean(returns, kind, 2)
    residuals = found.residuals(returns)
    assert residuals.shape == (398, 2)
    lags = [returns[1:-1], returns[:-2]]
    for i in range(2):
        used = [lag[:, [i]] if kind == "ar" else lag for lag in lags]
        design = np.hstack([np.ones((398, 1)), *used])
        np.testing.assert_allclose(design.T @ residuals[:, i], 0, atol=1e-9)
    if kind == "ar":
        assert (found.lag_coefficients[:, [0, 1], [1, 0]] == 0).all()
    last = found.intercept + sum(
        c @ x for c, x in zip(found.lag_coefficients, (returns[-1], returns[-2]), strict=True)
    )
    np.testing.assert_allclose(found.means(returns)[-1], last, atol=1e-12)


def test_adding_means_undoes_residuals(returns: np.ndarray) -> None:
    found = fit_mean(returns, "var", 2)
    back = found.add_means(found.residuals(returns)[None], returns[:2])
    np.testing.assert_allclose(back[0], returns[2:], atol=1e-10)


def test_means_that_are_refused(returns: np.ndarray) -> None:
    with pytest.raises(ValueError, match="kind of mean is 'arma', expected"):
        fit_mean(returns, "arma")
    with pytest.raises(ValueError, match="n_lags is 0 with 400 dates"):
        fit_mean(returns, "ar", 0)
    with pytest.raises(ValueError, match="more dates than the 21 coefficients"):
        fit_mean(returns[:30], "var", 10)
