"""Fit one model on the windows of a few decision years."""

from importlib import import_module
from pathlib import Path

from bayesfolio.models.diagnostics import Thresholds
from bayesfolio.models.fitting import FitSettings, fit_windows
from bayesfolio.models.posterior import save_posteriors
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import ModelSpec
from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.returns import read_returns
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params = snakemake.params
    returns = read_returns(snakemake.input.returns)
    calendar = Calendar(**params.calendar)
    # By name, so that an edit of one engine does not rerun the fits of the other.
    module = import_module(f"bayesfolio.models.{snakemake.wildcards.engine}.engine")
    posteriors = fit_windows(
        ModelSpec.parse(snakemake.wildcards.model),
        returns,
        [d for d in calendar.decisions(returns.index) if d.year in params.years],
        engine=module.make_engine(params.settings, snakemake.input.compiled),
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
