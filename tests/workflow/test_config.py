"""Bad configurations are refused in one sentence; good ones mean what they say."""

import copy
import re
from dataclasses import fields
from inspect import signature
from pathlib import Path

import pytest
import yaml
from workflow_root import ROOT

from bayesfolio.combination.variants import CombinationSettings
from bayesfolio.combination.weight_filter import Learning
from bayesfolio.comoments.dynamics import FactorLaw
from bayesfolio.comoments_study.study import ModelSettings
from bayesfolio.leverage import figures as leverage_figures, tables as leverage_tables
from bayesfolio.leverage.arma import ArmaSettings
from bayesfolio.leverage.stochastic_volatility import SvSettings
from bayesfolio.leverage.strategy import LeverageCosts
from bayesfolio.m6 import (
    competition as m6,
    figures as m6_figures,
    study as rank_study,
    tables as m6_tables,
)
from bayesfolio.m6.assets import load_assets
from bayesfolio.models.diagnostics import Thresholds
from bayesfolio.models.gibbs.engine import GibbsSettings
from bayesfolio.models.spec import FAMILIES, PAPER_MODELS
from bayesfolio.models.stan.engine import NutsSettings
from bayesfolio.momentum.calendar import Calendar
from bayesfolio.momentum.industries import load_industries
from bayesfolio.workflow.config import (
    COMBINATION_VARIANTS,
    COMPETITION_MONTHS,
    COMPETITION_START,
    EMBEDDED_FIRST,
    LEVERAGE_FIGURES,
    LEVERAGE_TABLES,
    M6_FIGURES,
    M6_POOLS,
    M6_TABLES,
    any_of,
    combination_variants,
    combined_sets,
    competition_periods,
    data_path,
    decision_years,
    fit_chunks,
    job_chunks,
    model_specs,
    replication_chunks,
)
from bayesfolio.workflow.config_check import ConfigError, check_config

SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"


def merged(base: dict, overlay: dict) -> dict:
    """What Snakemake makes of a configuration and an overlay."""
    result = copy.deepcopy(base)
    for key, value in overlay.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result


def leaves(node: dict, prefix: str = "") -> dict[str, dict]:
    """Schema of every key that is not a group, by dotted name."""
    found = {}
    for name, child in node.get("properties", {}).items():
        if "properties" in child:
            found |= leaves(child, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = child
    return found


NAMED_BY_THE_USER = {"combination.sets", "momentum.windows_per_job"}
"""Groups whose keys are names: of the user's choice, or of model families."""


def flat(config: dict, prefix: str = "") -> set[str]:
    names = set()
    for name, value in config.items():
        key = f"{prefix}{name}"
        group = isinstance(value, dict) and value and key not in NAMED_BY_THE_USER
        names |= flat(value, f"{key}.") if group else {key}
    return names


MODELS = 'all, or a list of different model names such as ["VAR-N", "DFM-SV(4,2)"].'

BAD = [
    (
        {"momentum": {"calender": {}}},
        "config key momentum.calender is unknown; did you mean momentum.calendar?",
    ),
    ({"sede": 1}, "config key sede is unknown; did you mean seed?"),
    (
        {"xyz": 1},
        "config key xyz is unknown; expected run, seed, stan, momentum, combination, filters, "
        "comoments, leverage, m6.",
    ),
    ({"seed": "abc"}, "config key seed is 'abc', expected a whole number of at least 0."),
    ({"seed": True}, "config key seed is true, expected a whole number of at least 0."),
    ({"seed": -1}, "config key seed is -1, expected a whole number of at least 0."),
    ({"momentum": None}, "config key momentum is null, expected a group of keys."),
    (
        {"filters": {"n_particles": 1}},
        "config key filters.n_particles is 1, expected a whole number of at least 2.",
    ),
    (
        {"filters": {"variation": [0.5, 0]}},
        "config key filters.variation.1 is 0, expected a number above 0.",
    ),
    (
        {"filters": {"factors": [2, 25]}},
        "config key filters.factors has 25, expected at most 20 (filters.n_series).",
    ),
    (
        {"filters": {"replications": 3}},
        "config key filters.frontier_replications is 5, expected at most 3 (filters.replications).",
    ),
    (
        {"comoments": {"data": {"source": "file"}}},
        "config key comoments.data.path is null, expected the CSV file that source file reads.",
    ),
    (
        {"comoments": {"data": {"path": "some.csv"}}},
        "config key comoments.data.path is 'some.csv', expected null: only source file reads a "
        "path, and the source is embedded.",
    ),
    (
        {"comoments": {"data": {"start": "2001-13-01"}}},
        "config key comoments.data.start is '2001-13-01', expected a quoted date such as "
        '"2000-01-07", or null.',
    ),
    (
        {"comoments": {"model": {"shape_map": "exp", "dynamics": "full"}}},
        "config key comoments.model.dynamics is 'full', expected acd: with shape_map exp a signed "
        "shock would drive the shape without bound.",
    ),
    (
        {"comoments": {"backtest": {"levels": [0.6]}}},
        "config key comoments.backtest.levels.0 is 0.6, expected a number between 0 and 0.5.",
    ),
    (
        {"run": "../elsewhere"},
        "config key run is '../elsewhere', expected a name of lower-case letters, digits, - and _ "
        "that starts with a letter.",
    ),
    (
        {"stan": {"cmdstan": "/no/such/folder"}},
        "config key stan.cmdstan is '/no/such/folder', expected an existing folder or null.",
    ),
    (
        {"momentum": {"missing": "impute", "engine": "gibbs"}},
        "config key momentum.missing is 'impute', expected refuse: the Stan engine takes complete "
        "windows only; set momentum.engine to gibbs and momentum.engine_agreement to [] to impute.",
    ),
    (
        {"momentum": {"data": {"end": 201506}}},
        'config key momentum.data.end is 201506, expected a quoted month such as "2015-06", or '
        "null.",
    ),
    (
        {"momentum": {"data": {"source": "file"}}},
        "config key momentum.data.path is null, expected the CSV file that source file reads.",
    ),
    (
        {"momentum": {"data": {"source": "file", "path": "missing.csv"}}},
        "config key momentum.data.path is 'missing.csv', expected an existing CSV file.",
    ),
    (
        {"momentum": {"data": {"source": "file", "path": "$NOT_SET_ANYWHERE"}}},
        "config key momentum.data.path is '$NOT_SET_ANYWHERE', expected an existing CSV file (is "
        "that environment variable set?).",
    ),
    (
        {"momentum": {"data": {"path": "some.csv"}}},
        "config key momentum.data.path is 'some.csv', expected null: only source file reads a "
        "path, and the source is embedded.",
    ),
    (
        {"momentum": {"data": {"weighting": "equal"}}},
        "config key momentum.data.weighting is 'equal', expected value: the embedded returns are "
        "value-weighted only.",
    ),
    (
        {"momentum": {"audit": [{"source": "file", "weighting": "value", "path": "no.csv"}]}},
        "config key momentum.audit.0.path is 'no.csv', expected an existing CSV file.",
    ),
    (
        {"momentum": {"audit": [{"source": "file"}]}},
        "config key momentum.audit.0.weighting is missing, expected value or equal.",
    ),
    (
        {"momentum": {"calendar": {"decision_month": 13}}},
        "config key momentum.calendar.decision_month is 13, expected a month from 1 to 12.",
    ),
    (
        {"momentum": {"calendar": {"first_decision_year": 1960}}},
        "config key momentum.calendar.first_decision_year is 1960, expected 1969 or later: the "
        "embedded returns start in 1949-01 and a window has 240 months.",
    ),
    (
        {"momentum": {"calendar": {"last_decision_year": 1968}}},
        "config key momentum.calendar.last_decision_year is 1968, expected 1969 "
        "(first_decision_year) or later.",
    ),
    (
        {"momentum": {"calendar": {"formation_months": 240}}},
        "config key momentum.calendar.formation_months is 240, expected at most 239 in a window "
        "of 240 months.",
    ),
    (
        {"momentum": {"breakpoints": [0.9, 0.1]}},
        "config key momentum.breakpoints is [0.9, 0.1], expected the lower quantile first.",
    ),
    (
        {"momentum": {"breakpoints": [0.1]}},
        "config key momentum.breakpoints is [0.1], expected a list of two quantiles, losers and "
        "winners, such as [0.1, 0.9].",
    ),
    ({"momentum": {"models": "al"}}, f"config key momentum.models is 'al', expected {MODELS}"),
    ({"momentum": {"models": []}}, f"config key momentum.models is [], expected {MODELS}"),
    (
        {"momentum": {"models": ["DFM-SV(4,2)", "DFM-SV_4_2"]}},
        "config key momentum.models has DFM-SV(4,2) twice, expected different models.",
    ),
    (
        {"momentum": {"models": ["DMF-SV(4,2)"]}},
        "config key momentum.models has 'DMF-SV(4,2)': unknown model family 'DMF-SV', expected "
        "one of VAR-N, SV, VAR-SV, DFM-N, DFM-SV, DFM-SV2, FAVAR-SV, FAVAR-SV2; did you mean "
        "DFM-SV(4,2)?",
    ),
    (
        {"momentum": {"engines": {"stan": {"adapt_delta": 1}}}},
        "config key momentum.engines.stan.adapt_delta is 1, expected a number between 0 and 1.",
    ),
    (
        {"momentum": {"engine": "gibs"}},
        "config key momentum.engine is 'gibs', expected stan or gibbs.",
    ),
    (
        {"momentum": {"windows_per_job": {"DFM": 5}}},
        "config key momentum.windows_per_job.DFM is unknown; did you mean "
        "momentum.windows_per_job.DFM-N?",
    ),
    (
        {"momentum": {"windows_per_job": {"SV": 0}}},
        "config key momentum.windows_per_job.SV is 0, expected a whole number of at least 1.",
    ),
    (
        {"momentum": {"data": {"assets": ["A", "B"]}}},
        "config key momentum.data.assets is a list, expected null: source embedded has the ten "
        "industries.",
    ),
    (
        {"momentum": {"data": {"assets": ["A", "A"]}}},
        "config key momentum.data.assets is ['A', 'A'], expected a list of two different names or "
        "more, or null.",
    ),
    (
        {"combination": {"sets": {"table6": {"models": ["VAR-M"]}}}},
        "config key combination.sets.table6.models has 'VAR-M': unknown model family 'VAR-M', "
        "expected one of VAR-N, SV, VAR-SV, DFM-N, DFM-SV, DFM-SV2, FAVAR-SV, FAVAR-SV2; did you "
        "mean VAR-N?",
    ),
    (
        {"combination": {"sets": {"table6": {"rows": "strategy"}}}},
        "config key combination.sets.table6.rows is 'strategy', expected model or family.",
    ),
    (
        {"combination": {"sets": {"table6": {"panels": ["models"]}}}},
        "config key combination.sets.table6.panels.0 is 'models', expected component, model, "
        "family, n_factors or strategy.",
    ),
    (
        {"combination": {"sets": {"mine": {"models": ["SV"]}}}},
        "config key combination.sets.mine.rows is missing, expected model or family.",
    ),
    (
        {"combination": {"sets": {"table7": {"figure": "figure3"}}}},
        "config key combination.sets.table7.figure is 'figure3', expected a name that no other "
        "figure has.",
    ),
    (
        {
            "combination": {
                "sets": {
                    "table5": {
                        "models": ["SV"],
                        "rows": "model",
                        "figure": "mine",
                        "panels": ["strategy"],
                    }
                }
            }
        },
        "config key combination.sets has table5, expected names other than those of the study's "
        "tables.",
    ),
    (
        {
            "combination": {
                "sets": {
                    "../up": {
                        "models": ["SV"],
                        "rows": "model",
                        "figure": "mine",
                        "panels": ["strategy"],
                    }
                }
            }
        },
        "config key combination.sets has '../up', expected names of lower-case letters, digits "
        "and _ that start with a letter.",
    ),
    (
        {"combination": {"drift_sds": [0.1, 0]}},
        "config key combination.drift_sds.1 is 0, expected a number above 0.",
    ),
    (
        {"combination": {"path": {"n_paths": 1601}}},
        "config key combination.path.n_paths is 1601, expected at most 1600, the posterior draws "
        "of a fit.",
    ),
    (
        {"leverage": {"data": {"vix": {"source": "file"}}}},
        "config key leverage.data.vix.path is null, expected the CSV file that source file reads.",
    ),
    (
        {"leverage": {"start": "2021-01-01"}},
        "config key leverage.end is '2020-01-01', expected a day after 2021-01-01 "
        "(leverage.start).",
    ),
    (
        {"leverage": {"end": "2020-13-01"}},
        "config key leverage.end is '2020-13-01', expected a quoted day such as \"2003-01-01\".",
    ),
    (
        {"leverage": {"arma": {"models": [{"ar": 1, "ma": 1}]}}},
        "config key leverage.arma.models.0.constant is missing, expected true or false.",
    ),
    (
        {"m6": {"data": {"source": "file"}}},
        "config key m6.data.path is None, expected an existing folder.",
    ),
    (
        {"m6": {"competition": True}},
        "config key m6.competition is true, expected false: its outcome is in a folder only.",
    ),
    (
        {"m6": {"learning_periods": {"last": 230}}},
        "config key m6.learning_periods ends with 230, expected a period before 229 "
        "(m6.scored_periods.first): pools learn from the past.",
    ),
    (
        {"m6": {"scored_periods": {"first": 233}}},
        "config key m6.scored_periods holds fewer than two periods; raise last or lower first.",
    ),
    (
        {"m6": {"forecast_period": 232}},
        "config key m6.forecast_period is 232, expected a period after 232 "
        "(m6.scored_periods.last).",
    ),
    (
        {"m6": {"unchanged": {"AAPL": "2022-02-31"}}},
        "config key m6.unchanged.AAPL is '2022-02-31', expected a day of the calendar.",
    ),
    ({"m6": {"anchor": "2005-02-01"}}, "config key m6.anchor is '2005-02-01', expected a Monday."),
    (
        {"m6": {"as_of": "2022-02-29"}},
        "config key m6.as_of is '2022-02-29', expected a day of the calendar.",
    ),
    (
        {"m6": {"priors": {"loading_dof": 5}}},
        "config key m6.priors.loading_dof is 5, expected 100 or more, or a loading_sd of 0.5 or "
        "more: a prior with heavy tails at the size of loadings would depend on the rotation of "
        "factors.",
    ),
    (
        {"m6": {"submitted_method": "best"}},
        "config key m6.submitted_method is 'best', expected one of ar1, reversal_momentum, var, "
        "instrumented, equal pool, linear pool, log pool.",
    ),
    (
        {"m6": {"manual": {"AAPL": [0.1]}}},
        "config key m6.manual.AAPL is [0.1], expected a mean and a standard deviation, as "
        "fractions.",
    ),
    (
        {"momentum": {"calendar": {"skip_months": 0}}},
        "config key momentum.calendar.skip_months is 0, expected 1 or more: the month skipped is "
        "what combined models are scored on.",
    ),
]


@pytest.mark.parametrize(("overlay", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_configuration_is_refused_in_one_sentence(
    config: dict, overlay: dict, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        check_config(merged(config, overlay), SCHEMA)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, None),
        ({"anchor": "2005-02-28"}, "holds 234, expected 222 to 233, the competition's months"),
        ({"anchor": "2005-02-07"}, "anchor is '2005-02-07', expected 2005-01-31 or whole periods"),
        ({"scored_periods": {"first": 222}}, "holds 222, expected 223 to 234"),
        ({"scored_periods": {"last": 235}, "forecast_period": 236}, "holds 235, expected 223"),
    ],
)
def test_only_months_of_the_competition_are_scored_as_such(
    config: dict, tmp_path: Path, keys: dict, message: str | None
) -> None:
    overlay = {
        "data": {"source": "file", "path": str(tmp_path)},
        "competition": True,
        "scored_periods": {"first": 223, "last": 234},
        "learning_periods": {"first": 222, "last": 221},
        "forecast_period": 235,
    }
    changed = merged(config, {"m6": merged(overlay, keys)})
    if message is None:
        check_config(changed, SCHEMA)
        assert list(competition_periods(changed["m6"])) == list(range(223, 235))
        assert len(competition_periods(changed["m6"])) == COMPETITION_MONTHS
    else:
        with pytest.raises(ConfigError, match=re.escape(message)):
            check_config(changed, SCHEMA)


def test_a_missing_key_is_named(config: dict) -> None:
    del config["momentum"]["engines"]["stan"]["draws"]
    message = (
        "config key momentum.engines.stan.draws is missing, expected a whole number of at least 4."
    )
    with pytest.raises(ConfigError, match=re.escape(message)):
        check_config(config, SCHEMA)


def test_a_misspelt_key_is_named_before_other_faults(config: dict) -> None:
    config["momentum"]["engine"] = "gibs"
    config["stan"]["cmdstn"] = config["stan"].pop("cmdstan")
    with pytest.raises(ConfigError, match="cmdstn is unknown; did you mean"):
        check_config(config, SCHEMA)


def test_a_misspelt_key_is_named_before_the_one_it_leaves_missing(config: dict) -> None:
    config["momentum"]["calender"] = config["momentum"].pop("calendar")
    with pytest.raises(ConfigError, match="calender is unknown; did you mean"):
        check_config(config, SCHEMA)


@pytest.mark.parametrize("tier", ["config", "smoke", "paper"])
def test_the_tiers_are_valid(
    config: dict, tier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "returns.csv").touch()
    for name in ("INDUSTRIES", "STOCKS", "VIX"):
        monkeypatch.setenv(f"BAYESFOLIO_{name}", str(tmp_path / "returns.csv"))
    monkeypatch.setenv("BAYESFOLIO_M6", str(tmp_path))
    overlay = yaml.safe_load((ROOT / "config" / f"{tier}.yaml").read_text())
    complete = merged(config, overlay)
    check_config(complete, SCHEMA)
    assert complete["run"] == {"config": "workstation"}.get(tier, tier)
    if tier == "paper":
        assert data_path(complete["momentum"]["data"]) == str(tmp_path / "returns.csv")
        assert len(decision_years(complete["momentum"]["calendar"])) == 69


def test_schema_default_and_readme_name_the_same_keys(config: dict) -> None:
    schema = yaml.safe_load(SCHEMA.read_text())
    keys = leaves(schema)
    assert flat(config) == set(keys)
    readme = (ROOT / "config" / "README.md").read_text()
    documented = set(re.findall(r"^\| `([\w.]+)` \|", readme, flags=re.MULTILINE))
    assert documented == set(keys)


def test_a_family_without_a_number_of_windows_is_named(config: dict) -> None:
    del config["momentum"]["windows_per_job"]["DFM-SV"]
    message = "momentum.windows_per_job.DFM-SV is missing, expected a whole number"
    with pytest.raises(ConfigError, match=message):
        check_config(config, SCHEMA)
    config["momentum"]["models"] = ["VAR-N"]
    config["momentum"]["engine_agreement"] = []
    check_config(config, SCHEMA)


def test_the_schema_is_closed_complete_and_described() -> None:
    def check(node: dict, name: str) -> None:
        assert name == "config" or node.get("description"), name
        if "properties" in node:
            assert node["additionalProperties"] is False, name
            assert sorted(node["required"]) == sorted(node["properties"]), name
            for key, child in node["properties"].items():
                check(child, f"{name}.{key}")
        if isinstance(node.get("additionalProperties"), dict):
            check(node["additionalProperties"], f"{name}.*")

    check(yaml.safe_load(SCHEMA.read_text()), "config")


def test_groups_of_keys_are_the_library_settings(config: dict) -> None:
    momentum = config["momentum"]
    for section, kind in [
        (momentum["calendar"], Calendar),
        (momentum["engines"]["stan"], NutsSettings),
        (momentum["engines"]["gibbs"], GibbsSettings),
        (momentum["thresholds"], Thresholds),
    ]:
        assert set(section) == {item.name for item in fields(kind)}, kind
        kind(**section)
    assert set(momentum["windows_per_job"]) == set(FAMILIES)
    comoments = config["comoments"]["model"]
    assert set(comoments) == {item.name for item in fields(ModelSettings)}
    assert isinstance(ModelSettings(**comoments).law, FactorLaw)
    combination = dict(config["combination"])
    assert combination.pop("baseline") in COMBINATION_VARIANTS
    del combination["sets"]
    assert set(combination) == {item.name for item in fields(CombinationSettings)}
    leverage = config["leverage"]
    sampler = set(leverage["stochastic_volatility"]) - {"first_window_days", "step_days", "jobs"}
    assert sampler == {item.name for item in fields(SvSettings)}
    costs = set(leverage["strategy"]) - {"constants", "caps"}
    assert costs == {item.name for item in fields(LeverageCosts)}
    for model in leverage["arma"]["models"]:
        ArmaSettings(**model)
    CombinationSettings(**combination)
    Learning(**combination["learning"])
    signature(load_assets).bind(**config["m6"]["data"])


def test_the_embedded_returns_start_where_the_check_says() -> None:
    first = load_industries("embedded").index[0]
    assert (first.year, first.month) == EMBEDDED_FIRST


@pytest.mark.parametrize("first", [1969, 1973])
@pytest.mark.parametrize("thin", [1, 5])
def test_decision_years_are_those_of_the_calendar(config: dict, first: int, thin: int) -> None:
    calendar = config["momentum"]["calendar"] | {"first_decision_year": first, "thin_years": thin}
    decisions = Calendar(**calendar).decisions(load_industries("embedded").index)
    assert decision_years(calendar) == [decision.year for decision in decisions]


def test_the_first_year_allowed_is_the_first_with_a_window(config: dict) -> None:
    calendar = config["momentum"]["calendar"]
    months = load_industries("embedded").index
    for month, window in [(7, 240), (1, 240), (12, 120), (6, 239)]:
        calendar |= {"decision_month": month, "window_months": window}
        first = Calendar(decision_month=month, window_months=window).decisions(months)[0].year
        calendar["first_decision_year"] = first
        check_config(config, SCHEMA)
        calendar["first_decision_year"] = first - 1
        with pytest.raises(ConfigError, match=f"expected {first} or later"):
            check_config(config, SCHEMA)


def test_models_are_in_the_order_given(config: dict) -> None:
    momentum = config["momentum"]
    assert model_specs(momentum) == list(PAPER_MODELS)
    momentum["models"] = ["SV", "DFM-N(2,1)", "VAR-N"]
    assert [spec.name for spec in model_specs(momentum)] == ["SV", "DFM-N(2,1)", "VAR-N"]


@pytest.mark.parametrize("size", [1, 3, 4, 10, 99])
def test_chunks_share_out_the_decision_years(config: dict, size: int) -> None:
    momentum = config["momentum"] | {"models": ["SV", "DFM-SV(4,2)"]}
    momentum["windows_per_job"] |= {"DFM-SV": size}
    chunks = fit_chunks(momentum)
    years = decision_years(momentum["calendar"])
    parts = [part for (model, _), part in chunks.items() if model == "DFM-SV_4_2"]
    assert [year for part in parts for year in part] == years
    assert max(map(len, parts)) <= size
    assert all(chunk == f"{part[0]}-{part[-1]}" for (_, chunk), part in chunks.items())


def test_sets_without_all_their_models_are_left_out(config: dict) -> None:
    assert list(combined_sets(config)) == ["table6", "table7", "table8"]
    assert combined_sets(config)["table6"]["models"] == ["VAR-N", "SV", "DFM-N_4_2"]
    config["momentum"]["models"] = ["SV", "DFM-N(4,2)", "VAR-N"]
    assert list(combined_sets(config)) == ["table6"]
    config["momentum"]["models"] = ["SV", "VAR-N"]
    assert combined_sets(config) == {}


def test_the_baseline_comes_first(config: dict) -> None:
    config["combination"]["baseline"] = "path"
    found = combination_variants(config["combination"])
    assert found[0] == "path"
    assert sorted(found) == sorted(COMBINATION_VARIANTS)


def test_no_name_matches_nothing() -> None:
    assert re.fullmatch(any_of(["a.b", "c"]), "a.b")
    assert not re.fullmatch(any_of(["a.b"]), "axb")
    assert not re.fullmatch(any_of([]), "")


def test_names_of_tables_and_figures_are_those_of_the_report() -> None:
    assert tuple(leverage_tables.LEVERAGE_TABLES) == LEVERAGE_TABLES
    assert tuple(leverage_figures.LEVERAGE_FIGURES) == LEVERAGE_FIGURES
    assert tuple(m6_tables.M6_TABLES) == M6_TABLES
    assert tuple(m6_figures.M6_FIGURES) == M6_FIGURES
    assert rank_study.POOLS == M6_POOLS
    assert m6.COMPETITION_START == COMPETITION_START
    assert job_chunks(2) == {"1-of-2": 1, "2-of-2": 2}


def test_replications_are_dealt_out_to_jobs_once_each() -> None:
    filters = {"replications": 12, "replications_per_job": 5}
    assert replication_chunks(filters) == {
        "0-4": [0, 1, 2, 3, 4],
        "5-9": [5, 6, 7, 8, 9],
        "10-11": [10, 11],
    }
