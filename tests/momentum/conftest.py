"""A made-up file in the layout of the Ken French library."""

import numpy as np
import pytest

from bayesfolio.momentum.kenfrench import INDUSTRIES

HEADER = ",".join(name + " " * (name == "Hlth") for name in INDUSTRIES)


def months(n: int, first: int = 2000 * 12) -> list[str]:
    return [f"{m // 12}{m % 12 + 1:02d}" for m in range(first, first + n)]


def rows(values: np.ndarray, labels: list[str]) -> list[str]:
    return [
        f"{label}," + ",".join(f"{x:7.2f}" for x in row)
        for label, row in zip(labels, values, strict=True)
    ]


@pytest.fixture(scope="session")
def values() -> np.ndarray:
    """Returns of 30 months: value-weighted, equal-weighted."""
    rng = np.random.default_rng(7)
    return np.round(rng.normal(1.0, 5.0, size=(2, 30, 10)), 2)


@pytest.fixture(scope="session")
def library_text(values: np.ndarray) -> str:
    """The library's own layout, cut to three sections, with its CRLF line ends."""
    labels = months(30)
    lines = [
        "This file was created by CMPT_IND_RETS using the 200206 CRSP database.",
        "It contains value- and equal-weighted returns for 10 industry portfolios.",
        "",
        "Missing data are indicated by -99.99 or -999.",
        "",
        "  Average Value Weighted Returns -- Monthly",
        f",{HEADER}",
        *rows(values[0], labels),
        "",
        "",
        "  Average Equal Weighted Returns -- Monthly",
        f",{HEADER}",
        *rows(values[1], labels),
        "",
        "",
        "  Average Value Weighted Returns -- Annual",
        f",{HEADER}",
        *rows(values[0, :2], ["2000", "2001"]),
        "",
        "Copyright 2002 Kenneth R. French",
    ]
    return "\r\n".join(lines) + "\r\n"


@pytest.fixture(scope="session")
def simple_text(values: np.ndarray) -> str:
    """The simple table."""
    lines = [f"month,{','.join(INDUSTRIES)}", *rows(values[0], months(30))]
    return "\n".join(lines) + "\n"
