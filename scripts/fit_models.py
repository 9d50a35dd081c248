"""Fit one model on the windows of a few decision years."""

from pathlib import Path

from bayesfolio.features import Calendar
from bayesfolio.models import (
    FitSettings,
    ModelSpec,
    Priors,
    Thresholds,
    fit_windows,
    save_posteriors,
)
from bayesfolio.models.stan import NutsSettings, StanEngine, load_program
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    params = snakemake.params
    returns = read_returns(snakemake.input.returns)
    calendar = Calendar(**params.calendar)
    program = load_program(
        Path(snakemake.input.program).parent, params.cmdstan and Path(params.cmdstan)
    )
    posteriors = fit_windows(
        ModelSpec.parse(snakemake.wildcards.model),
        returns,
        [d for d in calendar.decisions(returns.index) if d.year in params.years],
        engine=StanEngine(program, NutsSettings(**params.fit)),
        seed=params.seed,
        settings=FitSettings(
            formation=calendar.formation_months,
            center=params.center == "window",
            priors=Priors.with_gamma_reading(params.gamma_prior),
            thresholds=Thresholds(**params.thresholds),
        ),
        progress=job.say,
    )
    save_posteriors(Path(snakemake.output[0]), posteriors)
