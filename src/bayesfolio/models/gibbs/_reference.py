"""One sweep of the sampler, written to be read; the kernels do the same on the same random stream.

The blocks, in order (Basturk et al. 2017, Appendix A, with what is right where it slips):

1. Factors, all months in one draw from a Gaussian of dimension T K.
2. Phi and Q given the factors; with factor volatility, Phi row by row and then the factors' log
   variances. There the paper's Kronecker form does not exist, since Q is not one matrix.
3. Moves that leave Lambda f as it is: factors are rescaled, and sheared into each other. The data
   say nothing about them, so without these moves the loadings crawl (effective draws of a loading
   of DFM-N(1,1) rise from tens to thousands in 10,000 sweeps).
4. Rows of (beta, Lambda) given the factors. The diagonal of Lambda is drawn with either sign and
   the factor then reflected: the prior is symmetric, so this draws from the posterior given a
   positive diagonal, and a chain cannot be caught at a loading pressed against zero.
5. Log variances: components of the mixture, paths, then level and scale given the path in units
   of its scale (Yu and Meng's interweaving), then intercept, persistence and scale given the path.
   log eps^2 = h + log chi^2_1 without a factor 2, as h is a log variance. The components are drawn
   immediately before the paths, and factors and loadings never condition on them. Paths and levels
   are accepted with the exact likelihood, so the mixture is no approximation here.
   mu is the intercept, its level is mu / (1 - psi), and h_1 is stationary. 1/gamma^2 ~ G(1/k, 1)
   is read as mean and degrees of freedom: gamma^2 ~ IG(1/2, k/2), posterior IG((1 + T)/2, ..).
   The covariance of (mu, psi) as printed lacks an inverse. Constant variances have the posterior
   IG(1 + T/2, 2.5 + SSR/2).

Arrays as in :class:`bayesfolio.models.gibbs.state.State`; states are changed in place.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag, solve_triangular

from bayesfolio.models.gibbs.mixture import (
    CELLS,
    COLUMN_BITS,
    LOWEST,
    SHARE_BITS,
    TINY_SQUARE,
    MixtureTables,
    log_weight,
)
from bayesfolio.models.gibbs.state import Hyper, State, Window

FloatArray = NDArray[np.float64]


def sweep(
    rng: np.random.Generator, window: Window, state: State, hyper: Hyper, tables: MixtureTables
) -> None:
    """One pass over all blocks."""
    n_lagged = window.lagged.shape[0]
    beta, loadings = state.coefficients[:, :n_lagged], state.coefficients[:, n_lagged:]
    precision = np.exp(-state.log_variance)
    if window.n_factors:
        net = window.y - (beta @ window.lagged).T
        if window.factor_sv:
            innovation_precision = np.exp(-state.factor_log_variance)
            state.factors[:] = draw_volatile_factors(
                rng, net, loadings, precision, state.transition, innovation_precision
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
            rescale_factors(rng, state.factors, loadings, state.transition, state.factor_cov, hyper)
            shear_factors(rng, state.factors, loadings, state.transition, state.factor_cov, hyper)
    design = np.vstack([window.lagged, state.factors.T])
    if len(design):
        draw_rows(rng, window.y, precision, design, n_lagged, state.coefficients, hyper)
    residual = window.y - (state.coefficients @ design).T
    reflect_factors(state.factors, loadings, state.transition, state.factor_cov)
    if window.idio_sv:
        draw_volatility(rng, residual, state.log_variance, state.volatility, tables, hyper)
    else:
        draw_constant_variances(rng, residual, state.log_variance, hyper)


def gaussian_draw(precision: FloatArray, information: FloatArray, noise: FloatArray) -> FloatArray:
    """Draw from N(J^-1 b, J^-1), J = C C', as C'^-1 (C^-1 b + z)."""
    root = np.linalg.cholesky(precision)
    half = solve_triangular(root, information, lower=True)
    return solve_triangular(root, half + noise, lower=True, trans="T")


# Factors


def _draw_factors(
    rng: np.random.Generator,
    net: FloatArray,
    loadings: FloatArray,
    precision: FloatArray,
    transition: FloatArray,
    innovation_precisions: FloatArray,
) -> FloatArray:
    """Factors from their joint Gaussian posterior, innovation precisions (T, K, K)."""
    n_obs, n_factors = len(net), loadings.shape[1]
    # H maps stacked factors to stacked innovations; f_0 and before are zero.
    h = np.eye(n_obs * n_factors)
    for lag in range(1, transition.shape[1] // n_factors + 1):
        phi = transition[:, (lag - 1) * n_factors : lag * n_factors]
        h -= np.kron(np.eye(n_obs, k=-lag), phi)
    joint = h.T @ block_diag(*innovation_precisions) @ h
    joint += block_diag(*(loadings.T @ (row[:, None] * loadings) for row in precision))
    information = (precision * net) @ loadings
    noise = rng.standard_normal((n_obs, n_factors))
    return gaussian_draw(joint, information.ravel(), noise.ravel()).reshape(n_obs, n_factors)


def draw_factors(
    rng: np.random.Generator,
    net: FloatArray,
    loadings: FloatArray,
    precision: FloatArray,
    transition: FloatArray,
    factor_cov: FloatArray,
) -> FloatArray:
    """Factors with one innovation covariance, given net returns and their precisions (T, N)."""
    inverse = np.tile(np.linalg.inv(factor_cov), (len(net), 1, 1))
    return _draw_factors(rng, net, loadings, precision, transition, inverse)


def draw_volatile_factors(
    rng: np.random.Generator,
    net: FloatArray,
    loadings: FloatArray,
    precision: FloatArray,
    transition: FloatArray,
    innovation_precision: FloatArray,
) -> FloatArray:
    """Factors with innovations of moving precisions (T, K), given net returns."""
    inverse = innovation_precision[:, :, None] * np.eye(loadings.shape[1])
    return _draw_factors(rng, net, loadings, precision, transition, inverse)


def lagged_factors(factors: FloatArray, n_lags: int) -> FloatArray:
    """f_{t-1}, .., f_{t-L} side by side (T, K L), zeros before the sample."""
    n_obs, n_factors = factors.shape
    padded = np.vstack([np.zeros((n_lags, n_factors)), factors])
    lags = range(1, n_lags + 1)
    return np.hstack([padded[n_lags - lag : n_lags - lag + n_obs] for lag in lags])


def factor_innovations(factors: FloatArray, transition: FloatArray) -> FloatArray:
    """f_t less its autoregression (T, K), with zeros before the sample."""
    n_lags = transition.shape[1] // transition.shape[0]
    return factors - lagged_factors(factors, n_lags) @ transition.T


def draw_transition(
    rng: np.random.Generator,
    factors: FloatArray,
    transition: FloatArray,
    factor_cov: FloatArray,
    hyper: Hyper,
) -> None:
    """Q from its inverse Wishart with Phi integrated out, then Phi from its matrix normal."""
    n_obs, n_factors = factors.shape
    x = lagged_factors(factors, transition.shape[1] // n_factors)
    root = np.linalg.cholesky(x.T @ x + np.diag(1 / hyper.omega))
    half = solve_triangular(root, x.T @ factors, lower=True)
    scale = np.diag(hyper.q_scale) + factors.T @ factors - half.T @ half
    # Bartlett: B B' ~ W(I, dof) with B lower triangular; Q = X X' with X = chol(scale) B'^-1.
    bartlett = np.zeros((n_factors, n_factors))
    for j in range(n_factors):
        bartlett[j, :j] = rng.standard_normal(j)
        bartlett[j, j] = (2 * rng.standard_gamma(0.5 * (hyper.q_dof + n_obs - j))) ** 0.5
    q_root = solve_triangular(bartlett, np.linalg.cholesky(scale).T, lower=True).T
    factor_cov[:] = q_root @ q_root.T
    noise = rng.standard_normal((n_factors, x.shape[1]))
    transition[:] = solve_triangular(root, half + (q_root @ noise).T, lower=True, trans="T").T


def draw_transition_rows(
    rng: np.random.Generator,
    factors: FloatArray,
    innovation_precision: FloatArray,
    transition: FloatArray,
    hyper: Hyper,
) -> None:
    """Phi row by row: a regression of each factor with known precisions (T, K)."""
    n_factors = factors.shape[1]
    x = lagged_factors(factors, transition.shape[1] // n_factors)
    for k in range(n_factors):
        weighted = innovation_precision[:, k, None] * x
        prior = np.diag(1 / (hyper.q_scale[k] * hyper.omega))
        noise = rng.standard_normal(size=(x.shape[1],))
        transition[k] = gaussian_draw(weighted.T @ x + prior, weighted.T @ factors[:, k], noise)


# Moves along directions that leave Lambda f as it is


def _transform(
    r: FloatArray, factors: FloatArray, loadings: FloatArray, transition: FloatArray
) -> None:
    """f -> R f, Lambda -> Lambda R^-1, Phi_l -> R Phi_l R^-1."""
    inverse = np.linalg.inv(r)
    n_lags = transition.shape[1] // len(r)
    factors[:] = factors @ r.T
    loadings[:] = loadings @ inverse
    transition[:] = r @ transition @ np.kron(np.eye(n_lags), inverse)


def rescale_factors(
    rng: np.random.Generator,
    factors: FloatArray,
    loadings: FloatArray,
    transition: FloatArray,
    factor_cov: FloatArray,
    hyper: Hyper,
) -> None:
    """f_k -> c f_k with c^2 from its exact conditional, an inverse gamma.

    Density against the group's invariant measure dc / c: the loadings give c^-(N - k + 1), Q and
    Phi | Q together c^-(nu + K L), and each an exponential in -1 / (2 c^2); that of the factors is
    cancelled by its Jacobian c^T.
    """
    n_factors = factors.shape[1]
    for k in range(n_factors):
        inverse = np.linalg.inv(factor_cov)
        own = transition[:, k::n_factors]
        total = hyper.q_scale[k] * inverse[k, k]
        total += np.sum(loadings[k:, k] ** 2) / hyper.loading_sd**2
        total += np.sum(own * (inverse @ own) / hyper.omega[k::n_factors])
        shape = 0.5 * (hyper.q_dof + transition.shape[1] + len(loadings) - k)
        r = np.eye(n_factors)
        r[k, k] = (0.5 * total / rng.standard_gamma(shape)) ** 0.5
        _transform(r, factors, loadings, transition)
        factor_cov[:] = r @ factor_cov @ r.T


def shear_factors(
    rng: np.random.Generator,
    factors: FloatArray,
    loadings: FloatArray,
    transition: FloatArray,
    factor_cov: FloatArray,
    hyper: Hyper,
) -> None:
    """f_k -> f_k + a f_j for j < k, with a from its exact conditional, a Gaussian.

    Only column j of Lambda and of Phi_l changes, by -a times column k, and Q^-1 in what its prior
    sees: [Q^-1]_jj becomes a quadratic form in (1, -a). The Jacobian is one, and Lambda stays lower
    trapezoidal with the same diagonal.
    """
    n_factors = factors.shape[1]
    for k in range(1, n_factors):
        for j in range(k):
            inverse = np.linalg.inv(factor_cov)
            first, second = transition[:, j::n_factors], transition[:, k::n_factors]
            omega = hyper.omega[j::n_factors]
            curvature = (
                hyper.q_scale[j] * inverse[k, k]
                + np.sum(loadings[:, k] ** 2) / hyper.loading_sd**2
                + np.sum(second * (inverse @ second) / omega)
            )
            slope = (
                hyper.q_scale[j] * inverse[j, k]
                + np.sum(loadings[:, j] * loadings[:, k]) / hyper.loading_sd**2
                + np.sum(first * (inverse @ second) / omega)
            )
            r = np.eye(n_factors)
            r[k, j] = slope / curvature + rng.standard_normal() / curvature**0.5
            _transform(r, factors, loadings, transition)
            factor_cov[:] = r @ factor_cov @ r.T


def rescale_volatile_factors(
    rng: np.random.Generator,
    factors: FloatArray,
    loadings: FloatArray,
    transition: FloatArray,
    factor_log_variance: FloatArray,
    factor_volatility: FloatArray,
    hyper: Hyper,
) -> None:
    """f_k -> c f_k and h_k -> h_k + 2 log c, proposed from what the loadings say about c.

    Accepted with the priors of mu and of Phi's off-diagonal elements, which are nearly flat in it.
    """
    n_factors = factors.shape[1]
    variance = np.outer(hyper.q_scale, hyper.omega)

    def log_prior(mu: float, psi: float, phi: FloatArray) -> float:
        floor = np.exp(hyper.log_variance_floor - mu / (1 - psi))
        return float(
            -0.5 * ((mu - hyper.mu_mean) / hyper.mu_sd) ** 2
            - floor
            - 0.5 * np.sum(phi**2 / variance)
        )

    for k in range(n_factors):
        squares = np.sum(loadings[k:, k] ** 2) / hyper.loading_sd**2
        shape = 0.5 * (len(loadings) - k)
        r = np.eye(n_factors)
        r[k, k] = (0.5 * squares / rng.standard_gamma(shape)) ** 0.5
        uniform = rng.random()
        shift = 2 * np.log(r[k, k])
        mu, psi, _ = factor_volatility[:, k]
        new_mu = mu + shift * (1 - psi)
        proposal = factors.copy(), loadings.copy(), transition.copy()
        _transform(r, *proposal)
        if np.log(uniform) < log_prior(new_mu, psi, proposal[2]) - log_prior(mu, psi, transition):
            factors[:], loadings[:], transition[:] = proposal
            factor_volatility[0, k] = new_mu
            factor_log_variance[:, k] += shift


def reflect_factors(
    factors: FloatArray, loadings: FloatArray, transition: FloatArray, factor_cov: FloatArray
) -> None:
    """Turn the signs of factors whose diagonal loading is negative."""
    r = np.diag(np.where(np.diag(loadings) < 0, -1.0, 1.0))
    if loadings.shape[1]:
        _transform(r, factors, loadings, transition)
        factor_cov[:] = r @ factor_cov @ r


# Coefficients and constant variances


def draw_rows(
    rng: np.random.Generator,
    y: FloatArray,
    precision: FloatArray,
    design: FloatArray,
    n_lagged: int,
    coefficients: FloatArray,
    hyper: Hyper,
) -> None:
    """Rows of (beta, Lambda): a regression of each series on ``design`` (d, T).

    Row i < K has i + 1 loadings, the others zero.
    """
    sds = np.r_[np.full(n_lagged, hyper.beta_sd), np.full(len(design) - n_lagged, hyper.loading_sd)]
    for i in range(y.shape[1]):
        size = min(len(design), n_lagged + i + 1)
        weighted = precision[:, i] * design[:size]
        noise = rng.standard_normal(size)
        joint = weighted @ design[:size].T + np.diag(sds[:size] ** -2.0)
        coefficients[i, :size] = gaussian_draw(joint, weighted @ y[:, i], noise)


def draw_constant_variances(
    rng: np.random.Generator, residual: FloatArray, log_variance: FloatArray, hyper: Hyper
) -> None:
    """sigma^2_i from its inverse gamma, kept as equal rows of log variances."""
    n_obs, n_assets = residual.shape
    scale = hyper.sigma2_scale + 0.5 * np.sum(residual**2, axis=0)
    log_variance[:] = np.log(
        scale / rng.standard_gamma(hyper.sigma2_shape + 0.5 * n_obs, size=n_assets)
    )


# Log variances


def _random_bits(rng: np.random.Generator, size: int) -> NDArray[np.int64]:
    """Integers of 26 random bits, two from each uniform."""
    bits = (rng.random((size + 1) // 2) * 2.0**52).astype(np.int64)
    return np.concatenate([bits >> 26, bits & (2**26 - 1)])[:size]


def draw_volatility(
    rng: np.random.Generator,
    residual: FloatArray,
    log_variance: FloatArray,
    volatility: FloatArray,
    tables: MixtureTables,
    hyper: Hyper,
) -> None:
    """Log variances (T, n) and their (mu, psi, gamma^2) given disturbances (T, n).

    The target is extended by the mixture's components s with their conditional probabilities
    given h. A move of h by which the mixture's posterior given s stays invariant is accepted with
    the ratio of exact to approximate likelihoods, :func:`_log_weights`, in which s cancels.
    """
    n = residual.shape[1]
    mu, psi, gamma2 = volatility
    square = residual**2
    known = square >= TINY_SQUARE
    log_square = np.log(np.maximum(square, TINY_SQUARE))
    component = _draw_components(rng, log_square - log_variance, tables)
    precision = np.where(known, tables.precision[component], 0.0)
    centred = log_square - tables.mean[component]
    proposal = _draw_path(rng, precision, centred, mu, psi, gamma2)
    weight = _log_weights(log_square, log_variance, square)
    new_weight = _log_weights(log_square, proposal, square)
    accepted = np.log(rng.random(n)) < new_weight - weight
    log_variance[:, accepted] = proposal[:, accepted]
    weight = np.where(accepted, new_weight, weight)

    # Interweaving: (level, gamma) given (h - level) / gamma, gamma of either sign.
    level, gamma = mu / (1 - psi), np.sqrt(gamma2)
    unit = (log_variance - level) / gamma
    level_sd = hyper.mu_sd / (1 - psi)
    new_level, new_gamma = np.empty(n), np.empty(n)
    noise = rng.standard_normal((n, 2))
    for i in range(n):
        x = np.column_stack([np.ones(len(unit)), unit[:, i]])
        weighted = precision[:, i, None] * x
        information = weighted.T @ centred[:, i]
        information[0] += hyper.mu_mean / (1 - psi[i]) / level_sd[i] ** 2
        prior = np.diag([level_sd[i] ** -2, 0.0])
        new_level[i], new_gamma[i] = gaussian_draw(weighted.T @ x + prior, information, noise[i])
    proposal = new_level + new_gamma * unit

    def outside(level: FloatArray, gamma: FloatArray) -> FloatArray:
        # The prior of gamma, and the level's floor, which the Gaussian proposal leaves out.
        power = 2 * hyper.gamma2_shape + 1
        floor = np.exp(hyper.log_variance_floor - level)
        return -power * np.log(np.abs(gamma)) - hyper.gamma2_scale / gamma**2 - floor

    change = _log_weights(log_square, proposal, square) - weight
    change += outside(new_level, new_gamma) - outside(level, gamma)
    accepted = np.log(rng.random(n)) < change
    log_variance[:, accepted] = proposal[:, accepted]
    mu[accepted] = (new_level * (1 - psi))[accepted]
    gamma2[accepted] = new_gamma[accepted] ** 2
    _draw_autoregression(rng, log_variance, volatility, hyper)


def _draw_components(
    rng: np.random.Generator, e: FloatArray, tables: MixtureTables
) -> NDArray[np.int64]:
    """Component of each month and series given e = log eps^2 - h, by Walker's alias method."""
    cell = np.clip((e - LOWEST) * CELLS, 0, len(tables.alias) - 1).astype(int)
    bits = _random_bits(rng, e.size).reshape(e.shape)
    column, share = bits >> SHARE_BITS, bits & (2**SHARE_BITS - 1)
    entry = tables.alias[cell, column].astype(np.int64)
    return np.where(share < entry >> COLUMN_BITS, column, entry & (2**COLUMN_BITS - 1))


def _draw_path(
    rng: np.random.Generator,
    precision: FloatArray,
    centred: FloatArray,
    mu: FloatArray,
    psi: FloatArray,
    gamma2: FloatArray,
) -> FloatArray:
    """Paths given components: Gaussian, with the tridiagonal precision of an AR(1) plus data."""
    n_obs, n = centred.shape
    noise = rng.standard_normal((n_obs, n))
    path = np.empty((n_obs, n))
    for i in range(n):
        diagonal = np.full(n_obs, 1 + psi[i] ** 2)
        diagonal[[0, -1]] = 1.0
        ar = np.diag(diagonal) - psi[i] * (np.eye(n_obs, k=1) + np.eye(n_obs, k=-1))
        level = np.full(n_obs, mu[i] / (1 - psi[i]))
        path[:, i] = gaussian_draw(
            ar / gamma2[i] + np.diag(precision[:, i]),
            ar @ level / gamma2[i] + precision[:, i] * centred[:, i],
            noise[:, i],
        )
    return path


def _log_weights(
    log_square: FloatArray, log_variance: FloatArray, square: FloatArray
) -> FloatArray:
    """Exact less approximate log likelihood of each series' path, up to terms free of it."""
    exact = -0.5 * (log_variance + square * np.exp(-log_variance))
    each = np.where(square >= TINY_SQUARE, log_weight(log_square - log_variance), exact)
    return each.sum(axis=0)


def _draw_autoregression(
    rng: np.random.Generator, log_variance: FloatArray, volatility: FloatArray, hyper: Hyper
) -> None:
    """(mu, psi), proposed from the regression without h_1, then gamma^2."""
    n_obs, n = log_variance.shape
    mu, psi, gamma2 = volatility
    noises = rng.standard_normal((n, 2))
    prior = np.diag([hyper.mu_sd**-2, hyper.psi_sd**-2])
    centre = np.array([hyper.mu_mean, hyper.psi_mean])
    for i in range(n):
        h = log_variance[:, i]

        def outside(mu: float, psi: float, first: float = h[0], var: float = gamma2[i]) -> float:
            # The density of h_1 and the level's floor.
            level, share = mu / (1 - psi), 1 - psi**2
            floor = np.exp(hyper.log_variance_floor - level)
            return 0.5 * np.log(share) - 0.5 * share * (first - level) ** 2 / var - floor

        x = np.column_stack([np.ones(n_obs - 1), h[:-1]])
        new_mu, new_psi = gaussian_draw(
            x.T @ x / gamma2[i] + prior, x.T @ h[1:] / gamma2[i] + prior @ centre, noises[i]
        )
        uniform = rng.random()
        if abs(new_psi) < 1 and np.log(uniform) < outside(new_mu, new_psi) - outside(mu[i], psi[i]):
            mu[i], psi[i] = new_mu, new_psi
    ssr = (1 - psi**2) * (log_variance[0] - mu / (1 - psi)) ** 2
    ssr += np.sum((log_variance[1:] - mu - psi * log_variance[:-1]) ** 2, axis=0)
    shape = hyper.gamma2_shape + 0.5 * n_obs
    gamma2[:] = (hyper.gamma2_scale + 0.5 * ssr) / rng.standard_gamma(shape, size=n)
