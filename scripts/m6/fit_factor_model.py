"""One variant of the factor model, fitted to what is known before one period, and its forecast."""

from bayesfolio.core.seeds import generator
from bayesfolio.m6.files import read_periods
from bayesfolio.m6.fit import FactorSampler, fit_factor_model
from bayesfolio.m6.fit_files import write_forecast
from bayesfolio.m6.observations import observations_at
from bayesfolio.m6.spec import FactorPriors, FactorSpec
from bayesfolio.models.programs import read_program
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params, variant = snakemake.params, snakemake.wildcards.variant
    period = int(snakemake.wildcards.period)
    origin = observations_at(
        read_periods(snakemake.input.periods), period, **params.origin, manual=params.manual
    )
    job.say(f"{variant}, period {period}: {origin.summary()}")
    forecast = fit_factor_model(
        FactorSpec.parse(params.spec, params.n_factors),
        origin.observations,
        program=read_program(snakemake.input.compiled),
        rng=generator(params.seed, "m6", variant, period),
        priors=FactorPriors(**params.priors),
        sampler=FactorSampler(**params.sampler),
    )
    job.say(f"{variant}, period {period}: {forecast.diagnostics.summary()}")
    write_forecast(forecast, origin, snakemake.output[0])
