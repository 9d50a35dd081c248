M6 = config["m6"]
M6_STUDY = f"{RESULTS}/m6"
M6_DATA = M6["data"] | {"path": data_path(M6["data"])}
M6_PERIODS = m6_periods(M6)
M6_OUTCOME = M6_DATA["path"] if M6["competition"] else None
M6_FITS = [
    (variant, period) for variant in M6["variants"] for period in M6_PERIODS.every
]
# The winner's model on the winner's features: there are printed figures of the last month.
M6_AUTHOR = (
    [("author", M6_PERIODS.scored[-1])]
    if M6["competition"] and M6_PERIODS.scored[-1] == competition_periods(M6)[-1]
    else []
)
M6_LAST = (M6["variants"][0], M6_PERIODS.scored[-1])
M6_SHOWN = [table for table in M6_TABLES if table != "author_check" or M6_AUTHOR]


wildcard_constraints:
    variant="|".join([*M6["variants"], "author"]),
    period=r"\d+",
    m6_table="|".join(M6_TABLES),
    m6_figure="|".join(M6_FIGURES),


rule m6:
    """All tables and figures of the M6 study, and a forecast of the next period."""
    input:
        expand(
            f"{M6_STUDY}/tables/{{table}}.{{suffix}}",
            table=M6_SHOWN,
            suffix=["csv", "md", "tex"],
        ),
        expand(
            f"{M6_STUDY}/figures/{{figure}}.{{suffix}}",
            figure=M6_FIGURES,
            suffix=["pdf", "png", "svg"],
        ),
        f"{M6_STUDY}/submission.csv",


rule forecast:
    """Forecast of the next period, in the competition's format."""
    input:
        f"{M6_STUDY}/submission.csv",


rule load_assets:
    """Daily prices of the universe of assets."""
    input:
        # Only source `file` reads a folder; the other comes from a wheel, or the web.
        m6_files(M6_DATA),
    output:
        prices=f"{M6_STUDY}/data/prices.npz",
        facts=f"{M6_STUDY}/data/prices.json",
    log:
        f"{LOGS}/load_assets.log",
    benchmark:
        f"{BENCHMARKS}/load_assets.tsv"
    retries: 0 if M6_DATA["source"] == "file" else 2
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        data=M6_DATA,
        digest=source_digest(
            LIBRARY / "data" / "assets.py",
            LIBRARY / "data" / "_tables.py",
            LIBRARY / "data" / "wheel.py",
            LIBRARY / "workflow" / "universe.py",
        ),
    script:
        "../../scripts/load_assets.py"


rule build_periods:
    """Returns over four weeks and the features known before each period."""
    input:
        prices=rules.load_assets.output.prices,
    output:
        f"{M6_STUDY}/data/periods.npz",
    log:
        f"{LOGS}/build_periods.log",
    benchmark:
        f"{BENCHMARKS}/build_periods.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        anchor=M6["anchor"],
        first=M6["first_period"],
        last=max(M6_PERIODS.every),
        min_periods=M6["min_periods"],
        as_of=M6["as_of"],
        digest=source_digest(
            LIBRARY / "features" / "four_weeks.py",
            LIBRARY / "workflow" / "universe.py",
        ),
    script:
        "../../scripts/build_periods.py"


rule build_author_periods:
    """Returns and features as the winner had them, which look ahead."""
    input:
        m6_files(M6_DATA, ["period_panel", "calendar", "universe", "earnings_dates"]),
    output:
        f"{M6_STUDY}/data/author_periods.npz",
    log:
        f"{LOGS}/build_author_periods.log",
    benchmark:
        f"{BENCHMARKS}/build_author_periods.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        path=M6_DATA["path"],
        digest=source_digest(
            LIBRARY / "features" / "author_panel.py",
            LIBRARY / "data" / "_tables.py",
            LIBRARY / "data" / "assets.py",
            LIBRARY / "features" / "four_weeks.py",
            LIBRARY / "workflow" / "universe.py",
        ),
    script:
        "../../scripts/build_author_periods.py"


rule fit_factor_model:
    """Posterior of one variant given what is known before one period, and its forecast."""
    input:
        periods=lambda wildcards: (
            rules.build_author_periods.output[0]
            if wildcards.variant == "author"
            else rules.build_periods.output[0]
        ),
        compiled=COMPILED_STAN["m6_factor"],
    output:
        f"{M6_STUDY}/fits/{{variant}}/{{period}}.npz",
    log:
        f"{LOGS}/fit_factor_model/{{variant}}/{{period}}.log",
    benchmark:
        f"{BENCHMARKS}/fit_factor_model/{{variant}}/{{period}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        origin={
            "full_from": M6["full_from"],
            "unchanged": M6["unchanged"],
        },
        manual=lambda wildcards: (
            M6["manual"] if int(wildcards.period) == M6["forecast_period"] else {}
        ),
        spec=lambda wildcards: (
            "ar1" if wildcards.variant == "author" else wildcards.variant
        ),
        n_factors=M6["n_factors"],
        priors=lambda wildcards: ({} if wildcards.variant == "author" else M6["priors"]),
        sampler=M6["sampler"],
        seed=config["seed"],
        digest=source_digest(
            LIBRARY / "models" / "m6",
            LIBRARY / "models" / "diagnostics.py",
            LIBRARY / "models" / "fit.py",
            LIBRARY / "models" / "programs.py",
            LIBRARY / "workflow" / "universe.py",
        ),
    script:
        "../../scripts/fit_factor_model.py"


rule score_forecasts:
    """Quintile forecasts of every method and period, pooled, beside what came."""
    input:
        m6_files(M6_DATA, ["realised_quintiles", "leaderboard"]) if M6_OUTCOME else [],
        periods=rules.build_periods.output[0],
        prices=rules.load_assets.output.prices,
        fits=[f"{M6_STUDY}/fits/{v}/{p}.npz" for v, p in M6_FITS],
    output:
        f"{M6_STUDY}/forecasts/study.npz",
    log:
        f"{LOGS}/score_forecasts.log",
    benchmark:
        f"{BENCHMARKS}/score_forecasts.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        fits=M6_FITS,
        competition=M6_OUTCOME,
        scored=M6_PERIODS.scored,
        unchanged=M6["unchanged"],
        baseline=M6["baseline"],
        seed=config["seed"],
        digest=source_digest(
            LIBRARY / "data" / "_tables.py",
            LIBRARY / "data" / "m6.py",
            LIBRARY / "workflow" / "rank_forecasts.py",
            LIBRARY / "workflow" / "universe.py",
            LIBRARY / "forecasting" / "rank_study.py",
            LIBRARY / "forecasting" / "quintiles.py",
            LIBRARY / "forecasting" / "pools.py",
            LIBRARY / "forecasting" / "student_baseline.py",
        ),
    script:
        "../../scripts/score_forecasts.py"


rule tabulate_m6:
    """One table of the M6 study."""
    input:
        study=rules.score_forecasts.output[0],
        fits=[f"{M6_STUDY}/fits/{v}/{p}.npz" for v, p in M6_FITS + M6_AUTHOR],
        published=PUBLISHED / "m6.csv",
    output:
        report(
            f"{M6_STUDY}/tables/{{m6_table}}.csv",
            category="M6",
            subcategory="Tables",
            caption="../report/m6_tables.rst",
        ),
        multiext(f"{M6_STUDY}/tables/{{m6_table}}", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_m6/{{m6_table}}.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_m6/{{m6_table}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        fits=M6_FITS + M6_AUTHOR,
        competition=M6_OUTCOME,
        run=config["run"],
        m6=M6,
        digest=source_digest(*REPORT, LIBRARY / "forecasting" / "rank_study.py"),
    script:
        "../../scripts/tabulate_m6.py"


rule plot_m6:
    """One figure of the M6 study."""
    input:
        study=rules.score_forecasts.output[0],
        last=f"{M6_STUDY}/fits/{M6_LAST[0]}/{M6_LAST[1]}.npz",
    output:
        report(
            f"{M6_STUDY}/figures/{{m6_figure}}.png",
            category="M6",
            subcategory="Figures",
            caption="../report/m6_figures.rst",
        ),
        multiext(f"{M6_STUDY}/figures/{{m6_figure}}", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot_m6/{{m6_figure}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_m6/{{m6_figure}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        last=M6_LAST,
        run=config["run"],
        digest=source_digest(*REPORT, LIBRARY / "forecasting" / "rank_study.py"),
    script:
        "../../scripts/plot_m6.py"


rule write_submission:
    """Forecast of the next period in the format of the competition."""
    input:
        study=rules.score_forecasts.output[0],
    output:
        f"{M6_STUDY}/submission.csv",
    log:
        f"{LOGS}/write_submission.log",
    benchmark:
        f"{BENCHMARKS}/write_submission.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        period=M6["forecast_period"],
        method=M6["submitted_method"],
        digest=source_digest(
            LIBRARY / "forecasting" / "quintiles.py",
            LIBRARY / "forecasting" / "rank_study.py",
        ),
    script:
        "../../scripts/write_submission.py"
