"""Tables of the M6 study."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from bayesfolio.core.types import FloatArray
from bayesfolio.m6.competition import COMPETITION_START
from bayesfolio.m6.fit import FactorFit
from bayesfolio.m6.study import POOLS, RankStudy, reliability, summarise_scores
from bayesfolio.report.registry import Column

BINS = np.array([0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.8, 1.0])
"""Bins of probabilities for the reliability diagram."""

PARAMETER_NAMES = {
    "coefficients": "dynamics",
    "s_alpha": "s_a",
    "m_beta": "m_rr",
    "s_beta": "s_rr",
    "m_theta": "m_th",
    "s_theta": "s_th",
    "nu_theta": "nu_th",
    "m_delta": "m_rv",
    "s_delta": "s_rv",
    "m_kappa": "m_e",
    "s_kappa": "s_e",
    "s_nu": "s_nu",
}


def kind_of(study: RankStudy, method: str) -> str:
    """Say whether a method is a variant of the factor model, a pool or the baseline."""
    if method in study.variants:
        return "factor model"
    return "pool" if method in POOLS else "baseline"


def rps_table(study: RankStudy, leaderboard: pd.DataFrame | None) -> pd.DataFrame:
    """Ranked probability scores of scored periods, by method; less is better.

    Differences and their standard errors are from the first baseline, paired by period. Teams of
    the competition follow with the scores printed for them; that of all months only where all are
    scored here.
    """
    over = study.over
    scores = study.scores()[over]
    baseline = scores[:, study.n_variants]
    labels = study.starts[over]
    rows = []
    for m, method in enumerate(study.methods):
        summary = summarise_scores(scores[:, m], baseline)
        rows.append(
            {
                "method": str(method),
                "kind": kind_of(study, str(method)),
                "rps": summary.mean,
                "rps_error": summary.error,
                "difference": summary.difference,
                "difference_error": summary.difference_error,
                "rps_printed": np.nan,
                **dict(zip(labels, scores[:, m], strict=True)),
            }
        )
    table = pd.DataFrame(rows)
    if leaderboard is None:
        return table
    shown = leaderboard.loc[
        leaderboard["rps_rank"].le(3) | leaderboard["team_name"].str.contains("benchmark", na=False)
    ]
    months = {
        f"{day:%Y-%m-%d}": f"rps_m{month:02d}"
        for month, day in enumerate(pd.date_range(COMPETITION_START, periods=12, freq="28D"), 1)
    }
    teams = [
        {
            "method": f"{team['team_name']} (rank {team['rps_rank']:.0f})",
            "kind": "competition",
            "rps_printed": team["rps_global"] if set(labels) == set(months) else np.nan,
            **{day: team.get(months.get(day, ""), np.nan) for day in labels},
        }
        for team in shown.to_dict("records")
    ]
    return pd.concat([table, pd.DataFrame(teams)], ignore_index=True)


def rps_columns(table: pd.DataFrame) -> list[Column]:
    """How the table of scores is shown."""
    periods = [name for name in table.columns if str(name)[:2] == "20"]
    return [
        Column("method", "Method"),
        Column("kind", "Kind"),
        Column("rps", "RPS (standard error)", 5, spread="rps_error"),
        Column("difference", "Less the baseline's", 5, spread="difference_error"),
        Column("rps_printed", "Printed", 5),
        *(Column(str(name), str(name), 4, "Period that starts") for name in periods),
    ]


def calibration_table(study: RankStudy) -> pd.DataFrame:
    """How far forecasts can be believed, by method, over all scored assets and periods.

    Coverage of central intervals and moments of the probability integral transforms for variants;
    for all methods the mean absolute gap between forecast and observed frequencies of quintiles,
    weighted by the forecasts in each bin, and the mean entropy relative to that of equal shares.
    """
    over = study.over
    ranked = np.isfinite(study.targets[over][..., 0])
    rows = []
    for m, method in enumerate(study.methods):
        forecasts = study.probabilities[over][:, m][ranked]
        forecast, observed, count = reliability(forecasts, study.targets[over][ranked], BINS)
        used = count > 0
        safe = np.clip(forecasts, 1e-12, 1.0)
        row: dict[str, object] = {
            "method": str(method),
            "n": len(forecasts),
            "gap": float(np.sum(np.abs(forecast - observed)[used] * count[used]) / count.sum()),
            "entropy": float(-np.mean(np.sum(forecasts * np.log(safe), axis=1)) / np.log(5)),
        }
        if m < study.n_variants:
            values = study.transforms[over][:, m]
            values = values[np.isfinite(values)]
            row |= {
                "coverage_50": float(np.mean(np.abs(values - 0.5) <= 0.25)),
                "coverage_90": float(np.mean(np.abs(values - 0.5) <= 0.45)),
                "pit_mean": float(values.mean()),
                "pit_sd": float(values.std()),
            }
        rows.append(row)
    return pd.DataFrame(rows)


def parameter_table(
    parameters: Mapping[str, Mapping[str, FloatArray]],
    classes: Mapping[str, Sequence[str]],
    printed: Mapping[str, float],
) -> pd.DataFrame:
    """Posterior of the parameters that assets share, by variant.

    Parameters
    ----------
    parameters : mapping of variant to name to (D, n) array
        Draws.
    classes : mapping of variant to sequence of str
        Classes that were fitted, in the order of parameters by class.
    printed : mapping
        Reference values by parameter, such as "m_th stock".

    Raises
    ------
    ValueError
        Parameters neither of all assets nor one for each class.
    """
    rows = []
    for variant, draws in parameters.items():
        for name, values in draws.items():
            if name == "coefficients":
                if values.shape[1] > 2:
                    continue  # entries of Phi change with the rotation of factors
                labels = ["rho", "phi"][: values.shape[1]]
            elif values.shape[1] == 1:
                labels = [PARAMETER_NAMES[name]]
            elif values.shape[1] == len(classes[variant]):
                labels = [f"{PARAMETER_NAMES[name]} {group}" for group in classes[variant]]
            else:
                raise ValueError(
                    f"{name} of {variant} has {values.shape[1]} entries, expected 1 or one for "
                    f"each of {', '.join(classes[variant])}"
                )
            for n, label in enumerate(labels):
                low, median, high = np.quantile(values[:, n], [0.05, 0.5, 0.95])
                rows.append(
                    {
                        "variant": variant,
                        "parameter": label,
                        "median": median,
                        "low": low,
                        "high": high,
                        "median_printed": printed.get(label, np.nan)
                        if variant in ("ar1", "author")
                        else np.nan,
                    }
                )
    return pd.DataFrame(rows)


def pool_table(study: RankStudy) -> pd.DataFrame:
    """Weights of the pools that learn, by period."""
    pooled = study.methods[: study.weights.shape[2]]
    rows = [
        {
            "pool": pool,
            "starts": study.starts[p],
            **dict(zip(pooled, study.weights[k, p], strict=True)),
        }
        for k, pool in enumerate(POOLS[1:])
        for p in np.flatnonzero(study.scored)
    ]
    return pd.DataFrame(rows)


def pool_columns(table: pd.DataFrame) -> list[Column]:
    """How the table of weights is shown."""
    return [
        Column("pool", "Pool"),
        Column("starts", "Period that starts"),
        *(Column(str(name), str(name), 2, "Weight") for name in table.columns[2:]),
    ]


def author_table(
    probabilities: FloatArray, assets: Sequence[str], printed: pd.DataFrame
) -> pd.DataFrame:
    """Forecasts of the winner's data beside those of the winner's own notebook.

    Parameters
    ----------
    probabilities : (N, 5) array
        Ours.
    assets : sequence of str
        The N assets.
    printed : DataFrame
        Columns name (of the asset), quintile (1 to 5), printed.
    """
    place = {name: n for n, name in enumerate(assets)}
    names = printed["name"].astype(str).to_list()
    quintiles = printed["quintile"].to_numpy(dtype=int)
    ours = probabilities[[place[name] for name in names], quintiles - 1]
    given = printed["printed"].to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "asset": names,
            "quintile": quintiles,
            "probability": ours,
            "probability_printed": given,
            "difference": ours - given,
        }
    )


def fit_table(fits: Sequence[FactorFit], study: RankStudy) -> pd.DataFrame:
    """Diagnostics of every fit."""
    starts = dict(zip(study.periods.tolist(), study.starts.tolist(), strict=True))
    return pd.DataFrame(
        [
            {
                "variant": fit.variant,
                "period": fit.period,
                "starts": starts[fit.period],
                "assets": len(fit.assets),
                "neutral": fit.neutral,
                "unchanged": ", ".join(fit.unchanged),
                "dropped": ", ".join(fit.dropped),
                **asdict(fit.forecast.diagnostics),
            }
            for fit in fits
        ]
    )
