rule compile_gibbs:
    """Compile the Gibbs engine into numba's cache, so that no fit has to."""
    output:
        "build/gibbs.json",
    log:
        f"{LOGS}/compile_gibbs.log",
    benchmark:
        f"{BENCHMARKS}/compile_gibbs.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        digest=source_digest(LIBRARY / "models" / "gibbs"),
    script:
        "../../scripts/compile_gibbs.py"
