"""All studies. A further one is a package with its ``outputs.py``, and a line here."""

from collections.abc import Mapping

from bayesfolio.comoments_study.outputs import STUDY as COMOMENTS
from bayesfolio.filters_study.outputs import STUDY as FILTERS
from bayesfolio.leverage.outputs import STUDY as LEVERAGE
from bayesfolio.m6.outputs import STUDY as M6
from bayesfolio.momentum.outputs import STUDY as MOMENTUM
from bayesfolio.report.registry import Study

STUDIES: Mapping[str, Study] = {
    study.name: study for study in (MOMENTUM, FILTERS, COMOMENTS, LEVERAGE, M6)
}
"""By name, in the order of the page."""
