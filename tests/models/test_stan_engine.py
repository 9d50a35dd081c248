"""What the Stan engine says when sampling goes wrong."""

import numpy as np
import pytest

from bayesfolio.models.posterior import Draws
from bayesfolio.models.priors import Priors
from bayesfolio.models.spec import ModelSpec
from bayesfolio.models.stan.engine import NutsSettings, StanEngine

SPEC = ModelSpec.parse("DFM-N(1,1)")


class FakeFit:
    """Draws that are zero but for one variable."""

    def __init__(self, settings: NutsSettings, bad: str) -> None:
        self.n_draws = settings.chains * settings.draws
        self.bad = bad

    def stan_variable(self, name: str) -> np.ndarray:
        shapes = {"fitted": (12, 5), "predictive_loadings": (5, 1), "volatility": (3, 5)}
        values = np.zeros((self.n_draws, *shapes.get(name, (5,))))
        return np.full_like(values, np.nan) if name == self.bad else values

    def method_variables(self) -> dict[str, np.ndarray]:
        flags = np.zeros(self.n_draws)
        flags[:3] = 1  # CmdStan writes those of kept draws only
        return {"divergent__": flags, "treedepth__": 20 * flags}


class FakeProgram:
    def __init__(self, outcome: FakeFit | Exception) -> None:
        self.outcome = outcome

    def sample(self, **arguments: object) -> FakeFit:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def sample(outcome: FakeFit | Exception, settings: NutsSettings | None = None) -> Draws:
    window = np.random.default_rng(1).standard_normal((60, 5))
    return StanEngine(FakeProgram(outcome), settings or NutsSettings()).sample(
        SPEC, window, formation=12, priors=Priors(), rng=np.random.default_rng(2)
    )


def test_divergences_are_counted_among_the_draws_that_tell_of_them() -> None:
    settings = NutsSettings(thin=5)
    draws = sample(FakeFit(settings, bad=""), settings)
    assert (draws.divergences, draws.max_depth_hits) == (3, 3)
    assert draws.transitions == settings.chains * settings.draws


def test_an_error_of_the_program_is_one_sentence() -> None:
    message = "Error during sampling:\nException: bad scale (line 3)\n\tException: bad scale\nmore"
    expected = r"^Stan could not sample DFM-N\(1,1\): Exception: bad scale \(line 3\)$"
    with pytest.raises(RuntimeError, match=expected):
        sample(RuntimeError(message))


def test_a_killed_program_is_one_sentence() -> None:
    message = "Error during sampling:\n\nRunSet: chains=2\n retcodes=[0, -9]\n console_msgs:\n"
    with pytest.raises(RuntimeError, match=r"DFM-N\(1,1\): it was killed by SIGKILL; .* again$"):
        sample(RuntimeError(message))


def test_a_chain_that_was_not_run_was_not_killed() -> None:
    message = "Error during sampling:\nException: bad scale\nRunSet:\n retcodes=[1, -1]\n"
    with pytest.raises(RuntimeError, match=r"DFM-N\(1,1\): Exception: bad scale$"):
        sample(RuntimeError(message))


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("fitted", "fitted"),
        ("predictive_mean", "predictive_mean"),
        ("log_variance_next", "predictive_cov"),
        ("log_variance", "log_variance"),
        ("volatility", "volatility"),
    ],
)
def test_draws_that_are_not_finite_are_refused(variable: str, name: str) -> None:
    sample(FakeFit(NutsSettings(), bad=""))
    with pytest.raises(RuntimeError, match=f"are not all finite in {name}$"):
        sample(FakeFit(NutsSettings(), bad=variable))
