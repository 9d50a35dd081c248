"""Compiled block of log variances. Read `gibbs.reference.volatility` first: it has the algebra.

Disturbances eps (T, n) have variances exp(h), and h_t = mu + psi h_{t-1} + gamma z_t. The paper's
symbols (Basturk et al. 2017, Appendix A, eq. (24) and (25)): y** is log eps^2, s the component of
the normal mixture, gamma_ii our gamma^2. One call makes four moves:

1. components s given h, then the whole path of h given s;
2. level mu / (1 - psi) and gamma, given the path in units of its own scale (interweaving);
3. mu and psi given the path;
4. gamma^2 given the path.

What makes it fast:

* The mixture's probabilities and the weights that make moves 1 and 2 exact depend on one number
  per cell, e = log eps^2 - h. Both come from tables over e (`gibbs.mixture`), without exp or log;
  the logs of squares are taken once for all four moves.
* The precision of a path is tridiagonal. Its factorisation, the solution for the mean and the
  draw are three passes over the months, O(T) for each series, and no matrix is formed.
* Arrays are (T, n), months by series: a recursion over months advances all series at once, in
  vector instructions. Each inner loop writes one array only. The compiler cannot tell whether two
  arrays overlap, and would not vectorise a loop that writes both.
"""

import math

import numpy as np
from numba import njit

from bayesfolio.models.gibbs.kernels.elementary import (
    FAST,
    column_products,
    column_sums,
    column_triple_products,
    log_array,
    normal_array,
    random_bits,
)
from bayesfolio.models.gibbs.mixture import (
    CELLS,
    COLUMN_BITS,
    HIGHEST,
    LOWEST,
    SHARE_BITS,
    TINY_SQUARE,
)


@njit(cache=True, error_model="numpy")
def _exact_log_weight(e, tables):
    """`mixture.log_weight` of one e outside the tables; far out one component has all weight."""
    # Log-sum-exp over components: the densities themselves underflow where this is called.
    largest = -np.inf
    total = 0.0
    parts = np.empty(tables.mean.shape[0])
    for j in range(parts.shape[0]):
        deviation = e - tables.mean[j]
        parts[j] = tables.log_scale[j] - 0.5 * deviation * deviation * tables.precision[j]
        largest = max(largest, parts[j])
    for j in range(parts.shape[0]):
        total += math.exp(parts[j] - largest)
    return 0.5 * (e - math.exp(min(e, 700.0))) - largest - math.log(total)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _places(log_square, log_variance):
    """Where e = log eps^2 - h lies in the tables, counted in cells, and whether all lie inside.

    The whole part of a place is the cell, its fraction how far into the cell e lies.
    """
    e, h = log_square.reshape(-1), log_variance.reshape(-1)
    place = np.empty(e.shape[0])
    for j in range(e.shape[0]):
        place[j] = (e[j] - h[j] - LOWEST) * CELLS
    outside = 0
    for j in range(e.shape[0]):
        outside += int(place[j] < 0.0) + int(place[j] >= (HIGHEST - LOWEST) * CELLS)
    return place, outside == 0


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _log_weights(place, inside, square, log_variance, tables):
    """Log weights (n,) of a path of log variances: sums over months of `mixture.log_weight`."""
    each = np.empty(square.shape)
    weight, flat = tables.weight, each.reshape(-1)
    if inside:
        # The usual case: every e is in the tables and no square is tiny, so no branch is needed.
        for j in range(place.shape[0]):
            cell = int(place[j])
            flat[j] = weight[cell] + (place[j] - cell) * (weight[cell + 1] - weight[cell])
    else:
        # A tiny square was proposed from the prior, not from the mixture: its weight is the whole
        # likelihood of h. An e beyond the tables takes the exact formula.
        h, squares = log_variance.reshape(-1), square.reshape(-1)
        for j in range(place.shape[0]):
            if squares[j] < TINY_SQUARE:
                flat[j] = -0.5 * (h[j] + squares[j] * math.exp(-h[j]))
            elif 0.0 <= place[j] < (HIGHEST - LOWEST) * CELLS:
                cell = int(place[j])
                flat[j] = weight[cell] + (place[j] - cell) * (weight[cell + 1] - weight[cell])
            else:
                flat[j] = _exact_log_weight(place[j] / CELLS + LOWEST, tables)
    return column_sums(each)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _draw_components(rng, place, log_square, square, tables):
    """Draw the mixture's components: their precisions, and log squares less their means.

    The probabilities of eq. (25) depend on e alone, so each cell of e has a table of them for
    Walker's alias method, which needs one random number and no search. The highest 3 of 26 random
    bits choose one of 8 columns. The other 23 are compared with the share of the column that is
    its own: below it the component is the column's number, above it the column's alias.
    """
    # One short loop for each step: each becomes vector instructions, all in one would not.
    # Indices are unsigned because numba then leaves out its test for negative ones.
    size = place.shape[0]
    bits = random_bits(rng, size)
    entry = np.empty(size, dtype=np.int64)
    component = np.empty(size, dtype=np.int64)
    last = float(tables.alias.shape[0] - 1)
    alias = tables.alias.reshape(-1)
    for j in range(size):
        cell = int(min(max(place[j], 0.0), last))
        entry[j] = (cell << COLUMN_BITS) + (bits[j] >> SHARE_BITS)
    for j in range(size):
        entry[j] = alias[np.uint64(entry[j])]
    for j in range(size):
        own = (bits[j] & (2**SHARE_BITS - 1)) < (entry[j] >> COLUMN_BITS)
        component[j] = bits[j] >> SHARE_BITS if own else entry[j] & (2**COLUMN_BITS - 1)
    # What a path is drawn from: log eps^2 - mean_s = h + N(0, 1 / precision_s). A tiny square has
    # precision 0, as if its month were missing.
    precision = np.empty(size)
    centred = np.empty(size)
    squares, log_squares = square.reshape(-1), log_square.reshape(-1)
    for j in range(size):
        precision[j] = tables.precision[np.uint64(component[j])]
    for j in range(size):
        precision[j] = precision[j] if squares[j] >= TINY_SQUARE else 0.0
    for j in range(size):
        centred[j] = log_squares[j] - tables.mean[np.uint64(component[j])]
    return precision.reshape(square.shape), centred.reshape(square.shape)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _draw_path(rng, precision, centred, mu, psi, gamma2):
    """Draw the log variances (T, n) of all series given the mixture's components.

    The precision of a path is J = A / gamma^2 + diag(precision), where A is tridiagonal with
    -psi beside its diagonal, 1 + psi^2 on it and 1 at its two ends (h_1 is stationary). With the
    factorisation gamma^2 J = L D L', D_t = 1 / pivot_t and -psi pivot_{t-1} below L's unit
    diagonal, a draw is L'^-1 (D^-1 L^-1 b + gamma D^-1/2 z). This has the law of a draw
    by Carter and Kohn (1994), which the paper uses.
    """
    n_obs, n = precision.shape
    pivot = np.empty((n_obs, n))
    path = np.empty((n_obs, n))
    psi2 = psi * psi
    inner = 1.0 + psi2
    pull = mu * (1.0 - psi)
    # Pivots: D_t = A_tt + gamma^2 precision_t - psi^2 / D_{t-1}.
    for i in range(n):
        pivot[0, i] = 1.0 / (1.0 + gamma2[i] * precision[0, i])
    for t in range(1, n_obs - 1):
        for i in range(n):
            pivot[t, i] = 1.0 / (inner[i] + gamma2[i] * precision[t, i] - psi2[i] * pivot[t - 1, i])
    for i in range(n):
        pivot[n_obs - 1, i] = 1.0 / (
            1.0 + gamma2[i] * precision[n_obs - 1, i] - psi2[i] * pivot[n_obs - 2, i]
        )
    # Forward: D^-1 L^-1 b with b = A level + gamma^2 precision centred. A's rows sum to
    # (1 - psi)^2, and to 1 - psi at the ends, so A level is mu (1 - psi), and mu at the ends.
    for i in range(n):
        path[0, i] = pivot[0, i] * (mu[i] + gamma2[i] * precision[0, i] * centred[0, i])
    for t in range(1, n_obs):
        term = mu if t == n_obs - 1 else pull
        for i in range(n):
            path[t, i] = pivot[t, i] * (
                term[i] + gamma2[i] * precision[t, i] * centred[t, i] + psi[i] * path[t - 1, i]
            )
    # Noise of standard deviation gamma sqrt(pivot), then backward through L'.
    noise = normal_array(rng, n_obs, n)
    flat, pivots = noise.reshape(-1), pivot.reshape(-1)
    for j in range(flat.shape[0]):
        flat[j] *= math.sqrt(pivots[j])
    gamma = np.sqrt(gamma2)
    for t in range(n_obs):
        for i in range(n):
            path[t, i] += gamma[i] * noise[t, i]
    for t in range(n_obs - 2, -1, -1):
        for i in range(n):
            path[t, i] += psi[i] * pivot[t, i] * path[t + 1, i]
    return path


@njit(cache=True, error_model="numpy")
def _log_floor(level, hyper):
    """Log of the factor that ends a level's prior, see `models.priors`."""
    return -math.exp(min(hyper.log_variance_floor - level, 700.0))


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _scaled(x, shift, scale):
    """Rows of ``shift + scale * x``."""
    out = np.empty(x.shape)
    for t in range(x.shape[0]):
        for i in range(x.shape[1]):
            out[t, i] = shift[i] + scale[i] * x[t, i]
    return out


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _replace_columns(x, new, which):
    """Overwrite the columns of ``x`` that are marked."""
    for t in range(x.shape[0]):
        for i in range(x.shape[1]):
            x[t, i] = new[t, i] if which[i] else x[t, i]


@njit(cache=True, error_model="numpy")
def _redraw_level_and_scale(
    rng,
    log_variance,
    volatility,
    log_square,
    square,
    precision,
    centred,
    known,
    weight,
    tables,
    hyper,
):
    """Level and scale given the path in units of its scale (interweaving), series by series.

    In h = level + gamma u the path u has a prior free of level and gamma (Yu and Meng 2011).
    Given u and the components s, `centred` is a regression on (1, u) with known precisions, so
    that (level, gamma) has a Gaussian proposal. The proposal takes the prior of gamma as flat.
    The acceptance adds the true prior, the level's floor and the ratio of exact to approximate
    likelihoods. gamma takes either sign: only its square is kept.
    """
    n = log_variance.shape[1]
    mu, psi, gamma2 = volatility[0], volatility[1], volatility[2]
    level = mu / (1.0 - psi)
    gamma = np.sqrt(gamma2)
    unit = _scaled(log_variance, -level / gamma, 1.0 / gamma)
    # Sums of the 2 by 2 normal equations [[p0, p1], [p1, p2]] and [r0, r1], all series at once.
    p0 = column_sums(precision)
    p1 = column_products(precision, unit)
    p2 = column_triple_products(precision, unit, unit)
    r0 = column_products(precision, centred)
    r1 = column_triple_products(precision, unit, centred)
    noise = normal_array(rng, n, 2)
    new_level = np.empty(n)
    new_gamma = np.empty(n)
    for i in range(n):
        level_sd = hyper.mu_sd / (1.0 - psi[i])
        a = p0[i] + level_sd**-2
        rhs0 = r0[i] + hyper.mu_mean / (1.0 - psi[i]) * level_sd**-2
        # Lower Cholesky factor of [[a, p1], [p1, p2]], a including the level's prior; then one
        # forward and one backward solution give mean and noise together.
        l00 = math.sqrt(a)
        l10 = p1[i] / l00
        l11 = math.sqrt(p2[i] - l10 * l10)
        u0 = rhs0 / l00
        u1 = (r1[i] - l10 * u0) / l11
        new_gamma[i] = (u1 + noise[i, 1]) / l11
        new_level[i] = (u0 + noise[i, 0] - l10 * new_gamma[i]) / l00
    proposal = _scaled(unit, new_level, new_gamma)
    place, inside = _places(log_square, proposal)
    new_weight = _log_weights(place, inside and known, square, proposal, tables)
    # gamma^2 ~ IG(a, b) is a density |gamma|^-(2 a + 1) exp(-b / gamma^2) of gamma.
    accepted = np.empty(n, dtype=np.bool_)
    power = 2.0 * hyper.gamma2_shape + 1.0
    for i in range(n):
        change = (
            new_weight[i]
            - weight[i]
            - power * math.log(abs(new_gamma[i]) / gamma[i])
            - hyper.gamma2_scale * (1.0 / new_gamma[i] ** 2 - 1.0 / gamma2[i])
            + _log_floor(new_level[i], hyper)
            - _log_floor(level[i], hyper)
        )
        accepted[i] = math.log(rng.random()) < change
        if accepted[i]:
            gamma2[i] = new_gamma[i] ** 2
            mu[i] = new_level[i] * (1.0 - psi[i])
    _replace_columns(log_variance, proposal, accepted)


@njit(cache=True, error_model="numpy")
def _draw_autoregression(rng, log_variance, volatility, hyper):
    """Intercept and persistence, then innovation variance, given the path.

    (mu, psi) is proposed from the regression of h_t on (1, h_{t-1}), t = 2..T, with its normal
    priors. The acceptance adds the rest of the density: that of h_1, the floor and |psi| < 1.
    The paper omits h_1, and its covariance lacks an inverse. gamma^2 has an exact inverse gamma.
    """
    n_obs, n = log_variance.shape
    mu, psi, gamma2 = volatility[0], volatility[1], volatility[2]
    before, after = log_variance[:-1], log_variance[1:]
    # The regression's sums: 1' h_{t-1}, 1' h_t, h_{t-1}' h_{t-1} and h_{t-1}' h_t.
    sums = column_sums(log_variance)
    sum_before, sum_after = sums - log_variance[-1], sums - log_variance[0]
    squares = column_products(before, before)
    cross = column_products(before, after)
    noise = normal_array(rng, n, 2)
    for i in range(n):
        # Posterior precision [[a, b], [b, c]] of (mu, psi), its Cholesky factor, and the draw.
        a = (n_obs - 1) / gamma2[i] + hyper.mu_sd**-2
        b = sum_before[i] / gamma2[i]
        c = squares[i] / gamma2[i] + hyper.psi_sd**-2
        l00 = math.sqrt(a)
        l10 = b / l00
        l11 = math.sqrt(c - l10 * l10)
        u0 = (sum_after[i] / gamma2[i] + hyper.mu_mean * hyper.mu_sd**-2) / l00
        u1 = (cross[i] / gamma2[i] + hyper.psi_mean * hyper.psi_sd**-2 - l10 * u0) / l11
        new_psi = (u1 + noise[i, 1]) / l11
        new_mu = (u0 + noise[i, 0] - l10 * new_psi) / l00
        uniform = rng.random()
        if abs(new_psi) >= 1.0:
            continue
        first = log_variance[0, i]
        change = _log_outside_regression(first, new_mu, new_psi, gamma2[i], hyper)
        change -= _log_outside_regression(first, mu[i], psi[i], gamma2[i], hyper)
        if math.log(uniform) < change:
            mu[i], psi[i] = new_mu, new_psi
    # gamma^2 ~ IG(shape + T / 2, scale + ssr / 2); h_1 counts with its stationary variance.
    level = mu / (1.0 - psi)
    ssr = (1.0 - psi**2) * (log_variance[0] - level) ** 2
    for t in range(n_obs - 1):
        for i in range(n):
            ssr[i] += (after[t, i] - mu[i] - psi[i] * before[t, i]) ** 2
    for i in range(n):
        gamma2[i] = (hyper.gamma2_scale + 0.5 * ssr[i]) / rng.standard_gamma(
            hyper.gamma2_shape + 0.5 * n_obs
        )


@njit(cache=True, error_model="numpy")
def _log_outside_regression(first, mu, psi, gamma2, hyper):
    """Log density of h_1 and the level's floor, which the regression leaves out."""
    level = mu / (1.0 - psi)
    return (
        0.5 * math.log(1.0 - psi * psi)
        - 0.5 * (1.0 - psi * psi) * (first - level) ** 2 / gamma2
        + _log_floor(level, hyper)
    )


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _squares(residual):
    """Squared residuals, the same raised to TINY_SQUARE at least, and whether none was raised."""
    square, bounded = np.empty(residual.shape), np.empty(residual.shape)
    values, flat, kept = residual.reshape(-1), square.reshape(-1), bounded.reshape(-1)
    tiny = 0
    for j in range(values.shape[0]):
        flat[j] = values[j] * values[j]
    for j in range(values.shape[0]):
        kept[j] = max(flat[j], TINY_SQUARE)
        tiny += int(flat[j] < TINY_SQUARE)
    return square, bounded, tiny == 0


@njit(cache=True, error_model="numpy")
def draw_volatility(rng, residual, log_variance, volatility, tables, hyper):
    """Log variances (T, n) and their (mu, psi, gamma^2) (3, n) given disturbances, in place."""
    n = residual.shape[1]
    mu, psi, gamma2 = volatility[0], volatility[1], volatility[2]
    # Components given the path, then a proposal of the path given the components.
    square, bounded, known = _squares(residual)
    log_square = log_array(bounded)
    place, inside = _places(log_square, log_variance)
    weight = _log_weights(place, inside and known, square, log_variance, tables)
    precision, centred = _draw_components(rng, place, log_square, square, tables)
    proposal = _draw_path(rng, precision, centred, mu, psi, gamma2)
    # Exact over approximate likelihood, new against old: the components cancel from the ratio.
    # Paths are accepted series by series.
    place, inside = _places(log_square, proposal)
    new_weight = _log_weights(place, inside and known, square, proposal, tables)
    accepted = np.empty(n, dtype=np.bool_)
    for i in range(n):
        accepted[i] = math.log(rng.random()) < new_weight[i] - weight[i]
        if accepted[i]:
            weight[i] = new_weight[i]
    _replace_columns(log_variance, proposal, accepted)
    _redraw_level_and_scale(
        rng,
        log_variance,
        volatility,
        log_square,
        square,
        precision,
        centred,
        known,
        weight,
        tables,
        hyper,
    )
    _draw_autoregression(rng, log_variance, volatility, hyper)
