# Tables and figures of each study, and what else its numbers come from.
STUDIES = {
    "momentum": {
        "outputs": rules.momentum.input,
        "diagnostics": [rules.tabulate_diagnostics.output.fits],
        "facts": [rules.load_industries.output.facts],
        "returns": [rules.load_industries.output.returns],
        "compiled": [COMPILED[engine] for engine in ENGINES],
    },
    "filters": {
        "outputs": rules.filters.input,
        "diagnostics": [],
        "facts": [],
        "returns": [],
        "compiled": [],
    },
    "comoments": {
        "outputs": rules.comoments.input,
        "diagnostics": [],
        "facts": [rules.load_stocks.output.facts],
        "returns": [rules.load_stocks.output.returns],
        "compiled": [],
    },
    "leverage": {
        "outputs": rules.leverage.input,
        "diagnostics": [],
        "facts": [rules.load_market.output.facts],
        "returns": [rules.load_market.output.market],
        "compiled": [COMPILED_STAN["favar_sv"]],
    },
    "m6": {
        "outputs": rules.m6.input,
        "diagnostics": [],
        "facts": [rules.load_assets.output.facts],
        "returns": [rules.load_assets.output.prices],
        "compiled": [COMPILED_STAN["m6_factor"]],
    },
}


wildcard_constraints:
    study="|".join(STUDIES),
    page="|".join(["index", *STUDIES]),


rule write_provenance:
    """Data, compiler, configuration, and the code and packages that a study was finished with."""
    input:
        lambda wildcards: STUDIES[wildcards.study]["outputs"],
        facts=lambda wildcards: STUDIES[wildcards.study]["facts"],
        returns=lambda wildcards: STUDIES[wildcards.study]["returns"],
        compiled=lambda wildcards: STUDIES[wildcards.study]["compiled"],
    output:
        f"{RESULTS}/{{study}}/provenance.json",
    log:
        f"{LOGS}/write_provenance/{{study}}.log",
    benchmark:
        f"{BENCHMARKS}/write_provenance/{{study}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        config=lambda wildcards: {
            key: value
            for key, value in config.items()
            if key not in STUDIES or key == wildcards.study
        },
        commit=commit(ROOT),
        engines=lambda wildcards: {
            "momentum": ENGINES,
            "leverage": ["stan"],
            "m6": ["stan"],
        }.get(wildcards.study, []),
    script:
        "../../scripts/write_provenance.py"


rule write_report:
    """One page with the tables, figures and diagnostics of all studies (index), or of one."""
    input:
        files=lambda wildcards: [
            path
            for study in (STUDIES if wildcards.page == "index" else [wildcards.page])
            for path in [
                *STUDIES[study]["outputs"],
                *STUDIES[study]["diagnostics"],
                f"{RESULTS}/{study}/provenance.json",
            ]
        ],
        captions=sorted((ROOT / "workflow" / "report").glob("*.rst")),
    output:
        f"{RESULTS}/report/{{page}}.html",
    log:
        f"{LOGS}/write_report/{{page}}.log",
    benchmark:
        f"{BENCHMARKS}/write_report/{{page}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        config=config,
        benchmarks=BENCHMARKS,
        digest=source_digest(
            LIBRARY / "report" / "page",
            LIBRARY / "report" / "tables.py",
        ),
    script:
        "../../scripts/write_report.py"
