COMOMENTS = config["comoments"]
COMOMENTS_STUDY = f"{RESULTS}/comoments"
COMOMENTS_DATA = COMOMENTS["data"] | {"path": data_path(COMOMENTS["data"])}
BOOTSTRAP_CHUNKS = replication_chunks(COMOMENTS["bootstrap"])


rule comoments:
    """All tables and figures of the study of co-moments."""
    input:
        outputs_of("comoments"),


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
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        data=COMOMENTS_DATA,
        digest=code("comoments/load_stocks.py"),
    script:
        "../../scripts/comoments/load_stocks.py"


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
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        settings=COMOMENTS["model"],
        seed=config["seed"],
        digest=code("comoments/fit_comoments.py"),
    script:
        "../../scripts/comoments/fit_comoments.py"


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
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        settings=COMOMENTS["model"],
        seed=config["seed"],
        replications=lambda wildcards: BOOTSTRAP_CHUNKS[wildcards.replications],
        digest=code("comoments/bootstrap_factors.py"),
    script:
        "../../scripts/comoments/bootstrap_factors.py"


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
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        settings=COMOMENTS["model"],
        plan=COMOMENTS["backtest"],
        seed=config["seed"],
        digest=code("comoments/backtest_value_at_risk.py"),
    script:
        "../../scripts/comoments/backtest_value_at_risk.py"


FILES["comoments"] = {
    "returns": rules.load_stocks.output.returns,
    "fitted": rules.fit_comoments.output[0],
    "backtest": rules.backtest_value_at_risk.output[0],
    "ratios": expand(rules.bootstrap_factors.output[0], replications=BOOTSTRAP_CHUNKS),
}
DATA["comoments"] = rules.load_stocks.output
