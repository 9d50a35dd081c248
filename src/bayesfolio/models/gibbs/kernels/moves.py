"""Compiled moves that leave Lambda f as it is; the reference has the algebra."""

import math

import numpy as np
from numba import njit


@njit(cache=True, error_model="numpy")
def rescale_factors(rng, factors, loadings, transition, factor_cov, hyper):
    """Redraw the unit of each factor, f_k -> c f_k, with one innovation covariance."""
    n_factors = factors.shape[1]
    n_assets = loadings.shape[0]
    n_lags = transition.shape[1] // n_factors
    inverse = np.linalg.inv(factor_cov)
    for k in range(n_factors):
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
        _scale(k, factor, factors, loadings, transition)
        for a in range(n_factors):
            factor_cov[k, a] *= factor
            factor_cov[a, k] *= factor
            inverse[k, a] /= factor
            inverse[a, k] /= factor


@njit(cache=True, error_model="numpy")
def _scale(k, factor, factors, loadings, transition):
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
    """Redraw how much of an earlier factor is in a later one, f_k -> f_k + a f_j, j < k."""
    n_obs, n_factors = factors.shape
    n_assets = loadings.shape[0]
    n_lags = transition.shape[1] // n_factors
    inverse = np.linalg.inv(factor_cov)
    weight = hyper.loading_sd**-2
    for k in range(1, n_factors):
        for j in range(k):
            # The log density is -(curvature a^2 - 2 slope a) / 2.
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
            # Phi -> R Phi R^-1, Q -> R Q R', Q^-1 -> R'^-1 Q^-1 R^-1, with R = I + a e_k e_j'.
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
    """Redraw the unit of each factor where factor variances move: h_k -> h_k + 2 log c."""
    n_obs, n_factors = factors.shape
    n_assets = loadings.shape[0]
    for k in range(n_factors):
        squares = 0.0
        for i in range(k, n_assets):
            squares += (loadings[i, k] / hyper.loading_sd) ** 2
        factor = math.sqrt(0.5 * squares / rng.standard_gamma(0.5 * (n_assets - k)))
        shift = 2.0 * math.log(factor)
        uniform = rng.random()
        mu, psi = factor_volatility[0, k], factor_volatility[1, k]
        new_mu = mu + shift * (1.0 - psi)
        change = (
            0.5 * ((mu - hyper.mu_mean) ** 2 - (new_mu - hyper.mu_mean) ** 2) / (hyper.mu_sd**2)
        )
        floor = hyper.log_variance_floor
        change += math.exp(min(floor - mu / (1.0 - psi), 700.0))
        change -= math.exp(min(floor - new_mu / (1.0 - psi), 700.0))
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
