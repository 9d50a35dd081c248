"""Independent components: whitening by principal components, then symmetric FastICA.

Residuals e_t are taken as A f_t with independent factors f_t of unit variance. With the eigenvalues
and eigenvectors C = V Lam V' of their second moments,

    K = Lam_F^-1/2 V_F'   whitens,   W = B' K unmixes,   A = K^+ B mixes again,   f_t = W e_t

B is orthogonal. It is a fixed point of Hyvarinen's (1999) iteration, all columns at once,

    B+ = Z' g(Z B) / T - B diag(mean g'(Z B)),   B <- B+ (B+' B+)^-1/2

with Z the whitened residuals and g = tanh, the derivative of log cosh, or g(u) = u^3. Of several
random starts the end with the largest distance from normality, sum_k (mean log cosh f_k - normal
mean)^2, is kept. Ends that differ are usual, and their number is reported. Factors near normal are
not told apart, and a warning names them where there are two or more.

Order and signs are fixed: largest columns of A first, each with a sum that is not negative. No
co-moment depends on them. See `comoments.model` for what W and A are used for.
"""

import math
import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from bayesfolio.core.types import FloatArray

Covariance = Literal["sample", "shrunk", "ewma"]
Contrast = Literal["tanh", "pow3"]

NORMAL_LOG_COSH = 0.374567207491
"""Mean of log cosh of a standard normal variable."""

_RANK_TOLERANCE = 1e-12
_EWMA_DECAY = 0.97
_SAME_ROTATION = 1e-4
_SIGNIFICANT = 1.96


class ConvergenceWarning(UserWarning):
    """FastICA stopped before it converged."""


class RankWarning(UserWarning):
    """Some returns are linear combinations of others."""


class IdentificationWarning(UserWarning):
    """The sample does not tell some factors apart."""


@dataclass(frozen=True)
class Whitening:
    """Maps between residuals (N) and uncorrelated scores (F).

    Attributes
    ----------
    whitener, dewhitener : (F, N) and (N, F) arrays
        K, and its pseudo-inverse.
    """

    whitener: FloatArray
    dewhitener: FloatArray


@dataclass(frozen=True)
class Unmixing:
    """Independent components of a sample.

    Attributes
    ----------
    unmixing, mixing : (F, N) and (N, F) arrays
        W and A, in canonical order and sign.
    rotation : (F, F) array
        B, in the same order.
    objective : float
        Sum over factors of (mean log cosh - normal mean)^2.
    n_optima : int
        Different fixed points among those that the starts ended in.
    converged : bool
        Whether the best one met the tolerance.
    """

    unmixing: FloatArray
    mixing: FloatArray
    rotation: FloatArray
    objective: float
    n_optima: int
    converged: bool


def covariance_of(residuals: FloatArray, kind: Covariance = "sample") -> FloatArray:
    """Second moments (N, N) of residuals (T, N), not centred, divided by T.

    ``shrunk`` moves them towards a multiple of the identity by the share of Ledoit and Wolf
    (2004); ``ewma`` weighs dates by 0.97 to the power of their age.
    """
    n_obs, n_assets = residuals.shape
    if kind == "ewma":
        weights = _EWMA_DECAY ** np.arange(n_obs - 1, -1, -1)
        return (residuals.T * (weights / weights.sum())) @ residuals
    sample = residuals.T @ residuals / n_obs
    if kind == "sample":
        return sample
    if kind != "shrunk":
        raise ValueError(f"covariance is {kind!r}, expected 'sample', 'shrunk' or 'ewma'")
    target = np.eye(n_assets) * np.trace(sample) / n_assets
    distance = np.square(sample - target).sum()
    squares = np.square(residuals)
    noise = (squares.T @ squares / n_obs - sample**2).sum() / n_obs
    share = min(1.0, noise / distance) if distance > 0 else 1.0
    return share * target + (1 - share) * sample


def whiten(covariance: FloatArray, n_factors: int | None = None) -> Whitening:
    """Map to principal components of unit variance, those of the largest eigenvalues.

    Parameters
    ----------
    covariance : (N, N) array
        Second moments.
    n_factors : int, optional
        Components kept. None: as many as there are eigenvalues above 1e-12 of the largest.

    Raises
    ------
    ValueError
        If more components are asked for than there are.
    """
    values, vectors = np.linalg.eigh(covariance)
    values, vectors = values[::-1], vectors[:, ::-1]
    rank = int(np.sum(values > _RANK_TOLERANCE * values[0]))
    kept = rank if n_factors is None else n_factors
    if not 1 <= kept <= rank:
        raise ValueError(
            f"n_factors is {kept}, expected 1 to {rank}, the rank of the returns: ask for fewer, "
            "or take out assets that are combinations of others"
        )
    scale = np.sqrt(values[:kept])
    return Whitening((vectors[:, :kept] / scale).T, vectors[:, :kept] * scale)


def fast_ica(
    residuals: FloatArray,
    whitening: Whitening,
    rng: np.random.Generator,
    *,
    n_starts: int = 8,
    contrast: Contrast = "tanh",
    tolerance: float = 1e-10,
    max_steps: int = 20_000,
    start: FloatArray | None = None,
) -> Unmixing:
    """Rotate whitened residuals into independent factors (Hyvarinen 1999, symmetric FastICA).

    Parameters ---------- residuals : (T, N) array Returns less their means. whitening : Whitening
    Whitening of the same residuals. rng : numpy.random.Generator Source of the random starts.
    n_starts : int Starts; the fixed point with the largest objective is kept. contrast : {"tanh",
    "pow3"} Derivative of log cosh, or of the fourth power. tolerance : float Largest one less
    cosine between a column's last two versions. max_steps : int Most steps of one start. start :
    (N, F) array, optional A mixing matrix, such as that of a shorter sample, whose nearest rotation
    is the first start.

    Returns
    -------
    Unmixing
        Factors f_t = W e_t have mean square one.

    Raises
    ------
    ValueError
        For another contrast, or no starts.

    Warns
    -----
    ConvergenceWarning
        If the best start ran out of steps.

    """
    if contrast not in ("tanh", "pow3"):
        raise ValueError(f"contrast is {contrast!r}, expected 'tanh' or 'pow3'")
    if n_starts < 1:
        raise ValueError(f"n_starts is {n_starts}, expected 1 or more")
    scores = residuals @ whitening.whitener.T
    n_factors = scores.shape[1]
    starts = []
    if start is not None:
        left, _, right = np.linalg.svd(whitening.whitener @ start)
        starts.append(left @ right)
    while len(starts) < n_starts:
        starts.append(np.linalg.qr(rng.standard_normal((n_factors, n_factors)))[0])
    ends = [_fixed_point(scores, first, contrast, tolerance, max_steps) for first in starts]
    objectives = [objective(scores @ rotation) for rotation, _ in ends]
    best = int(np.argmax(objectives))
    rotation, converged = ends[best]
    if not converged:
        warnings.warn(
            f"FastICA did not converge in {max_steps} steps, so that its factors are not "
            "reproducible: some may be near normal; pass n_factors below "
            f"{n_factors}, or a larger max_steps",
            ConvergenceWarning,
            stacklevel=2,
        )
    order, signs = canonical_order(whitening.dewhitener @ rotation)
    rotation = rotation[:, order] * signs
    return Unmixing(
        rotation.T @ whitening.whitener,
        whitening.dewhitener @ rotation,
        rotation,
        objectives[best],
        _count_different([end for end, _ in ends]),
        converged,
    )


def independent_components(
    residuals: FloatArray,
    rng: np.random.Generator,
    n_factors: int | None = None,
    covariance: Covariance = "sample",
    *,
    contrast: Contrast = "tanh",
    n_starts: int = 8,
    start: FloatArray | None = None,
) -> Unmixing:
    """Whiten residuals (T, N) and rotate them; parameters as of :func:`fast_ica`.

    Raises
    ------
    ValueError
        If n_factors is None and there are no more dates than assets.

    Warns
    -----
    RankWarning
        If n_factors is None and the residuals have a lower rank than assets.
    """
    n_obs, n_assets = residuals.shape
    if n_factors is None and n_obs <= n_assets:
        raise ValueError(
            f"returns have {n_obs} dates and {n_assets} assets, expected more dates than assets: "
            "use a longer sample, fewer assets, or pass n_factors"
        )
    whitening = whiten(covariance_of(residuals, covariance), n_factors)
    rank = len(whitening.whitener)
    if n_factors is None and rank < n_assets:
        warnings.warn(
            f"returns are collinear, {n_assets} assets of rank {rank}, so {rank} factors are used: "
            f"drop assets that are combinations of others, or pass n_factors={rank}",
            RankWarning,
            stacklevel=3,
        )
    return fast_ica(residuals, whitening, rng, contrast=contrast, n_starts=n_starts, start=start)


def objective(factors: FloatArray) -> float:
    """Sum over factors (T, F) of the squared distance of mean log cosh from the normal one."""
    size = np.abs(factors)
    log_cosh = size + np.log1p(np.exp(-2 * size)) - math.log(2)
    return float(np.square(log_cosh.mean(axis=0) - NORMAL_LOG_COSH).sum())


def canonical_order(mixing: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Order and signs of factors: largest loadings first, each with a sum that is not negative."""
    order = np.argsort(-np.square(mixing).sum(axis=0), kind="stable")
    signs = np.where(mixing[:, order].sum(axis=0) < 0, -1.0, 1.0)
    return order, signs


def warn_of_normal_factors(factors: FloatArray) -> None:
    """Warn if more than one factor (T, F) has insignificant skewness and excess kurtosis.

    Warns
    -----
    IdentificationWarning
        Rotating normal factors among themselves leaves them independent.
    """
    n_obs = len(factors)
    z = (factors - factors.mean(axis=0)) / factors.std(axis=0)
    skewness, kurtosis = (z**3).mean(axis=0), (z**4).mean(axis=0) - 3
    limits = _SIGNIFICANT * np.sqrt(np.array([6.0, 24.0]) / n_obs)
    normal = np.flatnonzero((np.abs(skewness) < limits[0]) & (np.abs(kurtosis) < limits[1]))
    if len(normal) > 1:
        warnings.warn(
            f"factors {', '.join(map(str, normal))} are near normal and not told apart: their "
            "skewness and kurtosis are within sampling error of a normal law's; use a longer "
            "sample, or fewer factors",
            IdentificationWarning,
            stacklevel=3,
        )


def _fixed_point(
    scores: FloatArray, rotation: FloatArray, contrast: Contrast, tolerance: float, max_steps: int
) -> tuple[FloatArray, bool]:
    """Rotation at the end of a start, and whether it converged."""
    n_obs = len(scores)
    for _ in range(max_steps):
        factors = scores @ rotation
        if contrast == "tanh":
            g = np.tanh(factors)
            slope = 1 - np.square(g).mean(axis=0)
        else:
            g, slope = factors**3, 3 * np.square(factors).mean(axis=0)
        left, _, right = np.linalg.svd(scores.T @ g / n_obs - rotation * slope)
        turned = left @ right
        moved = 1 - np.abs((turned * rotation).sum(axis=0)).min()
        rotation = turned
        if moved < tolerance:
            return rotation, True
    return rotation, False


def _count_different(rotations: list[FloatArray]) -> int:
    """Rotations that are not the same up to order and signs of their columns."""
    kept: list[FloatArray] = []
    for rotation in rotations:
        if all(np.abs(rotation.T @ other).max(axis=1).min() < 1 - _SAME_ROTATION for other in kept):
            kept.append(rotation)
    return len(kept)
