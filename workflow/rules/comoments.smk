COMOMENTS = config["comoments"]
COMOMENTS_STUDY = f"{RESULTS}/comoments"
COMOMENTS_DATA = COMOMENTS["data"] | {"path": data_path(COMOMENTS["data"])}
BOOTSTRAP_CHUNKS = replication_chunks(COMOMENTS["bootstrap"])
COMOMENTS_DIGEST = source_digest(LIBRARY / "comoments")
# What the notes under every table are made from.
ABOUT_COMOMENTS = {
    "run": config["run"],
    "seed": config["seed"],
    "comoments": COMOMENTS,
}


rule comoments:
    """All tables and figures of the study of co-moments."""
    input:
        expand(
            f"{COMOMENTS_STUDY}/tables/{{table}}.{{suffix}}",
            table=["factors", "var_backtest", "betas", "misprints"],
            suffix=["csv", "md", "tex"],
        ),
        expand(
            f"{COMOMENTS_STUDY}/figures/{{figure}}.{{suffix}}",
            figure=["betas", "portfolio_moments", "news_impact", "value_at_risk"],
            suffix=["pdf", "png", "svg"],
        ),


rule load_stocks:
    """Weekly returns of the stocks, weeks x stocks, log returns as decimals."""
    input:
        # Only source `file` reads one; the other comes from a wheel, or the cache.
        [COMOMENTS_DATA["path"]] if COMOMENTS_DATA["path"] else [],
    output:
        returns=f"{COMOMENTS_STUDY}/data/stock_returns.csv",
        facts=f"{COMOMENTS_STUDY}/data/stock_returns.json",
    log:
        f"{LOGS}/load_stocks.log",
    benchmark:
        f"{BENCHMARKS}/load_stocks.tsv"
    retries: 2 if COMOMENTS_DATA["source"] == "embedded" else 0
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=COMOMENTS_DATA,
        digest=source_digest(
            LIBRARY / "data" / "_tables.py",
            LIBRARY / "data" / "stocks.py",
            LIBRARY / "data" / "wheel.py",
        ),
    script:
        "../../scripts/load_stocks.py"


rule fit_comoments:
    """Independent components and factors of all dates."""
    input:
        rules.load_stocks.output.returns,
    output:
        f"{COMOMENTS_STUDY}/fits/fitted.npz",
    log:
        f"{LOGS}/fit_comoments.log",
    benchmark:
        f"{BENCHMARKS}/fit_comoments.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings=COMOMENTS["model"],
        seed=config["seed"],
        digest=COMOMENTS_DIGEST,
    script:
        "../../scripts/fit_comoments.py"


rule bootstrap_factors:
    """Likelihood ratios of dynamics in samples simulated without them, some replications."""
    input:
        returns=rules.load_stocks.output.returns,
        fitted=rules.fit_comoments.output[0],
    output:
        f"{COMOMENTS_STUDY}/fits/bootstrap/{{replications}}.npz",
    log:
        f"{LOGS}/bootstrap_factors/{{replications}}.log",
    benchmark:
        f"{BENCHMARKS}/bootstrap_factors/{{replications}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        settings=COMOMENTS["model"],
        seed=config["seed"],
        replications=lambda wildcards: BOOTSTRAP_CHUNKS[wildcards.replications],
        digest=COMOMENTS_DIGEST,
    script:
        "../../scripts/bootstrap_factors.py"


rule backtest_value_at_risk:
    """Forecasts of the value at risk by models refitted on expanding samples."""
    input:
        rules.load_stocks.output.returns,
    output:
        f"{COMOMENTS_STUDY}/fits/backtest.npz",
    log:
        f"{LOGS}/backtest_value_at_risk.log",
    benchmark:
        f"{BENCHMARKS}/backtest_value_at_risk.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=COMOMENTS["model"],
        plan=COMOMENTS["backtest"],
        seed=config["seed"],
        digest=COMOMENTS_DIGEST,
    script:
        "../../scripts/backtest_value_at_risk.py"


rule tabulate_factors:
    """Parameters of the factors, and what the dynamics of skew and shape gain."""
    input:
        returns=rules.load_stocks.output.returns,
        fitted=rules.fit_comoments.output[0],
        ratios=[
            f"{COMOMENTS_STUDY}/fits/bootstrap/{chunk}.npz"
            for chunk in BOOTSTRAP_CHUNKS
        ],
    output:
        report(
            f"{COMOMENTS_STUDY}/tables/factors.csv",
            category="Co-moments",
            subcategory="Tables",
            caption="../report/factors.rst",
        ),
        multiext(f"{COMOMENTS_STUDY}/tables/factors", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_factors.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_factors.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        about=ABOUT_COMOMENTS,
        digest=source_digest(*REPORT),
    script:
        "../../scripts/tabulate_factors.py"


rule tabulate_var_backtest:
    """Violations, tests and losses of the forecasts of the value at risk."""
    input:
        returns=rules.load_stocks.output.returns,
        backtest=rules.backtest_value_at_risk.output[0],
    output:
        report(
            f"{COMOMENTS_STUDY}/tables/var_backtest.csv",
            category="Co-moments",
            subcategory="Tables",
            caption="../report/var_backtest.rst",
        ),
        multiext(f"{COMOMENTS_STUDY}/tables/var_backtest", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_var_backtest.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_var_backtest.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        about=ABOUT_COMOMENTS,
        digest=source_digest(*REPORT),
    script:
        "../../scripts/tabulate_var_backtest.py"


rule tabulate_betas:
    """Betas of all stocks at chosen dates."""
    input:
        returns=rules.load_stocks.output.returns,
        fitted=rules.fit_comoments.output[0],
    output:
        report(
            f"{COMOMENTS_STUDY}/tables/betas.csv",
            category="Co-moments",
            subcategory="Tables",
            caption="../report/betas.rst",
        ),
        multiext(f"{COMOMENTS_STUDY}/tables/betas", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_betas.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_betas.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        about=ABOUT_COMOMENTS,
        digest=source_digest(*REPORT),
    script:
        "../../scripts/tabulate_betas.py"


rule tabulate_misprints:
    """Misprints of the note on co-moments, and what is right."""
    input:
        returns=rules.load_stocks.output.returns,
        fitted=rules.fit_comoments.output[0],
    output:
        report(
            f"{COMOMENTS_STUDY}/tables/misprints.csv",
            category="Co-moments",
            subcategory="Tables",
            caption="../report/misprints.rst",
        ),
        multiext(f"{COMOMENTS_STUDY}/tables/misprints", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_misprints.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_misprints.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        about=ABOUT_COMOMENTS,
        digest=source_digest(*REPORT),
    script:
        "../../scripts/tabulate_misprints.py"


rule plot_betas:
    """Betas of three stocks over time."""
    input:
        returns=rules.load_stocks.output.returns,
        fitted=rules.fit_comoments.output[0],
    output:
        report(
            f"{COMOMENTS_STUDY}/figures/betas.png",
            category="Co-moments",
            subcategory="Figures",
            caption="../report/betas_figure.rst",
        ),
        multiext(f"{COMOMENTS_STUDY}/figures/betas", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot_betas.log",
    benchmark:
        f"{BENCHMARKS}/plot_betas.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        settings=COMOMENTS["model"],
        digest=source_digest(*REPORT),
    script:
        "../../scripts/plot_betas.py"


rule plot_portfolio_moments:
    """Moments of the equally weighted portfolio over time."""
    input:
        returns=rules.load_stocks.output.returns,
        fitted=rules.fit_comoments.output[0],
    output:
        report(
            f"{COMOMENTS_STUDY}/figures/portfolio_moments.png",
            category="Co-moments",
            subcategory="Figures",
            caption="../report/portfolio_moments.rst",
        ),
        multiext(f"{COMOMENTS_STUDY}/figures/portfolio_moments", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot_portfolio_moments.log",
    benchmark:
        f"{BENCHMARKS}/plot_portfolio_moments.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        settings=COMOMENTS["model"],
        digest=source_digest(*REPORT),
    script:
        "../../scripts/plot_portfolio_moments.py"


rule plot_news_impact:
    """What an innovation does to the next date's moments."""
    input:
        rules.fit_comoments.output[0],
    output:
        report(
            f"{COMOMENTS_STUDY}/figures/news_impact.png",
            category="Co-moments",
            subcategory="Figures",
            caption="../report/news_impact.rst",
        ),
        multiext(f"{COMOMENTS_STUDY}/figures/news_impact", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot_news_impact.log",
    benchmark:
        f"{BENCHMARKS}/plot_news_impact.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        settings=COMOMENTS["model"],
        digest=source_digest(*REPORT),
    script:
        "../../scripts/plot_news_impact.py"


rule plot_value_at_risk:
    """Returns and forecasts of their lower quantiles."""
    input:
        returns=rules.load_stocks.output.returns,
        backtest=rules.backtest_value_at_risk.output[0],
    output:
        report(
            f"{COMOMENTS_STUDY}/figures/value_at_risk.png",
            category="Co-moments",
            subcategory="Figures",
            caption="../report/value_at_risk.rst",
        ),
        multiext(f"{COMOMENTS_STUDY}/figures/value_at_risk", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot_value_at_risk.log",
    benchmark:
        f"{BENCHMARKS}/plot_value_at_risk.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        plan=COMOMENTS["backtest"],
        digest=source_digest(*REPORT),
    script:
        "../../scripts/plot_value_at_risk.py"
