"""The JSON Schema and the checks of a config agree on what single values may be."""

import math
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from citysim.errors import ConfigError
from citysim.model.parameters import parameter_specs
from citysim.plan import faults as checks
from citysim.plan.config import load_config
from citysim.plan.json_schema import config_schema
from citysim.plan.shipped import shipped

SCHEMA = config_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
SMALL: dict[str, Any] = {"name": "x", "seeds": 2, "arms": {"none": {"twinning": False}}}

values = st.one_of(
    st.booleans(),
    st.integers(-20, 10_000),
    st.floats(-20.0, 10_000.0),
    st.sampled_from(["endogenous", "data", "majority", "a word", ""]),
    st.dictionaries(st.sampled_from(["2025", "2030", "USA", "1500"]), st.floats(-0.5, 1.5), max_size=2),
    st.lists(st.integers(0, 1), max_size=2),
)


@pytest.mark.parametrize("path", shipped().values(), ids=shipped())
def test_shipped_experiments_are_valid(path: Path) -> None:
    load_config(path)  # an extension's names are known from then on
    validator = jsonschema.Draft202012Validator(config_schema())
    validator.validate(tomllib.loads(path.read_text(encoding="utf-8")))


@given(name=st.sampled_from(checks.settable()), value=values)
def test_a_value_is_refused_where_the_checks_refuse_it(name: str, value: object) -> None:
    refused = bool(checks.check_value((), name, value))
    table = {**SMALL, "parameters": {name: value}}
    assert refused is not VALIDATOR.is_valid(table)


@pytest.mark.parametrize("spec", parameter_specs().values(), ids=parameter_specs())
def test_ends_of_a_range_are_in_it_and_what_is_beyond_is_not(spec) -> None:
    if not math.isfinite(spec.low):
        return
    for value, allowed in (
        (spec.low, True),
        (spec.high, True),
        (spec.low - 1, False),
        (spec.high + 1, False),
    ):
        assert VALIDATOR.is_valid({**SMALL, "parameters": {spec.name: value}}) is allowed


REFUSED: dict[str, dict[str, Any]] = {
    "unknown key at the top": {"sed": 3},
    "no arms": {"arms": {}},
    "an empty arm": {"arms": {"none": {}}},
    "an arm's name": {"arms": {"a b": {"twinning": False}}},
    "unknown parameter": {"parameters": {"contact_efect": 0.5}},
    "a path as a name": {"name": "../x"},
    "no seed": {"seeds": 0},
    "a seed twice": {"seeds": [1, 1]},
    "seeds in words": {"seeds": "many"},
    "quarters beyond the data": {"quarters": 405},
    "a quarter's fraction": {"quarters": 1.5},
    "unknown analysis": {"analyses": ["factorials"]},
    "unknown key of a section": {"world": {"citys": 3}},
    "a number below its bound": {"world": {"cities": 0}},
    "unknown kind": {"world": {"kind": "imagined"}},
    "unknown outcome": {"record": {"outcomes": ["happiness"]}},
    "unknown group": {"record": {"groups": ["east"]}},
    "text for a switch": {"record": {"cities": "yes"}},
    "workers in words": {"execution": {"workers": "all"}},
    "unknown executor": {"execution": {"executor": "grid"}},
    "processors of an element": {"execution": {"slurm": {"cpus": 0}}},
    "no partition": {"execution": {"slurm": {"partition": ""}}},
    "a level out of range": {"report": {"stall": 2.0}},
    "kind of a design": {"design": {"kind": "grids", "stall": [0.0]}},
    "an axis that is a number": {"design": {"stall": 0.5}},
    "an axis without values": {"design": {"stall": []}},
    "an axis value out of range": {"design": {"stall": [2.0]}},
    "half a range": {"design": {"kind": "sobol", "samples": 4, "contact_effect": {"low": 0.0}}},
    "a range of a switch": {"design": {"kind": "sobol", "samples": 4, "crises": {"low": 0, "high": 1}}},
    "unknown axis": {"design": {"stal": [0.0]}},
    "one network of a coalition": {"design": {"coalitions": {"networks": ["C40"]}}},
    "unknown kind of event": {"events": [{"kind": "party", "at": 2027}]},
    "an event without a date": {"events": [{"kind": "close", "network": "C40"}]},
    "a date that is none": {"events": [{"kind": "close", "network": "C40", "at": "2027-Q5"}]},
    "a key of another kind": {"events": [{"kind": "close", "network": "C40", "at": 2027, "severity": 0.1}]},
    "a severity out of range": {
        "events": [{"kind": "crisis", "type": "climate", "region": "Asia", "at": 2027, "severity": 2.0}]
    },
    "an event of an arm": {"arms": {"none": {"events": [{"kind": "join", "at": 2027}]}}},
    "a path of a rate out of range": {"parameters": {"review_rate": {"2025": -1.0}}},
    "an axis over no key of an event": {"design": {"events.x.kind": [1]}},
    "over nothing": {"design": {"kind": "sobol", "samples": 4, "over": []}},
}


@pytest.mark.parametrize("wrong", REFUSED.values(), ids=REFUSED)
def test_what_the_checks_refuse_the_schema_refuses(wrong: dict[str, Any], tmp_path: Path) -> None:
    assert VALIDATOR.is_valid(SMALL)
    table = SMALL | wrong
    path = tmp_path / "x.toml"
    path.write_text(tomli_w.dumps(table), encoding="utf-8")
    with pytest.raises(ConfigError):
        load_config(path)
    assert not VALIDATOR.is_valid(tomllib.loads(path.read_text(encoding="utf-8")))
