"""The model class of the study: names, sizes, switches (Basturk et al. 2017, eq. (1))."""

import re
from dataclasses import dataclass

FAMILIES: dict[str, tuple[bool, bool, bool, bool]] = {
    # name: (lagged returns, factors, idiosyncratic SV, factor SV)
    "VAR-N": (True, False, False, False),
    "SV": (False, False, True, False),
    "VAR-SV": (True, False, True, False),
    "DFM-N": (False, True, False, False),
    "DFM-SV": (False, True, True, False),
    "DFM-SV2": (False, True, True, True),
    "FAVAR-SV": (True, True, True, False),
    "FAVAR-SV2": (True, True, True, True),
}

_NAME = re.compile(r"(?P<family>[A-Z0-9-]+?)(?:[(_](?P<factors>\d+)[,_](?P<lags>\d+)\)?)?")


@dataclass(frozen=True, order=True)
class ModelSpec:
    """One member of y_t = beta y_{t-1} + Lambda f_t + eps_t, f_t = sum_l Phi_l f_{t-l} + eta_t.

    Parameters
    ----------
    family : str
        One of ``FAMILIES``, such as VAR-N, SV or DFM-SV2.
    n_factors, n_lags : int
        K and L of the factor models, each at least 1; both 0 for VAR-N, SV and VAR-SV.
    """

    family: str
    n_factors: int = 0
    n_lags: int = 0

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise ValueError(
                f"unknown model family {self.family!r}, expected one of {', '.join(FAMILIES)}"
            )
        if self.has_factors and (self.n_factors < 1 or self.n_lags < 1):
            raise ValueError(
                f"{self.family} needs factors and lags of at least 1, as in {self.family}(2,1); "
                f"found ({self.n_factors},{self.n_lags})"
            )
        if not self.has_factors and (self.n_factors or self.n_lags):
            raise ValueError(f"{self.family} has no factors; write it without parentheses")

    @property
    def has_lagged_returns(self) -> bool:
        """Whether beta is estimated (VAR and FAVAR models)."""
        return FAMILIES[self.family][0]

    @property
    def has_factors(self) -> bool:
        """Whether Lambda f_t is in the mean (DFM and FAVAR models)."""
        return FAMILIES[self.family][1]

    @property
    def has_idiosyncratic_sv(self) -> bool:
        """Whether the variances of eps_t follow stochastic volatility."""
        return FAMILIES[self.family][2]

    @property
    def has_factor_sv(self) -> bool:
        """Whether the variances of eta_t follow stochastic volatility (the SV2 models)."""
        return FAMILIES[self.family][3]

    @property
    def name(self) -> str:
        """Name as printed in the paper's tables, for example ``DFM-SV(4,2)``."""
        return f"{self.family}({self.n_factors},{self.n_lags})" if self.has_factors else self.family

    @property
    def slug(self) -> str:
        """Name for file names and wildcards, for example ``DFM-SV_4_2``."""
        return f"{self.family}_{self.n_factors}_{self.n_lags}" if self.has_factors else self.family

    @classmethod
    def parse(cls, text: str) -> "ModelSpec":
        """Read a name (``DFM-SV(4,2)``) or a slug (``DFM-SV_4_2``).

        Raises
        ------
        ValueError
            With what was found and what was expected.
        """
        match = _NAME.fullmatch(text.replace(" ", ""))
        if match is None or ("(" in text) != (")" in text):
            raise ValueError(
                f"cannot read model name {text!r}, expected a form like VAR-SV or DFM-SV(4,2)"
            )
        factors, lags = match["factors"], match["lags"]
        return cls(match["family"], int(factors or 0), int(lags or 0))

    def __str__(self) -> str:
        return self.name


PAPER_FAMILIES = (
    "VAR-N",
    "SV",
    "VAR-SV",
    "DFM-N",
    "DFM-SV",
    "DFM-SV2",
    "FAVAR-SV",
    "FAVAR-SV2",
)
"""Families of Table 1; those of `FAMILIES` beyond them are fitted where a run names them."""

PAPER_MODELS: tuple[ModelSpec, ...] = tuple(
    ModelSpec(family, n_factors, n_lags)
    for family in PAPER_FAMILIES
    for n_factors in (range(1, 5) if FAMILIES[family][1] else (0,))
    for n_lags in ((1, 2) if FAMILIES[family][1] else (0,))
)
"""The 43 models of Table 1, in the order of Table 5."""
