"""Log density and gradient of a compiled Stan program at points given by their parameters."""

import json
import subprocess
from pathlib import Path

import cmdstanpy
import numpy as np


def stan_log_density(
    executable: Path, data: dict, points: list[dict], folder: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Log densities (n,) and gradients (n, dimension) of the program at the points."""
    cmdstanpy.write_stan_json(str(folder / "data.json"), data)
    output = folder / "out.csv"
    values = []
    for point in points:
        flat = np.concatenate([np.ravel(v, order="F") for v in point.values()])
        (folder / "point.json").write_text(json.dumps({"params_r": flat.tolist()}))
        subprocess.run(
            [
                str(executable),
                *("log_prob", f"unconstrained_params={folder / 'point.json'}", "jacobian=1"),
                *("data", f"file={folder / 'data.json'}"),
                *("output", f"file={output}", "sig_figs=17"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        values.append(output.read_text().splitlines()[-1].split(","))
    table = np.array(values, dtype=float)
    return table[:, 0], table[:, 1:]
