"""Compiled moves that leave Lambda f, or beta x + Lambda f, as it is.

Returns say nothing of the directions in which factors, loadings and Phi trade off against each
other, so a Gibbs sampler crawls along them. Each move draws one direction's coordinate from its
exact conditional, in which the likelihood cancels (a generalised Gibbs step, Liu and Sabatti
2000). `gibbs.reference.moves` has the algebra with matrices; here the same numbers come from
sums over the entries that change.

* `rescale_factors`: f_k -> c f_k, with c^2 from an inverse gamma.
* `rescale_volatile_factors`: the same with h_k -> h_k + 2 log c, by Metropolis.
* `shear_factors`: f_k -> f_k + a f_j with j < k, and a from a Gaussian.
* `shift_factors`: f_t -> f_t + D x_t and beta -> beta - Lambda D, with D from a Gaussian.
* `reflect_factors`: f_k -> -f_k where lambda_kk < 0, by rule.

All but the shift are f -> R f, Lambda -> Lambda R^-1, Phi_l -> R Phi_l R^-1 and Q -> R Q R' with
some R that keeps Lambda lower trapezoidal. The paper's Appendix A has none of these moves.
"""

import math

import numpy as np
from numba import njit

from bayesfolio.models.gibbs.kernels.elementary import FAST
from bayesfolio.models.gibbs.kernels.factors import lag_operators
from bayesfolio.models.gibbs.kernels.regression import backward, cholesky_in_place, forward


@njit(cache=True, error_model="numpy")
def rescale_factors(rng, factors, loadings, transition, factor_cov, hyper):
    """Redraw the unit of each factor, f_k -> c f_k, with one innovation covariance.

    c^2 ~ IG((nu + K L + N - k) / 2, A / 2), k from 0, where nu are the degrees of freedom of Q's
    prior. A collects what the priors of Q, Lambda and Phi | Q have in their exponents:
    A = q_k [Q^-1]_kk + sum_i lambda_ik^2 / sd^2 + sum_l phi_l' Q^-1 phi_l / omega_lk, with phi_l
    column k of Phi_l.
    """
    n_factors = factors.shape[1]
    n_assets = loadings.shape[0]
    n_lags = transition.shape[1] // n_factors
    inverse = np.linalg.inv(factor_cov)
    for k in range(n_factors):
        # A, term by term. Only column k of Phi_l enters: what c does to row k, Q^-1 undoes.
        total = hyper.q_scale[k] * inverse[k, k]
        for i in range(k, n_assets):
            total += (loadings[i, k] / hyper.loading_sd) ** 2
        for lag in range(n_lags):
            column = lag * n_factors + k
            for a in range(n_factors):
                for b in range(n_factors):
                    total += (
                        transition[a, column]
                        * inverse[a, b]
                        * transition[b, column]
                        / hyper.omega[column]
                    )
        shape = 0.5 * (hyper.q_dof + n_factors * n_lags + n_assets - k)
        factor = math.sqrt(0.5 * total / rng.standard_gamma(shape))
        # Q -> R Q R'. Its inverse is carried along, which saves inverting anew for each factor.
        _scale(k, factor, factors, loadings, transition)
        for a in range(n_factors):
            factor_cov[k, a] *= factor
            factor_cov[a, k] *= factor
            inverse[k, a] /= factor
            inverse[a, k] /= factor


@njit(cache=True, error_model="numpy")
def _scale(k, factor, factors, loadings, transition):
    """f_k times ``factor``: column k of Lambda and of Phi_l is divided, row k of Phi_l multiplied.

    Entry (k, k) of Phi_l is multiplied and divided, and so stays.
    """
    n_factors = factors.shape[1]
    for t in range(factors.shape[0]):
        factors[t, k] *= factor
    for i in range(loadings.shape[0]):
        loadings[i, k] /= factor
    for column in range(transition.shape[1]):
        transition[k, column] *= factor
    for row in range(n_factors):
        for lag in range(transition.shape[1] // n_factors):
            transition[row, lag * n_factors + k] /= factor


@njit(cache=True, error_model="numpy")
def reflect_factors(factors, loadings, transition, factor_cov):
    """Turn the signs of factors whose diagonal loading is negative."""
    for k in range(factors.shape[1]):
        if loadings[k, k] < 0.0:
            _scale(k, -1.0, factors, loadings, transition)
            for a in range(factors.shape[1]):
                factor_cov[k, a] = -factor_cov[k, a]
                factor_cov[a, k] = -factor_cov[a, k]


@njit(cache=True, error_model="numpy")
def shear_factors(rng, factors, loadings, transition, factor_cov, hyper):
    """Redraw how much of an earlier factor is in a later one, f_k -> f_k + a f_j, j < k.

    Lambda and Phi_l lose a times column k from column j, and [Q^-1]_jj becomes a quadratic in a.
    The same three priors as in :func:`rescale_factors` then make a Gaussian. A later factor may
    take from an earlier one only: the other way round Lambda would not stay trapezoidal.
    """
    n_obs, n_factors = factors.shape
    n_assets = loadings.shape[0]
    n_lags = transition.shape[1] // n_factors
    inverse = np.linalg.inv(factor_cov)
    weight = hyper.loading_sd**-2
    for k in range(1, n_factors):
        for j in range(k):
            # The log density of a is -(curvature a^2 - 2 slope a) / 2: Q, then Lambda, then Phi.
            curvature = hyper.q_scale[j] * inverse[k, k]
            slope = hyper.q_scale[j] * inverse[j, k]
            for i in range(n_assets):
                curvature += weight * loadings[i, k] ** 2
                slope += weight * loadings[i, k] * loadings[i, j]
            for lag in range(n_lags):
                first, second = lag * n_factors + j, lag * n_factors + k
                for a in range(n_factors):
                    for b in range(n_factors):
                        tilt = inverse[a, b] * transition[b, second] / hyper.omega[first]
                        curvature += transition[a, second] * tilt
                        slope += transition[a, first] * tilt
            amount = slope / curvature + rng.standard_normal() / math.sqrt(curvature)
            for t in range(n_obs):
                factors[t, k] += amount * factors[t, j]
            for i in range(n_assets):
                loadings[i, j] -= amount * loadings[i, k]
            # Phi -> R Phi R^-1, Q -> R Q R', Q^-1 -> R'^-1 Q^-1 R^-1, with R = I + a e_k e_j':
            # rows first, then columns.
            for column in range(transition.shape[1]):
                transition[k, column] += amount * transition[j, column]
            for lag in range(n_lags):
                for a in range(n_factors):
                    transition[a, lag * n_factors + j] -= (
                        amount * transition[a, lag * n_factors + k]
                    )
            for a in range(n_factors):
                factor_cov[k, a] += amount * factor_cov[j, a]
                inverse[a, j] -= amount * inverse[a, k]
            for a in range(n_factors):
                factor_cov[a, k] += amount * factor_cov[a, j]
                inverse[j, a] -= amount * inverse[k, a]


@njit(cache=True, error_model="numpy")
def rescale_volatile_factors(
    rng, factors, loadings, transition, factor_log_variance, factor_volatility, hyper
):
    """Redraw the unit of each factor where factor variances move: h_k -> h_k + 2 log c.

    There is no Q, and the level of h_k takes the unit instead. c^2 is proposed from what the
    loadings say, IG((N - k) / 2, sum_i lambda_ik^2 / (2 sd^2)). The priors that the proposal leaves
    out decide: those of the level mu / (1 - psi) and of Phi's off-diagonal entries.
    """
    n_obs, n_factors = factors.shape
    n_assets = loadings.shape[0]
    for k in range(n_factors):
        squares = 0.0
        for i in range(k, n_assets):
            squares += (loadings[i, k] / hyper.loading_sd) ** 2
        factor = math.sqrt(0.5 * squares / rng.standard_gamma(0.5 * (n_assets - k)))
        shift = 2.0 * math.log(factor)
        uniform = rng.random()
        # Log prior of the new intercept less the old, and of the ends of the level's prior.
        mu, psi = factor_volatility[0, k], factor_volatility[1, k]
        new_mu = mu + shift * (1.0 - psi)
        change = (
            0.5 * ((mu - hyper.mu_mean) ** 2 - (new_mu - hyper.mu_mean) ** 2) / (hyper.mu_sd**2)
        )
        floor = hyper.log_variance_floor
        change += math.exp(min(floor - mu / (1.0 - psi), 700.0))
        change -= math.exp(min(floor - new_mu / (1.0 - psi), 700.0))
        # Phi's prior variances q_i omega_lj are fixed here. Row k of Phi_l is multiplied by c and
        # column k divided by it; each pass takes one entry of the row and one of the column.
        for column in range(transition.shape[1]):
            other = column % n_factors
            if other == k:
                continue
            change -= (
                0.5
                * (factor**2 - 1.0)
                * transition[k, column] ** 2
                / (hyper.q_scale[k] * hyper.omega[column])
            )
            own = column - other + k
            change -= (
                0.5
                * (factor**-2 - 1.0)
                * transition[other, own] ** 2
                / (hyper.q_scale[other] * hyper.omega[own])
            )
        if math.log(uniform) < change:
            _scale(k, factor, factors, loadings, transition)
            factor_volatility[0, k] = new_mu
            for t in range(n_obs):
                factor_log_variance[t, k] += shift


@njit(cache=True, error_model="numpy")
def shift_factors(rng, factors, coefficients, transition, factor_cov, lags, lag_moments, hyper):
    """Redraw what factors owe to lagged returns, f_t -> f_t + D x_t, one innovation covariance.

    ``lags`` (N (L + 1), T) holds x_t, .., x_{t-L} and ``lag_moments`` the products of its rows.
    Those change only when a missing return is drawn. The one sum over months that a sweep needs
    anew is the product of lags with innovations.
    """
    n_factors = factors.shape[1]
    n_lags = transition.shape[1] // n_factors
    # With B_l -> Q^-1/2 B_l the innovations are whitened, and all precisions are one.
    whitening = np.linalg.inv(np.linalg.cholesky(factor_cov))
    operators = lag_operators(transition, n_lags)
    for lag in range(n_lags + 1):
        operators[lag] = np.dot(whitening, operators[lag])
    innovations = np.dot(factor_innovations(factors, transition), whitening.T)
    cross = np.dot(lags, innovations)
    moments = lag_moments.reshape((1, lags.shape[0], lags.shape[0]))
    _shift(rng, operators, moments, cross, factors, coefficients, lags, hyper)


@njit(cache=True, error_model="numpy")
def shift_volatile_factors(
    rng, factors, coefficients, transition, innovation_precision, lags, hyper
):
    """Redraw what factors owe to lagged returns, with innovation precisions (T, K) that move.

    As :func:`shift_factors`, but each innovation weighs the months by precisions of its own, so
    that the moments are K matrices, computed anew in every sweep.
    """
    n_obs, n_factors = factors.shape
    width = lags.shape[0]
    operators = lag_operators(transition, transition.shape[1] // n_factors)
    cross = np.dot(lags, innovation_precision * factor_innovations(factors, transition))
    moments = np.empty((n_factors, width, width))
    weighted = np.empty((n_obs, width))
    for m in range(n_factors):
        for t in range(n_obs):
            for a in range(width):
                weighted[t, a] = innovation_precision[t, m] * lags[a, t]
        moments[m] = np.dot(lags, weighted)
    _shift(rng, operators, moments, cross, factors, coefficients, lags, hyper)


@njit(cache=True, error_model="numpy")
def factor_innovations(factors, transition):
    """Innovations eta_t (T, K): f_t less its autoregression, with zeros before the sample."""
    n_factors = factors.shape[1]
    out = factors.copy()
    for lag in range(1, transition.shape[1] // n_factors + 1):
        block = np.ascontiguousarray(transition[:, (lag - 1) * n_factors : lag * n_factors])
        out[lag:] -= np.dot(factors[:-lag], block.T)
    return out


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _shift(rng, operators, moments, cross, factors, coefficients, lags, hyper):
    """Draw D (K, N) and apply it, given moments of lagged returns and of innovations.

    The innovation of month t becomes e_t + sum_l B_l D x_{t-l}, with B_0 = I and B_l = -Phi_l in
    ``operators`` (L + 1, K, K). For D's entries row after row, the posterior precision between
    (k, i) and (r, j) is

        (Lambda' Lambda)_kr 1[i = j] / sd^2 + sum_s,a,b (B_a)_sk (B_b)_sr M_s[(a, i), (b, j)]

    where block (a, b) of M_s is sum_t p_ts x_{t-a} x_{t-b}', with p_ts the precision of innovation
    s. The sums over months are all in ``moments`` (K or 1, N (L + 1), N (L + 1)) and in ``cross``
    (N (L + 1), K), the products of lags and weighted innovations. So the regressors (T, K, K N)
    are never formed.
    """
    n_obs, n_factors = factors.shape
    n_assets = coefficients.shape[0]
    n_lags = operators.shape[0] - 1
    size = n_factors * n_assets
    weight = 1.0 / hyper.beta_sd**2
    root = np.zeros((size, size))
    draw = np.zeros(size)
    for k in range(n_factors):
        # Blocks on and below the diagonal, which is all that the Cholesky factorisation reads.
        for other in range(k + 1):
            # Prior of beta - Lambda D.
            product = 0.0
            for i in range(n_assets):
                product += coefficients[i, n_assets + k] * coefficients[i, n_assets + other]
            for j in range(n_assets):
                root[k * n_assets + j, other * n_assets + j] += weight * product
            # Innovations. With one matrix of moments for all of them, B's products are summed
            # over innovations first.
            for s in range(moments.shape[0]):
                for a in range(n_lags + 1):
                    for b in range(n_lags + 1):
                        factor = 0.0
                        if moments.shape[0] == 1:
                            for m in range(n_factors):
                                factor += operators[a, m, k] * operators[b, m, other]
                        else:
                            factor = operators[a, s, k] * operators[b, s, other]
                        for i in range(n_assets):
                            for j in range(n_assets):
                                root[k * n_assets + i, other * n_assets + j] += (
                                    factor * moments[s, a * n_assets + i, b * n_assets + j]
                                )
        # Right-hand side: Lambda' beta / sd^2 less the innovations' products with their regressors.
        for j in range(n_assets):
            total = 0.0
            for i in range(n_assets):
                total += weight * coefficients[i, n_assets + k] * coefficients[i, j]
            for a in range(n_lags + 1):
                for m in range(n_factors):
                    total -= operators[a, m, k] * cross[a * n_assets + j, m]
            draw[k * n_assets + j] = total
    cholesky_in_place(root, size)
    forward(root, draw, size)
    for i in range(size):
        draw[i] += rng.standard_normal()
    backward(root, draw, size)
    # Factors gain D x_t; beta loses Lambda D, so that beta x + Lambda f stays.
    for k in range(n_factors):
        for j in range(n_assets):
            amount = draw[k * n_assets + j]
            for t in range(n_obs):
                factors[t, k] += amount * lags[j, t]
            for i in range(n_assets):
                coefficients[i, j] -= amount * coefficients[i, n_assets + k]
