"""Compiled sweep over all blocks, and the loop over sweeps.

The order of the blocks and the reasons for it are in `gibbs.reference.sweep`. The two read the same
random numbers in the same order, so that they agree draw by draw. What this one adds are arrays
that outlive a sweep (`Work`), and the reduction of each kept state to what a fit hands on.

Timing: a state describes months 1 to T of the window. Fitted values use those months, and
:func:`predict` gives the mean and covariance of month T + 1 given the state, with log variances
drawn one month ahead. Nothing after month T enters.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from bayesfolio.models.gibbs.kernels.elementary import exp_array
from bayesfolio.models.gibbs.kernels.factors import draw_factors, draw_volatile_factors
from bayesfolio.models.gibbs.kernels.imputation import impute_returns
from bayesfolio.models.gibbs.kernels.moves import (
    factor_innovations,
    reflect_factors,
    rescale_factors,
    rescale_volatile_factors,
    shear_factors,
    shift_factors,
    shift_volatile_factors,
)
from bayesfolio.models.gibbs.kernels.regression import (
    draw_constant_variances,
    draw_rows,
    draw_transition,
    draw_transition_rows,
    multiply_pairs,
)
from bayesfolio.models.gibbs.kernels.volatility import draw_volatility


class Work(NamedTuple):
    """Arrays that sweeps keep, because only factors and missing returns change in them.

    ``design`` (d, T) is the lagged returns followed by the factors and ``pairs`` the products of
    its rows; ``lags`` (N (L + 1), T) holds x_t, .., x_{t-L} where a model has both lagged returns
    and factors, ``lag_moments`` the sums of products of its rows.
    """

    design: np.ndarray
    pairs: np.ndarray
    lags: np.ndarray
    lag_moments: np.ndarray


@njit(cache=True, error_model="numpy")
def draw_factor_blocks(rng, window, state, work, precision, hyper, tables):
    """Factors, their autoregression and variances, and the moves that leave Lambda f alone.

    Phi is drawn again after the shift, which moves what factors owe to lagged returns: the two say
    nearly the same, and drawing one after the other is what lets them move together.
    """
    n_lagged = window.lagged.shape[0]
    net = window.y
    if n_lagged:
        beta = np.ascontiguousarray(state.coefficients[:, :n_lagged])
        net = window.y - np.dot(window.lagged.T, beta.T)
    loadings = np.ascontiguousarray(state.coefficients[:, n_lagged:])
    if window.factor_sv:
        innovation_precision = exp_array(-state.factor_log_variance)
        state.factors[:] = draw_volatile_factors(
            rng, net, loadings, precision, state.transition, innovation_precision
        )
        draw_transition_rows(rng, state.factors, innovation_precision, state.transition, hyper)
        if n_lagged:
            shift_volatile_factors(
                rng,
                state.factors,
                state.coefficients,
                state.transition,
                innovation_precision,
                work.lags,
                hyper,
            )
            draw_transition_rows(rng, state.factors, innovation_precision, state.transition, hyper)
        innovations = factor_innovations(state.factors, state.transition)
        draw_volatility(
            rng, innovations, state.factor_log_variance, state.factor_volatility, tables, hyper
        )
        rescale_volatile_factors(
            rng,
            state.factors,
            loadings,
            state.transition,
            state.factor_log_variance,
            state.factor_volatility,
            hyper,
        )
    else:
        state.factors[:] = draw_factors(
            rng, net, loadings, precision, state.transition, state.factor_cov
        )
        draw_transition(rng, state.factors, state.transition, state.factor_cov, hyper)
        if n_lagged:
            shift_factors(
                rng,
                state.factors,
                state.coefficients,
                state.transition,
                state.factor_cov,
                work.lags,
                work.lag_moments,
                hyper,
            )
            draw_transition(rng, state.factors, state.transition, state.factor_cov, hyper)
        rescale_factors(rng, state.factors, loadings, state.transition, state.factor_cov, hyper)
        shear_factors(rng, state.factors, loadings, state.transition, state.factor_cov, hyper)
    state.coefficients[:, n_lagged:] = loadings


@njit(cache=True, error_model="numpy")
def _precisions(log_variance, moving):
    """Precisions exp(-h) (T, N); where variances are constant the rows are equal, one exp each."""
    if moving:
        return exp_array(-log_variance)
    out = np.empty(log_variance.shape)
    row = np.exp(-log_variance[0])
    for t in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[t, i] = row[i]
    return out


@njit(cache=True, error_model="numpy")
def sweep(rng, window, state, work, hyper, tables):
    """One pass over all blocks, in place; see `gibbs.reference.sweep`."""
    design, pairs = work.design, work.pairs
    n_lagged, n_factors = window.lagged.shape[0], window.n_factors
    residual = window.y
    if design.shape[0]:
        precision = _precisions(state.log_variance, window.idio_sv)
        if n_factors:
            draw_factor_blocks(rng, window, state, work, precision, hyper, tables)
            design[n_lagged:] = state.factors.T
            multiply_pairs(design, n_lagged, pairs)
        draw_rows(rng, window.y, precision, design, pairs, n_lagged, state.coefficients, hyper)
        residual = window.y - np.dot(design.T, state.coefficients.T)
        if n_factors:
            loadings = state.coefficients[:, n_lagged:]
            reflect_factors(state.factors, loadings, state.transition, state.factor_cov)
    if window.idio_sv:
        draw_volatility(rng, residual, state.log_variance, state.volatility, tables, hyper)
    else:
        draw_constant_variances(rng, residual, state.log_variance, hyper)
    if window.missing.shape[0]:
        impute_returns(rng, window, state, residual.copy())
        if n_lagged:
            _read_lagged_returns(window, work)


@njit(cache=True, error_model="numpy")
def start_work(window):
    """Work arrays of :func:`sweep`."""
    n_lagged = window.lagged.shape[0]
    size = n_lagged + window.n_factors
    n_obs = window.y.shape[0]
    n_lags = window.n_lags if n_lagged else -1
    width = n_lagged * (n_lags + 1)
    work = Work(
        np.zeros((size, n_obs)),
        np.zeros((size * (size + 1) // 2, n_obs)),
        np.zeros((width, n_obs)),
        np.zeros((width, width)),
    )
    _read_lagged_returns(window, work)
    return work


@njit(cache=True, error_model="numpy")
def _read_lagged_returns(window, work):
    """Bring the work arrays up to date with the window."""
    n_lagged, n_obs = window.lagged.shape
    work.design[:n_lagged] = window.lagged
    multiply_pairs(work.design, 0, work.pairs)
    if n_lagged:
        for lag in range(window.n_lags + 1):
            rows = work.lags[lag * n_lagged : (lag + 1) * n_lagged]
            rows[:, lag:] = window.lagged[:, : n_obs - lag]
        work.lag_moments[:] = np.dot(work.lags, work.lags.T)


@njit(cache=True, error_model="numpy")
def _next_variances(rng, log_variance, volatility, moving):
    """Variances of the month after the sample, drawn given those of its last month."""
    last = log_variance[-1]
    out = np.empty(last.shape[0])
    for i in range(out.shape[0]):
        h = last[i]
        if moving:
            mu, psi, gamma2 = volatility[:, i]
            h = mu + psi * h + math.sqrt(gamma2) * rng.standard_normal()
        out[i] = math.exp(h)
    return out


@njit(cache=True, error_model="numpy")
def predict(rng, window, state):
    """Mean (N,) and covariance (N, N) of the month after the sample given the state."""
    n_lagged, n_factors = window.lagged.shape[0], window.n_factors
    mean = np.zeros(window.y.shape[1])
    cov = np.diag(_next_variances(rng, state.log_variance, state.volatility, window.idio_sv))
    if n_lagged:
        beta = np.ascontiguousarray(state.coefficients[:, :n_lagged])
        mean += np.dot(beta, window.y[-1])
    if n_factors:
        past = np.ascontiguousarray(state.factors[::-1][: window.n_lags]).reshape(-1)
        loadings = np.ascontiguousarray(state.coefficients[:, n_lagged:])
        mean += np.dot(loadings, np.dot(state.transition, past))
        if window.factor_sv:
            factor_cov = np.diag(
                _next_variances(rng, state.factor_log_variance, state.factor_volatility, True)
            )
        else:
            factor_cov = state.factor_cov
        cov += np.dot(np.dot(loadings, factor_cov), loadings.T)
    return mean, cov


@njit(cache=True, error_model="numpy", nogil=True)
def run_chain(rng, window, state, hyper, tables, burn_in, draws, thin, formation):
    """Run a chain and keep every ``thin``-th state after the burn-in, reduced to predictions.

    Returns fitted values and residuals (D, P, N), predictive means (D, N) and covariances
    (D, N, N), the last month's log variances (D, N) and the parameters (D, 3, N) that move them:
    mu, psi and gamma, of constant variances (log variance, 0, 0).
    """
    n_obs, n_assets = window.y.shape
    n_lagged = window.lagged.shape[0]
    work = start_work(window)
    design = work.design
    fitted = np.zeros((draws, formation, n_assets))
    residuals = np.empty((draws, formation, n_assets))
    means = np.empty((draws, n_assets))
    covs = np.empty((draws, n_assets, n_assets))
    log_variances = np.empty((draws, n_assets))
    volatilities = np.zeros((draws, 3, n_assets))
    for _ in range(burn_in):
        sweep(rng, window, state, work, hyper, tables)
    for d in range(draws):
        for _ in range(thin):
            sweep(rng, window, state, work, hyper, tables)
        if design.shape[0]:
            design[n_lagged:] = state.factors.T
            recent = np.ascontiguousarray(design[:, n_obs - formation :])
            fitted[d] = np.dot(state.coefficients, recent).T
        residuals[d] = window.y[n_obs - formation :] - fitted[d]
        means[d], covs[d] = predict(rng, window, state)
        log_variances[d] = state.log_variance[-1]
        if window.idio_sv:
            volatilities[d, :2] = state.volatility[:2]
            volatilities[d, 2] = np.sqrt(state.volatility[2])
        else:
            volatilities[d, 0] = log_variances[d]
    return fitted, residuals, means, covs, log_variances, volatilities
