"""The model as a whole: what is given stays, what is fitted agrees with other programs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from comoment_cases import ACD_PARAMETERS

from bayesfolio.comoments import model
from bayesfolio.comoments.dynamics import FactorLaw, filter_factor, log_likelihood, simulate_factors
from bayesfolio.comoments.estimation import fit_factor
from bayesfolio.comoments.ica import IdentificationWarning, Unmixing
from bayesfolio.comoments.laws import GeneralisedHyperbolic, Normal
from bayesfolio.comoments.mean import fit_mean
from bayesfolio.comoments.model import IfacdModel, fit_ifacd
from bayesfolio.comoments.value_at_risk import cornish_fisher_valid, cornish_fisher_var, normal_var
from bayesfolio.comoments_study.stocks import load_stocks

RNG = np.random.default_rng
LAW = FactorLaw()
PARAMETERS = [
    ACD_PARAMETERS,
    replace(ACD_PARAMETERS, skew_level=0.4, variance_shock=0.1, variance_persistence=0.85),
    replace(ACD_PARAMETERS, shape_level=-1.0, skew_shock=-0.1),
]
MIXING = np.array([[1.0, 0.4, -0.2], [0.3, 0.8, 0.1], [-0.2, 0.1, 0.6]])


@pytest.fixture(scope="module")
def returns() -> np.ndarray:
    factors = simulate_factors(PARAMETERS, LAW, RNG(1), 400)[0]
    return 0.05 + factors @ MIXING.T


@pytest.fixture(scope="module")
def given(returns: np.ndarray) -> IfacdModel:
    return fit_ifacd(returns, mean=[0.05] * 3, mixing=MIXING, parameters=PARAMETERS)


def test_what_is_given_is_taken(given: IfacdModel, returns: np.ndarray) -> None:
    W = np.linalg.inv(MIXING)
    factors = (returns - 0.05) @ W.T
    np.testing.assert_allclose(given.factors, factors, atol=1e-12)
    h = np.empty((401, 3))
    for k, p in enumerate(PARAMETERS):
        h[:, k] = filter_factor(factors[:, k], p).variance
        ll = log_likelihood(np.ascontiguousarray(factors[:, k]), p, LAW)
        assert given.factor_log_likelihoods[k] == pytest.approx(ll, abs=1e-9)
    np.testing.assert_allclose(given.comoments.variances, h[:-1], rtol=1e-10)
    np.testing.assert_allclose(given.forecast.variances, h[-1:], rtol=1e-10)
    total = 400 * np.log(abs(np.linalg.det(W))) + given.factor_log_likelihoods.sum()
    assert given.log_likelihood == pytest.approx(total, abs=1e-8)
    np.testing.assert_allclose(given.covariance([5])[0], MIXING * h[5] @ MIXING.T, atol=1e-11)
    skewness, kurtosis = LAW.innovations.moments(given.skew[:-1], given.shape[:-1])
    np.testing.assert_array_equal(given.comoments.skewness, skewness)
    np.testing.assert_array_equal(given.comoments.excess_kurtosis, kurtosis)


def test_the_face_is_that_of_the_moments(given: IfacdModel) -> None:
    w, inner = np.full(3, 1 / 3), given.comoments
    for name in ("covariance", "coskewness", "cokurtosis"):
        np.testing.assert_array_equal(getattr(given, name)(7), getattr(inner, name)(7))
    np.testing.assert_array_equal(given.betas(w).coskewness, inner.betas(w).coskewness)
    np.testing.assert_array_equal(given.portfolio_moments(w).mean, inner.portfolio_moments(w).mean)


def test_one_matrix_gives_the_other(returns: np.ndarray) -> None:
    fitted = fit_ifacd(returns, rng=RNG(1), n_factors=2, dynamics="static")
    for options in ({"mixing": fitted.mixing}, {"unmixing": fitted.unmixing}):
        other = fit_ifacd(returns, parameters=fitted.parameters, **options)
        np.testing.assert_allclose(other.unmixing, fitted.unmixing, atol=1e-10)
        np.testing.assert_allclose(other.mixing, fitted.mixing, atol=1e-10)
    assert fitted.log_likelihood is None
    assert np.linalg.matrix_rank(fitted.covariance(0)[0]) == 2


def test_residuals_as_noise(returns: np.ndarray) -> None:
    plain, noisy = (
        fit_ifacd(returns, rng=RNG(1), n_factors=2, dynamics="static", residual=residual)
        for residual in ("none", "diag")
    )
    e = returns - returns.mean(axis=0)
    left = np.square(e - e @ plain.unmixing.T @ plain.mixing.T).mean(axis=0)
    np.testing.assert_allclose(noisy.residual_variances, left, rtol=1e-9)
    np.testing.assert_allclose(
        noisy.covariance(3)[0] - plain.covariance(3)[0], np.diag(left), atol=1e-12
    )
    density = noisy.portfolio_density([1, 0, 0], 3)
    step = density.points[1] - density.points[0]
    away = density.points - noisy.comoments.means[3, 0]
    assert density.density @ away**2 * step == pytest.approx(noisy.covariance(3)[0, 0, 0])


def test_the_density_of_a_date_has_its_moments(given: IfacdModel) -> None:
    w = np.array([0.5, 0.7, -0.2])
    moments = given.portfolio_moments(w)
    for date, row in ((0, 0), (17, 17), (-1, 399)):
        density = given.portfolio_density(w, date, width=80, n_points=2**16)
        step = density.points[1] - density.points[0]
        away = density.points - moments.mean[row]
        found = [density.density @ away**k * step for k in (2, 3, 4)]
        expected = [moments.variance[row], moments.third_moment[row], moments.fourth_moment[row]]
        np.testing.assert_allclose(found, expected, atol=1e-7)
    ahead = given.portfolio_density(w, 400)
    step = ahead.points[1] - ahead.points[0]
    mean = given.forecast.portfolio_moments(w).mean[0]
    found = ahead.density @ (ahead.points - mean) ** 2 * step
    assert found == pytest.approx(given.forecast.portfolio_moments(w).variance[0], abs=1e-9)


def test_value_at_risk_falls_back_on_the_exact_quantile(returns: np.ndarray) -> None:
    fat = [replace(p, shape_level=level) for p, level in zip(PARAMETERS, (-5, -1, 1), strict=True)]
    short = fit_ifacd(returns[:40], mean=[0.05] * 3, mixing=MIXING, parameters=fat)
    w = np.array([0.8, 0.1, 0.1])
    found, moments = short.value_at_risk(w, 0.01), short.portfolio_moments(w)
    valid = cornish_fisher_valid(moments.skewness, moments.excess_kurtosis)
    np.testing.assert_array_equal(found.valid, valid)
    assert 0 < valid.sum() < 40
    expected = np.where(valid, cornish_fisher_var(moments, 0.01), found.value_at_risk)
    np.testing.assert_array_equal(found.expansion, expected)
    density = short.portfolio_density(w, 7)
    assert found.value_at_risk[7] == -float(density.quantile(0.01))
    assert found.expected_shortfall[7] == density.expected_shortfall(0.01)


@pytest.mark.parametrize("kind", ["constant", "ar", "var"])
def test_filtering_uses_no_later_date(returns: np.ndarray, kind: str) -> None:
    mean = fit_mean(returns[:300], kind)
    short = fit_ifacd(returns[:300], mean=mean, mixing=MIXING, parameters=PARAMETERS)
    longer = short.filter(returns)
    lost = mean.n_lags
    assert len(longer.factors) == 400 - lost
    np.testing.assert_allclose(
        longer.comoments.variances[: 300 - lost], short.comoments.variances, rtol=1e-12
    )
    row = 300 - lost
    np.testing.assert_allclose(
        longer.comoments.variances[row], short.forecast.variances[0], rtol=1e-12
    )
    np.testing.assert_allclose(longer.comoments.means[row], short.forecast.means[0], atol=1e-12)
    np.testing.assert_allclose(
        longer.comoments.skewness[row], short.forecast.skewness[0], rtol=1e-12
    )


def test_simulations_have_the_forecast_moments(given: IfacdModel) -> None:
    """Mean and covariance of 20,000 draws within 4.5 standard errors: false alarms 8e-5."""
    draws = given.simulate(RNG(3), 1, 20_000)[:, 0]
    ahead = given.forecast
    errors = draws.std(axis=0) / np.sqrt(len(draws))
    assert (np.abs(draws.mean(axis=0) - ahead.means[0]) < 4.5 * errors).all()
    e = draws - ahead.means[0]
    products = e[:, :, None] * e[:, None]
    errors = products.std(axis=0) / np.sqrt(len(draws))
    assert (np.abs(products.mean(axis=0) - ahead.covariance(0)[0]) < 4.5 * errors).all()
    assert given.simulate(RNG(3), 5, 2, go_on=False).shape == (2, 5, 3)


def test_units_of_the_returns(returns: np.ndarray) -> None:
    one = fit_ifacd(returns, rng=RNG(1), dynamics="static")
    other = fit_ifacd(100 * returns, rng=RNG(1), dynamics="static")
    w = np.array([0.2, 0.5, 0.3])
    np.testing.assert_allclose(other.covariance(), 1e4 * one.covariance(), rtol=1e-5)
    for name, power in (("coskewness", 3), ("cokurtosis", 4)):
        raw, scaled = (getattr(m, name)(standardised=False) for m in (one, other))
        np.testing.assert_allclose(scaled, 100**power * raw, rtol=1e-4, atol=1e-6 * 100**power)
    for name in ("skewness", "excess_kurtosis"):
        values = (getattr(m.portfolio_moments(w), name) for m in (one, other))
        np.testing.assert_allclose(*values, atol=1e-5)
    for name, tolerance in (("covariance", 1e-5), ("coskewness", 1e-3), ("cokurtosis", 1e-5)):
        values = (getattr(m.betas(w), name) for m in (one, other))
        # Coskewness betas are divided by a skewness that may be next to nothing.
        np.testing.assert_allclose(*values, rtol=tolerance, atol=tolerance)


def test_a_frame_and_other_laws(returns: np.ndarray) -> None:
    frame = pd.DataFrame(returns, columns=list("abc"))
    fitted = fit_ifacd(frame, rng=RNG(1), law=FactorLaw(GeneralisedHyperbolic(1.0)))
    assert all(fit.likelihood_ratio >= 0 for fit in fitted.fits)
    normal = fit_ifacd(frame, rng=RNG(1), law=FactorLaw(Normal()), dynamics="static")
    assert (normal.comoments.excess_kurtosis == 0).all()
    np.testing.assert_allclose(normal.betas([0.2, 0.5, 0.3]).cokurtosis.sum(), 3 * 400, rtol=0.2)
    assert fitted.factor_log_likelihoods.sum() > normal.factor_log_likelihoods.sum()


def test_a_start_is_refined(returns: np.ndarray) -> None:
    first = fit_ifacd(returns[:350], rng=RNG(1))
    cold = fit_ifacd(returns, rng=RNG(1))
    warm = fit_ifacd(returns, rng=RNG(2), n_starts=1, start=first)
    assert warm.log_likelihood > cold.log_likelihood - 1


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (np.zeros(5), {}, r"returns have shape \(5,\), expected \(dates, assets\)"),
        ([[1.0, 2], [np.nan, 1]], {}, "returns of date 1, asset 0 are nan, expected a finite"),
        ([[1.0, 2], [1, 3], [1, 5]], {}, "returns of asset 0 are all 1, expected some variation"),
        ([[1.0, 2], [2, 3]], {}, "returns have 2 dates and 2 assets, expected more dates"),
        (RNG(1).normal(size=(9, 2)), {"rng": None}, "rng is None, expected a generator"),
        (RNG(1).normal(size=(9, 2)), {"mean": [1.0]}, "mean has 1 assets, expected 2"),
        (RNG(1).normal(size=(9, 2)), {"n_factors": 3}, "n_factors is 3, expected 1 to 2"),
        (RNG(1).normal(size=(9, 2)), {"contrast": "cube"}, "contrast is 'cube', expected 'tanh'"),
        (RNG(1).normal(size=(9, 2)), {"residual": "full"}, "residual is 'full', expected 'none'"),
        (
            RNG(1).normal(size=(9, 3)),
            {"unmixing": np.ones((3, 2))},
            r"unmixing has shape \(3, 2\), expected \(F, 3\): a matrix .* perhaps its transpose",
        ),
        (
            RNG(1).normal(size=(9, 2)),
            {"unmixing": np.eye(2), "mixing": 2 * np.eye(2)},
            "is not the identity, expected matrices of one fit",
        ),
        (
            RNG(1).normal(size=(9, 2)),
            {"mixing": np.eye(2), "parameters": PARAMETERS},
            "parameters are of 3 factors, expected 2",
        ),
    ],
)
def test_what_is_refused(values: object, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_ifacd(values, **{"rng": RNG(1), **options})


def test_a_start_in_another_order_and_with_other_signs(
    given: IfacdModel, returns: np.ndarray
) -> None:
    """Turned round, each factor has the likelihood that it had."""
    order, signs = [2, 0, 1], np.array([-1.0, 1.0, -1.0])
    turned = MIXING[:, order] * signs
    parameters = model._matched(given, turned)
    found = fit_ifacd(returns, mean=[0.05] * 3, mixing=turned, parameters=parameters)
    np.testing.assert_allclose(
        found.factor_log_likelihoods, given.factor_log_likelihoods[order], atol=1e-9
    )
    for name in ("covariance", "coskewness", "cokurtosis"):
        values = (getattr(m, name)([0, 200, -1]) for m in (found, given))
        np.testing.assert_allclose(*values, rtol=1e-10, atol=1e-12)
    assert model._matched(given, MIXING) == list(given.parameters)
    with pytest.raises(ValueError, match="start has 3 factors, expected 2"):
        model._matched(given, MIXING[:, :2])


def test_labels_of_assets(returns: np.ndarray) -> None:
    """Returns and weights with labels are put in the model's order, others are refused."""
    frame = pd.DataFrame(returns, columns=list("abc"))
    fitted = fit_ifacd(frame, mean=[0.05] * 3, mixing=MIXING, parameters=PARAMETERS)
    again = fitted.filter(frame[["c", "a", "b"]])
    np.testing.assert_array_equal(again.factors, fitted.factors)
    weights = np.array([0.2, 0.5, 0.3])
    labelled = pd.Series(weights, list("abc"))[["b", "c", "a"]]
    for name in ("portfolio_moments", "betas"):
        for key, value in vars(getattr(fitted, name)(weights)).items():
            np.testing.assert_array_equal(getattr(getattr(fitted, name)(labelled), key), value)
    found = fitted.portfolio_density(labelled)
    np.testing.assert_array_equal(found.density, fitted.portfolio_density(weights).density)
    with pytest.raises(ValueError, match="returns are of a, b, x, expected a, b, c"):
        fitted.filter(frame.rename(columns={"c": "x"}))
    with pytest.raises(ValueError, match="weights are of a, b, expected a, b, c"):
        fitted.portfolio_moments(labelled[["a", "b"]])


def test_new_data_may_be_short_or_still(given: IfacdModel, returns: np.ndarray) -> None:
    still = returns[:3].copy()
    still[:, 1] = 0.0
    assert given.filter(still).forecast.variances.shape == (1, 3)
    assert given.filter(returns[:1]).comoments.variances.shape == (1, 3)
    lagged = replace(given, mean=fit_mean(returns, "ar", 3))
    with pytest.raises(ValueError, match="4 dates or more"):
        lagged.filter(returns[:3])
    assert len(lagged.filter(returns[:4]).factors) == 1


def test_the_risk_of_the_next_date(given: IfacdModel, returns: np.ndarray) -> None:
    """Of a sample without its last date it is what the whole sample says of that date."""
    weights = np.array([0.2, 0.5, 0.3])
    ahead = given.filter(returns[:-1]).value_at_risk(weights, 0.01, ahead=True)
    whole = given.filter(returns).value_at_risk(weights, 0.01)
    for name in ("value_at_risk", "expected_shortfall", "expansion", "valid"):
        assert getattr(ahead, name).shape == (1,)
        np.testing.assert_allclose(getattr(ahead, name)[0], getattr(whole, name)[-1], rtol=1e-12)


def test_another_number_of_assets(given: IfacdModel) -> None:
    with pytest.raises(ValueError, match="returns have 2 assets, expected 3"):
        given.filter(np.ones((5, 2)) * np.arange(5)[:, None])


@pytest.mark.parametrize(
    ("weights", "date", "message"),
    [
        (np.full(2, 0.5), -1, r"weights have shape \(2,\), expected \(3,\)"),
        (np.array([0.5, 0.5, np.nan]), -1, "weights have values that are not finite"),
        (np.full(3, 1 / 3), 10_000, "date is 10000, expected -[0-9]+ to [0-9]+, the forecast"),
        (np.full(3, 1 / 3), -10_000, "date is -10000, expected"),
    ],
)
def test_densities_that_are_refused(
    given: IfacdModel, weights: np.ndarray, date: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        given.portfolio_density(weights, date)


@pytest.mark.parametrize("probability", [0.0, 1.0, 1.5, np.nan])
def test_a_probability_out_of_range(given: IfacdModel, probability: float) -> None:
    with pytest.raises(ValueError, match=r"probability is .*, expected one between 0 and 1"):
        given.value_at_risk(np.full(3, 1 / 3), probability)


def test_near_normal_factors_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Unmixing(np.eye(2), np.eye(2), np.eye(2), 0.0, 1, True)
    monkeypatch.setattr(model, "independent_components", lambda *_, **__: found)
    with pytest.warns(IdentificationWarning, match="factors 0, 1 .* or fewer factors"):
        fit_ifacd(RNG(2).normal(size=(200, 2)), rng=RNG(1), dynamics="static")


# Sums of log densities of the five factors of the first five stocks of the Dow, found by rugarch.
RUGARCH = [-1525.8608, -1505.3464, -1467.1845, -1370.0294, -1162.2875]


@pytest.fixture(scope="module")
def five_stocks(reference_data) -> IfacdModel:
    returns = load_stocks("file", reference_data / "data/comoments/dji30_weekly_returns.csv")
    return fit_ifacd(returns.iloc[:, :5], rng=RNG(1), n_starts=1, dynamics="static")


def test_static_likelihoods_are_rugarch_s(five_stocks: IfacdModel) -> None:
    found = np.sort(five_stocks.factor_log_likelihoods)
    assert (found > np.array(RUGARCH) - 0.01).all()
    np.testing.assert_allclose(found, RUGARCH, atol=0.01)


def test_portfolio_of_five_stocks(five_stocks: IfacdModel) -> None:
    """Quantiles computed by numerical inversion elsewhere; components differ in the fifth digit."""
    w = np.full(5, 0.2)
    moments, density = five_stocks.portfolio_moments(w), five_stocks.portfolio_density(w)
    assert moments.skewness[-1] == pytest.approx(-0.147, abs=5e-4)
    assert moments.excess_kurtosis[-1] == pytest.approx(1.338, abs=5e-4)
    quantiles = density.quantile(np.array([0.01, 0.05, 0.5]))
    np.testing.assert_allclose(quantiles, [-0.3148725, -0.1983193, 0.0028781], atol=2e-5)
    for level, expansion, normal in ((0.01, -0.3314, -0.2814), (0.05, -0.2005, -0.1987)):
        assert -cornish_fisher_var(moments, level)[-1] == pytest.approx(expansion, abs=1e-4)
        assert -normal_var(moments, level)[0][-1] == pytest.approx(normal, abs=1e-4)


def test_dynamics_gain_on_five_stocks(five_stocks: IfacdModel) -> None:
    """Likelihood ratios of a prototype: 8.6, 9.1, 13.9, 13.9 and 14.4, less rounding."""
    gains = sorted(fit_factor(f, dynamics="full").likelihood_ratio for f in five_stocks.factors.T)
    np.testing.assert_array_less([8.55, 9.05, 13.85, 13.85, 14.35], gains)


def test_thirty_stocks_without_tensors(reference_data) -> None:
    returns = load_stocks("file", reference_data / "data/comoments/dji30_weekly_returns.csv")
    fitted = fit_ifacd(returns, rng=RNG(1), n_starts=1, dynamics="static")
    betas = fitted.betas(np.full(30, 1 / 30))
    for values in (betas.covariance, betas.cokurtosis):
        assert values.shape == (1141, 30)
        np.testing.assert_allclose(values.mean(axis=1), 1, atol=1e-12)
    kept = ~np.isnan(betas.coskewness[:, 0])
    assert kept.mean() > 0.9
    np.testing.assert_allclose(betas.coskewness[kept].mean(axis=1), 1, atol=1e-9)
    with pytest.raises(ValueError, match="ask for fewer dates"):
        fitted.cokurtosis(slice(None))
