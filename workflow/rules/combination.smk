COMBINATION = config["combination"]
COMBINED = f"{STUDY}/combination"
SETS = combined_sets(config)
SET_STRATEGIES = {
    name: [f"{STUDY}/strategies/{model}.npz" for model in chosen["models"]]
    for name, chosen in SETS.items()
}
# The baseline first: tables and figures are of it, and the others are compared with it.
VARIANTS = combination_variants(COMBINATION)
BASELINE = f"{COMBINED}/{{set}}/{VARIANTS[0]}.npz"
SETTINGS = {
    key: value for key, value in COMBINATION.items() if key not in ("sets", "baseline")
}
COMPARISONS = {
    "combination_sensitivity": "sensitivity",
    "weight_correlations": "correlations",
    "combination_grid": "grid",
}
FIGURES = {chosen["figure"]: name for name, chosen in SETS.items()}
COMBINATION_TABLES = [*SETS, *COMPARISONS] if SETS else []
ABOUT_COMBINATION = ABOUT | {"combination": COMBINATION}


wildcard_constraints:
    set=any_of(SETS),
    comparison=any_of(COMPARISONS),
    weights_figure=any_of(FIGURES),


rule score_components:
    """What the components of a set predicted of the best portfolio's return, as log scores."""
    input:
        returns=rules.load_industries.output.returns,
        strategies=lambda wildcards: SET_STRATEGIES[wildcards.set],
    output:
        scores=f"{COMBINED}/{{set}}/scores.npz",
        predictive=f"{COMBINED}/{{set}}/predictive.npz",
    log:
        f"{LOGS}/score_components/{{set}}.log",
    benchmark:
        f"{BENCHMARKS}/score_components/{{set}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        models=lambda wildcards: SETS[wildcards.set]["models"],
        calendar=MOMENTUM["calendar"],
        breakpoints=MOMENTUM["breakpoints"],
        settings=SETTINGS,
        digest=source_digest(
            LIBRARY / "combination" / "scores.py",
            LIBRARY / "combination" / "variants.py",
            LIBRARY / "features",
            LIBRARY / "portfolio",
        ),
    script:
        "../../scripts/score_components.py"


rule combine_densities:
    """Weights over time of a set's components, by all variants of the combination."""
    input:
        rules.score_components.output.scores,
    output:
        # In an order of their own: with another baseline nothing is to be combined anew.
        [f"{COMBINED}/{{set}}/{variant}.npz" for variant in sorted(VARIANTS)],
    log:
        f"{LOGS}/combine_densities/{{set}}.log",
    benchmark:
        f"{BENCHMARKS}/combine_densities/{{set}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        models=lambda wildcards: SETS[wildcards.set]["models"],
        variants=sorted(VARIANTS),
        settings=SETTINGS,
        seed=config["seed"],
        draws=kept_draws(MOMENTUM),
        years=decision_years(MOMENTUM["calendar"]),
        digest=source_digest(
            LIBRARY / "combination",
            LIBRARY / "filters",
            LIBRARY / "portfolio" / "components.py",
        ),
    script:
        "../../scripts/combine_densities.py"


rule tabulate_mixtures:
    """Tables 6 to 8: return and risk of a mixture beside the printed figures."""
    input:
        returns=rules.load_industries.output.returns,
        strategies=lambda wildcards: SET_STRATEGIES[wildcards.set],
        combination=BASELINE,
        published=lambda wildcards: [
            PUBLISHED / f"{name}.csv"
            for name in PRINTED_MIXTURES
            if OF_THE_PAPER and name == wildcards.set
        ],
    output:
        report(
            f"{STUDY}/tables/{{set}}.csv",
            category="Momentum",
            subcategory="Tables",
            caption="../report/mixtures.rst",
        ),
        multiext(f"{STUDY}/tables/{{set}}", ".md", ".tex"),
        weights=f"{STUDY}/weights/{{set}}.csv",
    log:
        f"{LOGS}/tabulate_mixtures/{{set}}.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_mixtures/{{set}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        models=lambda wildcards: SETS[wildcards.set]["models"],
        rows=lambda wildcards: SETS[wildcards.set]["rows"],
        years=decision_years(MOMENTUM["calendar"]),
        about=ABOUT_COMBINATION,
        digest=source_digest(
            LIBRARY / "combination" / "returns.py",
            LIBRARY / "portfolio",
            *REPORT,
        ),
    script:
        "../../scripts/tabulate_mixtures.py"


rule plot_weights:
    """Figures 3 to 5: weights of models and strategies over time."""
    input:
        lambda wildcards: BASELINE.format(set=FIGURES[wildcards.weights_figure]),
    output:
        report(
            f"{STUDY}/figures/{{weights_figure}}.png",
            category="Momentum",
            subcategory="Figures",
            caption="../report/weights.rst",
        ),
        multiext(f"{STUDY}/figures/{{weights_figure}}", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot_weights/{{weights_figure}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_weights/{{weights_figure}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        models=lambda wildcards: SETS[FIGURES[wildcards.weights_figure]]["models"],
        panels=lambda wildcards: SETS[FIGURES[wildcards.weights_figure]]["panels"],
        years=decision_years(MOMENTUM["calendar"]),
        digest=source_digest(*REPORT),
    script:
        "../../scripts/plot_weights.py"


rule compare_combinations:
    """How far a set's weights depend on how the combination is read, and what they follow."""
    input:
        returns=rules.load_industries.output.returns,
        strategies=lambda wildcards: SET_STRATEGIES[wildcards.set],
        scores=rules.score_components.output.scores,
        predictive=rules.score_components.output.predictive,
        combinations=[f"{COMBINED}/{{set}}/{variant}.npz" for variant in VARIANTS],
    output:
        sensitivity=f"{COMBINED}/{{set}}/sensitivity.csv",
        correlations=f"{COMBINED}/{{set}}/correlations.csv",
        grid=f"{COMBINED}/{{set}}/grid.csv",
    log:
        f"{LOGS}/compare_combinations/{{set}}.log",
    benchmark:
        f"{BENCHMARKS}/compare_combinations/{{set}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        models=lambda wildcards: SETS[wildcards.set]["models"],
        variants=VARIANTS,
        calendar=MOMENTUM["calendar"],
        settings=SETTINGS,
        digest=source_digest(
            LIBRARY / "combination" / "combine.py",
            LIBRARY / "combination" / "returns.py",
            LIBRARY / "portfolio",
            LIBRARY / "report" / "combination.py",
        ),
    script:
        "../../scripts/compare_combinations.py"


rule tabulate_combinations:
    """Variants of the combination, what weights follow, and the grid's posterior, of all sets."""
    input:
        returns=rules.load_industries.output.returns,
        parts=lambda wildcards: [
            f"{COMBINED}/{name}/{COMPARISONS[wildcards.comparison]}.csv"
            for name in SETS
        ],
    output:
        report(
            f"{STUDY}/tables/{{comparison}}.csv",
            category="Momentum",
            subcategory="Tables",
            caption="../report/combinations.rst",
        ),
        multiext(f"{STUDY}/tables/{{comparison}}", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_combinations/{{comparison}}.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_combinations/{{comparison}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        part=lambda wildcards: COMPARISONS[wildcards.comparison],
        about=ABOUT_COMBINATION,
        digest=source_digest(*REPORT),
    script:
        "../../scripts/tabulate_combinations.py"


rule tabulate_claims:
    """Conclusions of the paper, tested on the tables and weights of the run."""
    input:
        returns=rules.load_industries.output.returns,
        table5=f"{STUDY}/tables/table5.csv",
        mixtures=expand(f"{STUDY}/tables/{{set}}.csv", set=SETS),
        weights=expand(f"{STUDY}/weights/{{set}}.csv", set=SETS),
        sensitivity=[f"{STUDY}/tables/combination_sensitivity.csv"] if SETS else [],
    output:
        report(
            f"{STUDY}/tables/claims.csv",
            category="Momentum",
            subcategory="Tables",
            caption="../report/claims.rst",
        ),
        multiext(f"{STUDY}/tables/claims", ".md", ".tex"),
        page=f"{STUDY}/claims.md",
    log:
        f"{LOGS}/tabulate_claims.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_claims.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        sets=list(SETS),
        about=ABOUT,
        digest=source_digest(*REPORT),
    script:
        "../../scripts/tabulate_claims.py"
