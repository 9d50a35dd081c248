"""Returns of periods of four weeks and the features known before each."""

from bayesfolio.m6.files import read_prices, write_periods
from bayesfolio.m6.four_weeks import asset_periods, four_week_calendar
from bayesfolio.workflow.jobs import Job

with Job(snakemake) as job:
    params = snakemake.params
    prices = read_prices(snakemake.input.prices)
    calendar = four_week_calendar(params.anchor, params.first, params.last)
    periods = asset_periods(prices, calendar, params.min_periods, as_of=params.as_of)
    write_periods(periods, snakemake.output[0])
