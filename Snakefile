"""Regenerate the tables and figures. README.md says what there is and how to run it."""

import sys
from pathlib import Path

from snakemake.utils import min_version

from bayesfolio.core.settings import data_path, replication_chunks
from bayesfolio.leverage.settings import LEVERAGE_FIGURES, LEVERAGE_TABLES, job_chunks
from bayesfolio.m6.settings import (
    M6_FIGURES,
    M6_TABLES,
    competition_periods,
    m6_files,
    m6_periods,
)
from bayesfolio.momentum.combination_settings import (
    PRINTED_MIXTURES,
    combination_variants,
    combined_sets,
)
from bayesfolio.momentum.settings import (
    agreement_fits,
    decision_years,
    fit_chunks,
    kept_draws,
    model_specs,
)
from bayesfolio.workflow.config import ConfigError, any_of, check_config
from bayesfolio.workflow.digests import source_digest
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

LIBRARY = ROOT / "src" / "bayesfolio"
# What tables and figures depend on. The page that shows them is in a folder below: an edit of its
# layout must not make them again.
REPORT = sorted((LIBRARY / "report").glob("*.py"))
RESULTS = f"results/{config['run']}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
PUBLISHED = ROOT / "results" / "published"


include: "workflow/rules/data.smk"
include: "workflow/rules/stan.smk"
include: "workflow/rules/gibbs.smk"
include: "workflow/rules/momentum.smk"
include: "workflow/rules/filters.smk"
include: "workflow/rules/comoments.smk"
include: "workflow/rules/leverage.smk"
include: "workflow/rules/m6.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        rules.momentum.input,
        rules.filters.input,
        rules.comoments.input,
        rules.leverage.input,
        rules.m6.input,
        expand(rules.write_provenance.output[0], study=STUDIES),
        f"{RESULTS}/report/index.html",
