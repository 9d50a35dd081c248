"""One sweep of the sampler, written to be read; the kernels do the same on the same random stream.

The blocks, in order (Basturk et al. 2017, Appendix A, with what is right where it slips):

1. Factors, all months in one draw from a Gaussian of dimension T K.
2. Phi and Q given the factors. With factor volatility Q is not one matrix and the paper's Kronecker
   form does not exist: Phi is drawn row by row, then the factors' log variances.
3. Moves that leave the fit as it is. Returns say nothing of them, so without them parameters crawl.
   Factors are rescaled, and sheared into each other. In models with lagged returns a linear
   function of these moves from beta x to Lambda f (predictive moments of FAVAR-SV(1,1): 323
   effective draws of 4,000 without it, 2,276 with it).
4. Rows of (beta, Lambda) given the factors. The diagonal of Lambda is drawn with either sign and
   the factor then reflected: the prior is symmetric, so this draws from the posterior given a
   positive diagonal, and a chain cannot be caught at a loading pressed against zero.
5. Log variances: components of the mixture, paths, then level and scale given the path in units
   of its scale (Yu and Meng's interweaving), then intercept, persistence and scale given the path.
   log eps^2 = h + log chi^2_1 without a factor 2, as h is a log variance. The components are drawn
   immediately before the paths, and factors and loadings never condition on them. Paths and levels
   are accepted with the exact likelihood, so the mixture is no approximation here.
   mu is the intercept, the level is mu / (1 - psi), and h_1 is stationary. 1/gamma^2 ~ G(1/k, 1)
   is read as mean and degrees of freedom: gamma^2 ~ IG(1/2, k/2), posterior IG((1 + T)/2, ..).
   The covariance of (mu, psi) as printed lacks an inverse. Constant variances have the posterior
   IG(1 + T/2, 2.5 + SSR/2).
6. Missing returns.

Arrays as in :class:`bayesfolio.models.gibbs.state.State`; states are changed in place.
"""

import numpy as np

from bayesfolio.models.gibbs.mixture import MixtureTables
from bayesfolio.models.gibbs.reference.factors import (
    draw_factors,
    draw_volatile_factors,
    factor_innovations,
)
from bayesfolio.models.gibbs.reference.imputation import impute_returns
from bayesfolio.models.gibbs.reference.moves import (
    reflect_factors,
    rescale_factors,
    rescale_volatile_factors,
    shear_factors,
    shift_factors,
    shift_volatile_factors,
)
from bayesfolio.models.gibbs.reference.regression import (
    draw_constant_variances,
    draw_rows,
    draw_transition,
    draw_transition_rows,
)
from bayesfolio.models.gibbs.reference.volatility import draw_volatility
from bayesfolio.models.gibbs.state import Hyper, State, Window


def sweep(
    rng: np.random.Generator, window: Window, state: State, hyper: Hyper, tables: MixtureTables
) -> None:
    """One pass over all blocks; only missing returns change in the window."""
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
            if n_lagged:
                shift_volatile_factors(
                    rng,
                    state.factors,
                    state.coefficients,
                    state.transition,
                    innovation_precision,
                    window.lagged,
                    hyper,
                )
                draw_transition_rows(
                    rng, state.factors, innovation_precision, state.transition, hyper
                )
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
                    window.lagged,
                    hyper,
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
    impute_returns(rng, window, state)
