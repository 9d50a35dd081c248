"""Tables 6 to 8: return and risk of a mixture beside the printed figures, and its weights."""

from pathlib import Path

import numpy as np

from bayesfolio.combination import Combination
from bayesfolio.features import Calendar
from bayesfolio.models import ModelSpec
from bayesfolio.portfolio import (
    SUMMED,
    ComponentSet,
    decision_of_month,
    load_realised,
    performance,
    standard_momentum,
)
from bayesfolio.report import write_table
from bayesfolio.report.combination import (
    MIXTURE_COLUMNS,
    mixture_performance,
    mixture_table,
    weight_paths,
)
from bayesfolio.report.notes import MIXTURE_NOTES, combination_note, run_notes
from bayesfolio.report.published import read_published
from bayesfolio.workflow.arrays import load_record
from bayesfolio.workflow.files import replacing
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    params, about = snakemake.params, snakemake.params.about
    components = ComponentSet(tuple(map(ModelSpec.parse, params.models)))
    returns = read_returns(snakemake.input.returns)
    calendar = Calendar(**about["momentum"]["calendar"])
    months = decision_of_month(calendar.decisions(returns.index))
    combination = load_record(snakemake.input.combination, Combination)
    paths = dict(zip(components.models, snakemake.input.strategies, strict=True))
    realised = np.stack([load_realised(paths[m], s).values for m, s in components.components])
    cells = mixture_performance(components, params.rows, combination.draws, realised, months)
    standard = standard_momentum(returns, calendar, tuple(about["momentum"]["breakpoints"]))
    published = [read_published(path) for path in snakemake.input.published]
    write_table(
        mixture_table(
            cells, performance(standard), len(standard), published[0] if published else None
        ),
        Path(snakemake.output[0]).with_suffix(""),
        f"Return and risk of mixtures: {components.name}",
        [*MIXTURE_NOTES, combination_note(about["combination"]), *run_notes(about, returns.index)],
        MIXTURE_COLUMNS,
    )
    weights = weight_paths(components, components.totals(SUMMED)[0], params.years, combination)
    with replacing(snakemake.output.weights) as temporary:
        weights.to_csv(temporary, index=False, lineterminator="\n")
