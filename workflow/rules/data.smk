MOMENTUM_DATA = config["momentum"]["data"] | {
    "path": data_path(config["momentum"]["data"])
}


rule load_industries:
    """Returns of the ten industries, or of assets of one's own, in per cent a month."""
    input:
        # Only source `file` reads one; the others come from a package or a cache.
        [MOMENTUM_DATA["path"]] if MOMENTUM_DATA["path"] else [],
    output:
        returns=f"{RESULTS}/momentum/data/industry_returns.csv",
        facts=f"{RESULTS}/momentum/data/industry_returns.json",
    log:
        f"{LOGS}/load_industries.log",
    benchmark:
        f"{BENCHMARKS}/load_industries.tsv"
    retries: 2 if MOMENTUM_DATA["source"] == "kenfrench" else 0
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=MOMENTUM_DATA,
        calendar=config["momentum"]["calendar"],
        missing=config["momentum"]["missing"],
        digest=source_digest(
            LIBRARY / "data",
            LIBRARY / "features" / "calendar.py",
            LIBRARY / "features" / "missing.py",
            LIBRARY / "workflow" / "returns.py",
        ),
    script:
        "../../scripts/load_industries.py"
