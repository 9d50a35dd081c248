MOMENTUM = config["momentum"]
MOMENTUM_DATA = MOMENTUM["data"] | {"path": data_path(MOMENTUM["data"])}
MOMENTUM_STUDY = f"{RESULTS}/momentum"
FIT_CHUNKS = fit_chunks(MOMENTUM)
# What an engine needs before it can fit.
COMPILED = {
    "stan": COMPILED_STAN["favar_sv"],
    "gibbs": rules.compile_gibbs.output[0],
}
MODELS = [spec.slug for spec in model_specs(MOMENTUM)]
# Models and windows that both engines fit, to be compared; each is a chunk of its own.
AGREEMENT = agreement_fits(MOMENTUM)
# The engines that the run needs at all.
ENGINES = sorted({MOMENTUM["engine"], *(COMPILED if AGREEMENT else [])})
FIT_YEARS = FIT_CHUNKS | {(m, f"{y}-{y}"): [y] for m, y in AGREEMENT}

COMBINATION = config["combination"]
SETS = combined_sets(config)
SET_OF_FIGURE = {chosen["figure"]: name for name, chosen in SETS.items()}
# The baseline first: tables and figures are of it, and the others are compared with it.
VARIANTS = combination_variants(COMBINATION)
COMBINED = f"{MOMENTUM_STUDY}/combination"
BASELINE = f"{COMBINED}/{{set}}/{VARIANTS[0]}.npz"
COMBINATION_SETTINGS = {
    key: value for key, value in COMBINATION.items() if key not in ("sets", "baseline")
}
PARTS = {
    "combination_sensitivity": "sensitivity",
    "weight_correlations": "correlations",
    "combination_grid": "grid",
}
# The printed figures are of the ten industries.
PRINTED = {"table5", *PRINTED_MIXTURES} if of_the_paper(config) else {}


def strategies_of(models):
    return [f"{MOMENTUM_STUDY}/strategies/{model}.npz" for model in models]


wildcard_constraints:
    model=r"[A-Z0-9-]+(_\d+_\d+)?",
    chunk=r"\d{4}-\d{4}",
    engine="|".join(COMPILED),
    set=any_of(SETS),


rule momentum:
    """All tables and figures of the momentum study."""
    input:
        outputs_of("momentum"),
        [f"{MOMENTUM_STUDY}/claims.md"] if "claims" in TABLES["momentum"] else [],


rule load_industries:
    """Returns of the ten industries, or of assets of one's own, in per cent a month."""
    input:
        # Only source `file` reads one; the others come from a package or a cache.
        [MOMENTUM_DATA["path"]] if MOMENTUM_DATA["path"] else [],
    output:
        returns=f"{MOMENTUM_STUDY}/data/industry_returns.csv",
        facts=f"{MOMENTUM_STUDY}/data/industry_returns.json",
    log:
        f"{LOGS}/load_industries.log",
    benchmark:
        f"{BENCHMARKS}/load_industries.tsv"
    retries: 2 if MOMENTUM_DATA["source"] == "kenfrench" else 0
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=MOMENTUM_DATA,
        calendar=MOMENTUM["calendar"],
        missing=MOMENTUM["missing"],
        digest=code("momentum/load_industries.py"),
    script:
        "../../scripts/momentum/load_industries.py"


rule fit_models:
    """Posterior draws of one model on the windows of a few decision years."""
    input:
        returns=rules.load_industries.output.returns,
        compiled=lambda wildcards: COMPILED[wildcards.engine],
    output:
        f"{MOMENTUM_STUDY}/fits/{{engine}}/{{model}}/{{chunk}}.npz",
    log:
        f"{LOGS}/fit_models/{{engine}}/{{model}}/{{chunk}}.log",
    benchmark:
        f"{BENCHMARKS}/fit_models/{{engine}}/{{model}}/{{chunk}}.tsv"
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
        digest=lambda wildcards: code(
            "momentum/fit_models.py", f"bayesfolio.models.{wildcards.engine}.engine"
        ),
    script:
        "../../scripts/momentum/fit_models.py"


rule compute_strategy_returns:
    """Realised returns of one model's two strategies, by posterior draw and month."""
    input:
        returns=rules.load_industries.output.returns,
        fits=lambda wildcards: [
            f"{MOMENTUM_STUDY}/fits/{MOMENTUM['engine']}/{model}/{chunk}.npz"
            for model, chunk in FIT_CHUNKS
            if model == wildcards.model
        ],
    output:
        strategies=f"{MOMENTUM_STUDY}/strategies/{{model}}.npz",
        diagnostics=f"{MOMENTUM_STUDY}/diagnostics/{{model}}.csv",
    log:
        f"{LOGS}/compute_strategy_returns/{{model}}.log",
    benchmark:
        f"{BENCHMARKS}/compute_strategy_returns/{{model}}.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        calendar=MOMENTUM["calendar"],
        breakpoints=MOMENTUM["breakpoints"],
        sv_model_momentum=MOMENTUM["sv_model_momentum"],
        digest=code("momentum/compute_strategy_returns.py"),
    script:
        "../../scripts/momentum/compute_strategy_returns.py"


rule collect_diagnostics:
    """Diagnostics of every fit of all models."""
    input:
        expand(rules.compute_strategy_returns.output.diagnostics, model=MODELS),
    output:
        f"{MOMENTUM_STUDY}/diagnostics/fits.csv",
    log:
        f"{LOGS}/collect_diagnostics.log",
    benchmark:
        f"{BENCHMARKS}/collect_diagnostics.tsv"
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        digest=code("momentum/collect_diagnostics.py"),
    script:
        "../../scripts/momentum/collect_diagnostics.py"


rule score_components:
    """What the components of a set predicted of the best portfolio's return, as log scores."""
    input:
        returns=rules.load_industries.output.returns,
        strategies=lambda wildcards: strategies_of(SETS[wildcards.set]["models"]),
    output:
        scores=f"{COMBINED}/{{set}}/scores.npz",
        predictive=f"{COMBINED}/{{set}}/predictive.npz",
    log:
        f"{LOGS}/score_components/{{set}}.log",
    benchmark:
        f"{BENCHMARKS}/score_components/{{set}}.tsv"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        models=lambda wildcards: SETS[wildcards.set]["models"],
        calendar=MOMENTUM["calendar"],
        breakpoints=MOMENTUM["breakpoints"],
        settings=COMBINATION_SETTINGS,
        digest=code("momentum/score_components.py"),
    script:
        "../../scripts/momentum/score_components.py"


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
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        models=lambda wildcards: SETS[wildcards.set]["models"],
        variants=sorted(VARIANTS),
        settings=COMBINATION_SETTINGS,
        seed=config["seed"],
        draws=kept_draws(MOMENTUM),
        years=decision_years(MOMENTUM["calendar"]),
        digest=code("momentum/combine_densities.py"),
    script:
        "../../scripts/momentum/combine_densities.py"


rule compare_combinations:
    """How far a set's weights depend on how the combination is read, and what they follow."""
    input:
        returns=rules.load_industries.output.returns,
        strategies=lambda wildcards: strategies_of(SETS[wildcards.set]["models"]),
        scores=rules.score_components.output.scores,
        predictive=rules.score_components.output.predictive,
        combinations=[f"{COMBINED}/{{set}}/{variant}.npz" for variant in VARIANTS],
    output:
        sensitivity=f"{COMBINED}/{{set}}/sensitivity.csv",
        correlations=f"{COMBINED}/{{set}}/correlations.csv",
        grid=f"{COMBINED}/{{set}}/grid.csv",
        weights=f"{MOMENTUM_STUDY}/weights/{{set}}.csv",
    log:
        f"{LOGS}/compare_combinations/{{set}}.log",
    benchmark:
        f"{BENCHMARKS}/compare_combinations/{{set}}.tsv"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        models=lambda wildcards: SETS[wildcards.set]["models"],
        variants=VARIANTS,
        calendar=MOMENTUM["calendar"],
        settings=COMBINATION_SETTINGS,
        years=decision_years(MOMENTUM["calendar"]),
        digest=code("momentum/compare_combinations.py"),
    script:
        "../../scripts/momentum/compare_combinations.py"


rule write_claims:
    """Conclusions of the paper one by one, each with its figures and verdicts."""
    input:
        table=f"{MOMENTUM_STUDY}/tables/claims.csv",
        returns=rules.load_industries.output.returns,
    output:
        f"{MOMENTUM_STUDY}/claims.md",
    log:
        f"{LOGS}/write_claims.log",
    benchmark:
        f"{BENCHMARKS}/write_claims.tsv"
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        entry=TABLES["momentum"].get("claims"),
        config=config_of("momentum"),
        digest=[
            code("momentum/write_claims.py"),
            repr(TABLES["momentum"].get("claims")),
        ],
    script:
        "../../scripts/momentum/write_claims.py"


FILES["momentum"] = {
    "returns": rules.load_industries.output.returns,
    "facts": rules.load_industries.output.facts,
    "audit": [path for path in map(data_path, MOMENTUM["audit"]) if path],
    "strategies": strategies_of(MODELS),
    "figure2_strategies": strategies_of(m for m, _ in figure2_panels(config)),
    "fits": rules.collect_diagnostics.output[0],
    "stan_fits": [f"{MOMENTUM_STUDY}/fits/stan/{m}/{y}-{y}.npz" for m, y in AGREEMENT],
    "gibbs_fits": [
        f"{MOMENTUM_STUDY}/fits/gibbs/{m}/{y}-{y}.npz" for m, y in AGREEMENT
    ],
    "set_strategies": lambda name: strategies_of(SETS[name]["models"]),
    "combination": lambda name: BASELINE.format(set=name),
    "figure_combination": lambda name: BASELINE.format(set=SET_OF_FIGURE[name]),
    "parts": lambda name: [f"{COMBINED}/{s}/{PARTS[name]}.csv" for s in SETS],
    "published": lambda name: [PUBLISHED / f"{name}.csv"] if name in PRINTED else [],
    "table5": f"{MOMENTUM_STUDY}/tables/table5.csv",
    "mixtures": [f"{MOMENTUM_STUDY}/tables/{name}.csv" for name in SETS],
    "weights": [f"{MOMENTUM_STUDY}/weights/{name}.csv" for name in SETS],
    "sensitivity": (
        [f"{MOMENTUM_STUDY}/tables/combination_sensitivity.csv"] if SETS else []
    ),
}
DATA["momentum"] = rules.load_industries.output
COMPILED_FOR["momentum"] = {engine: COMPILED[engine] for engine in ENGINES}
SHOWN["momentum"] = [rules.collect_diagnostics.output[0]]
