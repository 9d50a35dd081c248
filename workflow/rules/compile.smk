# Facts of each compiled program. Their names carry what the program says, so that an executable of
# an older text is never taken for the program's.
COMPILED_STAN = {
    program: f"build/{program}-"
    + text_digest(ROOT / "stan" / f"{program}.stan", ROOT / "stan/functions" / program)
    + ".json"
    for program in ["favar_sv", "m6_factor"]
}


rule compile_stan:
    """Executable of a Stan program; finds or builds a CmdStan first."""
    output:
        # The executable lies beside this file, in a folder named by what it was compiled from.
        "build/{program}-{digest}.json",
    log:
        f"{LOGS}/compile_stan/{{program}}-{{digest}}.log",
    benchmark:
        f"{BENCHMARKS}/compile_stan/{{program}}-{{digest}}.tsv"
    wildcard_constraints:
        program="|".join(COMPILED_STAN),
        digest="[0-9a-f]+",
    resources:
        mem_mb=6000,
        runtime=30,
    params:
        cmdstan=config["stan"]["cmdstan"],
        digest=code("shared/compile_stan.py"),
    script:
        "../../scripts/shared/compile_stan.py"


rule compile_gibbs:
    """Compile the Gibbs engine into numba's cache, so that no fit has to."""
    output:
        "build/gibbs.json",
    log:
        f"{LOGS}/compile_gibbs.log",
    benchmark:
        f"{BENCHMARKS}/compile_gibbs.tsv"
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        digest=code("shared/compile_gibbs.py"),
    script:
        "../../scripts/shared/compile_gibbs.py"
