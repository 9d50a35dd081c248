"""Where a study can do without a return, and where it cannot."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayesfolio.models.windows import Decision


def check_missing(
    returns: pd.DataFrame, decisions: Sequence[Decision], *, impute: bool, skip_recent: bool
) -> None:
    """Raise unless all returns that cannot be done without are there.

    Parameters
    ----------
    returns : DataFrame, T x N
        Monthly returns by month, NaN where missing.
    decisions : sequence of Decision
        Of `Calendar.decisions` on ``returns.index``.
    impute : bool
        True: windows may lack returns, which are drawn with the models' parameters, but not in
        the months of formation and holding, which standard momentum ranks by and portfolios are
        paid by, nor in the skip month, which forecasts are scored by. False: no return may be
        missing.
    skip_recent : bool
        Whether standard momentum's formation lies one month earlier than the models'.

    Raises
    ------
    ValueError
        Naming the first such return and what to do.
    """
    values = returns.to_numpy(dtype=float)
    needed = np.full(len(values), not impute)
    for decision in decisions:
        needed[decision.formation.start - skip_recent : decision.formation.stop] = True
        needed[decision.holding] = True
        if decision.skip_row is not None:
            needed[decision.skip_row] = True
    bad = np.argwhere(np.isinf(values) | (np.isnan(values) & needed[:, None]))
    if bad.size:
        row, column = bad[0]
        remedy = (
            "a return there cannot be imputed: drop the asset or leave the year out"
            if impute
            else "cut the sample, drop the asset or set momentum.missing to impute"
        )
        raise ValueError(
            f"{returns.columns[column]} in {returns.index[row]} is {values[row, column]}, expected "
            f"a finite return; {remedy}"
        )
