"""Compile the Gibbs engine into numba's cache; say for what."""

import llvmlite
import numba

from bayesfolio.core.facts import write_facts
from bayesfolio.models.gibbs.engine import compile_kernels
from bayesfolio.models.gibbs.kernels import kernel_cache
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
    write_facts(snakemake.output[0], facts)
