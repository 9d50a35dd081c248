"""Tables of the study of co-moments."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from bayesfolio.comoments.dynamics import FactorLaw, FactorParameters
from bayesfolio.comoments.estimation import bootstrap_p_value
from bayesfolio.comoments.locations import pair_places
from bayesfolio.comoments.model import IfacdModel
from bayesfolio.comoments.value_at_risk import (
    cornish_fisher_quantile,
    quantile_loss,
    violation_tests,
)
from bayesfolio.comoments_study.study import METHODS, Backtest, FittedModels
from bayesfolio.core.types import FloatArray


def factor_table(fitted: FittedModels, law: FactorLaw, ratios: FloatArray) -> pd.DataFrame:
    """Parameters of the factors with and without dynamics of skew and shape.

    Parameters
    ----------
    fitted : FittedModels
        The fit to all dates.
    law : FactorLaw
        What factors share.
    ratios : (R, F) array
        Likelihood ratios of samples simulated without dynamics.

    Returns
    -------
    DataFrame
        A row for each factor, and one for all together: factor, from 1; share, its per cent of
        the assets' variances; the parameters; static_skew and static_shape, with their
        static_skewness and static_kurtosis (excess); both log likelihoods; gain, the difference;
        p_value by the bootstrap.
    """
    names = [name for name in FactorParameters.__dataclass_fields__ if name != "start_variance"]
    static = pd.DataFrame(fitted.static_parameters[:, : len(names)], columns=names)
    skew, shape = (
        map_(static[f"{name}_level"].to_numpy())
        for map_, name in ((law.skew, "skew"), (law.shape, "shape"))
    )
    skewness, kurtosis = law.innovations.moments(skew, shape)
    loadings = np.square(fitted.mixing).sum(axis=0)
    table = pd.DataFrame(fitted.parameters[:, : len(names)], columns=names)
    table.insert(0, "factor", np.arange(1, len(table) + 1).astype(str))
    table.insert(1, "share", 100 * loadings / loadings.sum())
    table = table.assign(
        static_variance_shock=static["variance_shock"],
        static_variance_persistence=static["variance_persistence"],
        static_skew=skew,
        static_shape=shape,
        static_skewness=skewness,
        static_kurtosis=kurtosis,
        static_log_likelihood=fitted.static_log_likelihoods,
        log_likelihood=fitted.log_likelihoods,
        gain=fitted.log_likelihoods - fitted.static_log_likelihoods,
        p_value=[
            bootstrap_p_value(ratio, column)
            for ratio, column in zip(fitted.ratios, ratios.T, strict=True)
        ],
    )
    totals = {
        "factor": "all",
        "share": 100.0,
        "p_value": bootstrap_p_value(float(fitted.ratios.sum()), ratios.sum(axis=1)),
        **{name: table[name].sum() for name in ("static_log_likelihood", "log_likelihood", "gain")},
    }
    return pd.concat([table, pd.DataFrame([totals])], ignore_index=True).assign(
        n_bootstrap=len(ratios)
    )


def backtest_table(found: Backtest, levels: Sequence[float]) -> pd.DataFrame:
    """Tests and losses of forecasts of the value at risk.

    Returns
    -------
    DataFrame
        A row for each level and method: n_dates, n_violations; rate, in per cent; p-values of
        Kupiec (kupiec_p) and Christoffersen (independence_p, coverage_p); mean_var, per cent;
        quantile_loss, basis points; shortfall_ratio, the mean of loss over expected shortfall at
        violations; log_score, the mean log predictive density; valid, the per cent of dates at
        which the expansion is increasing.
    """
    rows = []
    for i, level in enumerate(levels):
        for m, (model, method) in enumerate(METHODS):
            var, shortfall = found.value_at_risk[m, i], found.expected_shortfall[m, i]
            hit = found.returns < -var
            tests = violation_tests(hit, level)
            ratios = -found.returns[hit] / shortfall[hit]
            rows.append(
                {
                    "level": f"{100 * level:g}%",
                    "model": model,
                    "method": method,
                    "n_dates": tests.n_dates,
                    "n_violations": tests.n_violations,
                    "rate": 100 * tests.rate,
                    "kupiec_p": tests.kupiec_p,
                    "independence_p": tests.independence_p,
                    "coverage_p": tests.coverage_p,
                    "mean_var": 100 * var.mean(),
                    "quantile_loss": 1e4 * quantile_loss(found.returns, var, level),
                    "shortfall_ratio": ratios.mean() if hit.any() else np.nan,
                    "log_score": found.log_scores[m].mean(),
                    "valid": 100 * found.valid[m].mean(),
                }
            )
    return pd.DataFrame(rows)


def beta_table(
    model: IfacdModel, index: pd.Index, assets: Sequence[str], dates: Sequence[str]
) -> pd.DataFrame:
    """Betas of all assets against the equally weighted portfolio at chosen dates.

    Parameters
    ----------
    model : IfacdModel
        A model.
    index : DatetimeIndex
        Its T dates.
    assets : sequence of str
        Names of its assets.
    dates : sequence of str
        Dates; of one that is not in the index the last before it is taken, and the first one
        where there is none.

    Returns
    -------
    DataFrame
        A row for each date and asset: date, asset, the three betas, and the portfolio's
        volatility in per cent, skewness and excess kurtosis.
    """
    weights = np.full(len(assets), 1 / len(assets))
    betas, moments = model.betas(weights), model.portfolio_moments(weights)
    rows = []
    for date in dates:
        t = max(int(index.searchsorted(pd.Timestamp(date), side="right")) - 1, 0)
        for i, asset in enumerate(assets):
            rows.append(
                {
                    "date": str(index[t].date()),
                    "asset": asset,
                    "covariance": betas.covariance[t, i],
                    "coskewness": betas.coskewness[t, i],
                    "cokurtosis": betas.cokurtosis[t, i],
                    "volatility": 100 * moments.sd[t],
                    "skewness": moments.skewness[t],
                    "kurtosis": moments.excess_kurtosis[t],
                }
            )
    return pd.DataFrame(rows)


def misprint_table(model: IfacdModel) -> pd.DataFrame:
    """Misprints of the note on IFACD co-moments, what is right, and a number that shows it.

    Quantiles are those of the equally weighted portfolio at the model's last date.

    Returns
    -------
    DataFrame
        A row for each misprint: place, printed, right, check, by_print and by_right.
    """
    weights = np.full(len(model.mixing), 1 / len(model.mixing))
    moments = model.portfolio_moments(weights)
    mean, sd = moments.mean[-1], moments.sd[-1]
    s, k = moments.skewness[-1], moments.excess_kurtosis[-1]
    density = model.portfolio_density(weights)
    level = 0.01
    z = float(ndtri(level))
    right = mean + sd * float(cornish_fisher_quantile(level, s, k))
    flipped = right - 2 * sd * (z**2 - 1) * s / 6
    raw = mean + sd * float(cornish_fisher_quantile(level, s, k + 3))
    exact = f"{density.quantile(level):.4f} exact"
    pairs, places = pair_places(4)
    third = int(np.flatnonzero((pairs == (3, 1)).all(axis=1))[0])
    rows: list[tuple[str, str, str, str, str, str]] = [
        (
            "Cornish-Fisher, skewness",
            "(1 - z^2) S / 6",
            "(z^2 - 1) S / 6",
            f"1% quantile, {exact}",
            f"{flipped:.4f}",
            f"{right:.4f}",
        ),
        (
            "Cornish-Fisher, kurtosis",
            "K: fourth moment over squared variance",
            "K: the same less 3",
            f"1% quantile, {exact}",
            f"{raw:.4f}",
            f"{right:.4f}",
        ),
        (
            "First pair with difference d",
            "(p - 1) + (n + 1)",
            "first pair of difference d - 1, plus n + 1",
            "n = 4, pair (3, 1)",
            "8",
            str(places[third, 0]),
        ),
        (
            "Step of n^3 + n^2 + n + 1",
            "to the next difference",
            "to the next pair of one difference",
            f"n = 4, pair at {places[0, 0]} + 85",
            "(3, 1)",
            str(tuple(int(i) for i in pairs[places[:, 0] == places[0, 0] + 85][0])),
        ),
        (
            "Matrix of indices, n = 4, row 4",
            "{3111}, {3121}",
            "{4111}, {4121}",
            "first index",
            "3",
            "4",
        ),
        (
            "Third moments of the factors",
            "E[f_i f_j f_k] = 0",
            "0 unless i = j = k",
            "factor 1, last date",
            "0",
            f"{model.comoments.third[-1, 0]:.3f}",
        ),
        (
            "Fourth moments of the factors",
            "0 or h_i h_k",
            "m4_i if all are equal; 0 with one index that occurs once",
            "factor 1, last date, over h^2",
            "1",
            f"{3 + model.comoments.excess_kurtosis[-1, 0]:.3f}",
        ),
    ]
    return pd.DataFrame(
        rows, columns=["place", "printed", "right", "check", "by_print", "by_right"]
    )


def sample_note(config: Mapping[str, Any], returns: pd.DataFrame) -> str:
    """Sample, model, seed and tier."""
    model, source = config["comoments"]["model"], config["comoments"]["data"]["source"]
    where = {"embedded": "the skfolio wheel", "file": "a file"}[source]
    n_factors = model["n_factors"] or "as many as stocks"
    return (
        f"Sample: {returns.shape[1]} stocks from {where}, {len(returns)} weekly log returns, "
        f"{returns.index[0].date()} to {returns.index[-1].date()}. Mean {model['mean']}, factors "
        f"{n_factors}, innovations {model['innovations']}. Run {config['run']}, seed "
        f"{config['seed']}."
    )


def components_note(fitted: FittedModels, n_starts: int, n_bootstrap: int) -> str:
    """How well the independent components are determined, and the size of the bootstrap."""
    end = "" if fitted.converged else ", the best of which did not converge"
    return (
        f"Independent components: {n_starts} starts ended in {fitted.n_optima:g} different optima"
        f"{end}; the one with the largest distance from normal factors, {fitted.objective:.4f}, "
        f"is kept. {n_bootstrap} bootstrap samples."
    )


def backtest_note(plan: Mapping[str, Any]) -> str:
    """First sample and refits; `plan` is the section ``comoments.backtest``."""
    return f"First sample: {plan['first_dates']} weeks; refitted every {plan['refit_every']} weeks."
