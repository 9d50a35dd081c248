"""What filters and models refuse, and in which words."""

import numpy as np
import pytest
from filter_cases import Plain, SquareModel, dense_model, finite_model, small_factor_model

from bayesfolio.filters.auxiliary import AuxiliaryFilter
from bayesfolio.filters.bootstrap import BootstrapFilter
from bayesfolio.filters.gaussian_transition import StochasticVolatilityModel
from bayesfolio.filters.grid import GridFilter
from bayesfolio.filters.kalman import KalmanFilter
from bayesfolio.filters.linear_gaussian import LinearGaussianModel, dynamic_factor, local_level
from bayesfolio.filters.mixture import MixtureFilter
from bayesfolio.filters.particles import reweigh
from bayesfolio.filters.protocol import WeightCollapseError, run_filter
from bayesfolio.filters.state_space import StateSpaceModel, simulate

LEVEL = local_level(0.1, 0.2, 1.0)
FACTORS = small_factor_model()
RNG = np.random.default_rng(0)
NAN, INF = np.nan, np.inf


@pytest.mark.parametrize(
    ("model", "y", "message"),
    [
        (FACTORS, np.zeros((5, 3)), r"y has shape \(5, 3\), expected \(dates, 4\)"),
        (FACTORS, np.zeros(4), r"y has shape \(4,\), expected \(dates, 4\)"),
        (FACTORS, np.zeros((2, 4, 1)), r"y has shape \(2, 4, 1\)"),
        (LEVEL, np.zeros((3, 2)), r"the model observes 1 series"),
        (LEVEL, 1.0, r"y has shape \(\)"),
        (LEVEL, [], "y has no dates"),
        (FACTORS, np.zeros((0, 4)), "y has no dates"),
        (LEVEL, [0.0, 1.0, INF], "y of date 2, series 0 is inf, expected a finite number"),
        (FACTORS, [[0, 0, 0, 0], [0, 0, -INF, 0]], "y of date 1, series 2 is -inf"),
        (FACTORS, [[0.0] * 4, [0, NAN, 0, NAN]], "y of date 1 is missing in 2 of 4 series"),
    ],
)
def test_impossible_observations(model: LinearGaussianModel, y: object, message: str) -> None:
    for filter_ in (KalmanFilter(model), BootstrapFilter(model, 10), MixtureFilter(model, 10)):
        with pytest.raises(ValueError, match=message):
            run_filter(filter_, y, RNG)


@pytest.mark.parametrize("filter_", [BootstrapFilter, AuxiliaryFilter, MixtureFilter])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_particles": 1}, "n_particles is 1, expected 2 or more"),
        ({"n_particles": -5}, "n_particles is -5, expected 2 or more"),
        ({"resampling": "bootstrap"}, "resampling is 'bootstrap', expected one of systematic, str"),
        ({"ess_threshold": -0.1}, r"ess_threshold is -0.1, expected a number in \[0, 1\]"),
        ({"ess_threshold": 1.5}, r"ess_threshold is 1.5, expected a number in \[0, 1\]"),
        ({"ess_threshold": NAN}, "ess_threshold is nan"),
    ],
)
def test_impossible_particle_filters(filter_: type, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        filter_(LEVEL, **{"n_particles": 10} | options)


def test_look_ahead_needs_a_model_that_can() -> None:
    plain = Plain(LEVEL)
    with pytest.raises(ValueError, match="adapted look-ahead needs a model with conditional_prop"):
        AuxiliaryFilter(plain, 10)
    with pytest.raises(ValueError, match=r"transition_mean, and Plain has none"):
        AuxiliaryFilter(plain, 10, look_ahead="point")
    with pytest.raises(ValueError, match="look_ahead is 'both', expected adapted or point"):
        AuxiliaryFilter(LEVEL, 10, look_ahead="both")
    with pytest.raises(ValueError, match="conditional_proposal, and SquareModel has none"):
        MixtureFilter(SquareModel(), 10, look_ahead=True)


def test_impossible_mixture_filters() -> None:
    with pytest.raises(ValueError, match="n_fit is 39, expected 40 or more for 2 states"):
        MixtureFilter(FACTORS, 10, n_fit=39)
    with pytest.raises(ValueError, match="n_fit is 0, expected 20 or more"):
        MixtureFilter(LEVEL, 10, n_fit=0)
    with pytest.raises(ValueError, match="variant is 'free', expected conditional or literal"):
        MixtureFilter(LEVEL, 10, variant="free")


def test_impossible_grids() -> None:
    with pytest.raises(ValueError, match="the model has 2 states, a grid takes one"):
        GridFilter(FACTORS, -1.0, 1.0)
    for lower, upper in [(1.0, 1.0), (2.0, -2.0), (NAN, 1.0)]:
        with pytest.raises(ValueError, match="expected a rise"):
            GridFilter(LEVEL, lower, upper)
    with pytest.raises(ValueError, match="the grid has 2 points, expected three at least"):
        GridFilter(LEVEL, -1.0, 1.0, 2)


GOOD = dense_model(2, 3)
FIELDS = {name: getattr(GOOD, name) for name in GOOD.__dataclass_fields__}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("transition", np.eye(3), r"transition has shape \(3, 3\), expected \(2, 2\)"),
        ("transition_cov", np.eye(3), r"transition_cov has shape \(3, 3\), expected \(2, 2\)"),
        ("observation_cov", np.eye(2), r"observation_cov has shape \(2, 2\), expected \(3, 3\)"),
        ("loadings", np.ones((3, 4)), r"transition has shape \(2, 2\), expected \(4, 4\)"),
        ("initial_mean", np.zeros(3), r"initial_mean has shape \(3,\), expected \(2,\)"),
        ("initial_cov", np.ones(2), r"initial_cov has shape \(1, 2\), expected \(2, 2\)"),
        ("observation_intercept", np.zeros(2), r"observation_intercept has shape \(2,\)"),
        ("transition", [[NAN, 0], [0, 0]], "transition has entries that are not finite"),
        ("loadings", [[1, 0], [INF, 0], [0, 1]], "loadings has entries that are not finite"),
        ("initial_cov", [[NAN, 0], [0, 1]], "initial_cov has entries that are not finite"),
        ("initial_mean", [0, NAN], "initial_mean has entries that are not finite"),
        ("transition_cov", [[1, 2], [2, 1]], "transition_cov is not positive definite.* -1"),
        ("transition_cov", np.zeros((2, 2)), "transition_cov is not positive definite"),
        ("initial_cov", [[1, 0.5], [0.4, 1]], "initial_cov is not symmetric"),
        ("observation_cov", -np.eye(3), "observation_cov is not positive definite"),
    ],
)
def test_impossible_linear_gaussian_models(name: str, value: object, message: str) -> None:
    LinearGaussianModel(**FIELDS)
    with pytest.raises(ValueError, match=message):
        LinearGaussianModel(**FIELDS | {name: value})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"persistence": 1.0}, r"persistence is 1.0, expected a number in \(-1, 1\)"),
        ({"persistence": -1.2}, "persistence is -1.2"),
        ({"persistence": NAN}, "persistence is nan"),
        ({"innovation_var": 0.0}, "innovation_var is 0.0, expected a finite number above 0"),
        ({"innovation_var": INF}, "innovation_var is inf"),
        ({"observation_sd": -1.0}, "observation_sd is -1.0"),
        ({"level": NAN}, "level is nan, expected a finite number"),
    ],
)
def test_impossible_stochastic_volatility(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        StochasticVolatilityModel(**{"persistence": 0.9, "innovation_var": 0.1} | options)


@pytest.mark.parametrize("phi", [np.diag([0.5, 1.0]), [[0.9, 0.8], [0.5, 0.9]]])
def test_factors_that_are_not_stationary(phi: object) -> None:
    with pytest.raises(ValueError, match=r"transition has an eigenvalue of modulus 1.*less than 1"):
        dynamic_factor(np.ones((3, 2)), phi, np.eye(3), np.eye(2))


def test_impossible_factor_models_and_samples() -> None:
    with pytest.raises(ValueError, match="observation_cov is not positive definite"):
        dynamic_factor(np.ones((3, 1)), [[0.5]], np.zeros((3, 3)), [[1.0]])
    with pytest.raises(ValueError, match="not positive definite"):
        dynamic_factor(np.ones((3, 1)), [[0.5]], np.eye(3), [[-1.0]])
    with pytest.raises(ValueError, match="n_obs is 0, expected one date at least"):
        simulate(LEVEL, RNG, 0)


class Spoilt(Plain):
    """A local level whose observation density is one number at date 2."""

    def __init__(self, value: float, date: int = 2, *, some: bool = False) -> None:
        super().__init__(LEVEL)
        right = LEVEL.log_observation

        def log_observation(t: int, y_t: np.ndarray, particles: np.ndarray) -> np.ndarray:
            out = right(t, y_t, particles)
            if t == date:
                out[3 if some else slice(None)] = value
            return out

        self.log_observation = log_observation


class SpoiltLinear(LinearGaussianModel):
    """The same, of a model that can look ahead with points."""

    def log_observation(self, t: int, y_t: np.ndarray, particles: np.ndarray) -> np.ndarray:
        return np.full(len(particles), -np.inf if t == 2 else 0.0)


FILTERS = {
    "bootstrap": lambda model: BootstrapFilter(model, 50),
    "mixture": lambda model: MixtureFilter(model, 50, n_fit=40),
    "mixture, literal": lambda model: MixtureFilter(model, 50, n_fit=40, variant="literal"),
}


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("date", [0, 2])
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_a_collapse_names_its_date(name: str, date: int) -> None:
    filter_ = FILTERS[name](Spoilt(-INF, date))
    with pytest.raises(WeightCollapseError, match=f"at t = {date} the weights are zero"):
        run_filter(filter_, np.zeros(4), np.random.default_rng(1))


@pytest.mark.parametrize("some", [False, True])
@pytest.mark.parametrize("value", [NAN, INF])
@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_densities_that_are_not_numbers_name_their_date(
    name: str, value: float, some: bool
) -> None:
    filter_ = FILTERS[name](Spoilt(value, some=some))
    with pytest.raises(WeightCollapseError, match="at t = 2 the weights are not all finite"):
        run_filter(filter_, np.zeros(4), np.random.default_rng(1))


def test_collapses_of_other_filters() -> None:
    fields = {name: getattr(LEVEL, name) for name in LEVEL.__dataclass_fields__}
    model = SpoiltLinear(**fields)
    for filter_ in (
        AuxiliaryFilter(model, 50, look_ahead="point"),
        GridFilter(model, -9.0, 9.0, 101),
    ):
        with pytest.raises(WeightCollapseError, match="at t = 2 the weights are zero"):
            run_filter(filter_, np.zeros(4), RNG)


def test_an_observation_of_no_probability_in_a_finite_model() -> None:
    model = finite_model()
    model.symbols[:, 1] = 0.0
    with pytest.raises(WeightCollapseError, match=r"at t = 3 the weights are zero.*impossible"):
        run_filter(BootstrapFilter(model, 50), np.array([0.0, 2.0, 0.0, 1.0]), RNG)


def test_weights_that_are_not_numbers() -> None:
    for bad, message in [(NAN, "not all finite"), (INF, "not all finite"), (-INF, "zero")]:
        with pytest.raises(WeightCollapseError, match=f"at t = 7 the weights are {message}"):
            reweigh(0.0, np.full(3, bad), 7)
    with pytest.raises(WeightCollapseError, match="at t = 7 the weights are not all finite"):
        reweigh(0.0, np.array([0.0, NAN, -INF]), 7)
    np.testing.assert_array_equal(reweigh(0.0, np.array([-INF, 2.0]), 7).weights, [0.0, 1.0])


def test_a_collapse_is_not_mistaken_for_bad_arguments() -> None:
    assert issubclass(WeightCollapseError, ArithmeticError)
    assert not issubclass(WeightCollapseError, ValueError)


def test_a_model_must_say_everything() -> None:
    class Half(StateSpaceModel):
        n_states = 1

    with pytest.raises(TypeError, match="abstract"):
        Half()  # type: ignore[abstract]
