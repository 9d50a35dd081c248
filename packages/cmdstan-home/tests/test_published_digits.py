"""Digits that CmdStan releases printed, taken from the data of cmdstanpy's test suite.

They were written by CmdStan 2.37 (sampling) and 2.39 (the others). Stan 2.35 was the last to change
its random numbers, so the same seeds must give the same digits here.
"""

from pathlib import Path

from stan_program import Program

# bernoulli.stan, 10 observations, seed 12345: rows 1, 2, 6, 46 and 100 of 100.
SAMPLE = {
    1: "-6.80017,0.96223506,0.76613686,2,3,0,7.2971456,0.21115047",
    2: "-7.037394,0.91182695,0.76613686,2,3,0,7.5712789,0.16378946",
    6: "-6.7995191,0.99682591,0.76613686,2,7,0,7.0708974,0.29146943",
    46: "-8.9269927,0.78247636,0.76613686,2,7,0,8.9395186,0.061766438",
    100: "-8.6188197,0.65496656,0.76613686,1,3,0,10.013181,0.070365832",
}
# rosenbrock.stan, seed 1234.
OPTIMUM = "-5.7541452e-12,0.99999769,0.99999532"
LAPLACE = {
    0: "log_p__,log_q__,x,y",
    1: "-9.5596288,-0.30181251,1.5472822,2.0897779",
    2: "-119.9856,-1.2240435,2.0593191,3.15055",
    3: "-35.770282,-1.0420473,1.7221902,2.3722328",
    4: "-0.0076798037,-0.0051164533,0.95595267,0.90626946",
    22: "-0.10482653,-0.54120405,0.7125606,0.49284123",
}


def test_sampled_draws_have_the_published_digits(executables, tmp_path: Path):
    bernoulli = Program(executables("bernoulli"), tmp_path)
    bernoulli(
        "sample num_samples=100 adapt save_metric=1 data file=data.json random seed=12345 "
        "output sig_figs=8"
    )
    rows = bernoulli.rows()
    assert {number: rows[number] for number in SAMPLE} == SAMPLE
    comments = bernoulli.comments()
    adapted = comments.index("Adaptation terminated")
    assert comments[adapted + 1 : adapted + 4] == [
        "Step size = 0.766137",
        "Diagonal elements of inverse mass matrix:",
        "0.567537",
    ]


def test_optimum_and_laplace_draws_have_the_published_digits(executables, tmp_path: Path):
    rosenbrock = Program(executables("rosenbrock"), tmp_path)
    rosenbrock("optimize jacobian=1 random seed=1234 output file=mode.csv sig_figs=8")
    assert rosenbrock.rows("mode.csv")[1] == OPTIMUM
    rosenbrock("laplace mode=mode.csv random seed=1234 output sig_figs=8")
    rows = rosenbrock.rows()
    assert {number: rows[number] for number in LAPLACE} == LAPLACE
