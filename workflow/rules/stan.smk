# Facts of each compiled program. Their names carry what the program says, so that an executable of
# an older text is never taken for the program's.
COMPILED_STAN = {
    program: f"build/{program}-"
    + source_digest(
        ROOT / "stan" / f"{program}.stan", ROOT / "stan/functions" / program
    )
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
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=6000,
        runtime=30,
    params:
        cmdstan=config["stan"]["cmdstan"],
    script:
        "../../scripts/compile_stan.py"
