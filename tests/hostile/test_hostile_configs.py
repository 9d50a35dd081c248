"""Hostile configurations are refused in one sentence, or all that is derived of them can be."""

import copy
import re
import string
from pathlib import Path
from typing import Any

import pytest
import yaml
from hostile_input import Tally
from hypothesis import given, settings, strategies as st

from bayesfolio.combination import CombinationSettings
from bayesfolio.comoments_study.study import ModelSettings
from bayesfolio.config import ConfigError, any_of, check_config
from bayesfolio.core.settings import data_path, replication_chunks
from bayesfolio.filters_study.study import StudySettings
from bayesfolio.leverage import ArmaSettings, LeverageCosts
from bayesfolio.leverage.settings import job_chunks
from bayesfolio.leverage.stochastic_volatility import SvSettings
from bayesfolio.m6 import (
    FactorPriors,
    FactorSampler,
    FactorSpec,
    four_week_calendar,
    settings as m6_settings,
)
from bayesfolio.models import Thresholds
from bayesfolio.models.gibbs.engine import GibbsSettings
from bayesfolio.models.stan.engine import NutsSettings
from bayesfolio.momentum import Calendar, combination_settings, settings as momentum_settings
from bayesfolio.settings import keys, schema

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
LEAST_REFUSED, LEAST_TAKEN = 350, 25

LOOP: list[Any] = []
LOOP.append(LOOP)
BOMB: Any = "lol"
for _ in range(12):
    BOMB = [BOMB] * 10

ODD_TEXT = (
    "", " ", "; rm -rf /", "$(touch x)", "`id`", "a'b", 'a"b', "a\nb", "smoke\n", "{wildcards.x}",
    "{", "../../up", "/etc/passwd", "~nobody-at-all/x", "$HOME", "a\0b", "x" * 300, "x" * 3_000,
    "é", "\ud800", "\x1b[31m", "published", "table5", "none", "null", "1e3", "DFM-SV(4,2)", "SV\n",
    "DFM-SV(99,1)", "DFM-SV(1,99)", "DFM-SV(" + "9" * 5_000 + ",1)", "DFM-SV(\u0664,\u0662)",
    "2020-02-31", "2020-02-29", "2020-02-29\n", "0000-00-00", "9999-12-31", "2100-06", "*", "-x",
    "file", "embedded", "gibbs", "impute", "%s", "\\", "C:\\x", "|", "a b", "?", "#", "!", "'",
)  # fmt: skip
ODD_NUMBERS = (
    0, 1, 2, 3, 5, 7, 100, 1_000, 10**6, 10**9, 10**12, 2**63 - 1, 2**63, 2**5_000, 10**400, -1, -5,
    -(10**9), 1.0, 2.0, 0.5, 1e-300, 1e300, float("nan"), float("inf"), float("-inf"), -0.0, True,
    False,
)  # fmt: skip
ODD_OTHER = (
    None, [], {}, [None], [[]], {"a": 1}, {1: 2}, {None: None}, {True: 1}, {"x" * 2_000: 1}, LOOP,
    BOMB, ["a", "a"], [1, 1.0], ("a",), {1, 2}, b"bytes", yaml.safe_load("2003-01-01"),
    yaml.safe_load("2003-01-01 10:00:00"), [0.9, 0.1], ["SV"], [{"a": []}], [float("nan")],
)  # fmt: skip
ODD = st.one_of(
    st.sampled_from(ODD_TEXT), st.sampled_from(ODD_NUMBERS), st.sampled_from(ODD_OTHER),
    st.text(max_size=20), st.integers(), st.floats(),
)  # fmt: skip


def places(node: Any, path: tuple = ()) -> list[tuple]:
    """Paths of all keys and items."""
    found = []
    pairs = node.items() if isinstance(node, dict) else enumerate(node)
    for key, child in pairs:
        found.append((*path, key))
        if isinstance(child, dict | list):
            found += places(child, (*path, key))
    return found


PLACES = places(DEFAULT)


ALLOWED = sorted({word for node in keys(schema()).values() for word in node.get("enum", [])})


def near(value: Any) -> st.SearchStrategy:
    """Values of the same kind, of which many are allowed."""
    if isinstance(value, bool):
        return st.just(not value)
    if isinstance(value, int):
        return st.sampled_from([value - 1, value + 1, 2 * value, 10 * value, value // 2, 1, 0])
    if isinstance(value, float):
        return st.sampled_from([value / 2, 1.5 * value, 10 * value, 1 - value, -value, 1, 0])
    if isinstance(value, str):
        return st.sampled_from([*ALLOWED, "mine", "2010-01-04", "2012-06-30"])
    if isinstance(value, list) and value:
        return st.sampled_from([value[:1], value[1:], value[::-1], value + value])
    return st.sampled_from([None, 3, "2010-01-04", {"AA": "2020-01-01"}, {"AA": [0.1, 0.2]}])


@st.composite
def hostile(draw: st.DrawFn) -> dict:
    """The default configuration with one to three faults."""
    config = copy.deepcopy(DEFAULT)
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        path = draw(st.sampled_from(PLACES))
        group: Any = config
        try:
            for key in path[:-1]:
                group = group[key]
            kind = draw(
                st.sampled_from(["value", "value", *["near"] * 5, "lose", "misspell", "more"])
            )
            if kind == "near":
                group[path[-1]] = draw(near(group[path[-1]]))
            elif kind == "value" or isinstance(group, list):
                group[path[-1]] = draw(ODD)
            elif kind == "lose":
                del group[path[-1]]
            elif kind == "misspell":
                letter = draw(st.sampled_from(string.ascii_lowercase + "_-. \n"))
                group[letter + path[-1][1:]] = group.pop(path[-1])
            else:
                group[draw(st.one_of(st.sampled_from(ODD_TEXT), st.text(max_size=9)))] = draw(ODD)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier fault took that part away
    return config


def assert_one_sentence(error: ConfigError) -> None:
    message = str(error)
    assert message.isprintable(), repr(message)
    assert len(message) < 1_500, len(message)
    assert re.search(r"expected|did you mean", message), message
    assert message.startswith(("config key ", "the config ")), message


def derive(config: dict) -> None:
    """Everything that the Snakefile and the scripts derive from a configuration."""
    momentum, m6, leverage = config["momentum"], config["m6"], config["leverage"]
    assert re.fullmatch(r"[a-z][a-z0-9_-]{0,59}", config["run"])
    for name, chosen in config["combination"]["sets"].items():
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name)
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,59}", chosen["figure"])
    specs = momentum_settings.model_specs(momentum)
    assert all(re.fullmatch(r"[A-Z0-9-]+(_\d+_\d+)?", spec.slug) for spec in specs)
    years = momentum_settings.decision_years(momentum["calendar"])
    assert years
    chunks = momentum_settings.fit_chunks(momentum)
    assert all(re.fullmatch(r"\d{4}-\d{4}", chunk) for _, chunk in chunks)
    assert momentum_settings.kept_draws(momentum) > 0
    sets = combination_settings.combined_sets(config)
    any_of(sets)
    assert len(combination_settings.combination_variants(config["combination"])) == 7
    momentum_settings.agreement_fits(momentum)
    for group in (config["filters"], config["comoments"]["bootstrap"]):
        assert 0 < len(replication_chunks(group)) <= 10_000
    for part in ("garch", "stochastic_volatility"):
        assert job_chunks(leverage[part]["jobs"])
    periods = m6_settings.m6_periods(m6)
    assert all(re.fullmatch(r"\d+", str(period)) for period in periods.every)
    m6_settings.m6_files(m6["data"])
    four_week_calendar(m6["anchor"], m6["first_period"], max(periods.every))
    for data in (momentum["data"], *momentum["audit"], config["comoments"]["data"], m6["data"],
                 *leverage["data"].values()):  # fmt: skip
        path = data_path(data)
        assert path is None or not set("{}\n\0") & set(path)
    Calendar(**momentum["calendar"])
    NutsSettings(**momentum["engines"]["stan"])
    GibbsSettings(**momentum["engines"]["gibbs"])
    Thresholds(**momentum["thresholds"])
    keys = config["combination"]
    CombinationSettings(**{k: v for k, v in keys.items() if k not in ("sets", "baseline")})
    ModelSettings(**config["comoments"]["model"])
    filters = config["filters"]
    names = StudySettings.__dataclass_fields__
    StudySettings(**{key: filters[key] for key in names if key in filters})
    for model in leverage["arma"]["models"]:
        ArmaSettings(**model)
    grid = {"first_window_days", "step_days", "jobs"}
    sampler = leverage["stochastic_volatility"]
    SvSettings(**{key: value for key, value in sampler.items() if key not in grid})
    costs = {k: v for k, v in leverage["strategy"].items() if k not in ("constants", "caps")}
    LeverageCosts(**costs)
    FactorSampler(**m6["sampler"])
    FactorPriors(**m6["priors"])
    for variant in m6["variants"]:
        FactorSpec.parse(variant, m6["n_factors"])


def test_the_default_can_be_derived() -> None:
    check_config(DEFAULT)
    derive(DEFAULT)


def test_hostile_configurations() -> None:
    tally = Tally()

    @settings(max_examples=700)
    @given(config=hostile())
    def one(config: dict) -> None:
        try:
            check_config(config)
        except ConfigError as error:
            assert_one_sentence(error)
            tally.add(str(error), refused=True)
            return
        derive(config)
        tally.add(repr(config), refused=False)

    one()
    tally.expect("configurations, by message", LEAST_REFUSED)
    assert len(tally.taken) >= LEAST_TAKEN


MUST_REFUSE = [
    ("seed", 2.0), ("momentum.calendar.thin_years", 2.0), ("filters.replications", 10.0),
    ("filters.state_var", float("nan")), ("combination.initial_sd", float("inf")),
    ("run", "smoke\n"), ("run", "published"), ("run", "x" * 300), ("run", "a{wildcards.x}"),
    ("leverage.start", "2003-02-31"), ("leverage.end", "2019-12-31\n"),
    ("comoments.data.start", "2001-02-30"), ("comoments.beta_dates", ["2003-06-31"]),
    ("m6.anchor", "9999-01-04"), ("m6.first_period", -5), ("m6.forecast_period", 10**9),
    ("filters.replications", 10**9), ("comoments.bootstrap.replications_per_job", 0),
    ("leverage.garch.jobs", 10**9), ("momentum.models", ["DFM-SV(99,1)"]),
    ("momentum.models", ["DFM-SV(1,99)"]), ("momentum.engine_agreement", [1]),
    ("stan.cmdstan", "~nobody-at-all/x"), ("stan.cmdstan", "x" * 5_000), ("seed", 2**5_000),
    ("combination.sets", {1: {}}), ("m6.unchanged", {1: "2020-01-01"}), ("run", ["a" * 99] * 10**5),
]  # fmt: skip


def changed(key: str, value: Any) -> dict:
    config = copy.deepcopy(DEFAULT)
    *groups, last = key.split(".")
    group = config
    for name in groups:
        group = group[name]
    group[last] = value
    return config


@pytest.mark.parametrize(("key", "value"), MUST_REFUSE, ids=lambda part: repr(part)[:30])
def test_values_that_once_passed_or_ended_in_a_traceback(key: str, value: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        check_config(changed(key, value))
    assert_one_sentence(caught.value)


def test_paths_that_snakemake_would_fill_in(tmp_path: Path) -> None:
    for name in ("{wildcards.x}.csv", "a}.csv", "a\nb.csv"):
        (tmp_path / name).touch()
        data = DEFAULT["comoments"]["data"] | {"source": "file", "path": str(tmp_path / name)}
        with pytest.raises(ConfigError, match="expected a path without braces") as caught:
            check_config(changed("comoments.data", data))
        assert_one_sentence(caught.value)


BROKEN_YAML = {
    "a list": "- a\n- b\n",
    "text": "ABC\n",
    "a date": "run: 2020-01-01\n",
    "a self": "run: &a [*a]\n",
    "a set": "run: !!set {a, b}\n",
    "bytes": "run: !!binary aGVsbG8=\n",
    "a bomb": "a: &a [x,x,x,x,x,x,x,x,x]\n"
    + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "keys of all kinds": "1: a\nnull: b\n1.5: c\n",
    "not a number": "filters: {state_var: .nan}\n",
    "a long number": "seed: 0x" + "f" * 9_000 + "\n",
    "deep": "a: " + "[" * 60 + "]" * 60 + "\n",
}


@pytest.mark.parametrize("name", BROKEN_YAML)
def test_what_yaml_makes(name: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(BROKEN_YAML[name])
    loaded = yaml.safe_load(BROKEN_YAML[name])
    overlay = loaded if isinstance(loaded, dict) else {"run": loaded}
    with pytest.raises(ConfigError) as caught:
        check_config({**DEFAULT, **overlay}, [tmp_path / "mine.yaml"])
    assert_one_sentence(caught.value)
