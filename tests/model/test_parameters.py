"""Every parameter is defined once, well, and is used."""

import ast
import math
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from citysim.model.forms import forms
from citysim.model.model import CityModel
from citysim.model.parameter_fields import ASSUMED, ParameterSpec
from citysim.model.parameters import Parameters, parameter_specs, switches
from citysim.model.schedule import SCHEDULE
from worlds import BUSY, Size, allowed, plausible, small_world

SPECS = parameter_specs()
NUMBERS = {name: spec for name, spec in SPECS.items() if isinstance(spec.default, int | float)}
RATES = {name: spec for name, spec in NUMBERS.items() if name != "stall"}
UNCERTAIN = {name: spec for name, spec in NUMBERS.items() if spec.prior is not None}
by_name = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
by_number = pytest.mark.parametrize("spec", NUMBERS.values(), ids=NUMBERS.keys())


class TestRegistry:
    @by_name
    def test_says_what_it_is(self, spec):
        assert spec.symbol
        assert spec.unit
        assert spec.description
        assert spec.source
        assert spec.group

    @by_number
    def test_default_is_allowed(self, spec):
        assert math.isfinite(spec.low)
        assert math.isfinite(spec.high)
        assert spec.low <= spec.default <= spec.high

    @pytest.mark.parametrize("spec", UNCERTAIN.values(), ids=UNCERTAIN.keys())
    def test_prior_is_allowed_and_holds_the_default(self, spec):
        low, high = spec.prior
        assert spec.low <= low < high <= spec.high
        assert low <= spec.default <= high
        assert spec.scale == "linear" or low > 0

    def test_symbols_are_unique_within_a_group(self):
        seen = [(spec.group, spec.symbol) for spec in SPECS.values() if spec.symbol != "-"]
        assert len(seen) == len(set(seen))

    def test_groups_are_phases_of_the_schedule_in_its_order(self):
        groups = list(dict.fromkeys(spec.group for spec in SPECS.values()))
        phases = [phase.name for phase in SCHEDULE]
        assert set(groups) <= set(phases)
        assert set(groups) | {"scope"} == set(phases)

    def test_every_mechanism_has_its_switch_in_the_order_of_the_schedule(self):
        assert list(switches()) == [phase.name for phase in SCHEDULE]
        assert all(getattr(Parameters(), name) is True for name in switches())
        assert not switches().keys() & SPECS.keys()

    def test_switches_and_specs_are_all_there_is(self):
        assert switches().keys() | SPECS.keys() | {"events", "paths"} == Parameters.model_fields.keys()

    def test_uncertain_means_assumed_or_from_a_range_of_the_source(self):
        """What has a prior is assumed or comes from a source that gives a range; both are drawn."""
        for spec in SPECS.values():
            assert spec.uncertain == (spec.prior is not None)
            if spec.uncertain and not spec.source.startswith(ASSUMED):
                assert any(mark in spec.source for mark in ("-", "–", "…", "computed")), spec.name


class TestValues:
    @by_name
    def test_default_is_what_an_empty_config_gives(self, spec):
        assert getattr(Parameters(), spec.name) == spec.default

    @pytest.mark.parametrize("spec", RATES.values(), ids=RATES.keys())
    def test_ends_of_the_range_are_allowed_and_what_lies_beyond_is_not(self, spec):
        kind = type(spec.default)
        for value in (kind(spec.low), kind(spec.high)):
            assert getattr(Parameters(**{spec.name: value}), spec.name) == value
        beyond = max(1, abs(spec.high)) * 1e-6 if isinstance(spec.default, float) else 1
        for value in (spec.low - beyond, spec.high + beyond):
            with pytest.raises(ValidationError, match=spec.name):
                Parameters(**{spec.name: value})

    @by_number
    @pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, "high", "0.5", True, None, [1.0]])
    def test_what_is_no_finite_number_raises(self, spec, wrong):
        with pytest.raises(ValidationError, match=spec.name):
            Parameters(**{spec.name: wrong})

    @pytest.mark.parametrize("wrong", [-0.01, 1.01, math.nan, math.inf, "exogenous", "0.5", True, None])
    def test_stall_is_a_share_or_endogenous(self, wrong):
        with pytest.raises(ValidationError, match="stall"):
            Parameters(stall=wrong)
        assert Parameters(stall="endogenous").stall == "endogenous"
        assert Parameters(stall=0.25).stall == 0.25

    @pytest.mark.parametrize(
        "given",
        [
            {2028: 0.75, 2023: 0},
            {"2023": 0.0, "2028": np.float64(0.75)},
            {np.int64(2023): -0.0, 2028.0: 0.75},
            "2028:0.75 + 2023:0",
            "2023:0 + 2028:0.75",
        ],
    )
    def test_equal_paths_of_stall_are_one_text(self, given):
        assert Parameters(stall=given).stall == "2023:0 + 2028:0.75"
        assert Parameters(stall=given) == Parameters(stall={2023: 0.0, 2028: 0.75})

    def test_levels_of_single_states_are_one_text(self):
        assert Parameters(stall_of={"USA": 0.9, "CHN": 1}).stall_of == "CHN:1 + USA:0.9"
        assert Parameters(stall_of="USA:0.9 + CHN:1.0").stall_of == "CHN:1 + USA:0.9"
        assert Parameters(stall_of={}).stall_of == Parameters().stall_of == ""

    @pytest.mark.parametrize(
        ("name", "wrong", "told"),
        [
            ("stall", {}, "names no level"),
            ("stall", {2028: 1.2}, "2028: found 1.2, must be a number between 0 and 1"),
            ("stall", {2028: True}, "2028: found True, must be a number between 0 and 1"),
            ("stall", {2028: math.nan}, "2028: found nan"),
            ("stall", {2028: "half"}, "2028: found 'half'"),
            ("stall", {28: 0.5}, "found '28', expected a year such as 2028"),
            ("stall", {2028: 0.5, "2028": 0.5}, "named twice"),
            ("stall", "2028:0.5 + 2028:0.6", "named twice"),
            ("stall", "2028:half", "found 'half'"),
            ("stall", [0.5], "stall"),
            ("stall_of", {"usa": 0.5}, "found 'usa', expected the code of a state such as USA"),
            ("stall_of", "USA", "expected levels such as"),
            ("stall_of", {"USA": -0.1}, "USA: found -0.1"),
            ("stall_of", 0.5, "valid string"),
        ],
    )
    def test_wrong_levels_raise_and_say_which(self, name, wrong, told):
        with pytest.raises(ValidationError, match=re.escape(told)):
            Parameters(**{name: wrong})

    @pytest.mark.parametrize("name", [*switches(), "decision_rule", *forms()])
    @pytest.mark.parametrize("wrong", ["perhaps", "no", 0, 1.0, None])
    def test_switches_and_choices_take_only_their_values(self, name, wrong):
        with pytest.raises(ValidationError, match=name):
            Parameters(**{name: wrong})

    @pytest.mark.parametrize("name", ["Stall", "learning_twin", "seed", ""])
    def test_unknown_names_raise(self, name):
        with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
            Parameters(**{name: 1.0})

    def test_all_faults_come_at_once(self):
        with pytest.raises(ValidationError) as raised:
            Parameters(stall=2.0, learning_twins=-1.0, drop_rate=math.nan, unknown=1)
        assert raised.value.error_count() == 4

    @pytest.mark.parametrize("kind", [int, float, np.int16, np.int64, np.float32, np.float64, np.array])
    @pytest.mark.parametrize("name", ["max_networks", "initial_networks", "crisis_rate"])
    def test_an_equal_number_is_the_same_whatever_its_type(self, name, kind):
        made = Parameters(**{name: kind(16)})
        assert made == Parameters(**{name: 16})
        assert type(getattr(made, name)) is (float if name == "crisis_rate" else int)

    @pytest.mark.parametrize(
        ("name", "given", "value"),
        [
            ("stall", np.float32(0.5), 0.5),
            ("stall", np.float16(0.5), 0.5),
            ("stall", np.int64(1), 1.0),
            ("stall", np.str_("endogenous"), "endogenous"),
            ("decision_rule", np.str_("majority"), "majority"),
            ("absent_networks", np.str_("C40"), "C40"),
            ("twinning", np.bool_(False), False),
        ],
    )
    def test_values_of_numpy_are_pythons_own(self, name, given, value):
        found = getattr(Parameters(**{name: given}), name)
        assert (type(found), found) == (type(value), value)

    @pytest.mark.parametrize(
        ("name", "wrong"),
        [
            ("max_networks", 100.5),
            ("max_networks", np.float64(100.5)),
            ("max_networks", np.nan),
            ("max_networks", np.bool_(True)),
            ("initial_networks", np.str_("54")),
            ("crisis_rate", np.bool_(True)),
            ("twinning", np.int64(1)),
            ("twinning", np.float64(0)),
            ("stall", np.array([0.5])),
        ],
    )
    def test_what_only_looks_alike_is_refused_from_numpy_too(self, name, wrong):
        with pytest.raises(ValidationError, match=name):
            Parameters(**{name: wrong})

    def test_a_row_of_a_table_with_gaps_and_a_json_file_give_parameters(self):
        table = pd.DataFrame({"max_networks": [100, None], "twinning": [False, True], "stall": [0.5, 0.25]})
        wanted = Parameters(max_networks=100, twinning=False, stall=0.5)
        assert Parameters(**table.iloc[0]) == wanted
        assert Parameters(**table.to_dict("records")[0]) == wanted
        assert Parameters.model_validate_json(table.iloc[0].to_json()) == wanted
        with pytest.raises(ValidationError, match="max_networks"):
            Parameters(**table.iloc[1])

    def test_parameters_cannot_be_changed(self):
        with pytest.raises(ValidationError, match="frozen"):
            Parameters().stall = 0.5

    @given(st.one_of(plausible, allowed))
    def test_a_record_of_parameters_gives_them_back(self, drawn):
        parameters = Parameters(**drawn)
        assert Parameters(**parameters.model_dump()) == parameters
        assert Parameters.model_validate_json(parameters.model_dump_json()) == parameters


@pytest.fixture(scope="module")
def read_in_model(source_folder) -> set[str]:
    """Attributes read anywhere in the model, ``parameters.py`` apart."""
    sources = [path for path in (source_folder / "model").rglob("*.py") if path.name != "parameters.py"]
    trees = [ast.parse(path.read_text()) for path in sources]
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@by_name
def test_is_read_by_a_mechanism(spec, read_in_model):
    assert spec.name in read_in_model


#: What else has to hold for a parameter to matter within a few quarters.
WHERE = {
    "decision_rule": {"stall": "endogenous"},
    "threshold_midpoint": {"learning_form": "threshold"},
    "threshold_softness": {"learning_form": "threshold"},
    "imitation_gap": {"learning_form": "best"},
    "practices_known": {"practice_onset": "staggered", "onset_years": 4.0},
    "joining_form": {"review_rate": 20.0},
    "join_country": {"review_rate": 20.0, "joining_form": "country"},
    "closure_form": {"closure": 5.0},
    "twinning_limit": {"twinning_form": "limited"},
    "catchment_form": {"review_rate": 20.0},
    "ending_form": {"ending_rate": 2.0, "closure": 5.0},
    "ending_embedding": {"ending_form": "embedded", "ending_rate": 2.0, "closure": 5.0},
    "dropping_form": {"drop_rate": 0.5},
    "drop_spread": {"dropping_form": "unequal", "drop_rate": 0.5},
    "recruiting_form": {"review_rate": 3.0},
    "recruiting_spread": {"recruiting_form": "unequal", "review_rate": 3.0},
    "recruiting_youth": {"recruiting_form": "unequal", "review_rate": 3.0, "founding_rate": 1.0},
    "recruiting_division": {"recruiting_form": "unequal", "review_rate": 3.0},
    "onset_years": {"practice_onset": "staggered"},
    "retreat_pledging": {"stall": 0.5, "learning_networks": 10.0, "learning_twins": 5.0},
    "retreat_alone": {"stall": 0.5},
    "secretariat_effort": {"learning_networks": 20.0},
    "law_years": {"mandate_rate": 2.0},
    "mandate_effect": {"mandate_rate": 5.0},
    "stalled_states": {"stall": 0.5},
    "rupture": {"conflict_rate": 20.0},
    "rupture_form": {"conflict_rate": 20.0},
    "rupture_onset": {"conflict_rate": 20.0, "rupture_form": "burst"},
    "rupture_fade": {"conflict_rate": 20.0, "rupture_form": "burst", "rupture_onset": 1.0},
    "campaign_pool": {"stall": 0.9},
    "campaign_form": {"stall": 0.9, "campaign_pool": 0.9, "campaign_speed": 0.5},
    "campaign_speed": {"stall": 0.9, "campaign_pool": 0.9, "campaign_form": "gradual"},
    "campaign_filling": {
        "stall": 0.9,
        "campaign_pool": 0.9,
        "campaign_form": "gradual",
        "campaign_speed": 0.5,
    },
    "campaign_strength": {"stall": 0.9, "campaign_pool": 0.9},
    "conflict_past": {"conflict_rate": 20.0},
    "conflict_duration_max": {"conflict_duration_tail": 0.3},
    "leave_benefit": {"benefit_threshold": 1.0},
    "benefit_threshold": {"leave_benefit": 50.0, "leave_rate": 1.0},
    "join_peers": {"review_rate": 20.0},
    "trust_floor": {"resumption_rate": 0.0},
    "solicitation": {"founding_rate": 1.0, "review_rate": 3.0},
    "invitation_capacity": {"review_rate": 20.0, "join_intercept": 10.0, "leave_rate": 5.0},
    "learning_pledged": {"implementation_rate": 0.1, "learning_networks": 10.0},
    "intergovernmental": {"learning_state": 20.0},
    "pool_curve": {"own_means": 0.0},
    "pool_scale": {"pool_curve": 0.5, "own_means": 0.0, "state_fund": 0.0, "network_pool": 1.0},
    "twin_aid_limit": {"twin_aid": 1.0},
}
#: Moved to these, where the ends of the prior make too small a difference for a small world.
MOVED_TO = {
    "closure": 0.5,
    "decision_rule": "majority",
    "learning_form": "best",
    "rupture_form": "burst",
    "rupture_fade": 1.0,
    "campaign_form": "gradual",
    "practice_onset": "staggered",
    "joining_form": "country",
    "closure_form": "seeking",
    "twinning_form": "limited",
    "twinning_limit": 5.0,
    "dropping_form": "unequal",
    "ending_form": "embedded",
    "catchment_form": "listed",
    "gravity_form": "relative",
    "recruiting_form": "unequal",
    "onset_years": 1.0,
    "stalled_states": "S0 + S3",
    "stall_of": "S1:0.9",
    "max_networks": 9,
    "initial_networks": 3,
    "absent_networks": "network 1",
    "placebo_networks": "network 0 + network 2",
    "founding_share": 0.2,
    "invitation_capacity": 20.0,
    "learning_twins": 5.0,
    "learning_networks": 10.0,
    "learning_neighbours": 10.0,
    "mandate_rate": 5.0,
    "ban_rate": 5.0,
    "secretariat_effort": 1.0,
    "mandate_effect": 20.0,
}
WORLD = small_world(Size(cities=50, states=8, networks=8, memberships=3.0, ties=4.0, conflicts=0.3), seed=3)
#: Where there is a time before the start.
PAST = replace(WORLD, start_year=1985, network_founded=np.full(WORLD.n_networks, 1980.0))
QUARTERS = 8


def outcomes(parameters: dict) -> np.ndarray:
    world = PAST if "twinning_years" in parameters else WORLD
    return CityModel(world, {**BUSY, **parameters}, rng=5, quarters=QUARTERS).run().recorder.values


def other_value(spec: ParameterSpec) -> object:
    """A value far from that of the busy defaults, within what is allowed."""
    if spec.name in MOVED_TO:
        return MOVED_TO[spec.name]
    now, ends = BUSY.get(spec.name, spec.default), spec.prior or (spec.low, spec.high)
    far = max(ends, key=lambda end: abs(end - now))
    return type(spec.default)(far if spec.prior else now + 0.5 * (far - now))


@by_name
def test_changes_what_a_run_gives(spec):
    """No parameter is dead: moving one alone changes some outcome within eight busy quarters."""
    around = WHERE.get(spec.name, {})
    before = BUSY.get(spec.name, spec.default)
    changed = outcomes({**around, spec.name: other_value(spec)})
    assert not np.array_equal(changed, outcomes({**around, spec.name: before}), equal_nan=True)
