LEVERAGE = config["leverage"]
LEVERAGE_STUDY = f"{RESULTS}/leverage"
LEVERAGE_DATA = {
    name: data | {"path": data_path(data)} for name, data in LEVERAGE["data"].items()
}
GARCH_CHUNKS = job_chunks(LEVERAGE["garch"]["jobs"])
SV_CHUNKS = job_chunks(LEVERAGE["stochastic_volatility"]["jobs"])
SV_GRID = {"first_window_days", "step_days", "jobs"}


wildcard_constraints:
    job=r"\d+-of-\d+",


rule leverage:
    """All tables and figures of the leverage study."""
    input:
        outputs_of("leverage"),


rule load_market:
    """Daily closes of the index and of the VIX."""
    input:
        # Only source `file` reads one; the others come from a package or a cache.
        [data["path"] for data in LEVERAGE_DATA.values() if data["path"]],
    output:
        market=f"{LEVERAGE_STUDY}/data/market.csv",
        facts=f"{LEVERAGE_STUDY}/data/market.json",
    log:
        f"{LOGS}/load_market.log",
    benchmark:
        f"{BENCHMARKS}/load_market.tsv"
    retries: 0 if all(d["source"] == "file" for d in LEVERAGE_DATA.values()) else 2
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=LEVERAGE_DATA,
        start=LEVERAGE["start"],
        end=LEVERAGE["end"],
        digest=code("leverage/load_market.py"),
    script:
        "../../scripts/leverage/load_market.py"


rule forecast_returns:
    """Forecasts of monthly returns by ARMA models and by the mean, on expanding windows."""
    input:
        market=rules.load_market.output.market,
    output:
        f"{LEVERAGE_STUDY}/forecasts/returns.csv",
    log:
        f"{LOGS}/forecast_returns.log",
    benchmark:
        f"{BENCHMARKS}/forecast_returns.tsv"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        arma=LEVERAGE["arma"],
        digest=code("leverage/forecast_returns.py"),
    script:
        "../../scripts/leverage/forecast_returns.py"


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
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        garch=LEVERAGE["garch"],
        part=lambda wildcards: GARCH_CHUNKS[wildcards.job],
        horizon=LEVERAGE["horizon_days"],
        digest=code("leverage/forecast_garch.py"),
    script:
        "../../scripts/leverage/forecast_garch.py"


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
        digest=code("leverage/forecast_sv.py"),
    script:
        "../../scripts/leverage/forecast_sv.py"


FILES["leverage"] = {
    "market": rules.load_market.output.market,
    "returns": rules.forecast_returns.output[0],
    "garch": expand(rules.forecast_garch.output[0], job=GARCH_CHUNKS),
    "sv": expand(rules.forecast_sv.output[0], job=SV_CHUNKS),
    "published": PUBLISHED / "leverage.csv",
}
DATA["leverage"] = rules.load_market.output
COMPILED_FOR["leverage"] = {"stan": COMPILED_STAN["favar_sv"]}
