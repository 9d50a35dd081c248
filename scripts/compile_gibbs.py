"""Compile the Gibbs engine into numba's cache; say for what."""

import json

import llvmlite
import numba

from bayesfolio.models.gibbs import compile_kernels
from bayesfolio.models.gibbs.kernels import kernel_cache
from bayesfolio.workflow.files import replacing
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    job.say("compiling the Gibbs engine, about a minute and a half the first time")
    compile_kernels()
    facts = {
        "numba_version": numba.__version__,
        "llvmlite_version": llvmlite.__version__,
        "processor": llvmlite.binding.get_host_cpu_name(),
        "cache": str(kernel_cache()),
    }
    with replacing(snakemake.output[0]) as temporary:
        temporary.write_text(json.dumps(facts, indent=2) + "\n")
