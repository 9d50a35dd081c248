# What all studies have in common: tables, figures, provenance and the page.


def files_of(study, entry):
    """Files that a table or figure is made from, by name."""
    found = {name: FILES[study][name] for name in entry.inputs}
    return {
        name: path(entry.name) if callable(path) else path
        for name, path in found.items()
    }


def made_by(script, entry):
    """What a table or figure depends on beside its files: code, and all that its entry says."""
    return code(script, entry.function), repr(entry)


wildcard_constraints:
    replications=r"\d+-\d+",
    study="|".join(STUDIES),
    table=r"\w+",
    figure=r"\w+",
    page="|".join(["index", *STUDIES]),


rule tabulate:
    """One table of a study."""
    input:
        unpack(
            lambda wildcards: files_of(
                wildcards.study, TABLES[wildcards.study][wildcards.table]
            )
        ),
    output:
        report(
            f"{RESULTS}/{{study}}/tables/{{table}}.csv",
            category=lambda wildcards: STUDIES[wildcards.study].title,
            subcategory="Tables",
            caption="../report/caption.rst",
        ),
        multiext(f"{RESULTS}/{{study}}/tables/{{table}}", ".md", ".tex"),
    log:
        f"{LOGS}/tabulate/{{study}}/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/tabulate/{{study}}/{{table}}.tsv"
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        entry=lambda wildcards: TABLES[wildcards.study][wildcards.table],
        config=lambda wildcards: config_of(wildcards.study),
        digest=lambda wildcards: made_by(
            "shared/tabulate.py", TABLES[wildcards.study][wildcards.table]
        ),
    script:
        "../../scripts/shared/tabulate.py"


rule plot:
    """One figure of a study."""
    input:
        unpack(
            lambda wildcards: files_of(
                wildcards.study, FIGURES[wildcards.study][wildcards.figure]
            )
        ),
    output:
        report(
            f"{RESULTS}/{{study}}/figures/{{figure}}.png",
            category=lambda wildcards: STUDIES[wildcards.study].title,
            subcategory="Figures",
            caption="../report/caption.rst",
        ),
        multiext(f"{RESULTS}/{{study}}/figures/{{figure}}", ".pdf", ".svg"),
    log:
        f"{LOGS}/plot/{{study}}/{{figure}}.log",
    benchmark:
        f"{BENCHMARKS}/plot/{{study}}/{{figure}}.tsv"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        entry=lambda wildcards: FIGURES[wildcards.study][wildcards.figure],
        config=lambda wildcards: config_of(wildcards.study),
        digest=lambda wildcards: made_by(
            "shared/plot.py", FIGURES[wildcards.study][wildcards.figure]
        ),
    script:
        "../../scripts/shared/plot.py"


rule write_provenance:
    """Data, compiler, configuration, and the code and packages that a study was finished with."""
    input:
        lambda wildcards: outputs_of(wildcards.study),
        lambda wildcards: SHOWN.get(wildcards.study, []),
        data=lambda wildcards: DATA.get(wildcards.study, []),
        compiled=lambda wildcards: list(COMPILED_FOR.get(wildcards.study, {}).values()),
    output:
        f"{RESULTS}/{{study}}/provenance.json",
    log:
        f"{LOGS}/write_provenance/{{study}}.log",
    benchmark:
        f"{BENCHMARKS}/write_provenance/{{study}}.tsv"
    resources:
        mem_mb=500,
        runtime=5,
    params:
        config=lambda wildcards: config_of(wildcards.study) | {"stan": config["stan"]},
        commit=commit(ROOT),
        engines=lambda wildcards: list(COMPILED_FOR.get(wildcards.study, {})),
        digest=code("shared/write_provenance.py"),
    script:
        "../../scripts/shared/write_provenance.py"


rule write_report:
    """One page with the tables, figures and diagnostics of all studies (index), or of one."""
    input:
        lambda wildcards: [
            path
            for study in (STUDIES if wildcards.page == "index" else [wildcards.page])
            for path in [
                *outputs_of(study),
                *SHOWN.get(study, []),
                f"{RESULTS}/{study}/provenance.json",
            ]
        ],
    output:
        f"{RESULTS}/report/{{page}}.html",
    log:
        f"{LOGS}/write_report/{{page}}.log",
    benchmark:
        f"{BENCHMARKS}/write_report/{{page}}.tsv"
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        config=config,
        benchmarks=BENCHMARKS,
        digest=code("shared/write_report.py"),
    script:
        "../../scripts/shared/write_report.py"
