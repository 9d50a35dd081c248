"""Standardised laws: densities, moments, characteristic functions, derivatives and draws agree."""

import numpy as np
import pytest
from scipy.integrate import quad

from bayesfolio.comoments.laws import GeneralisedHyperbolic, Normal, NormalInverseGaussian

NIG = NormalInverseGaussian()
LAWS = [NIG, GeneralisedHyperbolic(1.0), GeneralisedHyperbolic(-1.7)]
PAIRS = [(-0.6, 0.8), (0.0, 3.0), (0.3, 12.0)]


def expectation(law, skew: float, shape: float, function) -> float:
    def integrand(x: float) -> float:
        return function(x) * float(np.exp(law.log_density(np.array(x), skew, shape)))

    # Tails fall at least as exp(-0.3 |x|) here: nothing is left at 120.
    parts = [(-120, -10), (-10, -1), (-1, 1), (1, 10), (10, 120)]
    return sum(quad(integrand, *part, epsabs=1e-13, epsrel=1e-12, limit=300)[0] for part in parts)


@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize(("skew", "shape"), PAIRS)
def test_moments_and_characteristic_function_are_the_density_s(law, skew, shape) -> None:
    moments = [expectation(law, skew, shape, lambda x, k=k: x**k) for k in range(5)]
    np.testing.assert_allclose(moments[:3], [1, 0, 1], atol=1e-9)
    skewness, kurtosis = law.moments(skew, shape)
    np.testing.assert_allclose(moments[3:], [skewness, kurtosis + 3], rtol=1e-8, atol=1e-8)
    u = np.array([0.3, 1.7])
    cf = [
        expectation(law, skew, shape, lambda x, w=w: np.cos(w * x))
        + 1j * expectation(law, skew, shape, lambda x, w=w: np.sin(w * x))
        for w in u
    ]
    np.testing.assert_allclose(np.exp(law.log_cf(u, skew, shape)), cf, atol=1e-9)


@pytest.mark.parametrize("law", [*LAWS, Normal()], ids=repr)
def test_derivatives(law) -> None:
    x, skew, shape, step = np.linspace(-6, 5, 12), -0.4, 1.3, 1e-5
    value, by_x, by_skew, by_shape = law.partials(x, skew, shape)
    f = law.log_density
    np.testing.assert_allclose(value, f(x, skew, shape), rtol=1e-13)
    for found, ends in [
        (by_x, (f(x + step, skew, shape), f(x - step, skew, shape))),
        (by_skew, (f(x, skew + step, shape), f(x, skew - step, shape))),
        (by_shape, (f(x, skew, shape + step), f(x, skew, shape - step))),
    ]:
        np.testing.assert_allclose(found, (ends[0] - ends[1]) / (2 * step), rtol=1e-6, atol=1e-7)


def test_index_minus_one_half_is_nig() -> None:
    x, law = np.linspace(-5, 5, 11), GeneralisedHyperbolic(-0.5)
    np.testing.assert_allclose(
        law.log_density(x, -0.4, 1.3), NIG.log_density(x, -0.4, 1.3), atol=1e-12
    )
    np.testing.assert_allclose(law.moments(-0.4, 1.3), NIG.moments(-0.4, 1.3), atol=1e-12)


def test_a_large_shape_is_nearly_normal() -> None:
    x = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(
        NIG.log_density(x, 0.0, 1e6), Normal().log_density(x, 0, 0), atol=1e-5
    )


def test_moments_give_skew_and_shape_back() -> None:
    skew, shape = NIG.from_moments(*NIG.moments(np.array([-0.6, 0.2]), np.array([0.8, 5.0])))
    np.testing.assert_allclose(skew, [-0.6, 0.2], atol=1e-12)
    np.testing.assert_allclose(shape, [0.8, 5.0], atol=1e-12)
    with pytest.raises(ValueError, match="expected more than 5/3 of its square"):
        NIG.from_moments(1.0, 1.6)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_draws(law) -> None:
    """Each of six characteristic values within 4.5 standard errors: false alarms 4e-5 a law."""
    n, skew, shape = 40_000, -0.5, 2.0
    z = law.sample(np.random.default_rng(3), np.full(n, skew), np.full(n, shape))
    u = np.array([0.5, 1.0, 2.0])
    expected = np.exp(law.log_cf(u, skew, shape))
    for part, wave in ((np.real, np.cos), (np.imag, np.sin)):
        values = wave(np.outer(u, z))
        errors = values.std(axis=1) / np.sqrt(n)
        assert (np.abs(values.mean(axis=1) - part(expected)) < 4.5 * errors).all()


def test_an_index_out_of_range() -> None:
    with pytest.raises(ValueError, match="index is 5, expected a number from -4 to 4"):
        GeneralisedHyperbolic(5)
