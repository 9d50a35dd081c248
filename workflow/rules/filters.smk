FILTERS = config["filters"]
FILTER_STUDY = f"{RESULTS}/filters"
FILTER_CHUNKS = replication_chunks(FILTERS)
FILTER_TABLES = {
    "table9": "local_level",
    "table10": "stochastic_volatility",
    "table11": "dynamic_factor",
}
KINDS = list(FILTER_TABLES.values())
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
    table="|".join(FILTER_TABLES),
    replications=r"\d+-\d+",


rule filters:
    """All tables and figures of the study of filters."""
    input:
        expand(
            f"{FILTER_STUDY}/tables/{{table}}.{{suffix}}",
            table=FILTER_TABLES,
            suffix=["csv", "md", "tex"],
        ),
        expand(
            f"{FILTER_STUDY}/figures/{{figure}}.{{suffix}}",
            figure=["filter_paths", "filter_frontier"],
            suffix=["pdf", "png", "svg"],
        ),


rule simulate_filter_samples:
    """Samples of one kind of model, in all its settings."""
    output:
        f"{FILTER_STUDY}/data/{{kind}}.npz",
    log:
        f"{LOGS}/simulate_filter_samples/{{kind}}.log",
    benchmark:
        f"{BENCHMARKS}/simulate_filter_samples/{{kind}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings=FILTER_SETTINGS,
        replications=FILTERS["replications"],
        seed=config["seed"],
        digest=source_digest(
            LIBRARY / "filters" / "study.py",
            LIBRARY / "filters" / "state_space.py",
            LIBRARY / "filters" / "linear_gaussian.py",
            LIBRARY / "filters" / "gaussian_transition.py",
            LIBRARY / "filters" / "linear.py",
        ),
    script:
        "../../scripts/simulate_filter_samples.py"


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
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=FILTER_SETTINGS,
        replications=lambda wildcards: FILTER_CHUNKS[wildcards.replications],
        seed=config["seed"],
        digest=source_digest(LIBRARY / "filters"),
    script:
        "../../scripts/run_filters.py"


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
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=FILTER_SETTINGS,
        sizes=FILTERS["frontier_particles"],
        replications=FILTERS["frontier_replications"],
        seed=config["seed"],
        digest=source_digest(LIBRARY / "filters"),
    script:
        "../../scripts/run_filter_sizes.py"


rule tabulate_filters:
    """Tables 9 to 11 (2 to 4 of the text): errors and times of all filters."""
    input:
        runs=lambda wildcards: [
            f"{FILTER_STUDY}/runs/{FILTER_TABLES[wildcards.table]}/{chunk}.npz"
            for chunk in FILTER_CHUNKS
        ],
        published=PUBLISHED / "{table}.csv",
    output:
        report(
            f"{FILTER_STUDY}/tables/{{table}}.csv",
            category="Filters",
            subcategory="Tables",
            caption="../report/filters.rst",
        ),
        multiext(f"{FILTER_STUDY}/tables/{{table}}", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_filters/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_filters/{{table}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        kind=lambda wildcards: FILTER_TABLES[wildcards.table],
        run=config["run"],
        seed=config["seed"],
        filters=FILTERS,
        settings=FILTER_SETTINGS,
        digest=source_digest(*REPORT),
    script:
        "../../scripts/tabulate_filters.py"


rule plot_filter_paths:
    """Filtered means and effective numbers of particles over time."""
    input:
        [f"{FILTER_STUDY}/runs/{kind}/{list(FILTER_CHUNKS)[0]}.npz" for kind in KINDS],
    output:
        report(
            f"{FILTER_STUDY}/figures/filter_paths.png",
            category="Filters",
            subcategory="Figures",
            caption="../report/filter_paths.rst",
        ),
        multiext(f"{FILTER_STUDY}/figures/filter_paths", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot_filter_paths.log",
    benchmark:
        f"{BENCHMARKS}/plot_filter_paths.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        kinds=KINDS,
        settings=FILTER_SETTINGS,
        seed=config["seed"],
        digest=source_digest(*REPORT),
    script:
        "../../scripts/plot_filter_paths.py"


rule plot_filter_frontier:
    """Error against processor time for several numbers of particles."""
    input:
        expand(rules.run_filter_sizes.output[0], kind=KINDS),
    output:
        report(
            f"{FILTER_STUDY}/figures/filter_frontier.png",
            category="Filters",
            subcategory="Figures",
            caption="../report/filter_frontier.rst",
        ),
        multiext(f"{FILTER_STUDY}/figures/filter_frontier", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot_filter_frontier.log",
    benchmark:
        f"{BENCHMARKS}/plot_filter_frontier.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        kinds=KINDS,
        settings=FILTER_SETTINGS,
        sizes=FILTERS["frontier_particles"],
        seed=config["seed"],
        digest=source_digest(*REPORT),
    script:
        "../../scripts/plot_filter_frontier.py"
