M6 = config["m6"]
M6_STUDY = f"{RESULTS}/m6"
M6_DATA = M6["data"] | {"path": data_path(M6["data"])}
M6_PERIODS = m6_periods(M6)
M6_OUTCOME = M6_DATA["path"] if M6["competition"] else None
M6_FITS = m6_fits(M6)


wildcard_constraints:
    variant="|".join([*M6["variants"], "author"]),
    period=r"\d+",


rule m6:
    """All tables and figures of the M6 study, and a forecast of the next period."""
    input:
        outputs_of("m6"),
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
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        data=M6_DATA,
        digest=code("m6/load_assets.py"),
    script:
        "../../scripts/m6/load_assets.py"


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
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        anchor=M6["anchor"],
        first=M6["first_period"],
        last=max(M6_PERIODS.every),
        min_periods=M6["min_periods"],
        as_of=M6["as_of"],
        digest=code("m6/build_periods.py"),
    script:
        "../../scripts/m6/build_periods.py"


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
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        path=M6_DATA["path"],
        digest=code("m6/build_author_periods.py"),
    script:
        "../../scripts/m6/build_author_periods.py"


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
        digest=code("m6/fit_factor_model.py"),
    script:
        "../../scripts/m6/fit_factor_model.py"


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
        digest=code("m6/score_forecasts.py"),
    script:
        "../../scripts/m6/score_forecasts.py"


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
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        period=M6["forecast_period"],
        method=M6["submitted_method"],
        digest=code("m6/write_submission.py"),
    script:
        "../../scripts/m6/write_submission.py"


FILES["m6"] = {
    "study": rules.score_forecasts.output[0],
    "fits": [f"{M6_STUDY}/fits/{v}/{p}.npz" for v, p in M6_FITS + author_fits(M6)],
    "last": "{}/fits/{}/{}.npz".format(M6_STUDY, *last_fit(M6)),
    "competition": m6_files(M6_DATA, ["leaderboard"]) if M6_OUTCOME else [],
    "published": PUBLISHED / "m6.csv",
}
DATA["m6"] = rules.load_assets.output
COMPILED_FOR["m6"] = {"stan": COMPILED_STAN["m6_factor"]}
SHOWN["m6"] = [rules.write_submission.output[0]]
