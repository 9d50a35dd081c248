"""The command line of a compiled model: what is refused and how, what is printed."""

import json

import pytest

WITH_DATA = "data file=data.json"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("foo", "foo is either mistyped or misplaced."),
        ("sample foo", "foo is either mistyped or misplaced."),
        ("sample delta=0.9", "method=sample adapt delta=<double>"),
        ("sample sample", "sample is either mistyped or misplaced."),
        (f"{WITH_DATA}", "A method must be specified!"),
        ("method=dance", 'dance is not a valid value for "method"'),
        ("optimize algorithm=foo", "Valid values: bfgs, lbfgs, newton"),
        ("sample num_samples=-1", "Valid values: 0 <= num_samples"),
        ("sample num_samples=many", 'many is not a valid value for "num_samples"'),
        ("sample num_samples=99999999999", "is not a valid value"),
        ("sample save_warmup=maybe", "Valid values: [0, 1, false, true]"),
        ("sample thin=0", "Valid values: 0 < thin"),
        ("sample adapt delta=1", "is not a valid value"),
        ("sample adapt delta=nan", "is not a valid value"),
        ("sample algorithm=hmc stepsize_jitter=2", "is not a valid value"),
        ("sample random seed=4294967296", "non-negative integer < 4294967296"),
        ("sample id=-1", "Valid values: id >= 0"),
        ("sample output sig_figs=19", 'not a valid value for "sig_figs"'),
        ("sample num_threads=4", 'not a valid value for "num_threads"'),
        ("sample opencl device=0", "STAN_OPENCL"),
        ("sample data file=missing.json", 'Can\'t open specified file, "missing.json"'),
        (f"sample {WITH_DATA} init=missing.json", 'Can\'t open specified file, "missing.json"'),
        (f"sample {WITH_DATA} init=2.5x", 'Can\'t open specified file, "2.5x"'),
        (f"sample num_chains=2 {WITH_DATA} init=start", "must end in .json or .R"),
        (f"sample num_chains=2 {WITH_DATA} init=start.csv", "is not supported by cmdstan"),
        (f"sample num_chains=2 {WITH_DATA} init=start.json", "Can't open either"),
        (f"sample {WITH_DATA} output file=no/such/directory.csv", "Can't open output file"),
        (f"sample {WITH_DATA} output file=./", "Ill-formed output filename"),
        (f"sample num_warmup=0 {WITH_DATA}", "must be greater than zero"),
        (f"sample num_chains=2 algorithm=hmc engine=static {WITH_DATA}", "'static' HMC engine"),
        (f"sample adapt engaged=0 save_metric=1 {WITH_DATA}", "when adaptation is engaged"),
        (f"sample algorithm=hmc metric_file=no.json {WITH_DATA}", "Can't open specified file"),
        (f"generate_quantities {WITH_DATA}", "Missing fitted_params"),
        (f"generate_quantities fitted_params=data.json {WITH_DATA}", "must be a CSV file"),
        (f"generate_quantities fitted_params=no.csv {WITH_DATA}", "Can't open specified file"),
        (f"generate_quantities fitted_params=output.csv {WITH_DATA}", "Filename conflict"),
        (f"laplace {WITH_DATA}", "Missing mode argument"),
        (f"laplace mode=data.txt {WITH_DATA}", "must be CSV or JSON"),
        (f"log_prob {WITH_DATA}", "No input parameter files provided"),
        (f"log_prob unconstrained_params=data.json {WITH_DATA}", "no variable 'params_r'"),
        (f"log_prob constrained_params=data.json {WITH_DATA}", "cannot unconstrain"),
        ("sample", "variable does not exist"),
    ],
)
def test_bad_command_lines_are_refused_with_a_reason(known, words, complaint):
    finished = known(words, status=1)
    assert complaint in finished.stdout + finished.stderr


def test_an_unreadable_value_in_the_data_is_refused(known):
    (known.directory / "data.json").write_text('{"N": 10, "y": [0, 1')
    known(f"sample {WITH_DATA}", status=1)
    (known.directory / "data.json").write_text('{"N": 2, "y": [0, 7]}')
    finished = known(f"sample {WITH_DATA}", status=1)
    assert "must be less than or equal to 1" in finished.stdout + finished.stderr


def test_no_words_print_the_usage_and_fail(known):
    assert known("", status=1).stdout.startswith("Usage: ")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("help", "Begin by selecting amongst the following inference methods"),
        ("help-all", "Number of Monte Carlo draws to evaluate ELBO"),
        ("sample help", "Valid subarguments: num_samples, num_warmup"),
        ("sample adapt help-all", "Adaptation target acceptance statistic"),
        ("optimize algorithm=lbfgs help", "history_size"),
        ("random help", "seed"),
        ("info", "stan_version_minor = 35"),
        ("info", "STAN_THREADS=false"),
    ],
)
def test_help_is_printed_and_nothing_is_run(known, words, text):
    assert text in known(words).stdout
    assert not (known.directory / "output.csv").exists()


def test_the_header_records_every_argument_and_marks_defaults(known):
    known(f"sample num_samples=5 num_warmup=5 adapt delta=0.9 {WITH_DATA} random seed=3 id=2")
    comments = known.comments()
    for line in (
        "stan_version_minor = 35",
        "model = known_model",
        "method = sample (Default)",
        "num_samples = 5",
        "save_warmup = false (Default)",
        "delta = 0.9",
        "metric_file =  (Default)",
        "id = 2",
        "init = 2 (Default)",
        "seed = 3",
        "sig_figs = -1 (Default)",
        "num_threads = 1 (Default)",
        "stanc_version = stanc3 v2.35.0",
    ):
        assert line in comments


def test_the_same_arguments_can_be_saved_as_json(known):
    known(f"optimize jacobian=1 {WITH_DATA} random seed=3 output save_cmdstan_config=1")
    config = json.loads((known.directory / "output_config.json").read_text())
    assert config["model_name"] == "known_model"
    assert config["method"]["value"] == "optimize"
    assert config["method"]["optimize"]["jacobian"] is True
    assert config["method"]["optimize"]["algorithm"]["lbfgs"]["history_size"] == 5
    assert config["random"]["seed"] == 3


def test_profiles_go_to_their_file(known):
    known(f"sample num_samples=5 num_warmup=5 {WITH_DATA} output profile_file=p.csv")
    header, row = (known.directory / "p.csv").read_text().splitlines()
    assert header.startswith("name,thread_id,total_time,forward_time")
    assert row.startswith("likelihood,")
