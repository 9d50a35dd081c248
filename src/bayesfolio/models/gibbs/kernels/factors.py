"""Compiled draw of the factors of all months at once.

Given everything else the T K factors are jointly Gaussian, with precision J and J times mean b:

    J = H' S H + diag_t(Lambda' P_t Lambda),   b_t = Lambda' P_t (y_t - beta x_t)

H maps factors to innovations, e_s = sum_l B_l f_{s-l} with B_0 = I and B_l = -Phi_l; S holds the
innovations' precisions and P_t those of eps_t. J is block-banded: a month meets only the L months
after it. With J = C C', a draw is C'^-1 (C^-1 b + z), and C costs O(T K^3 L^2). The law is that of
the forward filter and backward sampler of Carter and Kohn (1994), which Basturk et al. (2017,
Appendix A) use, without their T covariance matrices; see Rue (2001) for banded precisions.

The factorisation works on panels, the K rows of one month against the K (L + 1) columns of that
month and the next L. K and L are constants to the compiler for the paper's models, so that a
panel's loops are unrolled into vector instructions. Arrays are (T, K), months by factors. The
matrix of the draw's law is written out in `gibbs.reference.factors`.

Where precisions differ by more than STEEP, the sums in J would lose all digits of the smaller
ones. :func:`draw_steep_factors` then works on the equations themselves.
"""

import math

import numpy as np
from numba import njit

from bayesfolio.models.gibbs.kernels.elementary import FAST, normal_array
from bayesfolio.models.gibbs.kernels.reflections import STEEP, triangularise


@njit(cache=True, fastmath=FAST, error_model="numpy")
def lag_operators(transition, n_lags):
    """I, -Phi_1, .., -Phi_L as (L + 1, K, K): innovations are this filter of the factors."""
    n_factors = transition.shape[0]
    out = np.zeros((n_lags + 1, n_factors, n_factors))
    for k in range(n_factors):
        out[0, k, k] = 1.0
        for lag in range(n_lags):
            for j in range(n_factors):
                out[lag + 1, k, j] = -transition[k, lag * n_factors + j]
    return out


@njit(cache=True, fastmath=FAST, error_model="numpy")
def lag_products(transition, n_factors, n_lags):
    """Matrix (K (L + 1), K, K (L + 1)) from innovation precisions to panels of the precision.

    With e_s = sum_l B_l f_{s-l}, B_0 = I and B_l = -Phi_l, the block of months t and t + m is
    sum_l B_{l+m}' S_{t+m+l} B_l. Entry [(s, k), a, (m, b)] is the factor by which the precision of
    e_{t+s,k} enters row a, column (m, b) of month t's panel.
    """
    coefficients = lag_operators(transition, n_lags)
    width = n_factors * (n_lags + 1)
    out = np.zeros((width, n_factors, width))
    for m in range(n_lags + 1):
        for lag in range(n_lags + 1 - m):
            for k in range(n_factors):
                for a in range(n_factors):
                    for b in range(n_factors):
                        out[(m + lag) * n_factors + k, a, m * n_factors + b] += (
                            coefficients[lag + m, k, a] * coefficients[lag, k, b]
                        )
    return out


@njit(cache=True, fastmath=FAST, error_model="numpy")
def varying_panels(transition, innovation_precision, n_lags):
    """Prior panels (T, K, K (L + 1)) of the factors' precision, innovation variances moving.

    Month t's factors enter the innovations of months t to t + L only, and its panel is linear in
    their precisions. So all panels are one matrix product, of these precisions (T, K (L + 1)) and
    :func:`lag_products`.
    """
    n_obs, n_factors = innovation_precision.shape
    width = n_factors * (n_lags + 1)
    products = lag_products(transition, n_factors, n_lags)
    # Zeros after the sample: innovations that do not exist add nothing.
    ahead = np.zeros((n_obs, width))
    for t in range(n_obs):
        for lag in range(min(n_lags + 1, n_obs - t)):
            for k in range(n_factors):
                ahead[t, lag * n_factors + k] = innovation_precision[t + lag, k]
    panels = np.dot(ahead, products.reshape((width, n_factors * width)))
    return panels.reshape((n_obs, n_factors, width))


@njit(cache=True, fastmath=FAST, error_model="numpy")
def constant_panels(transition, factor_cov, n_lags):
    """Prior panels (L + 1, K, K (L + 1)) of the factors' precision, one innovation covariance.

    The first serves all months with L months or more after them, the others the last L months.
    """
    n_factors = factor_cov.shape[0]
    width = n_factors * (n_lags + 1)
    # With B_l -> Q^-1/2 B_l the innovations' precision is the identity, and the block of months
    # t and t + m is sum_l B_{l+m}' B_l over those l whose innovation is in the sample.
    root = np.linalg.inv(np.linalg.cholesky(factor_cov))
    coefficients = lag_operators(transition, n_lags)
    for lag in range(n_lags + 1):
        coefficients[lag] = np.dot(root, coefficients[lag])
    panels = np.zeros((n_lags + 1, n_factors, width))
    for left in range(n_lags + 1):
        for m in range(left + 1):
            for lag in range(left + 1 - m):
                panels[n_lags - left, :, m * n_factors : (m + 1) * n_factors] += np.dot(
                    coefficients[lag + m].T, coefficients[lag]
                )
    return panels


def _make_solver(n_factors: int, n_lags: int):
    """Compile the draw of the factors for one size; sizes of 0 stand for any."""
    any_size = n_factors == 0

    @njit(cache=True, fastmath=FAST, error_model="numpy")
    def solve(prior, data, information, noise):
        """Factors (T, K) from prior panels and the data's precision (T, K (K + 1) / 2).

        ``prior`` has a panel for each month, or those of :func:`constant_panels`; ``data`` the
        upper triangles row by row. ``information`` (T, K), the precision times the mean, is
        overwritten; ``noise`` (T, K) is standard normal. With the precision J = L D L', L of unit
        diagonal, the result is L'^-1 (D^-1 L^-1 b + D^-1/2 z).
        """
        n_obs = data.shape[0]
        k_all = prior.shape[1] if any_size else n_factors
        width = prior.shape[2] if any_size else n_factors * (n_lags + 1)
        rest = width - k_all
        shared = n_obs - prior.shape[0]
        # What eliminating past months takes from the rows and the information of this month and
        # the next L - 1. The last K rows and columns stay zero: no past month reaches month t + L,
        # and shifting them in opens its place.
        carried = np.zeros((rest + k_all, rest + k_all))
        carried_information = np.zeros(rest + k_all)
        pivots = np.empty((n_obs, k_all))
        columns = np.empty((n_obs, width, k_all))
        panel = np.empty((k_all, width))
        scaled = np.empty((k_all, width))
        current = np.empty(k_all)
        for t in range(n_obs):
            # The panel is the prior's, less what the past has taken, plus the data's precision.
            # Only the upper triangle of its first block is complete, and only that is read.
            month = max(t - shared, 0)
            for p in range(k_all):
                for c in range(width):
                    panel[p, c] = prior[month, p, c] - carried[p, c]
            entry = 0
            for p in range(k_all):
                for q in range(p, k_all):
                    panel[p, q] += data[t, entry]
                    entry += 1
            for p in range(k_all):
                current[p] = information[t, p] - carried_information[p]
            # Eliminate the month's factors one by one. Rows are updated over their whole width,
            # which vectorises; what that leaves below the diagonal is not read.
            for p in range(k_all):
                pivot = 1.0 / panel[p, p]
                pivots[t, p] = pivot
                for c in range(width):
                    scaled[p, c] = panel[p, c] * pivot
                for q in range(p + 1, k_all):
                    factor = scaled[p, q]
                    for c in range(width):
                        panel[q, c] -= factor * panel[p, c]
                    current[q] -= factor * current[p]
            # Keep L^-1 b and the rows of L', transposed so that the way back reads them in order.
            for p in range(k_all):
                information[t, p] = current[p]
                for c in range(width):
                    columns[t, c, p] = scaled[p, c]
            # Next month's view of what has been taken: shift by K, then add this month's share.
            for a in range(rest):
                for c in range(rest):
                    carried[a, c] = carried[a + k_all, c + k_all]
                carried_information[a] = carried_information[a + k_all]
            for p in range(k_all):
                for a in range(rest):
                    factor = scaled[p, k_all + a]
                    for c in range(rest):
                        carried[a, c] += factor * panel[p, k_all + c]
                    carried_information[a] += factor * current[p]
        # Backward: D^-1 L^-1 b + D^-1/2 z, less what the months after take, from the last to the
        # first; then the same within the month.
        factors = np.empty((n_obs, k_all))
        sums = np.empty(k_all)
        for t in range(n_obs - 1, -1, -1):
            for p in range(k_all):
                pivot = pivots[t, p]
                sums[p] = information[t, p] * pivot + noise[t, p] * math.sqrt(pivot)
            for lag in range(1, min(width // k_all, n_obs - t)):
                for a in range(k_all):
                    later = factors[t + lag, a]
                    for p in range(k_all):
                        sums[p] -= columns[t, lag * k_all + a, p] * later
            for p in range(k_all - 1, -1, -1):
                factors[t, p] = sums[p]
                for q in range(p):
                    sums[q] -= columns[t, p, q] * sums[p]
        return factors

    return solve


_solve_1_1 = _make_solver(1, 1)
_solve_1_2 = _make_solver(1, 2)
_solve_2_1 = _make_solver(2, 1)
_solve_2_2 = _make_solver(2, 2)
_solve_3_1 = _make_solver(3, 1)
_solve_3_2 = _make_solver(3, 2)
_solve_4_1 = _make_solver(4, 1)
_solve_4_2 = _make_solver(4, 2)
_solve_any = _make_solver(0, 0)


@njit(cache=True, error_model="numpy")
def solve_factors(prior, data, information, noise):
    """Dispatch on the sizes of the paper's models; others take a slower general version."""
    size = (prior.shape[1], prior.shape[2] // prior.shape[1] - 1)
    if size == (1, 1):
        return _solve_1_1(prior, data, information, noise)
    if size == (1, 2):
        return _solve_1_2(prior, data, information, noise)
    if size == (2, 1):
        return _solve_2_1(prior, data, information, noise)
    if size == (2, 2):
        return _solve_2_2(prior, data, information, noise)
    if size == (3, 1):
        return _solve_3_1(prior, data, information, noise)
    if size == (3, 2):
        return _solve_3_2(prior, data, information, noise)
    if size == (4, 1):
        return _solve_4_1(prior, data, information, noise)
    if size == (4, 2):
        return _solve_4_2(prior, data, information, noise)
    return _solve_any(prior, data, information, noise)


@njit(cache=True, fastmath=FAST, error_model="numpy")
def _draw(rng, net, loadings, precision, prior):
    """Draw factors from prior panels, and from net returns and their precisions (T, N)."""
    n_obs, n_assets = net.shape
    n_factors = loadings.shape[1]
    # Lambda' P_t Lambda of all months as one matrix product: precisions (T, N) times the upper
    # triangles of lambda_i lambda_i' (N, K (K + 1) / 2).
    pairs = np.empty((n_assets, n_factors * (n_factors + 1) // 2))
    for i in range(n_assets):
        entry = 0
        for j in range(n_factors):
            for k in range(j, n_factors):
                pairs[i, entry] = loadings[i, j] * loadings[i, k]
                entry += 1
    data = np.dot(precision, pairs)
    information = np.dot(precision * net, loadings)
    return solve_factors(prior, data, information, normal_array(rng, n_obs, n_factors))


@njit(cache=True, error_model="numpy")
def draw_steep_factors(rng, net, loadings, precision, operators, innovation_precision):
    """Draw factors without forming the precision matrix, which takes five times as long.

    Months are eliminated one by one from their equations, written as rows of unit variance, by
    Householder's reflections (a square-root information filter). This keeps twice the digits of
    sums of products. ``operators`` (L + 1, K, K) take factors to innovations whose precisions are
    ``innovation_precision`` (T, K).
    """
    n_obs, n_assets = net.shape
    n_factors = loadings.shape[1]
    n_lags = operators.shape[0] - 1
    rest = n_lags * n_factors
    width = rest + n_factors
    rows = np.zeros((width + n_assets, width + 1))
    panels = np.empty((n_obs, n_factors, width + 1))
    # Columns are the factors of months t to t + L and, last, the right-hand side. The equations of
    # month t + L come in, then month t's factors go out; before the sample they are zero.
    for t in range(-n_lags, n_obs):
        rows[rest:] = 0.0
        last = t + n_lags
        if last < n_obs:
            # K equations of the innovations, sqrt(s) sum_l B_l f_{t-l} = noise, and N of the
            # returns, sqrt(p) lambda_i' f_t = sqrt(p) net + noise.
            for k in range(n_factors):
                weight = math.sqrt(innovation_precision[last, k])
                for lag in range(min(n_lags, last) + 1):
                    for j in range(n_factors):
                        column = (n_lags - lag) * n_factors + j
                        rows[rest + k, column] = weight * operators[lag, k, j]
            for i in range(n_assets):
                weight = math.sqrt(precision[last, i])
                for j in range(n_factors):
                    rows[width + i, rest + j] = weight * loadings[i, j]
                rows[width + i, width] = weight * net[last, i]
        # The first K rows of R say what month t is given the months after it; they are kept for
        # the way back. The other rows are what the data so far say of months t + 1 to t + L, and
        # move up and to the left to make room.
        first = n_factors * max(0, -t)
        triangularise(rows, first)
        done = 0
        if t >= 0:
            panels[t] = rows[:n_factors]
            done = n_factors
        for i in range(rest):
            for column in range(rest):
                rows[i, column] = rows[i + done, column + n_factors]
            for column in range(rest, width):
                rows[i, column] = 0.0
            rows[i, width] = rows[i + done, width]
    # Solve R f = right-hand side + z, from the last month to the first, in place of the noise.
    factors = normal_array(rng, n_obs, n_factors)
    for t in range(n_obs - 1, -1, -1):
        for p in range(n_factors - 1, -1, -1):
            total = factors[t, p] + panels[t, p, width]
            for column in range(p + 1, min(width, n_factors * (n_obs - t))):
                total -= panels[t, p, column] * factors[t + column // n_factors, column % n_factors]
            factors[t, p] = total / panels[t, p, p]
    return factors


@njit(cache=True, error_model="numpy")
def draw_factors(rng, net, loadings, precision, transition, factor_cov):
    """Draw factors (T, K) with one innovation covariance Q (K, K).

    ``net`` (T, N) are returns less beta x, ``precision`` (T, N) the precisions of eps.
    """
    n_lags = transition.shape[1] // transition.shape[0]
    if precision.max() * np.diag(factor_cov).max() > STEEP:
        # With B_l -> Q^-1/2 B_l all innovations have precision one.
        root = np.linalg.inv(np.linalg.cholesky(factor_cov))
        operators = lag_operators(transition, n_lags)
        for lag in range(n_lags + 1):
            operators[lag] = np.dot(root, operators[lag])
        ones = np.ones((net.shape[0], loadings.shape[1]))
        return draw_steep_factors(rng, net, loadings, precision, operators, ones)
    return _draw(rng, net, loadings, precision, constant_panels(transition, factor_cov, n_lags))


@njit(cache=True, error_model="numpy")
def draw_volatile_factors(rng, net, loadings, precision, transition, innovation_precision):
    """Draw factors (T, K) whose innovations have precisions (T, K) that move."""
    n_lags = transition.shape[1] // transition.shape[0]
    most = max(innovation_precision.max(), precision.max())
    if most > STEEP * innovation_precision.min():
        operators = lag_operators(transition, n_lags)
        return draw_steep_factors(rng, net, loadings, precision, operators, innovation_precision)
    prior = varying_panels(transition, innovation_precision, n_lags)
    return _draw(rng, net, loadings, precision, prior)
