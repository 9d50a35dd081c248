"""What the study of filters makes; `bayesfolio.report.registry` says how an entry is read."""

from bayesfolio.filters_study.settings import Filters
from bayesfolio.report.registry import Column, Config, Figure, Study, Table

KIND_OF_TABLE = {
    "table9": "local_level",
    "table10": "stochastic_volatility",
    "table11": "dynamic_factor",
}
"""Kind of model of each table."""

SETTINGS = {
    "local_level": ("noise_to_signal", "Noise to signal"),
    "stochastic_volatility": ("cv", "CV"),
    "dynamic_factor": ("factors", "Factors"),
}
"""Column of the setting in the published table, and its heading."""

TITLES = {
    "local_level": "Filters of the local level model",
    "stochastic_volatility": "Filters of the stochastic volatility model",
    "dynamic_factor": "Filters of the dynamic factor model",
}

_KIND_NOTES = {
    "local_level": (
        "The printed PF cannot have 50,000 particles: its MAE is 1.2 to 1.4 times the Kalman "
        "filter's, and ours is as far off with 5 to 20 particles. The printed bias of APF and "
        "M-Filter is about -10 whatever the noise, while their errors are as small as the Kalman "
        "filter's. That points to a constant, such as that of a diffuse first state, which is in "
        "one likelihood and not in the other.",
    ),
    "stochastic_volatility": (
        "Grid: the exact filter, on 2,001 points. KF: the Kalman filter of log y_t^2 with a normal "
        "error in place of the log chi-square one. Uncentred: a KF that leaves out that error's "
        "mean of -1.27. Errors are relative to the uncentred KF, because the printed ones of 0.24 "
        "to 0.32 are nearer to it. The paper prints no likelihoods here.",
    ),
    "dynamic_factor": (
        "The printed APF fails as point look-ahead does here, so it is of that kind. The printed "
        "PF is far worse than ours of 50,000 particles with two factors, and about as biased with "
        "ten. As in the local level model it must have had fewer particles, and loadings of which "
        "the series say less.",
    ),
}

_NOTES = (
    "Log-likelihood bias: the estimate minus the exact log-likelihood, mean over replications "
    "and, in parentheses, standard deviation. MAE and MSE: errors of the filtered mean against the "
    "true state, relative to the Kalman filter. Error: distance of the filtered mean from the "
    "exact one, in per cent of the exact one's MAE. Seconds: processor time. Printed: Basturk et "
    "al. (2017), Tables 9 to 11, which are Tables 2 to 4 of the text. Difference: ours minus "
    "printed.",
    "APF: an adapted filter, with proposals that know y_t. APF, point: look-ahead by the "
    "transition's mean, as in much of the literature. M-Filter: proposals given each particle's "
    "own ancestor. Look-ahead: an M-Filter that also chooses ancestors with y_t in mind. Literal: "
    "one proposal for all ancestors, as the paper prints it. The printed APF and M-Filter each "
    "stand beside two of ours.",
)


def _columns(kind: str) -> tuple[Column, ...]:
    """Columns of one kind's table."""
    groups = {
        "lb": ("Log-likelihood bias", 2),
        "mae": ("MAE / KF", 3),
        "mse": ("MSE / KF", 3),
        "seconds": ("Seconds", 3),
    }
    columns = [Column(*SETTINGS[kind]), Column("filter", "Filter")]
    for name, (group, decimals) in groups.items():
        spread = "lb_sd" if name == "lb" else None
        columns.append(Column(name, "ours", decimals, group=group, spread=spread))
        columns.append(Column(f"{name}_printed", "printed", 2, group=group))
        if name != "seconds":
            columns.append(Column(f"{name}_difference", "difference", 2, group=group))
    columns.append(Column("error", "Error (%)", 2))
    return tuple(columns)


def tables(config: Config) -> tuple[Table, ...]:
    """All three tables, whatever the configuration."""
    return tuple(
        Table(
            name,
            TITLES[kind],
            "bayesfolio.filters_study.tables:filter_table",
            ("runs", "printed"),
            "Filters with {filters[n_particles]} particles on {filters[replications]} simulated "
            "samples, beside the figures printed in Basturk et al. (2017), Tables 9 to 11.",
            _columns(kind),
            (*_NOTES, *_KIND_NOTES[kind]),
        )
        for name, kind in KIND_OF_TABLE.items()
    )


def figures(config: Config) -> tuple[Figure, ...]:
    """Both figures, whatever the configuration."""
    return (
        Figure(
            "filter_paths",
            "Filtered means and particles",
            "bayesfolio.filters_study.figures:paths_figure",
            ("first_runs",),
            "One simulated sample of each kind of model. Above: the true state, the exact filtered "
            "mean and the M-Filter's. Below: effective numbers of particles, per cent of "
            "{filters[n_particles]}.",
        ),
        Figure(
            "filter_frontier",
            "Error against time",
            "bayesfolio.filters_study.figures:frontier_figure",
            ("size_runs",),
            "Distance of the filtered mean from the exact one, in per cent of the exact one's mean "
            "absolute error, against processor seconds for a sample. Dots grow with the number of "
            "particles; they are means of {filters[frontier_replications]} samples.",
        ),
    )


STUDY = Study(
    "filters",
    "Filters",
    "Particle filters against exact ones on simulated samples: the Monte Carlo study of the "
    "paper's appendix.",
    tables,
    figures,
    {"filters": Filters},
)
