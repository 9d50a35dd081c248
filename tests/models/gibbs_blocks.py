"""States of the Gibbs sampler drawn from the joint distribution, and its blocks by name."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayesfolio.models.gibbs.kernels import (
    factors,
    imputation,
    moves,
    regression,
    sweep,
    volatility,
)
from bayesfolio.models.gibbs.mixture import mixture_tables
from bayesfolio.models.gibbs.state import Hyper, State, Window, hyperparameters, window_data
from bayesfolio.models.joint import (
    Parameters,
    VolatilityParameters,
    draw_prior,
    draw_returns,
    log_joint,
)
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import ModelSpec

# Tight enough for prior draws to look like returns, and each with another value, so that a mix-up
# of two of them shows.
PRIORS = Priors(
    sigma2_shape=3.0,
    sigma2_scale=2.5,
    loading_sd=0.8,
    beta_sd=0.3,
    phi_sd=0.3,
    mu_mean=0.03,
    mu_sd=0.08,
    psi_mean=0.7,
    psi_sd=0.07,
    log_variance_floor=-0.5,
    gamma2_shape=2.5,
    gamma2_scale=0.4,
)
Q_SCALE = np.array([2.5, 0.8, 1.4, 0.5])


@dataclass
class Point:
    """A draw of parameters, states and returns from the joint distribution."""

    spec: ModelSpec
    window: Window
    state: State
    hyper: Hyper

    def log_joint(self) -> float:
        s, n_lagged = self.state, self.window.lagged.shape[0]
        n_factors, n_lags = self.spec.n_factors, self.spec.n_lags
        phi = s.transition.reshape(n_factors, n_lags, n_factors).transpose(1, 0, 2)
        sv2 = self.spec.has_factor_sv
        parameters = Parameters(
            beta=s.coefficients[:, :n_lagged] if n_lagged else None,
            loadings=s.coefficients[:, n_lagged:],
            phi=phi,
            factor_cov=s.factor_cov if n_factors and not sv2 else None,
            factors=s.factors,
            log_variance=s.log_variance,
            volatility=_named(s.volatility) if self.spec.has_idiosyncratic_sv else None,
            factor_log_variance=s.factor_log_variance if sv2 else None,
            factor_volatility=_named(s.factor_volatility) if sv2 else None,
        )
        q_scale = self.hyper.q_scale
        return log_joint(
            self.spec, self.window.y, self.window.lagged.T, q_scale, parameters, PRIORS
        )


def _named(volatility: np.ndarray) -> VolatilityParameters:
    return VolatilityParameters(volatility[0], volatility[1], np.sqrt(volatility[2]))


def _stacked(volatility: VolatilityParameters | None, n: int) -> np.ndarray:
    if volatility is None:
        return np.tile([[0.0], [0.5], [1.0]], n)
    return np.array([volatility.mu, volatility.psi, volatility.gamma**2])


def draw_point(
    spec: ModelSpec,
    n_obs: int,
    n_assets: int,
    rng: np.random.Generator,
    presample: np.ndarray | None = None,
    priors: Priors = PRIORS,
) -> Point:
    """Draw from prior and model: what every block must leave distributed as it was.

    ``presample`` (N,), the month before the first, is drawn where it is not given.
    """
    q_scale = Q_SCALE[: spec.n_factors]
    p = draw_prior(spec, n_obs, n_assets, q_scale, priors, rng)
    if presample is None:
        presample = rng.normal(0, 2, n_assets)
    returns = draw_returns(p, presample, rng)
    if spec.has_lagged_returns:
        returns = np.vstack([presample, returns])
    window = window_data(spec, returns)
    beta = p.beta if p.beta is not None else np.zeros((n_assets, 0))
    state = State(
        coefficients=np.hstack([beta, p.loadings]),
        transition=np.concatenate([*p.phi, np.zeros((spec.n_factors, 0))], axis=1),
        factor_cov=np.eye(spec.n_factors) if p.factor_cov is None else p.factor_cov,
        factors=p.factors,
        log_variance=p.log_variance,
        volatility=_stacked(p.volatility, n_assets),
        factor_log_variance=(
            np.zeros((n_obs, spec.n_factors))
            if p.factor_log_variance is None
            else p.factor_log_variance
        ),
        factor_volatility=_stacked(p.factor_volatility, spec.n_factors),
    )
    # numba tells layouts apart, and the sampler's arrays are all in C order.
    state = State(*(np.ascontiguousarray(part) for part in state))
    return Point(spec, window, state, hyperparameters(spec, priors, q_scale, n_assets))


def _loadings(p: Point) -> np.ndarray:
    return np.ascontiguousarray(p.state.coefficients[:, p.window.lagged.shape[0] :])


def _net(p: Point) -> np.ndarray:
    n_lagged = p.window.lagged.shape[0]
    return p.window.y - (p.state.coefficients[:, :n_lagged] @ p.window.lagged).T


def _draw_factors(rng: np.random.Generator, p: Point) -> None:
    s, precision = p.state, np.exp(-p.state.log_variance)
    if p.spec.has_factor_sv:
        s.factors[:] = factors.draw_volatile_factors(
            rng, _net(p), _loadings(p), precision, s.transition, np.exp(-s.factor_log_variance)
        )
    else:
        s.factors[:] = factors.draw_factors(
            rng, _net(p), _loadings(p), precision, s.transition, s.factor_cov
        )


def _draw_transition(rng: np.random.Generator, p: Point) -> None:
    s = p.state
    if p.spec.has_factor_sv:
        precision = np.exp(-s.factor_log_variance)
        regression.draw_transition_rows(rng, s.factors, precision, s.transition, p.hyper)
    else:
        regression.draw_transition(rng, s.factors, s.transition, s.factor_cov, p.hyper)


def _move(rng: np.random.Generator, p: Point, *which: Callable) -> None:
    s, loadings = p.state, _loadings(p)
    for move in which:
        if p.spec.has_factor_sv:
            move(
                rng,
                s.factors,
                loadings,
                s.transition,
                s.factor_log_variance,
                s.factor_volatility,
                p.hyper,
            )
        else:
            move(rng, s.factors, loadings, s.transition, s.factor_cov, p.hyper)
    s.coefficients[:, p.window.lagged.shape[0] :] = loadings


def _rescale(rng: np.random.Generator, p: Point) -> None:
    sv2 = p.spec.has_factor_sv
    _move(rng, p, moves.rescale_volatile_factors if sv2 else moves.rescale_factors)


def _shear(rng: np.random.Generator, p: Point) -> None:
    _move(rng, p, moves.shear_factors)


def _shift(rng: np.random.Generator, p: Point) -> None:
    s, work = p.state, sweep.start_work(p.window)
    if p.spec.has_factor_sv:
        precision = np.exp(-s.factor_log_variance)
        moves.shift_volatile_factors(
            rng, s.factors, s.coefficients, s.transition, precision, work.lags, p.hyper
        )
    else:
        moves.shift_factors(
            rng,
            s.factors,
            s.coefficients,
            s.transition,
            s.factor_cov,
            work.lags,
            work.lag_moments,
            p.hyper,
        )


def _draw_rows(rng: np.random.Generator, p: Point) -> None:
    s, n_lagged = p.state, p.window.lagged.shape[0]
    design, pairs = sweep.start_work(p.window)[:2]
    design[n_lagged:] = s.factors.T
    regression.multiply_pairs(design, n_lagged, pairs)
    precision = np.exp(-s.log_variance)
    regression.draw_rows(
        rng, p.window.y, precision, design, pairs, n_lagged, s.coefficients, p.hyper
    )
    loadings = s.coefficients[:, n_lagged:]
    moves.reflect_factors(s.factors, loadings, s.transition, s.factor_cov)


def _draw_variances(rng: np.random.Generator, p: Point) -> None:
    s = p.state
    residual = np.ascontiguousarray(_net(p) - s.factors @ _loadings(p).T)
    if p.spec.has_idiosyncratic_sv:
        tables = mixture_tables()
        volatility.draw_volatility(rng, residual, s.log_variance, s.volatility, tables, p.hyper)
    else:
        regression.draw_constant_variances(rng, residual, s.log_variance, p.hyper)


def _draw_factor_variances(rng: np.random.Generator, p: Point) -> None:
    s = p.state
    innovations = moves.factor_innovations(s.factors, s.transition)
    volatility.draw_volatility(
        rng,
        innovations,
        s.factor_log_variance,
        s.factor_volatility,
        mixture_tables(),
        p.hyper,
    )


def _with_missing(p: Point) -> Window:
    # In the first and the last month, in two months running, and two of one month.
    last = len(p.window.y) - 1
    cells = [[0, 1], [3, 2], [4, 2], [6, 0], [6, 3], [last, 0]]
    return p.window._replace(missing=np.array(cells))


def _impute_returns(rng: np.random.Generator, p: Point) -> None:
    residual = np.ascontiguousarray(_net(p) - p.state.factors @ _loadings(p).T)
    imputation.impute_returns(rng, _with_missing(p), p.state, residual)


def _sweeps(rng: np.random.Generator, p: Point) -> None:
    window = _with_missing(p)
    work = sweep.start_work(window)
    for _ in range(3):
        sweep.sweep(rng, window, p.state, work, p.hyper, mixture_tables())


def functions(p: Point) -> dict[str, np.ndarray]:
    """Bounded functions of states and returns: means exist whatever the priors' tails."""
    s, y = p.state, p.window.y
    n_obs = len(y)
    months = [0, 1, n_obs // 2, n_obs - 1]
    residual = y - (s.coefficients @ np.vstack([p.window.lagged, s.factors.T])).T
    found = {
        "coefficients": s.coefficients,
        "coefficients squared": s.coefficients**2,
        "residual products": residual.T @ residual / (2 * n_obs),
        "chi squared": ((residual**2 * np.exp(-s.log_variance)).sum(axis=0) - n_obs) / 4,
        "log variance": s.log_variance[months],
    }
    if p.spec.has_idiosyncratic_sv:
        mu, psi, gamma2 = s.volatility
        steps = s.log_variance[1:] - psi * s.log_variance[:-1] - mu
        found |= {
            "volatility": s.volatility / 0.3,
            "steps": (np.sum(steps**2, axis=0) / gamma2 - n_obs) / 4,
            "log gamma": np.log(gamma2),
            "persistence": np.sum(steps * s.log_variance[:-1], axis=0) / 2,
        }
    if p.spec.has_factors:
        predicted = s.factors - moves.factor_innovations(s.factors, s.transition)
        found |= {
            "factors": s.factors[months] / 2,
            "factors squared": s.factors[months] ** 2 / 2,
            "transition": s.transition / 0.5,
            "transition squared": (s.transition / 0.5) ** 2,
            "prediction": np.sum(s.factors * predicted, axis=0) / n_obs,
            "autocovariance": s.factors[1:].T @ s.factors[:-1] / (2 * n_obs),
            "with returns": residual.T @ s.factors / (2 * n_obs),
            "scale": np.log(np.sum(s.coefficients[:, len(p.window.lagged) :] ** 2, axis=0)),
        }
    if p.spec.has_factor_sv:
        found["factor log variance"] = s.factor_log_variance[months] / 2
        found["factor volatility"] = s.factor_volatility / 0.3
        mu, psi, gamma2 = s.factor_volatility
        steps = s.factor_log_variance[1:] - psi * s.factor_log_variance[:-1] - mu
        found["factor steps"] = (np.sum(steps**2, axis=0) / gamma2 - n_obs) / 4
    elif p.spec.has_factors:
        found["Q"] = s.factor_cov / 2
        found["Q inverse"] = np.linalg.inv(s.factor_cov)
        found["log det Q"] = np.log(np.atleast_1d(np.linalg.det(s.factor_cov)))
        found["unit"] = np.sum((s.factors @ found["Q inverse"]) * s.factors, axis=0) / n_obs - 1
    return {name: np.tanh(values).ravel() for name, values in found.items()}


Block = Callable[[np.random.Generator, Point], None]


def blocks_of(spec: ModelSpec) -> dict[str, Block]:
    """Blocks of a model by name, and ``sweeps``, three passes over all of them."""
    blocks: dict[str, Block] = {}
    if spec.has_factors:
        blocks |= {"factors": _draw_factors, "transition": _draw_transition, "rescale": _rescale}
        if spec.n_factors > 1 and not spec.has_factor_sv:
            blocks["shear"] = _shear
        if spec.has_lagged_returns:
            blocks["shift"] = _shift
    if spec.has_factors or spec.has_lagged_returns:
        blocks["rows"] = _draw_rows
    blocks["variances"] = _draw_variances
    if spec.has_factor_sv:
        blocks["factor variances"] = _draw_factor_variances
    blocks["missing returns"] = _impute_returns
    return blocks | {"sweeps": _sweeps}
