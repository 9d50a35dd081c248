"""The result of a fit, whichever engine made it, and how it is stored.

A fit of D draws hands on what portfolios and scores need and no parameters: fitted values and
residuals of the last P months of the window, which momentum strategies rank by; mean, covariance
and a draw of the next month's returns, which density combination scores; and the last log
variances with their autoregressions, from which :meth:`Posterior.variances_ahead` goes on. Returns
are in per cent a month.

Timing: T is the last month of the window. Fitted values are smoothed, that is they use the whole
window. Predictive moments are of T + 1 and use nothing after T.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from bayesfolio.core.arrays import opened_arrays
from bayesfolio.core.files import replacing
from bayesfolio.core.types import FloatArray


@dataclass(frozen=True)
class Diagnostics:
    """How well the chains of one fit mixed.

    The figures that a fit is judged on are those of identified quantities: ``sums`` are the N sums
    of fitted values over the formation months (what momentum ranks on), ``predictive`` the skip
    month's N predictive means and N log predictive variances. The worst of each is kept.

    Attributes
    ----------
    rhat_sums, rhat_predictive : float
        Largest rank-normalised split R-hat (NaN for ``sums`` of the SV model, whose fit is zero).
    ess_sums, ess_predictive : float
        Smallest bulk effective sample size.
    chain_spread : float
        Largest difference between two chains' means of a fitted sum, in units of that sum's
        posterior standard deviation: what multimodality looks like. NaN for a single chain.
    divergences : int
        Divergent transitions after warm-up, all chains.
    transitions : int
        Transitions after warm-up that are on record, all chains: those thinned away are not.
    max_depth_hits : int
        Transitions that ended at the tree-depth limit.
    seconds : float
        CPU seconds of the fit, warm-up and output included.
    refitted : bool
        Whether this is the second attempt, with a longer warm-up.
    passed : bool
        Whether the fit met the run's thresholds.
    """

    rhat_sums: float
    rhat_predictive: float
    ess_sums: float
    ess_predictive: float
    chain_spread: float
    divergences: int
    transitions: int
    max_depth_hits: int
    seconds: float
    refitted: bool = False
    passed: bool = True

    def summary(self) -> str:
        """One line for the log: seconds, R-hat and ESS of sums and predictive moments, flags."""
        flags = [", refitted"] * self.refitted + [", FAILED its diagnostics"] * (not self.passed)
        return (
            f"{self.seconds:.1f} s, R-hat {self.rhat_sums:.3f}/{self.rhat_predictive:.3f}, "
            f"ESS {self.ess_sums:.0f}/{self.ess_predictive:.0f}, "
            f"{self.divergences} divergences{''.join(flags)}"
        )


@dataclass(frozen=True)
class Draws:
    """Draws of an engine, C chains of D kept draws; :class:`Posterior` explains the quantities.

    Attributes
    ----------
    fitted, residual : (C, D, P, N) array
    predictive_mean : (C, D, N) array
    predictive_cov : (C, D, N, N) array
    log_variance : (C, D, N) array
    volatility : (C, D, 3, N) array
    divergences, max_depth_hits, transitions : int
        Counts after warm-up over all chains. The Gibbs engine has no divergences or tree depths and
        gives zeros for them.
    seconds : float
        CPU seconds.
    """

    fitted: FloatArray
    residual: FloatArray
    predictive_mean: FloatArray
    predictive_cov: FloatArray
    log_variance: FloatArray
    volatility: FloatArray
    divergences: int
    max_depth_hits: int
    transitions: int
    seconds: float


@dataclass(frozen=True)
class Posterior:
    """Posterior draws of one model on one window, reduced to what portfolios and scores need.

    D draws (chains stacked), P formation months, N assets; returns in per cent a month.

    Attributes
    ----------
    fitted : (D, P, N) array
        beta x_t + Lambda f_t over the last P months of the window, smoothed (uses the window's y).
    residual : (D, P, N) array
        y_t, drawn where it is missing, less ``fitted``.
    predictive_mean : (D, N) array
        Mean of y_{T+1} given the draw's parameters and states at T.
    predictive_cov : (D, N, N) array
        Covariance of y_{T+1} given the draw's parameters and log variances propagated to T+1.
    predictive_draws : (D, N) array
        One draw of y_{T+1} per posterior draw.
    log_variance : (D, N) array
        Log variance h_T of eps_T.
    volatility : (D, 3, N) array
        Intercept mu, persistence psi and innovation standard deviation gamma of
        h_t = mu + psi h_{t-1} + gamma z_t; with constant variances (h_T, 0, 0).
    diagnostics : Diagnostics
        How well the chains of the fit mixed.
    """

    fitted: FloatArray
    residual: FloatArray
    predictive_mean: FloatArray
    predictive_cov: FloatArray
    predictive_draws: FloatArray
    log_variance: FloatArray
    volatility: FloatArray
    diagnostics: Diagnostics

    @property
    def n_draws(self) -> int:
        """Number of draws D."""
        return int(self.fitted.shape[0])

    def variances_ahead(self, horizon: int) -> FloatArray:
        """Expected variances of eps_{T+1}, .., eps_{T+H} given each draw, (D, H, N).

        The log variance of T + s given the draw is normal, so that its exponential has the mean
        exp(m_s + v_s / 2) with m_s = mu + psi m_{s-1} and v_s = psi^2 v_{s-1} + gamma^2.
        """
        intercept, persistence, innovation_sd = np.moveaxis(self.volatility, 1, 0)
        mean, variance = self.log_variance, np.zeros_like(self.log_variance)
        ahead = np.empty((self.n_draws, horizon, mean.shape[1]))
        for step in range(horizon):
            mean = intercept + persistence * mean
            variance = persistence**2 * variance + innovation_sd**2
            ahead[:, step] = np.exp(mean + 0.5 * variance)
        return ahead


_ARRAYS = [f.name for f in fields(Posterior) if f.name != "diagnostics"]


def save_posteriors(path: Path, posteriors: Mapping[int, Posterior]) -> None:
    """Write the posteriors of several decision years to one ``.npz`` file.

    Arrays are stored as 32-bit floats: their rounding, 1e-7 of a value, is far below Monte Carlo
    error. The file appears under its name only when it is complete.
    """
    arrays: dict[str, np.ndarray] = {"years": np.array(sorted(posteriors))}
    for year, posterior in posteriors.items():
        for name in _ARRAYS:
            arrays[f"{year}/{name}"] = getattr(posterior, name).astype(np.float32)
        for field in fields(Diagnostics):
            arrays[f"{year}/diagnostics/{field.name}"] = np.array(
                getattr(posterior.diagnostics, field.name)
            )
    with replacing(path) as temporary:
        np.savez_compressed(temporary, allow_pickle=False, **arrays)


def load_posteriors(path: Path) -> dict[int, Posterior]:
    """Read a file of :func:`save_posteriors`: posteriors by decision year, in order of years."""
    with opened_arrays(path) as archive:
        return {
            int(year): Posterior(
                **{name: archive[f"{year}/{name}"].astype(np.float64) for name in _ARRAYS},
                diagnostics=Diagnostics(
                    **{
                        f.name: archive[f"{year}/diagnostics/{f.name}"].item()
                        for f in fields(Diagnostics)
                    }
                ),
            )
            for year in archive["years"]
        }
