"""Compiled draws of coefficients: rows of (beta, Lambda), Phi with Q, and constant variances.

All but Q are linear regressions with normal priors, drawn from precision J = X' P X + S^-2 and
information b = X' P y by a Cholesky root J = C C', as C'^-1 (C^-1 b + z). See Basturk et al. (2017,
Appendix A, steps 1 to 3 of the DFM) and `gibbs.reference.regression`.

What makes it fast: the N regressions of a sweep share their regressors and differ in the months'
weights only. With the products of all pairs of regressors in ``pairs`` (d (d + 1) / 2, T), the
normal matrices of all series are one matrix product, ``pairs`` times ``precision`` (T, N). Pairs of
lagged returns do not change, so a sweep recomputes only those with a factor.

Where the months' precisions differ by more than STEEP, sums of products would cancel the digits of
the lighter months. The root then comes from the weighted equations by Householder's reflections.
"""

import math

import numpy as np
from numba import njit

from bayesfolio.models.gibbs.kernels.elementary import FAST, normal_array
from bayesfolio.models.gibbs.kernels.reflections import STEEP, triangularise


@njit(cache=True, fastmath=FAST, error_model="numpy")
def cholesky_in_place(a, size):
    """Lower Cholesky factor of the leading block, in its lower triangle."""
    for j in range(size):
        for k in range(j):
            factor = a[j, k]
            for i in range(j, size):
                a[i, j] -= factor * a[i, k]
        scale = 1.0 / math.sqrt(a[j, j])
        for i in range(j, size):
            a[i, j] *= scale


@njit(cache=True, fastmath=FAST, error_model="numpy")
def forward(root, rhs, size):
    """Solve root u = rhs in place."""
    for i in range(size):
        value = rhs[i]
        for j in range(i):
            value -= root[i, j] * rhs[j]
        rhs[i] = value / root[i, i]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def backward(root, rhs, size):
    """Solve root' x = rhs in place."""
    for i in range(size - 1, -1, -1):
        value = rhs[i] / root[i, i]
        rhs[i] = value
        for j in range(i):
            rhs[j] -= root[i, j] * value


@njit(cache=True, fastmath=FAST, error_model="numpy")
def multiply_pairs(design, start, pairs):
    """Products of rows i <= j of ``design`` (d, T), written to ``pairs``, all i for each j in turn.

    Only those with j >= ``start`` are computed: the others have not changed.
    """
    n_obs = design.shape[1]
    for j in range(start, design.shape[0]):
        for i in range(j + 1):
            row = j * (j + 1) // 2 + i
            for t in range(n_obs):
                pairs[row, t] = design[i, t] * design[j, t]


@njit(cache=True, error_model="numpy")
def _root_of_equations(design, y, precision, sds, root, draw):
    """Cholesky root C of X' P X + S^-2 and C^-1 X' P y, from the equations themselves, in place.

    Forming the products would cancel all digits where precisions (T,) differ too much. ``design``
    is (d, T) and ``sds`` (d,) are the coefficients' prior standard deviations. ``root`` (d, d)
    becomes lower triangular.
    """
    # Rows of unit variance, the prior's first. With Q R of these, R' is the root C.
    size, n_obs = design.shape
    rows = np.zeros((n_obs + size, size + 1))
    for a in range(size):
        rows[a, a] = 1.0 / sds[a]
    for t in range(n_obs):
        weight = math.sqrt(precision[t])
        for a in range(size):
            rows[size + t, a] = weight * design[a, t]
        rows[size + t, size] = weight * y[t]
    triangularise(rows, 0)
    for a in range(size):
        for b in range(a + 1):
            root[a, b] = rows[b, a]
        draw[a] = rows[a, size]


@njit(cache=True, error_model="numpy")
def draw_rows(rng, y, precision, design, pairs, n_lagged, coefficients, hyper):
    """Rows of (beta, Lambda), series by series, given factors and precisions, in place.

    ``design`` (d, T) holds lagged returns, then factors, and ``pairs`` their products;
    ``coefficients`` is (N, d). Row i < K has i + 1 loadings: Lambda is lower trapezoidal. The paper
    truncates lambda_ii to positive values; here it takes either sign and the factor is reflected
    afterwards, which gives the same law and cannot stick at zero.
    """
    n_assets = y.shape[1]
    size_all = design.shape[0]
    moments = np.dot(pairs, precision)
    cross = np.dot(design, precision * y)
    root = np.empty((size_all, size_all))
    draw = np.empty(size_all)
    sds = np.full(size_all, hyper.loading_sd)
    sds[:n_lagged] = hyper.beta_sd
    for i in range(n_assets):
        size = min(size_all, n_lagged + i + 1)
        most, least = 0.0, math.inf
        for t in range(y.shape[0]):
            most, least = max(most, precision[t, i]), min(least, precision[t, i])
        if most > STEEP * least:
            _root_of_equations(design[:size], y[:, i], precision[:, i], sds, root, draw)
        else:
            row = 0
            for a in range(size):
                for b in range(a + 1):
                    root[a, b] = moments[row, i]
                    row += 1
                root[a, a] += 1.0 / (sds[a] * sds[a])
                draw[a] = cross[a, i]
            cholesky_in_place(root, size)
            forward(root, draw, size)
        for a in range(size):
            draw[a] += rng.standard_normal()
        backward(root, draw, size)
        for a in range(size):
            coefficients[i, a] = draw[a]


@njit(cache=True, fastmath=FAST, error_model="numpy")
def lagged_rows(factors, n_lags):
    """Factors and their lags, zeros before the sample: rows (K (L + 1), T)."""
    n_obs, n_factors = factors.shape
    out = np.zeros((n_factors * (n_lags + 1), n_obs))
    for lag in range(n_lags + 1):
        for k in range(n_factors):
            for t in range(lag, n_obs):
                out[lag * n_factors + k, t] = factors[t - lag, k]
    return out


@njit(cache=True, error_model="numpy")
def draw_transition(rng, factors, transition, factor_cov, hyper):
    """Phi (K, K L) and Q (K, K) given the factors (T, K), in place.

    With F the factors, X their lags and V = X'X + Omega^-1, Q is inverse Wishart with nu + T
    degrees of freedom and scale Q0 + F'F - F'X V^-1 X'F, Phi being integrated out; then Phi' given
    Q is matrix normal with mean V^-1 X'F and covariance Q (x) V^-1.
    """
    n_obs, n_factors = factors.shape
    # One product has F'F, F'X and X'X in it. ``half`` is V^-1/2 X'F, by rows.
    n_regressors = transition.shape[1]
    rows = lagged_rows(factors, n_regressors // n_factors)
    gram = np.dot(rows, rows.T)
    root = np.empty((n_regressors, n_regressors))
    for a in range(n_regressors):
        for b in range(a + 1):
            root[a, b] = gram[n_factors + a, n_factors + b]
        root[a, a] += 1.0 / hyper.omega[a]
    cholesky_in_place(root, n_regressors)
    half = np.empty((n_factors, n_regressors))
    scale = np.empty((n_factors, n_factors))
    for k in range(n_factors):
        for a in range(n_regressors):
            half[k, a] = gram[k, n_factors + a]
        forward(root, half[k], n_regressors)
    for j in range(n_factors):
        for k in range(n_factors):
            total = gram[j, k]
            for a in range(n_regressors):
                total -= half[j, a] * half[k, a]
            scale[j, k] = total
        scale[j, j] += hyper.q_scale[j]
    # Q = X X' with X = chol(scale) B^-T, B lower triangular, B B' ~ W(I, dof) (Bartlett).
    bartlett = np.zeros((n_factors, n_factors))
    for j in range(n_factors):
        for k in range(j):
            bartlett[j, k] = rng.standard_normal()
        bartlett[j, j] = math.sqrt(2.0 * rng.standard_gamma(0.5 * (hyper.q_dof + n_obs - j)))
    cholesky_in_place(scale, n_factors)
    q_root = np.empty((n_factors, n_factors))
    for j in range(n_factors):
        for k in range(n_factors):
            q_root[j, k] = scale[j, k] if k <= j else 0.0
        # A row x of this X solves B x = (row of chol(scale)).
        forward(bartlett, q_root[j], n_factors)
    factor_cov[:] = np.dot(q_root, q_root.T)
    noise = normal_array(rng, n_factors, n_regressors)
    for k in range(n_factors):
        for a in range(n_regressors):
            total = half[k, a]
            for j in range(n_factors):
                total += q_root[k, j] * noise[j, a]
            transition[k, a] = total
        backward(root, transition[k], n_regressors)


@njit(cache=True, error_model="numpy")
def draw_transition_rows(rng, factors, innovation_precision, transition, hyper):
    """Phi given the factors and their innovations' precisions (T, K), row by row, in place.

    Innovations of different factors are independent, so each row of Phi is a regression of its
    own. Its prior variances q_k omega_lj are fixed, as there is no Q for them to depend on.
    """
    n_factors = factors.shape[1]
    n_regressors = transition.shape[1]
    rows = lagged_rows(factors, n_regressors // n_factors)
    regressors = rows[n_factors:]
    pairs = np.empty((n_regressors * (n_regressors + 1) // 2, factors.shape[0]))
    multiply_pairs(regressors, 0, pairs)
    moments = np.dot(pairs, innovation_precision)
    cross = np.dot(regressors, innovation_precision * factors)
    root = np.empty((n_regressors, n_regressors))
    for k in range(n_factors):
        row = 0
        for a in range(n_regressors):
            for b in range(a + 1):
                root[a, b] = moments[row, k]
                row += 1
            root[a, a] += 1.0 / (hyper.q_scale[k] * hyper.omega[a])
            transition[k, a] = cross[a, k]
        cholesky_in_place(root, n_regressors)
        forward(root, transition[k], n_regressors)
        for a in range(n_regressors):
            transition[k, a] += rng.standard_normal()
        backward(root, transition[k], n_regressors)


@njit(cache=True, error_model="numpy")
def draw_constant_variances(rng, residual, log_variance, hyper):
    """Constant variances given residuals (T, N), written to every row of the log variances.

    sigma_i^2 ~ IG(shape + T / 2, scale + SSR_i / 2). The paper's posterior scale has v s^2 in place
    of s, which would be another prior.
    """
    n_obs, n_assets = residual.shape
    ssr = np.zeros(n_assets)
    for t in range(n_obs):
        for i in range(n_assets):
            ssr[i] += residual[t, i] * residual[t, i]
    for i in range(n_assets):
        precision = rng.standard_gamma(hyper.sigma2_shape + 0.5 * n_obs)
        ssr[i] = math.log((hyper.sigma2_scale + 0.5 * ssr[i]) / precision)
    for t in range(n_obs):
        for i in range(n_assets):
            log_variance[t, i] = ssr[i]
