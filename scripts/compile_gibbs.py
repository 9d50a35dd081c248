"""Compile the Gibbs engine into numba's cache; say for what."""

import json
import os

import llvmlite
import numba

from bayesfolio.models.gibbs import compile_kernels
from bayesfolio.workflow.files import replacing
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    job.say("compiling the Gibbs engine, about a minute and a half the first time")
    compile_kernels()
    facts = {
        "numba_version": numba.__version__,
        "llvmlite_version": llvmlite.__version__,
        "processor": llvmlite.binding.get_host_cpu_name(),
        "cache": os.environ.get("NUMBA_CACHE_DIR", "beside the sources"),
    }
    with replacing(snakemake.output[0]) as temporary:
        temporary.write_text(json.dumps(facts, indent=2) + "\n")
