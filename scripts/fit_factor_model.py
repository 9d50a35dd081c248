"""One variant of the factor model, fitted to what is known before one period, and its forecast."""

from bayesfolio.models.fit import window_generator
from bayesfolio.models.m6 import FactorPriors, FactorSampler, FactorSpec, fit_factor_model
from bayesfolio.models.m6.observations import observations_at
from bayesfolio.workflow.jobs import Job
from bayesfolio.workflow.programs import read_program
from bayesfolio.workflow.universe import read_periods, write_forecast

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
        rng=window_generator(params.seed, "m6", variant, period),
        priors=FactorPriors(**params.priors),
        sampler=FactorSampler(**params.sampler),
    )
    job.say(f"{variant}, period {period}: {forecast.diagnostics.summary()}")
    write_forecast(forecast, origin, snakemake.output[0])
