rule compile_stan:
    """Executable of the Stan program; finds or builds a CmdStan first."""
    output:
        # The executable lies beside this file, in a folder named by what it was compiled from.
        "build/favar_sv.json",
    log:
        f"{LOGS}/compile_stan.log",
    benchmark:
        f"{BENCHMARKS}/compile_stan.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=6000,
        runtime=30,
    params:
        cmdstan=config["stan"]["cmdstan"],
        digest=source_digest(ROOT / "stan"),
    script:
        "../../scripts/compile_stan.py"
