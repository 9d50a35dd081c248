"""What the post on optimal leverage claims, how it came by it, and what is left out of sample."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from bayesfolio.leverage.periods import period_returns
from bayesfolio.leverage.results import APART, EVERY_DAY, return_table, sampled_days
from bayesfolio.leverage.scores import volatility_scores
from bayesfolio.leverage.serial import integration_order, serial_correlation
from bayesfolio.leverage.study import LeverageStudy

PRINTED_VIX = 28.59
"""Level of the VIX that the post turns into the volatility of a month."""


@dataclass(frozen=True)
class Finding:
    """Figures of one claim; NaN where there is none.

    Attributes
    ----------
    as_published : float
        By the reading that comes closest to the printed value.
    out_of_sample : float
        The same statistic of a forecast made before what it is compared with.
    benchmark : float
        Of a forecast without a model, or the limit that the figure has to pass.
    verdict : str
        What the figures say of the claim.
    """

    as_published: float
    out_of_sample: float
    benchmark: float
    verdict: str


@dataclass(frozen=True)
class Claim:
    """One claim of the post.

    Attributes
    ----------
    text, reading, against : str
        The claim; the reading that reproduces its figure; what the benchmark is.
    decimals : int
        Digits shown.
    find : callable
        Gives the figures, from the study.
    """

    text: str
    reading: str
    against: str
    decimals: int
    find: Callable[[LeverageStudy], Finding]


def claims_table(study: LeverageStudy, published: pd.DataFrame) -> pd.DataFrame:
    """Each claim with its printed value, the reading that reproduces it, ours, and the honest one.

    Parameters
    ----------
    study : LeverageStudy
        The study.
    published : DataFrame
        claim, a key of `CLAIMS`, and printed, empty where the post has words only; unit.

    Returns
    -------
    DataFrame
        claim, text, unit, printed, reading, as_published, out_of_sample, benchmark, against,
        verdict.
    """
    rows = []
    for _, line in published.iterrows():
        claim = CLAIMS[str(line["claim"])]
        found = asdict(claim.find(study))
        verdict = found.pop("verdict")
        rows.append(
            {
                "claim": line["claim"],
                "text": claim.text,
                "unit": line["unit"],
                "printed": line["printed"],
                "reading": claim.reading,
                **{name: round(value, 10) for name, value in found.items()},
                "against": claim.against,
                "verdict": verdict,
            }
        )
    return pd.DataFrame(rows)


def shown_claims(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its figures as text, each to the digits of its claim."""
    shown = table.copy()
    for name in ("printed", "as_published", "out_of_sample", "benchmark"):
        shown[f"{name}_shown"] = [
            "" if np.isnan(value) else f"{value:.{CLAIMS[claim].decimals}f}"
            for claim, value in zip(table["claim"], table[name].astype(float), strict=True)
        ]
    return shown


def _direction(study: LeverageStudy) -> Finding:
    row = return_table(study).iloc[0]
    better = row["hits"] > row["n"] * row["always_up"] / 100
    verdict = "beats always up" if better else "no better than a coin, and worse than always up"
    if not better and row["p_coin"] < 0.05:
        verdict = "better than a coin, worse than always up"
    return Finding(row["direction"], row["direction"], row["always_up"], verdict)


def _garch(statistic: str, trailing: str) -> Callable[[LeverageStudy], Finding]:
    def find(study: LeverageStudy) -> Finding:
        scale = 100 if statistic == "correlation" else 1
        known = study.days.dropna(subset=["garch_in_sample", trailing])
        published = volatility_scores(
            known["garch_in_sample"].to_numpy(), known[trailing].to_numpy()
        )
        apart = sampled_days(study, APART)
        target = apart["realised_sd"].to_numpy()
        honest, benchmark = (
            scale * getattr(volatility_scores(apart[name].to_numpy(), target), statistic)
            for name in ("garch", "trailing_sd")
        )
        verdict = "two functions of the same past returns; no forecast"
        return Finding(scale * getattr(published, statistic), honest, benchmark, verdict)

    return find


def _vix(study: LeverageStudy) -> Finding:
    figures = []
    for sampling in (EVERY_DAY, APART):
        days = sampled_days(study, sampling).dropna(subset=["vix"])
        if len(days) < 3:
            return Finding(np.nan, np.nan, np.nan, "the run has no VIX")
        target = days["realised_sd"].to_numpy()
        figures += [
            volatility_scores(days[name].to_numpy(), target).correlation
            for name in ("vix", "trailing_sd")
        ]
    near = abs(figures[2] - figures[3]) < 0.05
    verdict = "holds for the correlation" if near else "fails: the correlations differ"
    return Finding(figures[0], figures[2], figures[3], verdict)


def _acf(period: str, partial: bool = False) -> Callable[[LeverageStudy], Finding]:
    def find(study: LeverageStudy) -> Finding:
        found = serial_correlation(period_returns(study.closes, period).to_numpy(), 1)
        value = float((found.partial if partial else found.autocorrelations)[0])
        place = "outside" if abs(value) > found.band else "inside"
        return Finding(value, np.nan, found.band, f"{place} the band of no correlation")

    return find


def _integration(study: LeverageStudy) -> Finding:
    returns = period_returns(study.closes, "monthly").to_numpy()
    found = integration_order(returns)
    prices = integration_order(np.log(study.closes.to_numpy()))
    verdict = f"d = {found.order} for monthly returns, {prices.order} for log prices"
    return Finding(float(found.order), np.nan, found.p_values[0], verdict)


def _dispersion(study: LeverageStudy) -> Finding:
    row = return_table(study).iloc[0]
    return Finding(
        row["dispersion"], row["dispersion"], 100.0, "as any forecast of so noisy a return must"
    )


def _vix_month(study: LeverageStudy) -> Finding:
    printed = float(np.sqrt(12) * PRINTED_VIX / 10)
    month = float(PRINTED_VIX / np.sqrt(12))
    return Finding(printed, np.nan, month, "a slip: the VIX is the annual figure already")


CLAIMS = {
    "direction": Claim(
        "The direction of the monthly return is right more often than not",
        "ARMA(1,1) without a mean by conditional least squares, expanding windows",
        "months that rose",
        1,
        _direction,
    ),
    "garch_correlation": Claim(
        "GARCH volatility is correlated with that of a month",
        "in-sample volatility of a day and the standard deviation of the days up to it",
        "trailing days, out of sample",
        1,
        _garch("correlation", "trailing_sd"),
    ),
    "garch_mape": Claim(
        "GARCH volatility has a small percentage error",
        "in-sample volatility of a day and the root mean square of the days up to it",
        "trailing days, out of sample",
        1,
        _garch("mape", "trailing_rms"),
    ),
    "vix_power": Claim(
        "The VIX predicts as well as last month's volatility",
        "correlation with the days after, every day",
        "trailing days, out of sample",
        3,
        _vix,
    ),
    "acf_daily": Claim(
        "Daily returns are hardly correlated", "lag 1", "95% band", 3, _acf("daily")
    ),
    "acf_weekly": Claim(
        "Weekly returns are hardly correlated", "lag 1", "95% band", 3, _acf("weekly")
    ),
    "acf_monthly": Claim(
        "Monthly returns are weakly correlated", "lag 1", "95% band", 3, _acf("monthly")
    ),
    "pacf_monthly": Claim(
        "And so they are partially",
        "lag 1, where both are the same",
        "95% band",
        3,
        _acf("monthly", partial=True),
    ),
    "integration": Claim(
        "Returns need no differencing", "augmented Dickey-Fuller", "p-value", 2, _integration
    ),
    "dispersion": Claim(
        "Forecasts vary far less than returns",
        "standard deviation of forecasts, per cent of that of returns",
        "returns",
        1,
        _dispersion,
    ),
    "vix_month": Claim(
        "What a VIX of 28.59 means for a month",
        "root of 12 times a tenth of the VIX",
        "VIX over root of 12",
        2,
        _vix_month,
    ),
}
"""The claims, by their name in the file of printed values."""
