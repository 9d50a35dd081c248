"""Compile a Stan program with a CmdStan that is found, or else built; say with which."""

from pathlib import Path

import cmdstanpy
from cmdstan_home import cmdstan_version, compiler_command, compiler_flags, find_or_build

from bayesfolio.core.facts import write_facts
from bayesfolio.core.files import file_digest
from bayesfolio.models.programs import load_program
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    job.say("compiling a Stan program; where no CmdStan is installed yet, that takes minutes")
    cmdstan = snakemake.params.cmdstan
    home = find_or_build(cmdstan and Path(cmdstan))
    program = load_program(snakemake.wildcards.program, Path(snakemake.output[0]).parent, home)
    facts = {
        "cmdstan": str(home),
        "cmdstan_version": cmdstan_version(home),
        "cmdstanpy_version": cmdstanpy.__version__,
        "compiler": compiler_command(),
        "flags": compiler_flags(home),
        "executable": str(program.exe_file),
        "executable_sha256": file_digest(str(program.exe_file)),
    }
    write_facts(snakemake.output[0], facts)
