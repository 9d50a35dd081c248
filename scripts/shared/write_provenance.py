"""Data, compiler, configuration, and the code and packages that a study was finished with."""

from pathlib import Path

from bayesfolio.core.facts import read_facts, write_facts
from bayesfolio.core.files import file_digest
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.provenance import compiled_with, machine, package_versions

with Job(snakemake) as job:
    record = {
        "run": snakemake.params.config["run"],
        "seed": snakemake.params.config["seed"],
        "commit": snakemake.params.commit,
        "machine": machine(),
        "packages": package_versions(),
        "engines": {
            engine: compiled_with(Path(path))
            for engine, path in zip(snakemake.params.engines, snakemake.input.compiled, strict=True)
        },
        "config": snakemake.params.config,
    }
    if snakemake.input.data:
        returns, facts = snakemake.input.data
        record["data"] = read_facts(facts) | {"returns_sha256": file_digest(returns)}
    write_facts(snakemake.output[0], record)
