"""Regenerate the tables and figures. README.md says what there is and how to run it."""

import atexit
import sys
from pathlib import Path

from snakemake.utils import min_version

from bayesfolio.config import ConfigError, any_of, check_config
from bayesfolio.core.settings import data_path, replication_chunks
from bayesfolio.filters_study.outputs import KIND_OF_TABLE
from bayesfolio.leverage.settings import job_chunks
from bayesfolio.m6.settings import author_fits, last_fit, m6_files, m6_fits, m6_periods
from bayesfolio.momentum.combination_settings import combination_variants, combined_sets
from bayesfolio.momentum.outputs import PRINTED_MIXTURES, figure2_panels, of_the_paper
from bayesfolio.momentum.settings import (
    agreement_fits,
    decision_years,
    fit_chunks,
    kept_draws,
    model_specs,
)
from bayesfolio.studies import STUDIES
from bayesfolio.workflow.digests import save_analysed, script_digest, text_digest
from bayesfolio.workflow.provenance import commit

min_version("9.0")

ROOT = Path(workflow.basedir)
DEFAULT = ROOT / "config" / "config.yaml"


configfile: str(DEFAULT)


report: "workflow/report/workflow.rst"


try:
    check_config(config, [DEFAULT, *workflow.overwrite_configfiles])
except ConfigError as error:
    sys.exit(str(error))

RESULTS = f"results/{config['run']}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
PUBLISHED = ROOT / "results" / "published"

# Of each study, its tables and figures by name, and the files that these are made from: paths, or
# functions of the name of the table or figure.
TABLES = {s: {t.name: t for t in STUDIES[s].tables(config)} for s in STUDIES}
FIGURES = {s: {f.name: f for f in STUDIES[s].figures(config)} for s in STUDIES}
FILES = {}
atexit.register(save_analysed)
# What a study's numbers come from: its data, with facts about them, and compiled engines by name.
DATA = {}
COMPILED_FOR = {}
# Files beside tables and figures that the page shows too.
SHOWN = {}


def code(script, *modules):
    """Digest of what a script can import; `modules` are those that it imports by name."""
    return script_digest(ROOT / "scripts" / script, *modules)


def config_of(study):
    """Part of the configuration that a study's tables and figures depend on."""
    return {key: config[key] for key in ("run", "seed", *STUDIES[study].sections)}


def outputs_of(study):
    """Files of all tables and figures of a study."""
    folder = f"{RESULTS}/{study}"
    return [
        *expand(
            f"{folder}/tables/{{name}}.{{suffix}}",
            name=TABLES[study],
            suffix=["csv", "md", "tex"],
        ),
        *expand(
            f"{folder}/figures/{{name}}.{{suffix}}",
            name=FIGURES[study],
            suffix=["pdf", "png", "svg"],
        ),
    ]


include: "workflow/rules/compile.smk"


for _study in STUDIES:

    include: f"workflow/rules/{_study}.smk"


include: "workflow/rules/shared.smk"


rule all:
    default_target: True
    input:
        [getattr(rules, study).input for study in STUDIES],
        expand(rules.write_provenance.output[0], study=STUDIES),
        f"{RESULTS}/report/index.html",
