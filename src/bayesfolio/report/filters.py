"""Tables 2 to 4 (9 to 11 of the appendix) of Basturk et al. (2017)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesfolio.filters.study import KALMAN, UNCENTRED, StudyRuns
from bayesfolio.report.tables import Column

FloatArray = NDArray[np.float64]

SETTINGS = {
    "local_level": ("noise_to_signal", "Noise to signal"),
    "stochastic_volatility": ("cv", "CV"),
    "dynamic_factor": ("factors", "Factors"),
}
"""Column of the setting in the published table, and its heading."""

TITLES = {
    "local_level": "Filters of the local level model",
    "stochastic_volatility": "Filters of the stochastic volatility model",
    "dynamic_factor": "Filters of the dynamic factor model",
}

_PRINTED_ROWS = {
    KALMAN: "KF",
    UNCENTRED: "KF",
    "PF": "PF",
    "APF": "APF",
    "APF, point": "APF",
    "M-Filter": "M-Filter",
    "M-Filter, literal": "M-Filter",
}
_PRINTED_COLUMNS = {"lb": "likelihood_bias", "mae": "mae", "mse": "mse", "seconds": "seconds"}


def shown_setting(values: Sequence[float]) -> int:
    """Place of the setting that figures show: the middle one, the earlier of two."""
    return (len(values) - 1) // 2


def setting_title(kind: str, value: float) -> str:
    """Title of a panel."""
    name = {"local_level": "Local level, noise to signal",
            "stochastic_volatility": "Stochastic volatility, CV",
            "dynamic_factor": "Dynamic factors, K ="}[kind]  # fmt: skip
    return f"{name} {value:g}"


def filter_columns(kind: str) -> tuple[Column, ...]:
    """Columns of one kind's table."""
    groups = {
        "lb": ("Log-likelihood bias", 2),
        "mae": ("MAE / KF", 3),
        "mse": ("MSE / KF", 3),
        "seconds": ("Seconds", 3),
    }
    columns = [Column(*SETTINGS[kind]), Column("filter", "Filter")]
    for name, (group, decimals) in groups.items():
        spread = "lb_sd" if name == "lb" else None
        columns.append(Column(name, "ours", decimals, group=group, spread=spread))
        columns.append(Column(f"{name}_printed", "printed", 2, group=group))
        if name != "seconds":
            columns.append(Column(f"{name}_difference", "difference", 2, group=group))
    columns.append(Column("error", "Error (%)", 2))
    return tuple(columns)


def filter_table(
    kind: str,
    values: Sequence[float],
    names: Sequence[str],
    runs: Sequence[StudyRuns],
    published: pd.DataFrame,
) -> pd.DataFrame:
    """Errors and times of all filters beside the printed ones.

    Parameters
    ----------
    kind : str
        Kind of model.
    values : sequence of float
        Its settings.
    names : sequence of str
        The filters, the exact one first.
    runs : sequence of StudyRuns
        One for each setting.
    published : DataFrame
        The setting's column, filter, likelihood_bias, mae, mse and seconds; of the stochastic
        volatility model variance for mse, and no likelihood_bias.

    Returns
    -------
    DataFrame
        A row for each setting and filter: n_replications; lb, the mean log-likelihood less the
        exact one, and its standard deviation lb_sd; mae and mse of the filtered mean against the
        true state, relative to the Kalman filter's; seconds of processor time; all four with
        ``_printed`` and, but for seconds, ``_difference``; error, the mean absolute distance from
        the exact filtered mean in per cent of the exact one's mae.
    """
    setting = SETTINGS[kind][0]
    printed = published.rename(columns={"variance": "mse"}).set_index([setting, "filter"])
    reference = list(names).index(UNCENTRED if UNCENTRED in names else KALMAN)
    rows: list[dict[str, object]] = []
    for value, run in zip(values, runs, strict=True):
        away = run.means - run.states[:, None]
        mae, mse = np.abs(away).mean(axis=(0, 2, 3)), np.square(away).mean(axis=(0, 2, 3))
        bias = run.log_evidence - run.log_evidence[:, :1]
        error = np.abs(run.means - run.means[:, :1]).mean(axis=(0, 2, 3))
        for f, name in enumerate(names):
            ours = {
                "lb": float(bias[:, f].mean()),
                "mae": float(mae[f] / mae[reference]),
                "mse": float(mse[f] / mse[reference]),
                "seconds": float(run.seconds[:, f].mean()),
            }
            row: dict[str, object] = {
                setting: value,
                "filter": name,
                "n_replications": len(run.states),
            }
            for key, found in ours.items():
                row[key] = found
                if key == "lb":
                    row["lb_sd"] = float(bias[:, f].std(ddof=1))
                there = float("nan")
                if name in _PRINTED_ROWS and _PRINTED_COLUMNS[key] in printed:
                    entry = (value, _PRINTED_ROWS[name])
                    there = float(printed[_PRINTED_COLUMNS[key]].get(entry, float("nan")))
                row[f"{key}_printed"] = there
                if key != "seconds":
                    row[f"{key}_difference"] = found - there
            row["error"] = float(100 * error[f] / mae[0])
            rows.append(row)
    return pd.DataFrame(rows)
