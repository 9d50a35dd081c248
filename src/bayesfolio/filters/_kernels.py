"""Compiled loops of the filters; `_reference` has the same functions, to be read first.

Two of the compiled versions go another way to the same result. Resampling counts how many weights
end below each point instead of looking points up, and the Kalman update takes whitened series one
by one instead of solving with an N by N matrix.

All are in one file: numba takes a function from its cache until that function's file changes, and
would not notice a change of a helper elsewhere. No function here checks its arguments.
"""

import math

import numpy as np
from numba import njit

_LOG_2PI = math.log(2 * math.pi)
_FAST = {"contract", "reassoc"}


@njit(cache=True, error_model="numpy")
def fill_normals(rng, out):
    """Standard normals in the order of ``rng.standard_normal``, in less than half its time."""
    flat = out.reshape(-1)
    for i in range(flat.shape[0]):
        flat[i] = rng.standard_normal()


@njit(cache=True, error_model="numpy")
def fill_gammas(rng, shape, out):
    """Standard gammas in the order of ``rng.standard_gamma``."""
    for i in range(out.shape[0]):
        out[i] = rng.standard_gamma(shape)


@njit(cache=True, error_model="numpy")
def last_positive(weights):
    """Index of the last positive weight: rounding in sums must not choose one beyond it."""
    last = weights.shape[0] - 1
    while last > 0 and weights[last] == 0.0:
        last -= 1
    return last


@njit(cache=True, error_model="numpy")
def stratified_ancestors(weights, total, uniforms, out):
    """Index of the weight under which (j + uniforms[j]) / n of the total falls, for all j.

    The cumulated weight of particle i ends below the points from some k on. Counting these ends by
    k and cumulating the counts gives, for each point, how many weights end below it, which is its
    ancestor. There is no branch to predict, which makes this several times faster than a merge.
    """
    n = out.shape[0]
    scale = n / total
    ends = np.zeros(n + 1, dtype=np.int64)
    reached = 0.0
    for i in range(weights.shape[0]):
        reached += weights[i]
        place = reached * scale
        stratum = min(int(place), n - 1)
        ends[min(stratum + (uniforms[stratum] < place - stratum), n)] += 1
    last = last_positive(weights)
    passed = 0
    for j in range(n):
        passed += ends[j]
        out[j] = min(passed, last)


@njit(cache=True, error_model="numpy")
def sorted_ancestors(weights, total, points, out):
    """Index of the weight under which each of the ascending points in [0, 1) falls."""
    last = last_positive(weights)
    i = 0
    reached = weights[0]
    for j in range(points.shape[0]):
        target = points[j] * total
        while reached <= target and i < last:
            i += 1
            reached += weights[i]
        out[j] = i


@njit(cache=True, error_model="numpy", fastmath=_FAST)
def kalman_update(mean, cov, loadings, y):
    """Bring in observations with unit variances one by one, in place; return their log density.

    ``mean`` (K,), ``cov`` (K, K), ``loadings`` (N, K), ``y`` (N,).
    """
    n_states = mean.shape[0]
    gain = np.empty(n_states)
    log_density = 0.0
    for i in range(y.shape[0]):
        variance = 1.0
        error = y[i]
        for k in range(n_states):
            total = 0.0
            for m in range(n_states):
                total += cov[k, m] * loadings[i, m]
            gain[k] = total
            variance += total * loadings[i, k]
            error -= loadings[i, k] * mean[k]
        log_density -= 0.5 * (_LOG_2PI + math.log(variance) + error * error / variance)
        for k in range(n_states):
            share = gain[k] / variance
            mean[k] += share * error
            for m in range(n_states):
                cov[k, m] -= share * gain[m]
    return log_density


@njit(cache=True, error_model="numpy")
def kalman_run(mean, cov, transition, transition_cov, loadings, y, means, increments):
    """Filter a sample of whitened observations (T, N), NaN where missing, in place.

    ``mean`` and ``cov`` are those of the first state, at the end those of the last one given the
    sample; ``means`` (T, K) and ``increments`` (T,) of the log density are filled.
    """
    n_states = mean.shape[0]
    moved, product = np.empty(n_states), np.empty((n_states, n_states))
    for t in range(y.shape[0]):
        if t:
            for k in range(n_states):
                total = 0.0
                for m in range(n_states):
                    total += transition[k, m] * mean[m]
                moved[k] = total
                for m in range(n_states):
                    total = 0.0
                    for r in range(n_states):
                        total += transition[k, r] * cov[r, m]
                    product[k, m] = total
            mean[:] = moved
            for k in range(n_states):
                for m in range(k + 1):
                    total = transition_cov[k, m]
                    for r in range(n_states):
                        total += product[k, r] * transition[m, r]
                    cov[k, m] = total
                    cov[m, k] = total
        increments[t] = 0.0 if np.isnan(y[t, 0]) else kalman_update(mean, cov, loadings, y[t])
        means[t] = mean


@njit(cache=True, error_model="numpy")
def digamma(x):
    """Derivative of log gamma at x > 0, to about 1e-12."""
    shift = 0.0
    while x < 10.0:
        shift -= 1.0 / x
        x += 1.0
    r = 1.0 / (x * x)
    series = r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r / 132))))
    return shift + math.log(x) - 0.5 / x - series


@njit(cache=True, error_model="numpy")
def solve_dof(constant, lowest, highest):
    """Root of log(nu / 2) - digamma(nu / 2) + constant, which falls in nu, or the nearer end."""
    low, high = math.log(lowest), math.log(highest)
    for _ in range(60):
        middle = 0.5 * (low + high)
        half = 0.5 * math.exp(middle)
        if math.log(half) - digamma(half) + constant > 0.0:
            low = middle
        else:
            high = middle
    return math.exp(0.5 * (low + high))


@njit(cache=True, error_model="numpy", fastmath=_FAST)
def whitened_squares(draws, mean, inverse_root, work, out):
    """Squared Mahalanobis distances (n,) of draws (D, n), by a lower triangular inverse root."""
    size, n = draws.shape
    out[:] = 0.0
    for r in range(size):
        work[:] = 0.0
        for c in range(r + 1):
            factor, centre = inverse_root[r, c], mean[c]
            for i in range(n):
                work[i] += factor * (draws[c, i] - centre)
        for i in range(n):
            out[i] += work[i] * work[i]


@njit(cache=True, error_model="numpy", fastmath=_FAST)
def weighted_moments(draws, weights, mean, cov):
    """Mean (D,) and covariance (D, D) of draws (D, n) with weights (n,) that sum to one."""
    size, n = draws.shape
    for r in range(size):
        total = 0.0
        for i in range(n):
            total += weights[i] * draws[r, i]
        mean[r] = total
    scaled = np.empty(n)
    for r in range(size):
        for i in range(n):
            scaled[i] = weights[i] * (draws[r, i] - mean[r])
        for c in range(r + 1):
            total = 0.0
            centre = mean[c]
            for i in range(n):
                total += scaled[i] * (draws[c, i] - centre)
            cov[r, c] = total
            cov[c, r] = total


@njit(cache=True, error_model="numpy")
def _component_terms(draws, prob, mean, scale, dof, work, squares, out):
    """Squared distances (n,) of draws (D, n) from a component, and log prob t(draw) (n,)."""
    size, n = draws.shape
    root = np.linalg.cholesky(scale)
    constant = math.log(prob) + math.lgamma(0.5 * (dof + size)) - math.lgamma(0.5 * dof)
    constant -= 0.5 * size * math.log(dof * math.pi)
    for r in range(size):
        constant -= math.log(root[r, r])
    whitened_squares(draws, mean, np.linalg.inv(root), work, squares)
    for i in range(n):
        out[i] = constant - 0.5 * (dof + size) * math.log1p(squares[i] / dof)


@njit(cache=True, error_model="numpy")
def student_em(
    draws,
    weights,
    probs,
    means,
    scales,
    dofs,
    ridge,
    lowest_dof,
    highest_dof,
    iterations,
    tolerance,
):
    """Importance-weighted EM of a mixture of multivariate t densities, in place.

    ``draws`` (D, n), ``weights`` (n,) summing to one, ``probs`` (H,), ``means`` (H, D),
    ``scales`` (H, D, D), ``dofs`` (H,), ``ridge`` (D,) added to the scales' diagonals. Stops when
    sum weights log g rises by less than ``tolerance``; returns that sum and the iterations.
    """
    size, n = draws.shape
    n_components = probs.shape[0]
    squares = np.empty((n_components, n))
    terms = np.empty((n_components, n))
    work, pull = np.empty(n), np.empty(n)
    objective = -np.inf
    for iteration in range(iterations + 1):
        for h in range(n_components):
            _component_terms(
                draws, probs[h], means[h], scales[h], dofs[h], work, squares[h], terms[h]
            )
        before = objective
        objective = 0.0
        for i in range(n):
            top = terms[0, i]
            for h in range(1, n_components):
                top = max(top, terms[h, i])
            total = 0.0
            for h in range(n_components):
                total += math.exp(terms[h, i] - top)
            log_density = top + math.log(total)
            objective += weights[i] * log_density
            for h in range(n_components):
                terms[h, i] -= log_density
        if iteration == iterations or objective - before < tolerance:
            return objective, iteration
        for h in range(n_components):
            nu = dofs[h]
            mass, pulled, logs = 0.0, 0.0, 0.0
            for i in range(n):
                part = weights[i] * math.exp(terms[h, i])
                factor = (nu + size) / (nu + squares[h, i])
                pull[i] = part * factor
                mass += part
                pulled += part * factor
                logs += part * (math.log(factor) - factor)
            probs[h] = mass
            if mass < 1e-12:
                continue  # dropped by the caller
            for i in range(n):
                pull[i] /= pulled
            weighted_moments(draws, pull, means[h], scales[h])
            for r in range(size):
                for c in range(size):
                    scales[h, r, c] *= pulled / mass
                scales[h, r, r] += ridge[r]
            half = 0.5 * (nu + size)
            dofs[h] = solve_dof(
                1.0 + logs / mass + digamma(half) - math.log(half), lowest_dof, highest_dof
            )
    return objective, iterations
