"""Co-moments of the assets at each date, and moments and betas of portfolios, without Kronecker
products.

With A the mixing matrix, h the factors' variances, S and K their skewness and excess kurtosis,

    V_ij   = sum_a A_ia A_ja h_a
    T_ijk  = sum_a A_ia A_ja A_ka h_a^{3/2} S_a
    T_ijkl = V_ij V_kl + V_ik V_jl + V_il V_jk + sum_a A_ia A_ja A_ka A_la h_a^2 K_a

This is A M (A (x) A)' and its like of Ghalanos's note on the IFACD model, with the zeros of the
factors' matrices M left out (`comoments.locations`). Tensors are built on request only.

A portfolio with weights w needs b = A'w alone: its variance, third moment and fourth cumulant are
sum_a b_a^2 h_a, sum_a b_a^3 h_a^{3/2} S_a and sum_a b_a^4 h_a^2 K_a. Betas of all assets against it
are ratios of co-moments n_k = E[e_i e_b^k], k = 1, 2, 3, which are one product with A each.
Identities: weighted sums of betas are 1, and derivatives of the moments by w are 2, 3 and 4 times
n_1, n_2 and n_3.

Independent normal noise of the assets adds to V only; the general formula carries it into fourth
moments, and third moments are free of it. Timing: moments of date t are given returns up to t-1.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesfolio.core.types import FloatArray

IntArray = NDArray[np.intp]

_MOST_BYTES = 1_000_000_000
_SUM_TOLERANCE = 1e-8


@dataclass(frozen=True)
class PortfolioMoments:
    """Conditional moments of a portfolio's return at T dates, arrays (T,).

    Attributes
    ----------
    mean, variance, third_moment : array
        Moments of the return; the third is about the mean.
    fourth_cumulant : array
        Fourth moment about the mean less three squared variances.
    """

    mean: FloatArray
    variance: FloatArray
    third_moment: FloatArray
    fourth_cumulant: FloatArray

    @property
    def sd(self) -> FloatArray:
        """Standard deviation."""
        return np.sqrt(self.variance)

    @property
    def fourth_moment(self) -> FloatArray:
        """Fourth moment about the mean."""
        return self.fourth_cumulant + 3 * self.variance**2

    @property
    def skewness(self) -> FloatArray:
        """Third moment of the standardised return."""
        return self.third_moment / self.variance**1.5

    @property
    def excess_kurtosis(self) -> FloatArray:
        """Fourth moment of the standardised return, less 3."""
        return self.fourth_cumulant / self.variance**2


@dataclass(frozen=True)
class Betas:
    """Betas of all assets against a benchmark portfolio at T dates, arrays (T, N).

    Attributes
    ----------
    covariance, coskewness, cokurtosis : (T, N) array
        E[e_i e_b^k] / E[e_b^{k+1}] with k = 1, 2, 3; their weighted sums are 1. Coskewness betas
        are NaN where the benchmark's skewness is too near zero to divide by.
    third_comoment : (T, N) array
        The numerators of the coskewness betas, E[e_i e_b^2].
    third_moment : (T,) array
        The denominator of the coskewness betas, E[e_b^3].
    """

    covariance: FloatArray
    coskewness: FloatArray
    cokurtosis: FloatArray
    third_comoment: FloatArray
    third_moment: FloatArray


@dataclass(frozen=True)
class CoMoments:
    """Conditional moments of N assets driven by F independent factors at T dates.

    Attributes
    ----------
    means : (T, N) array
        Conditional means, in the units of the returns.
    mixing : (N, F) array
        A.
    variances, skewness, excess_kurtosis : (T, F) arrays
        Moments of the factors.
    residual_variances : (N,) array
        Variances of independent normal noise of the assets; zeros for none.
    """

    means: FloatArray
    mixing: FloatArray
    variances: FloatArray
    skewness: FloatArray
    excess_kurtosis: FloatArray
    residual_variances: FloatArray

    @cached_property
    def third(self) -> FloatArray:
        """Third moments (T, F) of the factors."""
        return self.variances**1.5 * self.skewness

    @cached_property
    def fourth(self) -> FloatArray:
        """Fourth cumulants (T, F) of the factors."""
        return self.variances**2 * self.excess_kurtosis

    @property
    def n_assets(self) -> int:
        """Number of assets, N."""
        return len(self.mixing)

    def covariance(
        self, dates: ArrayLike | slice = slice(None), *, max_bytes: int = _MOST_BYTES
    ) -> FloatArray:
        """Covariance matrices (D, N, N) at D dates, all by default.

        Raises
        ------
        ValueError
            If they take more than `max_bytes`.
        """
        variances = self._at(self.variances, dates)
        self._check_size("covariance matrices", len(variances), 2, max_bytes)
        A = self.mixing
        return np.einsum("ia,ta,ja->tij", A, variances, A) + np.diag(self.residual_variances)

    def coskewness(
        self,
        dates: ArrayLike | slice = -1,
        *,
        standardised: bool = True,
        max_bytes: int = _MOST_BYTES,
    ) -> FloatArray:
        """Coskewness tensors (D, N, N, N) at D dates, the last by default.

        Parameters
        ----------
        dates : int, sequence of int or slice
            Places of the dates.
        standardised : bool
            Whether entries are divided by the assets' standard deviations.
        max_bytes : int
            Largest result.

        Raises
        ------
        ValueError
            If it is larger.
        """
        third = self._at(self.third, dates)
        self._check_size("coskewness tensors", len(third), 3, max_bytes)
        A = self.mixing
        tensors = np.einsum("ia,ja,ka,ta->tijk", A, A, A, third, optimize=True)
        return self._standardise(tensors, dates) if standardised else tensors

    def cokurtosis(
        self,
        dates: ArrayLike | slice = -1,
        *,
        standardised: bool = True,
        max_bytes: int = _MOST_BYTES,
    ) -> FloatArray:
        """Cokurtosis tensors (D, N, N, N, N) at D dates; see :meth:`coskewness`.

        Not excess: an asset's own entry of the standardised tensor is 3 if it is normal.
        """
        fourth = self._at(self.fourth, dates)
        self._check_size("cokurtosis tensors", len(fourth), 4, max_bytes)
        A, n = self.mixing, self.n_assets
        pairs = (A[:, None] * A).reshape(n * n, -1)
        tensors = np.stack([(pairs * row) @ pairs.T for row in fourth]).reshape(-1, n, n, n, n)
        V = self.covariance(dates)
        for order in ("tij,tkl->tijkl", "tik,tjl->tijkl", "til,tjk->tijkl"):
            tensors += np.einsum(order, V, V)
        return self._standardise(tensors, dates) if standardised else tensors

    def entries(
        self,
        places: ArrayLike,
        dates: ArrayLike | slice = slice(None),
        *,
        standardised: bool = True,
    ) -> FloatArray:
        """Single entries (D, M) of the co-moment tensors.

        Parameters
        ----------
        places : (M, order) array of int
            Assets of each entry: two for covariances, three for coskewness, four for cokurtosis.
            :func:`unique_places` lists those of a tensor that differ.
        dates, standardised
            As for :meth:`coskewness`; all dates by default.

        Raises
        ------
        ValueError
            For other orders.
        """
        index = np.atleast_2d(np.asarray(places, dtype=np.intp))
        order = index.shape[1]
        if order not in (2, 3, 4):
            raise ValueError(f"places have {order} assets, expected 2, 3 or 4 in each row")
        products = self.mixing[index].prod(axis=1)  # (M, F)
        by_order = {2: self.variances, 3: self.third, 4: self.fourth}
        found = self._at(by_order[order], dates) @ products.T
        if order == 2:
            found += self.residual_variances[index[:, 0]] * (index[:, 0] == index[:, 1])
        elif order == 4:
            i, j, k, m = index.T
            for first, second in (((i, j), (k, m)), ((i, k), (j, m)), ((i, m), (j, k))):
                found += self._covariances(first, dates) * self._covariances(second, dates)
        if standardised:
            for column in index.T:
                found /= np.sqrt(self._covariances((column, column), dates))
        return found

    def portfolio_moments(self, weights: ArrayLike) -> PortfolioMoments:
        """Moments of the portfolio with given weights.

        Parameters
        ----------
        weights : (N,) or (T, N) array
            Constant, or of each date. They need not sum to one.
        """
        w = self.checked_weights(weights)
        b = w @ self.mixing
        return PortfolioMoments(
            _weigh(self.means, w),
            _weigh(self.variances, b * b) + np.square(w) @ self.residual_variances,
            _weigh(self.third, b**3),
            _weigh(self.fourth, b**4),
        )

    def betas(self, weights: ArrayLike, *, least_skewness: float = 1e-3) -> Betas:
        """Betas of all assets against the portfolio with given weights.

        Parameters
        ----------
        weights : (N,) or (T, N) array
            The benchmark; they sum to one at each date.
        least_skewness : float
            Benchmarks with a smaller absolute skewness give no coskewness betas.

        Raises
        ------
        ValueError
            If weights do not sum to one: against other portfolios, betas have no average of one.
        """
        w = self.checked_weights(weights)
        sums = np.atleast_1d(w.sum(axis=-1))
        wrong = np.flatnonzero(np.abs(sums - 1) > _SUM_TOLERANCE)
        if wrong.size:
            row = "" if w.ndim == 1 else f" row {wrong[0]}"
            raise ValueError(
                f"weights{row} sum to {sums[wrong[0]]:g}, expected 1 +- {_SUM_TOLERANCE:g}: a "
                "benchmark is fully invested; divide the weights by their sum"
            )
        moments = self.portfolio_moments(w)
        second, third, fourth = self._gradients(w, moments.variance)
        denominator = moments.third_moment.copy()
        denominator[np.abs(moments.skewness) < least_skewness] = np.nan
        return Betas(
            second / moments.variance[:, None],
            third / denominator[:, None],
            fourth / moments.fourth_moment[:, None],
            third,
            moments.third_moment,
        )

    def moment_gradients(self, weights: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Derivatives (T, N) by the weights of variance, third and fourth moment of a portfolio."""
        w = self.checked_weights(weights)
        second, third, fourth = self._gradients(w, self.portfolio_moments(w).variance)
        return 2 * second, 3 * third, 4 * fourth

    def checked_weights(self, weights: ArrayLike) -> FloatArray:
        """Weights of a portfolio, (N,) or (T, N); a ValueError where they are neither."""
        w = np.asarray(weights, dtype=float)
        n_dates = len(self.variances)
        if w.shape not in ((self.n_assets,), (n_dates, self.n_assets)):
            raise ValueError(
                f"weights have shape {w.shape}, expected ({self.n_assets},) or "
                f"({n_dates}, {self.n_assets}): one for each asset, and date"
            )
        if not np.isfinite(w).all():
            raise ValueError("weights have values that are not finite, expected numbers")
        return w

    def _gradients(self, w: FloatArray, variance: FloatArray) -> tuple[FloatArray, ...]:
        """E[e_i e_b], E[e_i e_b^2] and E[e_i e_b^3], each (T, N)."""
        A, b = self.mixing, w @ self.mixing
        second = (b * self.variances) @ A.T + w * self.residual_variances
        third = (b**2 * self.third) @ A.T
        return second, third, (b**3 * self.fourth) @ A.T + 3 * variance[:, None] * second

    def _at(self, values: FloatArray, dates: ArrayLike | slice) -> FloatArray:
        """Rows of some dates, always with a first axis of dates."""
        return values[dates] if isinstance(dates, slice) else values[np.atleast_1d(dates)]

    def _covariances(
        self, pair: tuple[IntArray, IntArray], dates: ArrayLike | slice = slice(None)
    ) -> FloatArray:
        """Covariances (D, M) of M pairs of assets."""
        i, j = pair
        noise = self.residual_variances[i] * (i == j)
        return self._at(self.variances, dates) @ (self.mixing[i] * self.mixing[j]).T + noise

    def _standardise(self, tensors: FloatArray, dates: ArrayLike | slice) -> FloatArray:
        assets = np.arange(self.n_assets)
        sd = np.sqrt(self._covariances((assets, assets), dates))
        order = tensors.ndim - 1
        for axis in range(order):
            shape = [len(sd)] + [1] * order
            shape[axis + 1] = self.n_assets
            tensors /= sd.reshape(shape)
        return tensors

    def _check_size(self, name: str, n_dates: int, order: int, max_bytes: int) -> None:
        size = 8 * n_dates * self.n_assets**order
        if size > max_bytes:
            raise ValueError(
                f"{name} of {self.n_assets} assets at {n_dates} dates take {size / 1e9:.1f} GB, "
                f"expected at most {max_bytes / 1e9:.1f}: ask for fewer dates, for single entries, "
                "for moments and betas of portfolios, which need no tensors, or raise max_bytes"
            )


def unique_places(n_assets: int, order: int) -> IntArray:
    """Places (M, order) of a symmetric tensor's entries that differ: those in ascending order."""
    places = combinations_with_replacement(range(n_assets), order)
    return np.array(list(places), dtype=np.intp)


def flatten(tensors: FloatArray) -> FloatArray:
    """Tensors (D, N, ..., N) as matrices (D, N, N^k): the first asset by all the others."""
    return tensors.reshape(*tensors.shape[:2], -1)


def _weigh(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted sums over the last axis, weights being constant or of each date."""
    return values @ weights if weights.ndim == 1 else (values * weights).sum(axis=1)
