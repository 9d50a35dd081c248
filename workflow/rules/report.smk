rule write_provenance:
    """Code, packages, data, compiler and configuration behind the numbers of the run."""
    input:
        rules.momentum.input,
        rules.filters.input,
        facts=rules.load_industries.output.facts,
        returns=rules.load_industries.output.returns,
        compiled=[COMPILED[engine] for engine in ENGINES],
    output:
        f"{RESULTS}/provenance.json",
    log:
        f"{LOGS}/write_provenance.log",
    benchmark:
        f"{BENCHMARKS}/write_provenance.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        config=config,
        commit=commit(ROOT),
        engines=ENGINES,
    script:
        "../../scripts/write_provenance.py"
