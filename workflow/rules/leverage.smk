LEVERAGE = config["leverage"]
LEVERAGE_STUDY = f"{RESULTS}/leverage"
LEVERAGE_DATA = {
    name: data | {"path": data_path(data)} for name, data in LEVERAGE["data"].items()
}
GARCH_CHUNKS = job_chunks(LEVERAGE["garch"]["jobs"])
SV_CHUNKS = job_chunks(LEVERAGE["stochastic_volatility"]["jobs"])
SV_GRID = {"first_window_days", "step_days", "jobs"}
LEVERAGE_FORECASTS = {
    "market": f"{LEVERAGE_STUDY}/data/market.csv",
    "returns": f"{LEVERAGE_STUDY}/forecasts/returns.csv",
    "garch": expand(f"{LEVERAGE_STUDY}/forecasts/garch/{{job}}.npz", job=GARCH_CHUNKS),
    "sv": expand(f"{LEVERAGE_STUDY}/forecasts/sv/{{job}}.npz", job=SV_CHUNKS),
}
FORECAST_SOURCES = [
    LIBRARY / "features" / "periods.py",
    LIBRARY / "forecasting" / "errors.py",
    LIBRARY / "forecasting" / "windows.py",
]


wildcard_constraints:
    job=r"\d+-of-\d+",
    leverage_table="|".join(LEVERAGE_TABLES),
    leverage_figure="|".join(LEVERAGE_FIGURES),


rule leverage:
    """All tables and figures of the leverage study."""
    input:
        expand(
            f"{LEVERAGE_STUDY}/tables/{{table}}.{{suffix}}",
            table=LEVERAGE_TABLES,
            suffix=["csv", "md", "tex"],
        ),
        expand(
            f"{LEVERAGE_STUDY}/figures/{{figure}}.{{suffix}}",
            figure=LEVERAGE_FIGURES,
            suffix=["pdf", "png", "svg"],
        ),


rule load_market:
    """Daily closes of the index and of the VIX."""
    input:
        # Only source `file` reads one; the others come from a package or a cache.
        [data["path"] for data in LEVERAGE_DATA.values() if data["path"]],
    output:
        market=LEVERAGE_FORECASTS["market"],
        facts=f"{LEVERAGE_STUDY}/data/market.json",
    log:
        f"{LOGS}/load_market.log",
    benchmark:
        f"{BENCHMARKS}/load_market.tsv"
    retries: 0 if all(d["source"] == "file" for d in LEVERAGE_DATA.values()) else 2
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=LEVERAGE_DATA,
        start=LEVERAGE["start"],
        end=LEVERAGE["end"],
        digest=source_digest(
            LIBRARY / "data" / "_tables.py",
            LIBRARY / "data" / "download.py",
            LIBRARY / "data" / "prices.py",
            LIBRARY / "data" / "wheel.py",
            LIBRARY / "workflow" / "market.py",
        ),
    script:
        "../../scripts/load_market.py"


rule forecast_returns:
    """Forecasts of monthly returns by ARMA models and by the mean, on expanding windows."""
    input:
        market=rules.load_market.output.market,
    output:
        LEVERAGE_FORECASTS["returns"],
    log:
        f"{LOGS}/forecast_returns.log",
    benchmark:
        f"{BENCHMARKS}/forecast_returns.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        arma=LEVERAGE["arma"],
        digest=source_digest(
            *FORECAST_SOURCES,
            LIBRARY / "forecasting" / "arma.py",
            LIBRARY / "forecasting" / "study.py",
        ),
    script:
        "../../scripts/forecast_returns.py"


rule forecast_garch:
    """GARCH refits and forecasts of one part of the days."""
    input:
        market=rules.load_market.output.market,
    output:
        f"{LEVERAGE_STUDY}/forecasts/garch/{{job}}.npz",
    log:
        f"{LOGS}/forecast_garch/{{job}}.log",
    benchmark:
        f"{BENCHMARKS}/forecast_garch/{{job}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        garch=LEVERAGE["garch"],
        part=lambda wildcards: GARCH_CHUNKS[wildcards.job],
        horizon=LEVERAGE["horizon_days"],
        digest=source_digest(
            *FORECAST_SOURCES,
            LIBRARY / "forecasting" / "_kernels.py",
            LIBRARY / "forecasting" / "garch.py",
        ),
    script:
        "../../scripts/forecast_garch.py"


rule forecast_sv:
    """Stochastic volatility fits and forecasts of one part of the coarse grid of days."""
    input:
        market=rules.load_market.output.market,
        compiled=COMPILED_STAN["favar_sv"],
    output:
        f"{LEVERAGE_STUDY}/forecasts/sv/{{job}}.npz",
    log:
        f"{LOGS}/forecast_sv/{{job}}.log",
    benchmark:
        f"{BENCHMARKS}/forecast_sv/{{job}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        grid={
            key: value
            for key, value in LEVERAGE["stochastic_volatility"].items()
            if key in SV_GRID
        },
        settings={
            key: value
            for key, value in LEVERAGE["stochastic_volatility"].items()
            if key not in SV_GRID
        },
        part=lambda wildcards: SV_CHUNKS[wildcards.job],
        horizon=LEVERAGE["horizon_days"],
        seed=config["seed"],
        digest=source_digest(
            *FORECAST_SOURCES,
            *sorted((LIBRARY / "models").glob("*.py")),
            LIBRARY / "models" / "stan",
            LIBRARY / "forecasting" / "stochastic_volatility.py",
        ),
    script:
        "../../scripts/forecast_sv.py"


rule tabulate_leverage:
    """One table of the leverage study."""
    input:
        **LEVERAGE_FORECASTS,
        published=PUBLISHED / "leverage.csv",
    output:
        report(
            f"{LEVERAGE_STUDY}/tables/{{leverage_table}}.csv",
            category="Leverage",
            subcategory="Tables",
            caption="../report/leverage_tables.rst",
        ),
        multiext(f"{LEVERAGE_STUDY}/tables/{{leverage_table}}", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate_leverage/{{leverage_table}}.log",
    benchmark:
        f"{BENCHMARKS}/tabulate_leverage/{{leverage_table}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        run=config["run"],
        leverage=LEVERAGE,
        digest=source_digest(
            LIBRARY / "features" / "periods.py",
            LIBRARY / "forecasting",
            LIBRARY / "portfolio" / "leverage.py",
            *REPORT,
        ),
    script:
        "../../scripts/tabulate_leverage.py"


rule plot_leverage:
    """One figure of the leverage study."""
    input:
        **LEVERAGE_FORECASTS,
    output:
        report(
            f"{LEVERAGE_STUDY}/figures/{{leverage_figure}}.png",
            category="Leverage",
            subcategory="Figures",
            caption="../report/leverage_figures.rst",
        ),
        multiext(f"{LEVERAGE_STUDY}/figures/{{leverage_figure}}", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot_leverage/{{leverage_figure}}.log",
    benchmark:
        f"{BENCHMARKS}/plot_leverage/{{leverage_figure}}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        leverage=LEVERAGE,
        digest=source_digest(
            LIBRARY / "features" / "periods.py",
            LIBRARY / "forecasting",
            LIBRARY / "portfolio" / "leverage.py",
            *REPORT,
        ),
    script:
        "../../scripts/plot_leverage.py"
