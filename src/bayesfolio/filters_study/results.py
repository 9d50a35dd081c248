"""Tables 2 to 4 (9 to 11 of the appendix) of Basturk et al. (2017)."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayesfolio.filters_study.outputs import SETTINGS
from bayesfolio.filters_study.study import KALMAN, UNCENTRED, StudyRuns

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


def setting_title(kind: str, value: float) -> str:
    """Title of a panel."""
    name = {"local_level": "Local level, noise to signal",
            "stochastic_volatility": "Stochastic volatility, CV",
            "dynamic_factor": "Dynamic factors, K ="}[kind]  # fmt: skip
    return f"{name} {value:g}"


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
