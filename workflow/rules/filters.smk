FILTERS = config["filters"]
FILTER_STUDY = f"{RESULTS}/filters"
FILTER_CHUNKS = replication_chunks(FILTERS)
KINDS = list(KIND_OF_TABLE.values())
FILTER_SETTINGS = {
    name: FILTERS[name]
    for name in [
        "n_obs",
        "n_particles",
        "noise_to_signal",
        "variation",
        "factors",
        "state_var",
        "initial_var",
        "persistence",
        "n_series",
    ]
}


wildcard_constraints:
    kind="|".join(KINDS),


rule filters:
    """All tables and figures of the study of filters."""
    input:
        outputs_of("filters"),


rule simulate_filter_samples:
    """Samples of one kind of model, in all its settings."""
    output:
        f"{FILTER_STUDY}/data/{{kind}}.npz",
    log:
        f"{LOGS}/simulate_filter_samples/{{kind}}.log",
    benchmark:
        f"{BENCHMARKS}/simulate_filter_samples/{{kind}}.tsv"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=FILTER_SETTINGS,
        replications=FILTERS["replications"],
        seed=config["seed"],
        digest=code("filters/simulate_filter_samples.py"),
    script:
        "../../scripts/filters/simulate_filter_samples.py"


rule run_filters:
    """All filters on some replications of one kind of model, in all its settings."""
    input:
        rules.simulate_filter_samples.output[0],
    output:
        f"{FILTER_STUDY}/runs/{{kind}}/{{replications}}.npz",
    log:
        f"{LOGS}/run_filters/{{kind}}/{{replications}}.log",
    benchmark:
        f"{BENCHMARKS}/run_filters/{{kind}}/{{replications}}.tsv"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=FILTER_SETTINGS,
        replications=lambda wildcards: FILTER_CHUNKS[wildcards.replications],
        seed=config["seed"],
        digest=code("filters/run_filters.py"),
    script:
        "../../scripts/filters/run_filters.py"


rule run_filter_sizes:
    """All filters with several numbers of particles, in one setting of one kind of model."""
    input:
        rules.simulate_filter_samples.output[0],
    output:
        f"{FILTER_STUDY}/sizes/{{kind}}.npz",
    log:
        f"{LOGS}/run_filter_sizes/{{kind}}.log",
    benchmark:
        f"{BENCHMARKS}/run_filter_sizes/{{kind}}.tsv"
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=FILTER_SETTINGS,
        sizes=FILTERS["frontier_particles"],
        replications=FILTERS["frontier_replications"],
        seed=config["seed"],
        digest=code("filters/run_filter_sizes.py"),
    script:
        "../../scripts/filters/run_filter_sizes.py"


FILES["filters"] = {
    "runs": lambda name: [
        f"{FILTER_STUDY}/runs/{KIND_OF_TABLE[name]}/{chunk}.npz"
        for chunk in FILTER_CHUNKS
    ],
    "printed": lambda name: PUBLISHED / f"{name}.csv",
    "first_runs": [
        f"{FILTER_STUDY}/runs/{kind}/{list(FILTER_CHUNKS)[0]}.npz" for kind in KINDS
    ],
    "size_runs": expand(rules.run_filter_sizes.output[0], kind=KINDS),
}
