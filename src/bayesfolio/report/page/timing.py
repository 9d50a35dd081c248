"""Run time by rule, from the benchmark files that Snakemake leaves."""

from pathlib import Path

import pandas as pd

from bayesfolio.report.page.tables import PageTable, make_column

PAGE_RULE = "write_report"
"""Left out: its file appears after the page, which would then differ the next time."""


def run_times(folder: Path, anchor: str) -> PageTable | None:
    """Jobs, seconds and memory of each rule, the longest first.

    Parameters
    ----------
    folder : path
        With a file ``<rule>.tsv``, or a folder ``<rule>`` of such files, for each rule.
    anchor : str
        Of the table.

    Returns
    -------
    PageTable or None
        None without such files.
    """
    files = sorted(folder.rglob("*.tsv")) if folder.is_dir() else []
    parts = []
    for file in files:
        rule = file.relative_to(folder).parts[0].removesuffix(".tsv")
        if rule != PAGE_RULE:
            parts.append(pd.read_csv(file, sep="\t", na_values="-").assign(rule=rule))
    if not parts:
        return None
    jobs = pd.concat(parts)
    rules = jobs.groupby("rule").agg(
        jobs=("s", "size"),
        cpu=("cpu_time", "sum"),
        wall=("s", "sum"),
        longest=("s", "max"),
        memory=("max_rss", "max"),
    )
    rules = rules.sort_values(["wall", "rule"], ascending=[False, True])
    total = rules["wall"].sum()
    columns = [
        make_column("Rule", list(rules.index)),
        make_column("Jobs", [f"{n}" for n in rules["jobs"]]),
        make_column("Seconds", [f"{value:.1f}" for value in rules["wall"]]),
        make_column("Share (%)", [f"{100 * value / total:.1f}" for value in rules["wall"]]),
        make_column("Longest job", [f"{value:.1f}" for value in rules["longest"]]),
        make_column("Processor seconds", [f"{value:.1f}" for value in rules["cpu"]]),
        make_column("Memory (MB)", [_memory(value) for value in rules["memory"]]),
    ]
    return PageTable(
        anchor=anchor,
        title=f"Run time by rule: {rules['jobs'].sum():,} jobs, {_duration(total)} in all",
        headings=tuple(heading for heading, _ in columns),
        rows=tuple(zip(*(cells for _, cells in columns), strict=True)),
        notes=(
            "Seconds by the clock, added up over jobs, which may have run side by side; memory: "
            "largest of a job, empty for jobs too short to be measured. Of the last run of each "
            "job, whichever configuration it had.",
        ),
        source=f"{folder.name}/",
    )


def _memory(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.0f}"


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} seconds"
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
