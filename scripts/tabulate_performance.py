"""Table 5: return and risk of every model and strategy beside the printed figures."""

from pathlib import Path

import pandas as pd

from bayesfolio.models import ModelSpec
from bayesfolio.portfolio import (
    STRATEGIES,
    Calendar,
    load_realised,
    performance,
    standard_momentum,
    strategy_performance,
)
from bayesfolio.report import read_table, write_table
from bayesfolio.report.momentum import TABLE5_COLUMNS, table5
from bayesfolio.report.notes import TABLE5_NOTES, run_notes
from bayesfolio.report.published import read_published
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    momentum = snakemake.params.about["momentum"]
    returns = read_returns(snakemake.input.returns)
    calendar = Calendar(**momentum["calendar"])
    names = [ModelSpec.parse(model).name for model in snakemake.params.models]
    cells = {}
    for name, path in zip(names, snakemake.input.strategies, strict=True):
        for strategy in STRATEGIES:
            cells[name, strategy] = strategy_performance(load_realised(path, strategy).values)
    fits = pd.concat(map(read_table, snakemake.input.diagnostics))
    standard = standard_momentum(returns, calendar, tuple(momentum["breakpoints"]))
    published = snakemake.input.published
    strategies = [f"{found.name} ({key})" for key, found in STRATEGIES.items()]
    write_table(
        table5(
            cells,
            (~fits["passed"]).groupby(fits["model"]).sum(),
            len(calendar.decisions(returns.index)),
            performance(standard),
            len(standard),
            read_published(published[0]) if published else None,
        ),
        Path(snakemake.output[0]).with_suffix(""),
        f"Return and risk of {', '.join(strategies[:-1])} and {strategies[-1]}",
        [*TABLE5_NOTES, *run_notes(snakemake.params.about, returns.index)],
        TABLE5_COLUMNS,
    )
