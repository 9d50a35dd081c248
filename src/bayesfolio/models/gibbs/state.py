"""What the sampler carries from sweep to sweep, and where a chain starts.

Named tuples of arrays, which compiled and readable code take alike. Shapes: T months, N assets, K
factors, L lags; d = N + K coefficients in a row with lagged returns, else K.

Timing: models with lagged returns condition on the first month of the window, and their T months
begin with the second. Factors are zero before the sample.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesfolio.core.types import FloatArray
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import ModelSpec

START_GAMMA2 = 0.04
"""Start of gamma^2 of every series: log variances then move by about .2 a month."""


class Hyper(NamedTuple):
    """Hyperparameters of :class:`bayesfolio.models.Priors`, and those that follow from the window.

    ``omega`` (K L,) are the prior variances of Phi's columns, lag by lag, in units of the
    innovations' variances; ``q_dof`` and ``q_scale`` (K,) the prior of Q.
    """

    sigma2_shape: float
    sigma2_scale: float
    loading_sd: float
    beta_sd: float
    mu_mean: float
    mu_sd: float
    psi_mean: float
    psi_sd: float
    log_variance_floor: float
    gamma2_shape: float
    gamma2_scale: float
    q_dof: float
    q_scale: FloatArray
    omega: FloatArray


class Window(NamedTuple):
    """Data of one fit and the switches of its model.

    Attributes
    ----------
    y : (T, N) array
        Returns, per cent; missing ones are overwritten by their draws.
    lagged : (N, T) or (0, T) array
        The month before's returns, by asset, where the model has them.
    missing : (M, 2) array
        Month and asset of returns that are missing, in order of months.
    n_factors, n_lags : int
    idio_sv, factor_sv : bool
    """

    y: FloatArray
    lagged: FloatArray
    missing: NDArray[np.int64]
    n_factors: int
    n_lags: int
    idio_sv: bool
    factor_sv: bool


class State(NamedTuple):
    """One point of the sampler; without lagged returns d is K, without factors K is 0.

    Attributes
    ----------
    coefficients : (N, d) array
        (beta, Lambda).
    transition : (K, K L) array
        (Phi_1, .., Phi_L).
    factor_cov : (K, K) array
        Q; unused where factor variances move.
    factors : (T, K) array
    log_variance : (T, N) array
        Equal rows where variances are constant.
    volatility : (3, N) array
        mu, psi and gamma^2 of the log variances.
    factor_log_variance : (T, K) array
    factor_volatility : (3, K) array
        Unused where factor variances are constant.
    """

    coefficients: FloatArray
    transition: FloatArray
    factor_cov: FloatArray
    factors: FloatArray
    log_variance: FloatArray
    volatility: FloatArray
    factor_log_variance: FloatArray
    factor_volatility: FloatArray


def window_data(spec: ModelSpec, returns: FloatArray) -> Window:
    """Split a window of returns (T, N), NaN where missing.

    Models with lagged returns condition on the first month, and start at the first complete one.

    Raises
    ------
    ValueError
        If a model with lagged returns has no complete month to start at.
    """
    lagged = spec.has_lagged_returns
    if lagged:
        complete = np.all(np.isfinite(returns), axis=1)
        if not complete[:-1].any():
            raise ValueError(
                f"{spec} has lagged returns and no complete month of the window to start at, "
                "expected one; drop the asset with most missing months"
            )
        returns = returns[np.argmax(complete) :]
    filled = fill_missing(returns)
    y, before = (filled[1:], filled[:-1].T) if lagged else (filled, np.zeros((0, len(filled))))
    return Window(
        y=y.copy(),
        lagged=before.copy(),
        missing=np.argwhere(np.isnan(returns[len(returns) - len(y) :])),
        n_factors=spec.n_factors,
        n_lags=spec.n_lags,
        idio_sv=spec.has_idiosyncratic_sv,
        factor_sv=spec.has_factor_sv,
    )


def fill_missing(returns: FloatArray) -> FloatArray:
    """Returns (T, N) with the columns' means for NaN. Chains and the priors' scales start there."""
    return np.where(np.isnan(returns), np.nanmean(returns, axis=0), returns)


def hyperparameters(spec: ModelSpec, priors: Priors, q_scale: FloatArray, n_assets: int) -> Hyper:
    """Collect the hyperparameters for ``n_assets`` assets, given the scale (K,) of Q's prior."""
    own = [name for name in Hyper._fields if not name.startswith("q_") and name != "omega"]
    lags = np.arange(1, spec.n_lags + 1)
    return Hyper(
        **{name: float(getattr(priors, name)) for name in own},
        q_dof=float(n_assets + spec.n_factors + 2),
        q_scale=q_scale,
        omega=(priors.phi_sd**2 / (lags[:, None] * q_scale)).ravel(),
    )


def start(window: Window, hyper: Hyper, rng: np.random.Generator, *, dispersed: bool) -> State:
    """Start a chain at principal components, or at loadings and levels drawn at random.

    The first step of a sweep draws the factors, so zeros do for them.
    """
    n_obs, n_assets = window.y.shape
    n_lagged, n_factors = window.lagged.shape[0], window.n_factors
    levels = np.log(0.5 * np.mean(window.y**2, axis=0))
    if dispersed:
        loadings = np.tril(rng.normal(0, hyper.loading_sd, (n_assets, n_factors)))
        levels = levels + rng.standard_normal(n_assets)
    else:
        vectors = np.linalg.eigh(window.y.T @ window.y)[1][:, ::-1][:, :n_factors]
        rotation = np.linalg.qr(vectors[:n_factors].T)[0]
        loadings = np.tril(np.sqrt(n_assets) * vectors @ rotation)
    loadings *= np.where(np.diag(loadings) < 0, -1.0, 1.0)
    psi = hyper.psi_mean
    factor_levels = np.log(hyper.q_scale)

    def paths(levels: FloatArray, moving: bool) -> FloatArray:
        # Exactly level paths would not tell the first interweaving step anything of their scale.
        return levels + moving * 0.1 * rng.standard_normal((n_obs, levels.size))

    return State(
        coefficients=np.hstack([np.zeros((n_assets, n_lagged)), loadings]),
        transition=np.zeros((n_factors, n_factors * window.n_lags)),
        factor_cov=np.diag(hyper.q_scale),
        factors=np.zeros((n_obs, n_factors)),
        log_variance=paths(levels, window.idio_sv),
        volatility=_volatility(levels, psi),
        factor_log_variance=paths(factor_levels, window.factor_sv),
        factor_volatility=_volatility(factor_levels, psi),
    )


def _volatility(levels: FloatArray, psi: float) -> FloatArray:
    ones = np.ones_like(levels)
    return np.array([levels * (1 - psi), psi * ones, START_GAMMA2 * ones])
