"""The two engines beside each other on the same models and windows."""

from pathlib import Path

import pandas as pd

from bayesfolio.features import Calendar
from bayesfolio.models import ModelSpec, load_posteriors
from bayesfolio.report import write_table
from bayesfolio.report.agreement import AGREEMENT_COLUMNS, EngineFit, engine_agreement
from bayesfolio.report.notes import AGREEMENT_NOTES, sample_note
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    params = snakemake.params
    returns = read_returns(snakemake.input.returns)
    decisions = {d.year: d for d in Calendar(**params.calendar).decisions(returns.index)}
    rows = []
    for (model, year), stan, gibbs in zip(
        params.fits, snakemake.input.stan, snakemake.input.gibbs, strict=True
    ):
        fits = {
            engine: EngineFit(load_posteriors(path)[year], params.chains[engine])
            for engine, path in [("stan", stan), ("gibbs", gibbs)]
        }
        rows.append(
            engine_agreement(
                ModelSpec.parse(model), fits, returns, decisions[year], tuple(params.breakpoints)
            )
        )
    write_table(
        pd.DataFrame(rows),
        Path(snakemake.output[0]).with_suffix(""),
        "Posterior means by the two engines",
        [*AGREEMENT_NOTES, sample_note(params.data, returns.index)],
        AGREEMENT_COLUMNS,
    )
