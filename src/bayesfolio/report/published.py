"""Numbers printed in the papers, as the files of results/published hold them."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from bayesfolio.core.csv_fields import (
    parse_table,
    read_content,
    require_values,
    to_names,
    to_numbers,
)
from bayesfolio.core.errors import DataError


class _Form(NamedTuple):
    """Columns that name a row, some of them numbers or perhaps empty, and columns of numbers."""

    names: tuple[str, ...]
    numbers: tuple[str, ...]
    settings: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


_ERRORS = ("likelihood_bias", "mae", "mse", "seconds")
_INTERVALS = tuple(
    column
    for name, short in (("mean", "mean"), ("volatility", "vol"), ("sharpe", "sharpe"),
                        ("largest_loss", "ll"))
    for column in (name, f"{short}_lo", f"{short}_hi")
)  # fmt: skip
_MIXTURES = _Form(("panel", "model"), _INTERVALS)
_FORMS = {
    "table5": _Form(
        ("model",), ("mean", "volatility", "sharpe", "largest_loss"), optional=("strategy",)
    ),
    "table6": _MIXTURES,
    "table7": _MIXTURES,
    "table8": _MIXTURES,
    "table9": _Form(("filter",), _ERRORS, settings=("noise_to_signal",)),
    "table10": _Form(("filter",), ("mae", "variance", "seconds"), settings=("cv",)),
    "table11": _Form(("filter",), _ERRORS, settings=("factors",)),
    "leverage": _Form(("claim", "unit"), ("printed",)),
    "m6": _Form(("kind", "name"), ("quintile", "printed")),
}


def read_published(path: str | Path) -> pd.DataFrame:
    """Numbers of one file of results/published, which its name tells the columns of.

    Parameters
    ----------
    path : path
        Such as ``results/published/table5.csv``.

    Returns
    -------
    DataFrame
        Numbers as floats, NaN where the file is empty; names as text.

    Raises
    ------
    DataError
        A file of an unknown name, missing or unknown columns, a number that cannot be read, a row
        twice.
    """
    path = Path(path)
    form = _FORMS.get(path.stem)
    if form is None or path.suffix != ".csv":
        raise DataError(
            f"{path}: is not a file of printed numbers, expected {', '.join(_FORMS)} with .csv; "
            "check the path"
        )
    known = (*form.names, *form.optional, *form.settings, *form.numbers)
    table = require_values(parse_table(read_content(path), str(path), known), str(path))
    if len(table.columns) != len(known):
        odd = next(str(column) for column in table.columns if column not in known)
        raise DataError(f"{path}: has a column {odd[:40]!r}, which it should not have; remove it")
    for name in form.names:
        to_names(table, name, str(path))
    numbers = [
        to_numbers(table, form.settings, str(path)),
        to_numbers(table, form.numbers, str(path), empty=True),
    ]
    found = pd.concat([table[[*form.names, *form.optional]], *numbers], axis=1)
    keys = [*form.names, *form.optional, *form.settings]
    twice = found.duplicated([*keys, "quintile"] if path.stem == "m6" else keys)
    if twice.any():
        row = int(twice.to_numpy().argmax())
        raise DataError(
            f"{path}: row {row + 1} is of the same {', '.join(keys)} as one before; remove one"
        )
    return found[list(table.columns)]
