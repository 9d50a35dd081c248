"""A small run to make pages of, for conftest.py and the tests."""

import json
from pathlib import Path

import pandas as pd
import yaml
from matplotlib.figure import Figure

from bayesfolio.report.page.write import find_files, write_page
from bayesfolio.report.registry import Column
from bayesfolio.report.style import house_style, save_figure
from bayesfolio.report.tables import write_table
from bayesfolio.studies import STUDIES

NOTES = ["A note under this one.", "Run <b>tiny</b> & co."]
_DEFAULT = Path(__file__).resolve().parents[2] / "config" / "config.yaml"
CONFIG = yaml.safe_load(_DEFAULT.read_text()) | {"run": "tiny", "seed": 7}
CONFIG["combination"]["sets"] = {"mine": {"figure": "mine", "models": ["VAR-N"]}}


def make_run(results: Path) -> Path:
    """Tables, figures and records of two studies below a folder."""
    study = results / "momentum"
    returns = pd.DataFrame(
        {
            "model": ["VAR-N", "SV", "DFM-N(1,1)", "FAVAR", "standard <momentum> | other"],
            "failed": ["0 of 2", "1 of 2", "2 of 2", "0 of 12", None],
            "mean": [0.25, float("nan"), -0.5, 0.25, 10.0],
            "mean_sd": [0.1, 0.2, 0.3, 0.4, 0.5],
            "mean_printed": [0.2, 0.1, float("nan"), 0.2, 9.0],
            "mean_difference": [0.05, float("nan"), float("nan"), 0.05, 1.0],
            **{f"extra{i}": [1.0, 2.0, 3.0, 4.0, float("inf")] for i in range(8)},
        }
    )
    columns = [
        Column("model", "Model"),
        Column("failed", "Failed fits"),
        Column("mean", "ours (sd)", 2, "Mean", "mean_sd"),
        Column("mean_printed", "printed", 2, "Mean"),
        Column("mean_difference", "difference", 2, "Mean"),
        *[Column(f"extra{i}", f"Another column {i}", 1) for i in range(8)],
    ]
    for name in ["table5", "table6", "table7"]:
        write_table(returns, study / "tables" / name, f"Table {name[-1]}", NOTES, columns)
    claims = pd.DataFrame(
        {
            "claim": ["A holds", "B does not", "C", "D"],
            "printed": [0.1, 0.2, float("nan"), 0.4],
            "ours": [0.15, 0.1, 0.3, 0.4],
            "sd": [0.01] * 4,
            "verdict": ["holds", "does not hold", "undecided", "holds"],
        }
    )
    shown = [
        Column("claim", "Claim"),
        Column("printed", "Printed", 3),
        Column("ours", "Ours (sd)", 3, spread="sd"),
        Column("verdict", "Verdict"),
    ]
    write_table(claims, study / "tables" / "claims", "Conclusions", NOTES, shown)
    diagnostics = pd.DataFrame(
        {"model": ["VAR-N", "SV", "DFM"], "n_windows": [2, 2, 2], "failed_windows": [0, 1, 2]}
    )
    write_table(diagnostics, study / "tables" / "diagnostics", "The worst of each", NOTES)
    make_fits().to_csv(_made(study / "diagnostics" / "fits.csv"), index=False)
    for name in ["figure1", "mine"]:
        save_figure(draw(name), study / "figures" / name)
    record = {"run": "tiny", "seed": 7, "commit": "0123456789abcdef-dirty", "config": CONFIG}
    packages = {"numpy": "2", "pandas": None}
    _made(study / "provenance.json").write_text(json.dumps({**record, "packages": packages}))
    write_table(
        pd.DataFrame({"filter": ["KF", "PF"], "seconds": [0.5, 12.0]}),
        results / "filters" / "tables" / "table9",
        "Filters",
        ["A note."],
    )
    times = "s\tmax_rss\tcpu_time\n{}\t-\t{}\n"
    for name, seconds in [("fit/a", 3), ("fit/b", 4), ("plot", 5), ("write_report/index", 99)]:
        path = _made(results / "benchmarks" / f"{name}.tsv")
        path.write_text(times.format(seconds, seconds / 2))
    return results


def make_fits() -> pd.DataFrame:
    """Diagnostics of six fits, three of which fail."""
    fits = pd.DataFrame(
        {
            "model": ["VAR-N", "VAR-N", "SV", "SV", "DFM", "DFM"],
            "year": [1990, 1991] * 3,
            "rhat_sums": [1.0, 1.0, float("nan"), float("nan"), 1.5, 1.2],
            "rhat_predictive": [1.0, 1.0, 1.0, 1.3, 1.1, 1.2],
        }
    )
    for name in ["ess_sums", "ess_predictive", "chain_spread", "divergences", "max_depth_hits"]:
        fits[name] = 10.0
    return fits.assign(passed=[True, True, True, False, False, False])


def draw(title: str) -> Figure:
    """A figure with clipped lines, marks and letters, all of which have ids."""
    with house_style():
        figure = Figure(figsize=(4, 2))
        axes = figure.subplots()
        axes.plot([0, 1, 2], [0, 4, 1], "o-")
        axes.set_title(title)
    return figure


def make_page(results: Path, output: Path | None = None) -> Path:
    """Page of a run."""
    page = output or results / "report" / "index.html"
    write_page(page, find_files(results, STUDIES), STUDIES, CONFIG, results / "benchmarks")
    return page


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
