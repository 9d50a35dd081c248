MOMENTUM = config["momentum"]
STUDY = f"{RESULTS}/momentum"
FIT_CHUNKS = fit_chunks(MOMENTUM)
ENGINE = MOMENTUM["engine"]
# What an engine needs before it can fit, and the sources that its fits depend on.
COMPILED = {
    "stan": COMPILED_STAN["favar_sv"],
    "gibbs": rules.compile_gibbs.output[0],
}
ENGINE_DIGESTS = {
    engine: source_digest(
        LIBRARY / "features",
        *sorted((LIBRARY / "models").glob("*.py")),
        LIBRARY / "models" / engine,
    )
    for engine in COMPILED
}
MODELS = [spec.slug for spec in model_specs(MOMENTUM)]
FIGURE2_PANELS = [
    (model, strategy)
    for model, strategy in [
        ("DFM-N_1_1", "MM"),
        ("DFM-SV_3_2", "RM"),
        ("DFM-SV_4_1", "MM"),
    ]
    if model in MODELS
]
# Models and windows that both engines fit, to be compared; each is a chunk of its own.
AGREEMENT = agreement_fits(MOMENTUM)
# The engines that the run needs at all.
ENGINES = sorted({ENGINE, *(COMPILED if AGREEMENT else [])})
FIT_YEARS = FIT_CHUNKS | {(m, f"{y}-{y}"): [y] for m, y in AGREEMENT}
# The printed figures are of the ten industries: tables of other assets stand by themselves.
OF_THE_PAPER = MOMENTUM_DATA["assets"] is None
# What the notes under every table and figure are made from.
ABOUT = {"run": config["run"], "seed": config["seed"], "momentum": MOMENTUM}


include: "combination.smk"


wildcard_constraints:
    model=r"[A-Z0-9-]+(_\d+_\d+)?",
    chunk=r"\d{4}-\d{4}",
    engine="|".join(COMPILED),


rule momentum:
    """All tables and figures of the momentum study."""
    input:
        expand(
            f"{STUDY}/tables/{{table}}.{{suffix}}",
            table=[
                "table1",
                "table5",
                "diagnostics",
            ]
            + (
                ["table5_agreement", "standard_momentum_audit", "claims"]
                if OF_THE_PAPER
                else []
            )
            + COMBINATION_TABLES
            + (["engine_agreement"] if AGREEMENT else []),
            suffix=["csv", "md", "tex"],
        ),
        expand(
            f"{STUDY}/figures/{{figure}}.{{suffix}}",
            figure=["figure1"]
            + (["figure2"] if FIGURE2_PANELS else [])
            + list(FIGURES),
            suffix=["pdf", "png", "svg"],
        ),


rule fit_models:
    """Posterior draws of one model on the windows of a few decision years."""
    input:
        returns=rules.load_industries.output.returns,
        compiled=lambda wildcards: COMPILED[wildcards.engine],
    output:
        f"{STUDY}/fits/{{engine}}/{{model}}/{{chunk}}.npz",
    log:
        f"{LOGS}/fit_models/{{engine}}/{{model}}/{{chunk}}.log",
    benchmark:
        f"{BENCHMARKS}/fit_models/{{engine}}/{{model}}/{{chunk}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        years=lambda wildcards: FIT_YEARS[wildcards.model, wildcards.chunk],
        calendar=MOMENTUM["calendar"],
        center=MOMENTUM["center"],
        missing=MOMENTUM["missing"],
        settings=lambda wildcards: MOMENTUM["engines"][wildcards.engine],
        thresholds=MOMENTUM["thresholds"],
        gamma_prior=MOMENTUM["gamma_prior"],
        seed=config["seed"],
        digest=lambda wildcards: ENGINE_DIGESTS[wildcards.engine],
    script:
        "../../scripts/fit_models.py"


rule compute_strategy_returns:
    """Realised returns of one model's two strategies, by posterior draw and month."""
    input:
        returns=rules.load_industries.output.returns,
        fits=lambda wildcards: [
            f"{STUDY}/fits/{ENGINE}/{model}/{chunk}.npz"
            for model, chunk in FIT_CHUNKS
            if model == wildcards.model
        ],
    output:
        strategies=f"{STUDY}/strategies/{{model}}.npz",
        diagnostics=f"{STUDY}/diagnostics/{{model}}.csv",
    log:
        f"{LOGS}/compute_strategy_returns/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/compute_strategy_returns/{{model}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        calendar=MOMENTUM["calendar"],
        breakpoints=MOMENTUM["breakpoints"],
        sv_model_momentum=MOMENTUM["sv_model_momentum"],
        digest=source_digest(
            LIBRARY / "features",
            LIBRARY / "portfolio",
            LIBRARY / "report" / "momentum.py",
        ),
    script:
        "../../scripts/compute_strategy_returns.py"


rule tabulate_models:
    """Table 1: the models of the run and what each one contains."""
    output:
        report(
            f"{STUDY}/tables/table1.csv",
            category="Momentum",
            subcategory="Tables",
            caption="../report/table1.rst",
        ),
        multiext(f"{STUDY}/tables/table1", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_models.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_models.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        models=MODELS,
        digest=source_digest(LIBRARY / "models" / "spec.py", *REPORT),
    script:
        "../../scripts/tabulate_models.py"


rule tabulate_performance:
    """Table 5: return and risk of every model and strategy beside the printed figures."""
    input:
        returns=rules.load_industries.output.returns,
        strategies=expand(f"{STUDY}/strategies/{{model}}.npz", model=MODELS),
        diagnostics=expand(f"{STUDY}/diagnostics/{{model}}.csv", model=MODELS),
        published=[PUBLISHED / "table5.csv"] if OF_THE_PAPER else [],
    output:
        report(
            f"{STUDY}/tables/table5.csv",
            category="Momentum",
            subcategory="Tables",
            caption="../report/table5.rst",
        ),
        multiext(f"{STUDY}/tables/table5", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_performance.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_performance.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        models=MODELS,
        about=ABOUT,
        digest=source_digest(LIBRARY / "portfolio", *REPORT),
    script:
        "../../scripts/tabulate_performance.py"


rule tabulate_table5_agreement:
    """How far Table 5 agrees with the printed one, by strategy and statistic."""
    input:
        table5=rules.tabulate_performance.output[0],
        returns=rules.load_industries.output.returns,
    output:
        report(
            f"{STUDY}/tables/table5_agreement.csv",
            category="Momentum",
            subcategory="Tables",
            caption="../report/table5_agreement.rst",
        ),
        multiext(f"{STUDY}/tables/table5_agreement", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_table5_agreement.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_table5_agreement.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        about=ABOUT,
        digest=source_digest(*REPORT),
    script:
        "../../scripts/tabulate_table5_agreement.py"


rule tabulate_standard_momentum_audit:
    """Standard momentum under a grid of calendars and data, beside the printed figures."""
    input:
        returns=rules.load_industries.output.returns,
        facts=rules.load_industries.output.facts,
        audit=[path for path in map(data_path, MOMENTUM["audit"]) if path],
    output:
        report(
            f"{STUDY}/tables/standard_momentum_audit.csv",
            category="Momentum",
            subcategory="Tables",
            caption="../report/standard_momentum_audit.rst",
        ),
        multiext(f"{STUDY}/tables/standard_momentum_audit", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_standard_momentum_audit.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_standard_momentum_audit.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        audit=[data | {"path": data_path(data)} for data in MOMENTUM["audit"]],
        data=MOMENTUM_DATA,
        digest=source_digest(
            LIBRARY / "data",
            LIBRARY / "features",
            LIBRARY / "portfolio",
            *REPORT,
        ),
    script:
        "../../scripts/tabulate_standard_momentum_audit.py"


rule tabulate_diagnostics:
    """Diagnostics of every fit, and the worst of each model."""
    input:
        returns=rules.load_industries.output.returns,
        diagnostics=expand(f"{STUDY}/diagnostics/{{model}}.csv", model=MODELS),
    output:
        report(
            f"{STUDY}/tables/diagnostics.csv",
            category="Momentum",
            subcategory="Tables",
            caption="../report/diagnostics.rst",
        ),
        multiext(f"{STUDY}/tables/diagnostics", ".md", ".tex"),
        fits=f"{STUDY}/diagnostics/fits.csv",
    log:
        f"{LOGS}/tabulate_diagnostics.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_diagnostics.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        models=MODELS,
        about=ABOUT,
        digest=source_digest(*REPORT),
    script:
        "../../scripts/tabulate_diagnostics.py"


rule tabulate_engine_agreement:
    """Posterior means of both engines on the same models and windows."""
    input:
        returns=rules.load_industries.output.returns,
        stan=[f"{STUDY}/fits/stan/{m}/{y}-{y}.npz" for m, y in AGREEMENT],
        gibbs=[f"{STUDY}/fits/gibbs/{m}/{y}-{y}.npz" for m, y in AGREEMENT],
    output:
        report(
            f"{STUDY}/tables/engine_agreement.csv",
            category="Momentum",
            subcategory="Tables",
            caption="../report/engine_agreement.rst",
        ),
        multiext(f"{STUDY}/tables/engine_agreement", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_engine_agreement.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_engine_agreement.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        fits=AGREEMENT,
        chains={name: MOMENTUM["engines"][name]["chains"] for name in COMPILED},
        calendar=MOMENTUM["calendar"],
        breakpoints=MOMENTUM["breakpoints"],
        data=MOMENTUM_DATA,
        digest=source_digest(LIBRARY / "portfolio", *REPORT),
    script:
        "../../scripts/tabulate_engine_agreement.py"


rule plot_stylised_facts:
    """Figure 1: the returns, their correlations and their principal components over time."""
    input:
        returns=rules.load_industries.output.returns,
    output:
        report(
            f"{STUDY}/figures/figure1.png",
            category="Momentum",
            subcategory="Figures",
            caption="../report/figure1.rst",
        ),
        multiext(f"{STUDY}/figures/figure1", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot_stylised_facts.log",
    benchmark:
        f"{BENCHMARKS}/plot_stylised_facts.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        digest=source_digest(
            LIBRARY / "features" / "stylised.py",
            LIBRARY / "features" / "windows.py",
            *REPORT,
        ),
    script:
        "../../scripts/plot_stylised_facts.py"


rule plot_realised_returns:
    """Figure 2: intervals of the realised returns of three models."""
    input:
        expand(
            f"{STUDY}/strategies/{{model}}.npz", model=[m for m, _ in FIGURE2_PANELS]
        ),
    output:
        report(
            f"{STUDY}/figures/figure2.png",
            category="Momentum",
            subcategory="Figures",
            caption="../report/figure2.rst",
        ),
        multiext(f"{STUDY}/figures/figure2", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot_realised_returns.log",
    benchmark:
        f"{BENCHMARKS}/plot_realised_returns.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        panels=FIGURE2_PANELS,
        digest=source_digest(*REPORT),
    script:
        "../../scripts/plot_realised_returns.py"
