"""The exact density of a portfolio, and value at risk by expansion and by violations."""

import itertools

import numpy as np
import pytest
from comoment_cases import random_comoments
from scipy.integrate import quad
from scipy.stats import chi2, norm

from bayesfolio.comoments.inversion import log_characteristic, portfolio_density
from bayesfolio.comoments.laws import GeneralisedHyperbolic, Normal, NormalInverseGaussian
from bayesfolio.comoments.moments import CoMoments, PortfolioMoments
from bayesfolio.comoments.value_at_risk import (
    cornish_fisher_quantile,
    cornish_fisher_valid,
    cornish_fisher_var,
    normal_var,
    quantile_loss,
    violation_tests,
)

SCALES = np.array([0.5, -0.8, 0.3])
SKEW, SHAPE = np.array([-0.4, 0.2, 0.6]), np.array([0.8, 2.0, 6.0])
CASES = [(NormalInverseGaussian(), 0.0), (NormalInverseGaussian(), 0.3),
         (GeneralisedHyperbolic(1.0), 0.0)]  # fmt: skip


def exact_moments(law, noise: float) -> PortfolioMoments:
    skewness, kurtosis = (values[None] for values in law.moments(SKEW, SHAPE))
    one = np.eye(3)
    parts = CoMoments(np.zeros((1, 3)), one, SCALES[None] ** 2, skewness, kurtosis, np.zeros(3))
    found = parts.portfolio_moments(np.sign(SCALES))
    return PortfolioMoments(
        found.mean + 0.1, found.variance + noise, found.third_moment, found.fourth_cumulant
    )


@pytest.mark.parametrize(("law", "noise"), CASES, ids=repr)
def test_the_density_has_the_moments(law, noise: float) -> None:
    found = portfolio_density(0.1, SCALES, SKEW, SHAPE, law, noise_variance=noise)
    x, f = found.points - 0.1, found.density * (found.points[1] - found.points[0])
    moments = exact_moments(law, noise)
    assert f.sum() == pytest.approx(1, abs=1e-12)
    assert found.cdf[-1] == pytest.approx(1, abs=1e-12)
    expected = [0, moments.variance[0], moments.third_moment[0], moments.fourth_moment[0]]
    np.testing.assert_allclose([f @ x**k for k in (1, 2, 3, 4)], expected, atol=1e-8)


@pytest.mark.parametrize(("law", "noise"), CASES, ids=repr)
@pytest.mark.parametrize("probability", [0.01, 0.05, 0.5])
def test_quantiles_are_those_of_gil_pelaez(law, noise: float, probability: float) -> None:
    found = portfolio_density(0.1, SCALES, SKEW, SHAPE, law, noise_variance=noise)
    x = float(found.quantile(probability))

    def integrand(u: float) -> float:
        phi = np.exp(log_characteristic(np.array([u]), SCALES, SKEW, SHAPE, law, noise)[0])
        return float(np.imag(np.exp(-1j * u * (x - 0.1)) * phi) / u)

    parts = [(1e-12, 5), (5, 20), (20, 60), (60, 200)]
    total = sum(quad(integrand, *part, limit=500, epsabs=1e-11)[0] for part in parts)
    assert 0.5 - total / np.pi == pytest.approx(probability, abs=2e-6)
    assert float(found.probability(x)) == pytest.approx(probability, abs=1e-12)


def test_a_normal_portfolio() -> None:
    found = portfolio_density(0.2, np.array([0.6, 0.8]), SKEW[:2], SHAPE[:2], Normal())
    x = np.linspace(-3, 3, 13)
    # Linear interpolation of a grid of step 40 / 2^15: errors below step^2 max|f''| / 8.
    np.testing.assert_allclose(found.log_density(x), norm.logpdf(x, 0.2), atol=2e-6)
    np.testing.assert_allclose(found.quantile(np.array([0.01, 0.5])), norm.ppf([0.01, 0.5], 0.2),
                               atol=1e-5)  # fmt: skip
    es = norm.pdf(norm.ppf(0.05)) / 0.05 - 0.2
    assert found.expected_shortfall(0.05) == pytest.approx(es, abs=1e-5)
    # An exponential goes on from 1e-10 of the peak, 6.8 standard deviations out.
    assert found.log_density(0.2 - 10) == pytest.approx(-23.9 - 6.8 * 3.2, abs=0.5)


def test_expected_shortfall_is_the_mean_of_the_tail() -> None:
    law = NormalInverseGaussian()
    found = portfolio_density(0.0, SCALES, SKEW, SHAPE, law)
    q = float(found.quantile(0.05))
    tail = quad(lambda x: x * np.exp(float(found.log_density(x))), found.points[0], q, limit=2000,
                points=[-4, -2])[0]  # fmt: skip
    assert found.expected_shortfall(0.05) == pytest.approx(-tail / 0.05, abs=1e-5)


@pytest.mark.parametrize("skew", [-0.99, 0.99])
@pytest.mark.parametrize("other", [0.0, 0.5])
def test_laws_at_their_bounds(skew: float, other: float) -> None:
    """Tails of forty standard deviations and more, beside the other factors' or alone."""
    law = NormalInverseGaussian()
    found = portfolio_density(0.0, np.array([1.0]), np.array([skew]), np.array([0.1]), law)

    def density(x: float) -> float:
        return float(np.exp(law.log_density(np.array(x), skew, 0.1)))

    def integral(function, low: float, high: float) -> float:
        ends = sorted({low, high, *(x for x in (-300, -20, -3, -0.3, 0, 0.3) if low < x < high)})
        pairs = itertools.pairwise(ends)
        return sum(quad(function, *pair, limit=400, epsabs=1e-13)[0] for pair in pairs)

    for probability in (0.01, 0.05):
        x = float(found.quantile(probability))
        assert integral(density, -600, x) == pytest.approx(probability, rel=1e-3)
        loss = -integral(lambda y: y * density(y), -600, x) / integral(density, -600, x)
        assert found.expected_shortfall(probability) == pytest.approx(loss, rel=2e-3)
    far = 60.0 * np.sign(skew)
    assert found.log_density(far) == pytest.approx(float(np.log(density(far))), abs=0.3)
    # With a small part of that kind the grid stays wide enough for the whole.
    scales = np.array([np.sqrt(1 - other**2), other])
    both = portfolio_density(0.0, scales, np.array([0.0, skew]), np.array([5.0, 0.1]), law)
    x = both.points
    assert np.trapezoid(both.density * x**2, x) == pytest.approx(1, rel=1e-6)
    skewness = other**3 * law.moments(skew, 0.1)[0]
    assert np.trapezoid(both.density * x**3, x) == pytest.approx(skewness, rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.1, np.nan])
def test_probabilities_of_a_density(probability: float) -> None:
    found = portfolio_density(0.0, np.ones(1), np.zeros(1), np.ones(1), Normal())
    for function in (found.quantile, found.expected_shortfall):
        with pytest.raises(ValueError, match="expected one between 0 and 1"):
            function(probability)
    with pytest.raises(ValueError, match="expected an even number"):
        portfolio_density(0.0, np.ones(1), np.zeros(1), np.ones(1), Normal(), n_points=1001)


@pytest.mark.parametrize("violations", [[], [[0, 1]], [0.0, np.nan], [0, 2]])
def test_violations_that_are_none(violations: list) -> None:
    with pytest.raises(ValueError, match="true or false for each date"):
        violation_tests(violations, 0.01)


def test_a_portfolio_without_risk_has_no_density() -> None:
    with pytest.raises(ValueError, match="its weights load on no factor"):
        portfolio_density(0.0, np.zeros(3), SKEW, SHAPE, NormalInverseGaussian())


@pytest.mark.parametrize("probability", [0.01, 0.05])
def test_cornish_fisher_has_the_right_signs(probability: float) -> None:
    base = cornish_fisher_quantile(probability, 0.0, 0.0)
    assert base == pytest.approx(norm.ppf(probability))
    assert cornish_fisher_quantile(probability, -0.2, 0.0) < base
    assert cornish_fisher_quantile(probability, 0.2, 0.0) > base
    # Against exact quantiles of nearly normal laws; the next terms are of order shape^{-3/2}.
    law, shape = NormalInverseGaussian(), 60.0
    for skew in (-0.3, 0.3):
        exact = portfolio_density(0.0, np.ones(1), np.array([skew]), np.array([shape]), law)
        expanded = cornish_fisher_quantile(probability, *law.moments(skew, shape))
        assert expanded == pytest.approx(float(exact.quantile(probability)), abs=3e-3)


def test_validity_is_monotony() -> None:
    p = norm.cdf(np.linspace(-12, 12, 4001))
    z = norm.ppf(p[(p > 0) & (p < 1)])
    rng = np.random.default_rng(1)
    pairs = np.column_stack([rng.uniform(-2, 2, 400), rng.uniform(-1, 8, 400)])
    z = np.linspace(-60, 60, 24_001)
    for s, k in [*pairs, (0.0, 0.0)]:
        curve = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
        slope = np.diff(curve).min()
        if abs(slope) > 1e-5:  # else monotony turns on rounding
            assert bool(cornish_fisher_valid(s, k)) == bool(slope > 0), (s, k)


def test_value_at_risk_is_a_positive_loss() -> None:
    moments = random_comoments(3, 3).portfolio_moments(np.full(3, 1 / 3))
    for p in (0.01, 0.05):
        quantile = cornish_fisher_quantile(p, moments.skewness, moments.excess_kurtosis)
        np.testing.assert_allclose(
            cornish_fisher_var(moments, p), -moments.mean - moments.sd * quantile
        )
        var, shortfall = normal_var(moments, p)
        np.testing.assert_allclose(-var, norm.ppf(p, moments.mean, moments.sd))
        assert (shortfall > var).all()
    z = np.random.default_rng(1).standard_normal(200_000)
    plain = PortfolioMoments(*(np.array([value]) for value in (0.0, 1.0, 0.0, 0.0)))
    tail = z[z < norm.ppf(0.05)]
    assert normal_var(plain, 0.05)[1][0] == pytest.approx(
        -tail.mean(), abs=4.5 * tail.std() / np.sqrt(len(tail))
    )


def test_tests_of_violations() -> None:
    hit = np.zeros(100, dtype=bool)
    hit[[3, 4, 50, 70, 71, 99]] = True
    found = violation_tests(hit, 0.06)
    assert (found.n_dates, found.n_violations, found.rate) == (100, 6, 0.06)
    assert found.kupiec_p == pytest.approx(1)
    # Of 99 steps: 90 from no to no, 4 from no to yes, 3 from yes to no, 2 from yes to yes.
    statistic = 2 * (
        90 * np.log(90 / 94) + 4 * np.log(4 / 94) + 3 * np.log(3 / 5) + 2 * np.log(2 / 5)
        - 93 * np.log(93 / 99) - 6 * np.log(6 / 99)
    )  # fmt: skip
    assert found.independence_p == pytest.approx(chi2.sf(statistic, 1))
    assert found.coverage_p == pytest.approx(chi2.sf(statistic, 2))
    often = violation_tests(np.arange(100) % 10 == 0, 0.05)
    statistic = 2 * (10 * np.log(0.1 / 0.05) + 90 * np.log(0.9 / 0.95))
    assert often.kupiec_p == pytest.approx(chi2.sf(statistic, 1))
    never = violation_tests(np.zeros(100), 0.01)
    assert never.kupiec_p == pytest.approx(chi2.sf(-200 * np.log(0.99), 1))
    assert np.isnan([never.independence_p, never.coverage_p]).all()


def test_the_true_quantile_has_the_least_loss() -> None:
    x = np.random.default_rng(2).standard_normal(20_000)
    candidates = -np.linspace(-2.4, -1.0, 141)
    losses = [quantile_loss(x, np.full_like(x, var), 0.05) for var in candidates]
    best = candidates[int(np.argmin(losses))]
    assert best == pytest.approx(-np.quantile(x, 0.05), abs=0.02)
