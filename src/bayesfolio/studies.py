"""All studies. A further one is a package with its ``outputs.py``, and a line here.

``python -m bayesfolio.studies`` prints README's list of what is made, from the same entries.
"""

from collections.abc import Mapping

from bayesfolio.comoments_study.outputs import STUDY as COMOMENTS
from bayesfolio.filters_study.outputs import STUDY as FILTERS
from bayesfolio.leverage.outputs import STUDY as LEVERAGE
from bayesfolio.m6.outputs import STUDY as M6
from bayesfolio.momentum.outputs import STUDY as MOMENTUM
from bayesfolio.report.registry import Config, Study

STUDIES: Mapping[str, Study] = {
    study.name: study for study in (MOMENTUM, FILTERS, COMOMENTS, LEVERAGE, M6)
}
"""By name, in the order of the page."""


def listing(config: Config) -> str:
    """Markdown table of all tables and figures that a run with this configuration makes."""
    rows = ["| What | File | Made by |", "| --- | --- | --- |"]
    for study in STUDIES.values():
        for folder, entries in (("tables", study.tables), ("figures", study.figures)):
            for entry in entries(config):
                module, _, function = entry.function.removeprefix("bayesfolio.").partition(":")
                rows.append(
                    f"| {entry.title} | `{study.name}/{folder}/{entry.name}` | "
                    f"`{module}.{function}` |"
                )
    return "\n".join(rows)


if __name__ == "__main__":
    import sys
    from pathlib import Path

    import yaml

    from bayesfolio.core.settings import merged

    tiers = [yaml.safe_load(Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:]]
    print(listing(merged(*tiers)))
