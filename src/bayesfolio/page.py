"""Page of a run made earlier, from its tables and figures: python -m bayesfolio.page."""

import argparse
from pathlib import Path

import yaml

from bayesfolio.core.settings import merged
from bayesfolio.report.page.write import find_files, recorded_config, unrecorded_studies, write_page
from bayesfolio.studies import STUDIES

DEFAULT = Path(__file__).resolve().parents[2] / "config" / "config.yaml"

parser = argparse.ArgumentParser(
    prog="python -m bayesfolio.page",
    description="Write <results>/report/index.html from the tables and figures that are there. "
    "Where figures have no SVG files, the page shows the bitmaps and says so.",
)
parser.add_argument("results", type=Path, help="folder of a run, such as results/paper")
parser.add_argument("--output", type=Path, help="another file")
arguments = parser.parse_args()
found = find_files(arguments.results, STUDIES)
if not found:
    parser.error(f"{arguments.results} has no tables and figures of a study")
lacking = unrecorded_studies(found, STUDIES)
if lacking:
    record = arguments.results / lacking[0] / "provenance.json"
    parser.error(
        f"there is no {record}, which says what was run: a complete run ends with it, and "
        f"`snakemake -- {record}`, with the run's configuration, makes it"
    )
page = arguments.output or arguments.results / "report" / "index.html"
# Keys that have come since the run was made have their default.
default = yaml.safe_load(DEFAULT.read_text(encoding="utf-8"))
config = merged(default, recorded_config(found, STUDIES))
write_page(page, found, STUDIES, config, arguments.results / "benchmarks")
print(page)
