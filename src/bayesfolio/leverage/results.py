"""Tables of the leverage study: serial correlation, forecasts, refits and the strategy."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from bayesfolio.leverage.periods import PERIODS, period_returns
from bayesfolio.leverage.return_forecasts import EXPANDING_MEAN
from bayesfolio.leverage.scores import direction_test, qlike_losses, volatility_scores
from bayesfolio.leverage.serial import integration_order, serial_correlation
from bayesfolio.leverage.strategy import (
    LeverageCosts,
    leverage_performance,
    optimal_leverage,
)
from bayesfolio.leverage.study import LeverageStudy

Settings = Mapping[str, Any]
"""The section `leverage` of the configuration."""

VOLATILITY_SOURCES = {
    "garch": "GARCH(1,1)",
    "trailing_sd": "Trailing days",
    "vix": "VIX",
    "sv": "Stochastic volatility",
}
"""Forecasts of volatility: columns of `LeverageStudy.days`, and their names."""

EVERY_DAY, APART, COARSE = "every day", "non-overlapping", "coarse grid"
SHORT_WINDOW = 500
"""Days below which GARCH fits are flagged: their likelihood is flat and has several peaks."""

SHORTFALL = 0.01
"""Points of log-likelihood by which a refit may lie below a cold fit of arch."""


def sampled_days(study: LeverageStudy, sampling: str) -> pd.DataFrame:
    """Days of origins at which volatility is scored, those with a realised and a GARCH value.

    Parameters
    ----------
    study : LeverageStudy
        The study.
    sampling : str
        ``every day``, whose targets overlap; ``non-overlapping``, every `horizon` days from the
        first GARCH forecast on; ``coarse grid``, the days with a stochastic volatility forecast.
    """
    days = study.days
    if sampling == APART:
        first = int(study.garch.n_days[0]) - 1
        days = days.iloc[first :: study.horizon]
    if sampling == COARSE:
        days = days[days["sv"].notna()]
    return days.dropna(subset=["realised_sd", "garch"])


def volatility_table(study: LeverageStudy) -> pd.DataFrame:
    """Scores of volatility forecasts for the days after their origin.

    Returns
    -------
    DataFrame
        For each sampling of origins (see `sampled_days`) and source: n, correlation, mape (per
        cent), qlike; and on the days that it shares with GARCH the mean difference of their QLIKE
        losses, qlike_less_garch, with its standard error by `_standard_error`.
    """
    rows = []
    for sampling in (EVERY_DAY, APART, COARSE):
        days = sampled_days(study, sampling)
        for source, name in VOLATILITY_SOURCES.items():
            both = days.dropna(subset=[source])
            if len(both) < 3 or (source == "sv") > (sampling == COARSE):
                continue
            target = both["realised_sd"].to_numpy()
            scores = volatility_scores(both[source].to_numpy(), target)
            losses = [qlike_losses(both[s].to_numpy(), target) for s in (source, "garch")]
            gap = losses[0] - losses[1]
            spacing = int(np.diff(study.days.index.get_indexer(both.index)).min())
            overlap = -(-study.horizon // spacing)
            rows.append(
                {
                    "origins": sampling,
                    "forecast": name,
                    **asdict(scores),
                    "qlike_less_garch": np.nan if source == "garch" else float(gap.mean()),
                    "qlike_se": np.nan if source == "garch" else _standard_error(gap, overlap),
                }
            )
    return pd.DataFrame(rows)


def return_table(study: LeverageStudy) -> pd.DataFrame:
    """Scores of forecasts of the next month's return.

    Returns
    -------
    DataFrame
        A row for each model: n, hits, direction (hits in per cent), always_up (months that rose,
        per cent), p_coin, p_always_up, correlation, rmse (per cent a month), r2 (out of sample,
        against the expanding mean, per cent), dispersion (standard deviation of forecasts in per
        cent of that of returns), unconverged (refits).
    """
    realised = study.months["realised"].to_numpy()
    mean_error = np.mean((realised - study.months[EXPANDING_MEAN].to_numpy()) ** 2)
    rows = []
    for name in study.return_models:
        forecast = study.months[name].to_numpy()
        test = direction_test(forecast, realised)
        error = np.mean((realised - forecast) ** 2)
        rows.append(
            {
                "model": name,
                "n": test.n,
                "hits": test.hits,
                "direction": 100 * test.hits / test.n,
                "always_up": 100 * test.always_up / test.n,
                "p_coin": test.p_coin,
                "p_always_up": test.p_always_up,
                "correlation": float(np.corrcoef(forecast, realised)[0, 1]),
                "rmse": float(np.sqrt(error)),
                "r2": float(100 * (1 - error / mean_error)),
                "dispersion": float(100 * forecast.std() / realised.std()),
                "unconverged": round((1 - study.converged[name]) * test.n),
            }
        )
    return pd.DataFrame(rows)


def strategies(
    study: LeverageStudy, leverage: Mapping[str, Any]
) -> Iterator[tuple[str, str, float, pd.Series]]:
    """Every strategy: source of the return, of the variance, cap, and leverage by month.

    First constant leverage, of which 1 is the index; then optimal leverage by each model and each
    volatility that covers all months, between 0 and each cap. NaN is the cap of a constant.

    Parameters
    ----------
    study : LeverageStudy
        The study.
    leverage : mapping
        constants and caps, of the configuration's section `strategy`.
    """
    months = study.months.index
    for constant in leverage["constants"]:
        yield f"constant {constant:g}", "", np.nan, pd.Series(float(constant), index=months)
    for source in ("garch", "trailing_sd", "vix"):
        variance = study.month_variances(source)
        if variance.isna().any():
            continue
        for model in study.return_models:
            raw = optimal_leverage(study.months[model].to_numpy(), variance.to_numpy())
            for cap in leverage["caps"]:
                clipped = pd.Series(np.clip(raw, 0.0, cap), index=months)
                yield model, VOLATILITY_SOURCES[source], float(cap), clipped


def strategy_table(study: LeverageStudy, leverage: Mapping[str, Any]) -> pd.DataFrame:
    """Return and risk of every strategy after financing; see `strategies` and `LeverageCosts`."""
    costs = LeverageCosts(leverage["risk_free"], leverage["borrowing_spread"])
    realised = study.months["realised"].to_numpy()
    rows = [
        {"expected_return": model, "variance": source, "cap": cap}
        | asdict(leverage_performance(realised, positions.to_numpy(), costs))
        for model, source, cap, positions in strategies(study, leverage)
    ]
    return pd.DataFrame(rows)


def serial_table(study: LeverageStudy, n_lags: int) -> pd.DataFrame:
    """Autocorrelations of daily, weekly and monthly returns, by lag, and ADF tests.

    Returns
    -------
    DataFrame
        returns, lag, acf, pacf, band (half the width of the 95% band), outside (whether the ACF
        is); and of the first lag of each n, adf_p (p-value of the returns) and order (d).
    """
    rows = []
    for period in PERIODS:
        returns = period_returns(study.closes, period).to_numpy()
        found, adf = serial_correlation(returns, n_lags), integration_order(returns)
        for lag in range(n_lags):
            acf = float(found.autocorrelations[lag])
            rows.append(
                {
                    "returns": period,
                    "lag": lag + 1,
                    "acf": acf,
                    "pacf": float(found.partial[lag]),
                    "band": found.band,
                    "outside": abs(acf) > found.band,
                    "n": found.n_obs,
                    "adf_p": adf.p_values[0] if lag == 0 else np.nan,
                    "order": adf.order,
                }
            )
    return pd.DataFrame(rows)


def refit_table(study: LeverageStudy) -> pd.DataFrame:
    """How the GARCH refits went, on short and on longer windows, and how arch's cold fits did.

    Returns
    -------
    DataFrame
        windows, refits, unconverged, at_bound (alpha 0, or alpha + beta 1), checked (with arch),
        worse and better (than arch by more than `SHORTFALL`), shortfall (largest, points of
        log-likelihood, 0 where none is worse).
    """
    garch = study.garch
    short = garch.n_days < SHORT_WINDOW
    persistence = garch.parameters[:, 2] + garch.parameters[:, 3]
    bound = (garch.parameters[:, 2] < 1e-6) | (persistence > 1 - 1e-6)
    gain = garch.log_likelihood - garch.arch_log_likelihood
    rows = []
    for name, chosen in (
        (f"below {SHORT_WINDOW} days", short),
        (f"{SHORT_WINDOW} days or more", ~short),
        ("all", np.ones_like(short)),
    ):
        checked = gain[chosen & np.isfinite(gain)]
        rows.append(
            {
                "windows": name,
                "refits": int(chosen.sum()),
                "unconverged": int((garch.converged[chosen] == 0).sum()),
                "at_bound": int(bound[chosen].sum()),
                "checked": len(checked),
                "worse": int((checked < -SHORTFALL).sum()),
                "better": int((checked > SHORTFALL).sum()),
                "shortfall": float(max(0.0, -checked.min())) if len(checked) else np.nan,
            }
        )
    return pd.DataFrame(rows)


def sv_table(study: LeverageStudy) -> pd.DataFrame:
    """How each fit of stochastic volatility went.

    Returns
    -------
    DataFrame
        A row for each origin: last_day of its window, n_days, rhat and ess (of the log variance of
        the next day), divergences, refitted (with a longer warm-up) and passed.
    """
    sv = study.sv
    last = pd.DatetimeIndex(study.days.index[sv.n_days.astype(int) - 1])
    return pd.DataFrame(
        {
            "last_day": last.strftime("%Y-%m-%d"),
            "n_days": sv.n_days.astype(int),
            "rhat": sv.rhat,
            "ess": sv.ess,
            "divergences": sv.divergences.astype(int),
            "refitted": sv.refitted == 1,
            "passed": sv.passed == 1,
        }
    )


def _standard_error(values: np.ndarray, overlap: int) -> float:
    """Of a mean whose terms overlap over so many dates: Newey-West with as many lags less one."""
    centred = values - values.mean()
    n = len(values)
    total = float(centred @ centred)
    for lag in range(1, min(overlap, n)):
        total += 2 * (1 - lag / overlap) * float(centred[lag:] @ centred[:-lag])
    return float(np.sqrt(max(total, 0.0)) / n)
