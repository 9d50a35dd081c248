"""Made-up and real returns for the tests of forecasts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from garch_cases import simulate_garch

from bayesfolio.leverage.prices import INDEX, VIX, load_prices

SAMPLE = {"start": "2003-01-01", "end": "2020-01-01"}


@pytest.fixture(scope="session")
def garch_returns() -> np.ndarray:
    return simulate_garch(np.random.default_rng(5), 600, (0.05, 0.02, 0.1, 0.87))


@pytest.fixture(scope="session")
def index() -> pd.Series:
    """The index of the study, from the wheel in the cache or the package index."""
    return load_prices(INDEX, **SAMPLE)


@pytest.fixture(scope="session")
def vix(reference_data: Path) -> pd.Series:
    return load_prices(VIX, "file", reference_data / "data/leverage/vix_daily.csv", **SAMPLE)
