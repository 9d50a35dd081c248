"""Columns of the momentum study's tables, with the headings and digits of its statistics."""

from bayesfolio.report.registry import Column

DECIMALS = {"mean": 2, "volatility": 1, "sharpe": 3, "largest_loss": 1}
STATISTICS = {
    "mean": "Mean (% a month)",
    "volatility": "Volatility (% a month)",
    "sharpe": "Sharpe ratio (monthly)",
    "largest_loss": "Largest loss (%)",
}
"""Digits and headings of the statistics of a table."""

TABLE1_COLUMNS = (
    Column("model", "Model"),
    Column("n_factors", "Factors K"),
    Column("n_lags", "Lags L"),
    Column("lagged_returns", "Lagged returns"),
    Column("factors", "Factors"),
    Column("idiosyncratic_sv", "SV, idiosyncratic"),
    Column("factor_sv", "SV, factors"),
)


def _beside_printed() -> list[Column]:
    return [
        Column(f"{name}{suffix}", label, decimals, group=STATISTICS[name], spread=spread)
        for name, decimals in DECIMALS.items()
        for suffix, label, spread in (
            ("", "ours (sd)", f"{name}_sd"),
            ("_printed", "printed", None),
            ("_difference", "difference", None),
        )
    ]


TABLE5_COLUMNS = (
    Column("model", "Model"),
    Column("strategy", "Strategy"),
    Column("fits", "Failed fits"),
    *_beside_printed(),
)

TABLE5_AGREEMENT_COLUMNS = (
    Column("strategy", "Strategy"),
    Column("statistic", "Statistic"),
    Column("n_printed", "Entries"),
    Column("n_within", "Within 2 sd"),
    Column("mean_printed", "printed", 2, group="Average"),
    Column("mean", "ours", 2, group="Average"),
    Column("rmsd", "Root mean square difference", 2),
    Column("rank_correlation", "Rank correlation", 2),
    Column("farthest", "Farthest"),
)

AUDIT_COLUMNS = (
    Column("vintage", "Data"),
    Column("weighting", "Weighting"),
    Column("formation", "Formation"),
    Column("skipped", "Skipped months"),
    Column("holding", "Held"),
    Column("n_months", "Months"),
    Column("worst_month", "Worst month"),
    *(
        Column(f"{name}{suffix}", label, decimals, group=STATISTICS[name])
        for name, decimals in DECIMALS.items()
        for suffix, label in (("", "ours"), ("_printed", "printed"), ("_difference", "difference"))
    ),
)

MIXTURE_COLUMNS = (
    Column("panel", "Panel"),
    Column("model", "Components"),
    *(
        Column(f"{name}{suffix}", label, decimals, group=STATISTICS[name], interval=interval)
        for name, decimals in DECIMALS.items()
        for suffix, label, interval in (
            ("", "ours (90%)", (f"{name}_lo", f"{name}_hi")),
            ("_printed", "printed (90%)", (f"{name}_printed_lo", f"{name}_printed_hi")),
            ("_difference", "difference", None),
        )
    ),
)

SENSITIVITY_COLUMNS = (
    Column("set", "Set"),
    Column("variant", "Weights"),
    Column("log_score", "Log score", 2),
    Column("largest_weight", "component", group="Last date, largest weight"),
    Column("last_weight", "weight", 2, group="Last date, largest weight"),
    Column("distance", "Distance", 3),
    Column("incompleteness_sd", "incompleteness", 1, group="Posterior mean, sd"),
    Column("drift_sd", "drift", 2, group="Posterior mean, sd"),
    *(
        Column(name, "(90%)", decimals, STATISTICS[name], interval=(f"{name}_lo", f"{name}_hi"))
        for name, decimals in DECIMALS.items()
    ),
    Column("ess_share", "Smallest ESS / particles", 2),
    Column("seconds", "Seconds", 1),
)

CORRELATION_COLUMNS = (
    Column("set", "Set"),
    Column("quantity", "Weights against the components'"),
    Column("n_dates", "Dates"),
    Column("correlation", "Mean rank correlation (sd)", 2, spread="correlation_sd"),
    Column("share_positive", "Share of dates above 0", 2),
    Column("change_correlation", "Of changes in weights (sd)", 2, spread="change_correlation_sd"),
)

GRID_COLUMNS = (
    Column("set", "Set"),
    Column("incompleteness_sd", "Incompleteness, sd (%)"),
    Column("drift_sd", "Drift, sd"),
    Column("probability", "Posterior probability", 3),
)

AGREEMENT_COLUMNS = (
    Column("model", "Model"),
    Column("year", "Window to"),
    Column("fitted", "fitted", 1, group="Largest difference (MCSE)"),
    Column("log_variance", "log variances", 1, group="Largest difference (MCSE)"),
    Column("predictive", "predictive", 1, group="Largest difference (MCSE)"),
    Column("portfolio", "portfolios", 1, group="Largest difference (MCSE)"),
    Column("verdict", "Verdict"),
    Column("spread_stan", "Stan", 2, group="Chain spread (sd)"),
    Column("spread_gibbs", "Gibbs", 2, group="Chain spread (sd)"),
    Column("rhat_stan", "Stan", 3, group="R-hat, predictive"),
    Column("rhat_gibbs", "Gibbs", 3, group="R-hat, predictive"),
    Column("ess_rate_stan", "Stan", 1, group="ESS per second"),
    Column("ess_rate_gibbs", "Gibbs", 1, group="ESS per second"),
)

CLAIM_COLUMNS = (
    Column("claim", "Claim"),
    Column("part", "On"),
    Column("claimed", "Claimed"),
    Column("printed", "Printed", 3),
    Column("ours", "Ours (sd)", 3, spread="sd"),
    Column("probability", "Probability", 2),
    Column("verdict", "Verdict"),
)

DIAGNOSTICS_COLUMNS = (
    Column("model", "Model"),
    Column("n_windows", "Windows"),
    Column("failed_windows", "Failed"),
    Column("rhat_sums", "fitted sums", 3, group="Largest R-hat"),
    Column("rhat_predictive", "predictive", 3, group="Largest R-hat"),
    Column("ess_sums", "fitted sums", 0, group="Smallest ESS"),
    Column("ess_predictive", "predictive", 0, group="Smallest ESS"),
    Column("chain_spread", "Chain spread (sd)", 2),
    Column("divergences", "Divergences"),
    Column("max_depth_hits", "Depth limit"),
    Column("seconds", "Seconds", 0),
)
