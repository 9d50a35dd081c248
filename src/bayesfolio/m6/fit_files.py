"""Fits of the factor model, with whose they are, as npz archives."""

from dataclasses import fields
from pathlib import Path

import numpy as np

from bayesfolio.core.arrays import opened_arrays
from bayesfolio.m6.files import names_array, save_arrays
from bayesfolio.m6.fit import FactorDiagnostics, FactorFit, FactorForecast
from bayesfolio.m6.observations import Origin


def write_forecast(forecast: FactorForecast, origin: Origin, path: str | Path) -> None:
    """Write a fit's forecast and whose it is; arrays of draws as 32-bit floats."""
    save_arrays(
        path,
        assets=names_array(origin.assets),
        unchanged=names_array(origin.unchanged),
        dropped=names_array(origin.dropped),
        neutral=np.array(origin.neutral),
        returns=forecast.returns.astype(np.float32),
        mean=forecast.mean.astype(np.float32),
        log_scale=forecast.log_scale.astype(np.float32),
        dof=forecast.dof.astype(np.float32),
        common_cov=forecast.common_cov,
        **{f"parameters/{name}": values for name, values in forecast.parameters.items()},
        **{
            f"diagnostics/{field.name}": np.array(getattr(forecast.diagnostics, field.name))
            for field in fields(FactorDiagnostics)
        },
    )


def read_fit(variant: str, period: int, path: str | Path) -> FactorFit:
    """Read what `write_forecast` wrote of a variant and a period."""
    with opened_arrays(path) as archive:
        parts = {
            part: {
                name.partition("/")[2]: archive[name]
                for name in archive
                if name.startswith(f"{part}/")
            }
            for part in ("parameters", "diagnostics")
        }
        draws = {
            name: archive[name].astype(np.float64)
            for name in ("returns", "mean", "log_scale", "dof")
        }
        forecast = FactorForecast(
            **draws,
            common_cov=archive["common_cov"],
            parameters=parts["parameters"],
            diagnostics=FactorDiagnostics(
                **{name: value.item() for name, value in parts["diagnostics"].items()}
            ),
        )
        names = {name: tuple(archive[name].tolist()) for name in ("assets", "unchanged", "dropped")}
        return FactorFit(variant, period, forecast, **names, neutral=archive["neutral"].item())
