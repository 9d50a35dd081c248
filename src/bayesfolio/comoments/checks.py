"""Checks of what is passed to :func:`bayesfolio.comoments.fit_ifacd` and its results."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bayesfolio.core.types import FloatArray

_INVERSE_TOLERANCE = 1e-6


def check_returns(returns: ArrayLike | pd.DataFrame) -> FloatArray:
    """Returns as a (T, N) array.

    Raises
    ------
    ValueError
        If they have another shape, values that are not finite, or an asset that does not move.
    """
    values = finite_returns(returns, 2)
    still = np.flatnonzero(np.ptp(values, axis=0) == 0)
    if still.size:
        raise ValueError(
            f"returns of asset {still[0]} are all {values[0, still[0]]:g}, expected some "
            "variation: drop the asset"
        )
    return values


def finite_returns(returns: ArrayLike | pd.DataFrame, n_least: int) -> FloatArray:
    """Returns as a (T, N) array.

    Raises
    ------
    ValueError
        If they have another shape, fewer dates than `n_least`, or values that are not finite.
    """
    values = np.asarray(returns, dtype=float)
    if values.ndim != 2 or values.shape[0] < n_least or values.shape[1] < 1:
        raise ValueError(
            f"returns have shape {values.shape}, expected (dates, assets): {n_least} dates or "
            "more, and a second axis also for one asset"
        )
    broken = np.argwhere(~np.isfinite(values))
    if broken.size:
        t, asset = broken[0]
        raise ValueError(
            f"returns of date {t}, asset {asset} are {values[t, asset]}, expected a finite number: "
            "drop the date or the asset"
        )
    return values


def check_probability(probability: float | NDArray[np.floating]) -> None:
    """Refuse probabilities of a larger loss that are not between 0 and 1.

    Raises
    ------
    ValueError
        If one is not.
    """
    values = np.asarray(probability)
    if not np.all((values > 0) & (values < 1)):
        raise ValueError(
            f"probability is {probability}, expected one between 0 and 1, such as 0.01 for the "
            "largest loss in a hundred dates"
        )


def aligned(
    values: ArrayLike | pd.Series | pd.DataFrame, assets: tuple[str, ...] | None, what: str
) -> ArrayLike | pd.Series | pd.DataFrame:
    """Values in the order of a model's assets, where both have labels.

    Raises
    ------
    ValueError
        If the labels are those of other assets.
    """
    if assets is None or not isinstance(values, pd.Series | pd.DataFrame):
        return values
    labels = values.index if isinstance(values, pd.Series) else values.columns
    found = [str(label) for label in labels]
    if sorted(found) != sorted(assets):
        raise ValueError(
            f"{what} are of {', '.join(found)}, expected {', '.join(assets)}, the assets that the "
            "model was fitted to: pass those, in any order, or an array in this order"
        )
    places = [found.index(asset) for asset in assets]
    return values.iloc[places] if isinstance(values, pd.Series) else values.iloc[:, places]


def given_matrices(
    unmixing: ArrayLike | None, mixing: ArrayLike | None, n_assets: int
) -> tuple[FloatArray, FloatArray]:
    """Unmixing (F, N) and mixing (N, F) matrices, of which at least one is given.

    Raises
    ------
    ValueError
        If one has another shape, or their product is not the identity.
    """
    found = {
        name: None if matrix is None else np.asarray(matrix, dtype=float)
        for name, matrix in (("unmixing", unmixing), ("mixing", mixing))
    }
    for name, axis in (("unmixing", 1), ("mixing", 0)):
        matrix = found[name]
        if matrix is None:
            continue
        if matrix.ndim != 2 or matrix.shape[axis] != n_assets:
            expected = f"(F, {n_assets})" if axis else f"({n_assets}, F)"
            raise ValueError(
                f"{name} has shape {matrix.shape}, expected {expected}: a matrix for the "
                f"{n_assets} assets of returns, perhaps its transpose"
            )
    W, A = found["unmixing"], found["mixing"]
    if W is None:
        assert A is not None
        W = np.linalg.pinv(A)
    if A is None:
        A = np.linalg.pinv(W)
    if W.shape[0] != A.shape[1] or not np.allclose(W @ A, np.eye(len(W)), atol=_INVERSE_TOLERANCE):
        raise ValueError(
            f"unmixing {W.shape} times mixing {A.shape} is not the identity, expected matrices of "
            "one fit: pass both from it, or one of them"
        )
    return W, A
