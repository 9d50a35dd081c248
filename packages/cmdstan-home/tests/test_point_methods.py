"""Optimization, Laplace, ADVI, Pathfinder, log density, generated quantities: exact answers."""

import json

import numpy as np
import pytest
from scipy import stats
from stan_program import Program

DATA = "data file=data.json"
COVARIANCE = np.array([[1, 1.8], [1.8, 4]])


def log_density(x1: float, x2: float, log_s: float, logit_theta: float, jacobian: bool) -> float:
    """The model's log density up to its constants, written down a second time."""
    centred = np.array([x1 - 1, x2 + 2])
    s, theta = np.exp(log_s), 1 / (1 + np.exp(-logit_theta))
    value = -0.5 * centred @ np.linalg.solve(COVARIANCE, centred) + 2 * log_s - 2 * s
    value += 2 * np.log(theta) + 8 * np.log1p(-theta)
    return value + jacobian * (log_s + np.log(theta) + np.log1p(-theta))


@pytest.mark.parametrize("algorithm", ["lbfgs", "bfgs", "newton"])
@pytest.mark.parametrize(
    ("jacobian", "s", "theta"), [(0, 1.0, 2 / 10), (1, 3 / 2, 3 / 12)], ids=["mle", "map"]
)
def test_the_optimum_is_the_exact_mode(known, algorithm, jacobian, s, theta):
    known(
        f"optimize algorithm={algorithm} jacobian={jacobian} {DATA} random seed=1 "
        "output sig_figs=10"
    )
    mode = {name: values[0] for name, values in known.table().items()}
    assert mode["s"] == pytest.approx(s, abs=2e-3)
    assert mode["theta"] == pytest.approx(theta, abs=2e-3)
    assert (mode["x.1"], mode["x.2"]) == pytest.approx((1, -2), abs=2e-3)


def test_newton_refuses_a_singular_hessian(executables, tmp_path):
    flat = Program(executables("flat"), tmp_path)
    for seed in (1, 2):  # without a check, a wrong mode and a density of -1e100
        finished = flat(f"optimize algorithm=newton random seed={seed}", status=1)
        assert "singular Hessian" in finished.stderr
    flat("optimize random seed=1")
    assert flat.table()["x"] == pytest.approx(1)


def test_iterations_of_the_optimizer_can_be_saved(known):
    known(f"optimize save_iterations=1 {DATA} random seed=1")
    heights = known.table()["lp__"]
    assert len(heights) > 3
    assert (np.diff(heights) >= 0).all()


def test_an_optimizer_that_stops_early_says_so(known):
    assert "Maximum number of iterations hit" in known(f"optimize iter=1 {DATA}").stdout


@pytest.mark.parametrize("jacobian", [0, 1])
def test_log_density_and_gradient_are_exact(known, jacobian):
    points = np.array([[0.3, -1.0, 0.2, -0.4], [1.5, 0.5, -1.0, 1.2]])
    (known.directory / "points.json").write_text(json.dumps({"params_r": points.tolist()}))
    known(
        f"log_prob unconstrained_params=points.json jacobian={jacobian} {DATA} output sig_figs=17"
    )
    table = known.table()
    expected = np.array([log_density(*point, jacobian) for point in points])
    # Stan drops constants, so only differences are defined.
    assert np.diff(table["lp__"]) == pytest.approx(np.diff(expected), rel=1e-12)
    step = 1e-6
    for i, name in enumerate(["g_x.1", "g_x.2", "g_s", "g_theta"]):
        shift = step * np.eye(4)[i]
        slopes = [
            (log_density(*(p + shift), jacobian) - log_density(*(p - shift), jacobian)) / (2 * step)
            for p in points
        ]
        assert table[name] == pytest.approx(slopes, rel=1e-7, abs=1e-7)


def test_log_density_at_constrained_values_from_json_and_csv(known):
    values = {"x": [0.3, -1.0], "s": 1.25, "theta": 0.375}
    (known.directory / "values.json").write_text(json.dumps(values))
    (known.directory / "values.csv").write_text("# \nlp__,x.1,x.2,s,theta\n0,0.3,-1.0,1.25,0.375\n")
    (known.directory / "point.json").write_text(
        json.dumps({"params_r": [0.3, -1.0, np.log(1.25), np.log(0.375 / 0.625)]})
    )
    for number, source in enumerate(
        [
            "constrained_params=values.json",
            "constrained_params=values.csv",
            "unconstrained_params=point.json",
        ]
    ):
        known(f"log_prob {source} {DATA} output sig_figs=12 file=out{number}.csv")
    first = known.rows("out0.csv")
    assert first == known.rows("out1.csv") == known.rows("out2.csv")


def test_the_gradient_agrees_with_finite_differences(known):
    output = known(f"diagnose {DATA} random seed=1").stdout
    errors = [
        float(line.split()[-1]) for line in output.splitlines() if line[:10].strip().isdigit()
    ]
    assert len(errors) == 4
    assert max(map(abs, errors)) < 1e-6


def test_laplace_has_the_exact_covariance(known):
    known(f"optimize jacobian=1 {DATA} random seed=1 output file=mode.csv sig_figs=10")
    known(f"laplace mode=mode.csv draws=20000 {DATA} random seed=2")
    draws = known.table()
    # x is normal, so its approximation is exact; the curvature of log s at its mode is 3 and that
    # of logit theta 3 * 9 / 12. Ratios of variances: sd sqrt(2 / 20000) = .01; 5 sd, 4 ratios: a
    # false alarm once in 400,000 seeds.
    logit = np.log(draws["theta"] / (1 - draws["theta"]))
    ratios = [
        draws["x.1"].var() / 1,
        draws["x.2"].var() / 4,
        np.log(draws["s"]).var() * 3,
        logit.var() * 27 / 12,
    ]
    assert ratios == pytest.approx([1, 1, 1, 1], abs=0.05)
    assert np.corrcoef(draws["x.1"], draws["x.2"])[0, 1] == pytest.approx(0.9, abs=0.01)
    assert np.isfinite(draws["log_p__"]).all()


def test_laplace_takes_a_mode_from_json_and_can_skip_the_density(known):
    (known.directory / "mode.json").write_text(json.dumps({"x": [1, -2], "s": 1.5, "theta": 0.25}))
    known(f"laplace mode=mode.json draws=50 calculate_lp=0 {DATA} random seed=2")
    draws = known.table()
    assert np.isnan(draws["log_p__"]).all()
    assert len(draws["s"]) == 50


def test_pathfinder_resampled_is_near_the_posterior(known):
    known(f"pathfinder num_draws=4000 num_psis_draws=4000 {DATA} random seed=3 output sig_figs=10")
    draws = known.table()
    assert len(draws["s"]) == 4000
    distances = {
        "x.1": stats.kstest(draws["x.1"], stats.norm(1, 1).cdf).statistic,
        "s": stats.kstest(draws["s"], stats.gamma(3, scale=1 / 2).cdf).statistic,
        "theta": stats.kstest(draws["theta"], stats.beta(3, 9).cdf).statistic,
    }
    assert max(distances.values()) < 0.08, distances  # importance resampling repeats draws


def test_pathfinder_files(known):
    known(f"pathfinder num_paths=2 num_draws=30 num_psis_draws=20 save_single_paths=1 {DATA}")
    assert len(known.table()["s"]) == 20
    for path in (1, 2):
        assert len(known.table(f"output_path_{path}.csv")["s"]) == 30
        assert json.loads((known.directory / f"output_path_{path}.json").read_text())
    known(f"pathfinder num_paths=2 num_draws=30 psis_resample=0 {DATA} output file=all.csv")
    assert len(known.table("all.csv")["s"]) == 60
    known(f"pathfinder num_paths=1 num_draws=30 {DATA} output file=one.csv")
    assert len(known.table("one.csv")["s"]) == 30


@pytest.mark.parametrize("algorithm", ["meanfield", "fullrank"])
def test_variational_approximation_finds_the_centre(known, algorithm):
    known(
        f"variational algorithm={algorithm} output_samples=4000 tol_rel_obj=0.001 {DATA} "
        "random seed=5"
    )
    draws = {
        name: values[1:] for name, values in known.table().items()
    }  # the first row is the mean
    assert len(draws["s"]) == 4000
    assert abs(draws["x.1"].mean() - 1) < 0.5
    assert abs(draws["theta"].mean() - 0.25) < 0.1


def test_generated_quantities_of_earlier_draws(known):
    known(
        f"sample num_samples=100 num_chains=2 {DATA} random seed=1 output file=fit.csv sig_figs=9"
    )
    known(
        "generate_quantities num_chains=2 fitted_params=fit.csv "
        f"{DATA} random seed=1 output file=gq.csv sig_figs=9"
    )
    for chain in (1, 2):
        fit, later = known.table(f"fit_{chain}.csv"), known.table(f"gq_{chain}.csv")
        assert set(later) == {"successes", "doubled"}
        assert later["doubled"] == pytest.approx(2 * fit["s"], rel=1e-7)
        assert ((later["successes"] >= 0) & (later["successes"] <= 10)).all()


def test_draws_of_another_model_are_refused(known):
    (known.directory / "other.csv").write_text("# \nlp__,mu\n# \n0,1\n")
    finished = known(f"generate_quantities fitted_params=other.csv {DATA}", status=1)
    assert "Mismatch between model and fitted_parameters csv file" in finished.stderr


def test_a_mode_that_no_optimizer_wrote_is_refused(known):
    (known.directory / "mode.csv").write_text(
        "# method = sample\nlp__,x.1,x.2,s,theta\n0,0,0,1,.5\n"
    )
    finished = known(f"laplace mode=mode.csv {DATA}", status=1)
    assert "not output from Stan optimization" in finished.stderr
