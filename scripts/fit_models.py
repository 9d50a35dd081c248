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
from bayesfolio.models.gibbs import GibbsEngine, GibbsSettings
from bayesfolio.models.stan import NutsSettings, StanEngine
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.programs import read_program
from bayesfolio.workflow.returns import read_returns

with Job(snakemake) as job:
    params = snakemake.params
    returns = read_returns(snakemake.input.returns)
    calendar = Calendar(**params.calendar)
    if snakemake.wildcards.engine == "gibbs":
        engine = GibbsEngine(GibbsSettings(**params.settings))
    else:
        program = read_program(snakemake.input.compiled)
        engine = StanEngine(program, NutsSettings(**params.settings))
    posteriors = fit_windows(
        ModelSpec.parse(snakemake.wildcards.model),
        returns,
        [d for d in calendar.decisions(returns.index) if d.year in params.years],
        engine=engine,
        seed=params.seed,
        settings=FitSettings(
            formation=calendar.formation_months,
            center=params.center == "window",
            priors=Priors.with_gamma_reading(params.gamma_prior),
            thresholds=Thresholds(**params.thresholds),
            missing=params.missing,
        ),
        progress=job.say,
    )
    save_posteriors(Path(snakemake.output[0]), posteriors)
